"""Records that wait for each other: what is said of them, and the memory store's circles."""

import pytest

from consumers.dependency_cycles import (
    IN_A_CYCLE,
    RecordRef,
    waiting_for_stopped,
    waiting_in_a_cycle,
)
from consumers.store.protocols import RecordStore
from schemas.result import SyncState
from tests.contracts.dependency_cycles import HELD, WAITING, DependencyCyclesContract
from tests.fakes.database import Database
from tests.fakes.record_store import MemoryStore


class TestMemoryDependencyCycles(DependencyCyclesContract):
    @pytest.fixture
    def records(self) -> RecordStore:
        return MemoryStore(Database())


def test_a_circle_is_told_by_its_names() -> None:
    reason = waiting_in_a_cycle(
        [RecordRef("customer", "a", WAITING), RecordRef("invoice", "i", HELD)]
    )
    assert reason.code == IN_A_CYCLE
    assert "invoice i for customer a for invoice i" in reason.cause


def test_a_blocker_is_told_by_its_name_and_state() -> None:
    reason = waiting_for_stopped([RecordRef("customer", "c1", SyncState.DEAD)])
    assert "customer c1 is dead" in reason.cause
