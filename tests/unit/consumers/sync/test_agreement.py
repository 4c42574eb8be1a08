"""On what both sides agree once an action has succeeded."""

from dataclasses import dataclass

import pytest

from consumers.outcome import Skipped
from consumers.sync.actions import (
    Action,
    Apply,
    Conflict,
    Create,
    Fetch,
    Merge,
    NoAction,
    Update,
    Void,
)
from consumers.sync.agreement import agreed_after
from consumers.sync.plan import NOT_TO_LEDGER
from consumers.sync.record import (
    AgreedState,
    LedgerState,
    PlatformState,
    SyncRecord,
)
from providers.base import External
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType
from schemas.presence import Presence

OLD = Customer(id="c1", name="Harrow")
OURS = OLD.model_copy(update={"phone": "555"})
THEIRS = OLD.model_copy(update={"email": "office@example.com"})
MERGED = OURS.model_copy(update={"email": "office@example.com"})
GONE = OLD.model_copy(update={"active": False})
PHONE, EMAIL = frozenset({"phone"}), frozenset({"email"})
BASE = AgreedState(1, OLD, 7)


@dataclass(frozen=True)
class Row:
    name: str
    action: Action
    observed: LedgerState | None
    agreed: AgreedState


TABLE = [
    Row("an update", Update(PHONE), LedgerState(8, OURS), AgreedState(2, OURS, 8)),
    Row("its version alone", Update(PHONE), LedgerState(8, None), AgreedState(2, OURS, 8)),
    Row(
        "an update beside drift", Update(PHONE), LedgerState(9, MERGED), AgreedState(2, OURS, 7)
    ),
    Row("a merge", Merge(PHONE, EMAIL), LedgerState(9, MERGED), AgreedState(2, OURS, 7)),
    Row(
        "a merge's version", Merge(PHONE, EMAIL), LedgerState(9, None), AgreedState(2, OURS, 7)
    ),
    Row("the same edit", NoAction(), LedgerState(8, OURS), AgreedState(2, OURS, 8)),
    Row("drift left alone", NoAction(), LedgerState(8, THEIRS), AgreedState(2, OURS, 7)),
    Row("an older state", NoAction(), LedgerState(6, OURS), AgreedState(2, OURS, 7)),
    Row("nothing seen", NoAction(), None, AgreedState(2, OURS, 7)),
    Row("what is kept back", NoAction(Skipped(NOT_TO_LEDGER)), LedgerState(8, OURS), BASE),
    Row("what is sent to the platform", Apply(EMAIL), LedgerState(8, THEIRS), BASE),
    Row("a question", Conflict(PHONE), LedgerState(8, THEIRS), BASE),
    Row("a look", Fetch(), LedgerState(8, THEIRS), BASE),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_base_after(row: Row) -> None:
    record = SyncRecord(
        DocumentType.CUSTOMER, PlatformState(2, OURS), None, BASE, External("58", "0")
    )
    assert agreed_after(record, row.action, row.observed) == row.agreed


def test_the_base_after_a_create_is_the_first() -> None:
    record = SyncRecord(DocumentType.CUSTOMER, PlatformState(2, OURS))
    assert agreed_after(record, Create(), LedgerState(0, OURS)) == AgreedState(2, OURS, 0)


def test_the_base_after_nothing_where_nothing_was_announced_stays() -> None:
    record = SyncRecord(DocumentType.CUSTOMER, None)
    assert agreed_after(record, NoAction(), None) is None


def test_a_record_withdrawn_on_both_sides_is_agreed_whatever_else_it_says() -> None:
    record = SyncRecord(DocumentType.CUSTOMER, PlatformState(2, GONE), None, BASE)
    deleted = LedgerState(8, None, Presence.DELETED)
    assert agreed_after(record, Void(), deleted) == AgreedState(2, GONE, 8)


def test_a_platform_version_whose_document_is_not_known_is_not_agreed_on() -> None:
    record = SyncRecord(DocumentType.CUSTOMER, PlatformState(2, None), None, BASE)
    assert agreed_after(record, NoAction(), None) == BASE
