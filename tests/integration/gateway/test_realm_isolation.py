"""Writes to the realms of several tenants, through real sessions, never mix."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from gateway.wiring.providers import open_registrations, vaulted_tokens
from providers.connections import ConnectionStore
from providers.http import Call, RealmSession
from providers.quotas import CallKind
from schemas.ids import TenantId
from tests.fakes.served import QBO_REALMS, Simulated, simulated_qbo
from tests.fakes.unpaced import Unpaced
from tests.integration.gateway.connecting import connect, unheard

MakeSettings = Callable[..., Settings]
BATCH = 30


@pytest.mark.accepts("CON-12")
async def test_10000_random_writes_all_land_in_their_own_realm(
    make_settings: MakeSettings, engine: AsyncEngine
) -> None:
    """Two realms of one tenant and one of another, written to in any order at once."""
    owners = dict(zip(QBO_REALMS, ("t1", "t1", "t2"), strict=True))
    with simulated_qbo() as qbo:
        settings = make_settings(qbo)
        for realm, tenant in owners.items():
            await connect(settings, qbo, realm, tenant=tenant)
        sent = await _write_at_random(settings, engine, qbo, writes=10_000)
        for realm in owners:
            books = qbo.control(f"ledger/{realm}")["entities"]["Customer"]["documents"]
            landed = [one["label"] for one in books if one["label"].startswith("from ")]
            assert len(landed) == sent[realm]
            assert all(label.startswith(f"from {realm} ") for label in landed)
    assert sum(sent.values()) == 10_000


async def _write_at_random(
    settings: Settings, engine: AsyncEngine, qbo: Simulated, *, writes: int
) -> Counter[str]:
    """Write to realms by chance, in batches that eight writers send at once."""
    chosen = random.Random(12)  # noqa: S311 - no secret
    async with (
        open_registrations(settings, audit=unheard) as registrations,
        engine.connect() as database,
    ):
        tokens = vaulted_tokens(settings, engine, registrations)
        sessions = [
            RealmSession(
                registrations[qbo.name].client,
                one.realm,
                tokens=tokens,
                pace=Unpaced(),
                dialect=qbo.provider.dialect,
                audit=lambda _: None,
            )
            for tenant in ("t1", "t2")
            for one in await ConnectionStore(database).of_tenant(TenantId(tenant))
        ]
        by_realm: dict[str, list[int]] = {one.realm.realm_id: [] for one in sessions}
        for n in range(writes):
            by_realm[chosen.choice(sessions).realm.realm_id].append(n)
        batches = [
            (session, numbers)
            for session in sessions
            for numbers in _batches(by_realm[session.realm.realm_id])
        ]
        chosen.shuffle(batches)
        await _send_all(batches)
    return Counter({realm: len(numbers) for realm, numbers in by_realm.items()})


def _batches(numbers: list[int]) -> list[list[int]]:
    return [numbers[start : start + BATCH] for start in range(0, len(numbers), BATCH)]


async def _send_all(batches: list[tuple[RealmSession, list[int]]]) -> None:
    async def send() -> None:
        while batches:
            session, numbers = batches.pop()
            realm = session.realm.realm_id
            items = [
                {
                    "bId": str(n),
                    "operation": "create",
                    "Customer": {"DisplayName": f"from {realm} {n}"},
                }
                for n in numbers
            ]
            content = json.dumps({"BatchItemRequest": items}).encode()
            await session.send(
                Call("POST", f"/v3/company/{realm}/batch", CallKind.WRITE, content=content)
            )

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(send())
