"""Whose connections are asked for, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from consumers.intake.known_connections import KnownConnections
from providers.connections import Connection
from schemas.ids import TenantId
from tests.unit.consumers.intake.intake_harness import QBO, TENANT
from tests.virtual_time import START

NEW = TenantId("not connected yet")


@dataclass
class Asked:
    """Tells what it was asked for; one tenant is connected."""

    connected: dict[TenantId, Sequence[Connection]] = field(
        default_factory=lambda: {TENANT: [QBO]}
    )
    questions: list[set[TenantId]] = field(default_factory=list)
    time: datetime = START

    def __post_init__(self) -> None:
        self.known = KnownConnections(lambda: self.time, timedelta(seconds=2))

    async def of_tenants(
        self, tenants: Sequence[TenantId]
    ) -> Mapping[TenantId, Sequence[Connection]]:
        self.questions.append(set(tenants))
        return {t: self.connected[t] for t in tenants if t in self.connected}

    async def of(self, *tenants: TenantId) -> Mapping[TenantId, Sequence[Connection]]:
        return await self.known.of(cast(Any, SimpleNamespace(connections=self)), tenants)


async def test_all_tenants_of_a_batch_are_one_question() -> None:
    asked = Asked()
    assert await asked.of(TENANT, NEW) == {TENANT: [QBO]}
    assert asked.questions == [{TENANT, NEW}]


async def test_what_is_known_is_not_asked_for_but_that_there_is_none_is() -> None:
    asked = Asked()
    await asked.of(TENANT, NEW)
    asked.time += timedelta(seconds=2)
    await asked.of(TENANT)
    asked.connected[NEW] = [QBO]
    assert await asked.of(TENANT, NEW) == {TENANT: [QBO], NEW: [QBO]}
    assert asked.questions == [{TENANT, NEW}, {NEW}]


async def test_connections_that_are_gone_are_known_no_longer_than_that() -> None:
    asked = Asked()
    await asked.of(TENANT)
    del asked.connected[TENANT]
    asked.time += timedelta(seconds=3)
    assert await asked.of(TENANT) == {}
