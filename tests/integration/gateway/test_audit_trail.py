"""The audit trail on a real database: append-only, and what a superuser changes is found."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from gateway.cli.app import app
from gateway.database.sessions import Sessions
from gateway.errors import TrailChanged
from gateway.identity.principal import ALL_SCOPES, Scope
from gateway.operations.trail import newest_entries, record, trail_heads, verify_trail
from gateway.trail.entry import Outcome, TrailEntry
from gateway.vault import new_key
from schemas.ids import TenantId
from tests.integration.gateway.http.test_access import T1, AccessHarness, harness

__all__ = ["harness"]  # pytest finds the fixture by this module's name for it

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

Command = Callable[..., Awaitable[Result]]


@pytest.fixture
def ledgerlane(migrated_database_url: str) -> Command:
    """Run a command line on the test's database."""
    environ = {
        "LEDGERLANE_DATABASE_URL": migrated_database_url,
        "LEDGERLANE_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "LEDGERLANE_VAULT_KEYS": f"test:{new_key()}",
    }

    async def run(*arguments: str) -> Result:
        runner = CliRunner(env=environ)
        with structlog.testing.capture_logs():  # of which a process writes none to its output
            return await asyncio.to_thread(runner.invoke, app, arguments)

    return run


async def write(engine: AsyncEngine, tenant: str, count: int = 1) -> None:
    for number in range(count):
        entry = TrailEntry(tenant, NOW, "key:1", "ops", "POST /v1/x", str(number), Outcome.DONE)
        await record(Sessions(engine), entry)


async def as_superuser(engine: AsyncEngine, *statements: str) -> None:
    """Change what the triggers protect, as only a superuser can."""
    async with engine.begin() as database:
        await database.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            await database.execute(text(statement))


async def misfits(engine: AsyncEngine) -> list[tuple[str, int]]:
    _, found = await verify_trail(Sessions(engine))
    return [(one.tenant, one.seq) for one in found]


async def test_appends_at_the_same_time_make_chains_that_fit(engine: AsyncEngine) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            for tenant in ("t1", "t2", ""):
                group.create_task(write(engine, tenant, count=4))
    heads, found = await verify_trail(Sessions(engine))
    assert found == []
    assert [(head.tenant, head.seq) for head in heads] == [("", 20), ("t1", 20), ("t2", 20)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_entries SET who = 'nobody'",
        "UPDATE trail_entries SET who = who WHERE false",
        "DELETE FROM trail_entries",
        "TRUNCATE trail_entries",
        "DELETE FROM trail_heads",
        "TRUNCATE trail_heads",
        "UPDATE trail_heads SET seq = 1",
        "UPDATE trail_heads SET seq = seq + 2",
        "UPDATE trail_heads SET tenant_id = 't9', seq = seq + 1",
    ],
)
async def test_the_database_refuses_to_change_what_was_written(
    engine: AsyncEngine, statement: str
) -> None:
    await write(engine, "t1", count=3)
    with pytest.raises(DBAPIError, match=r"append-only|one entry at a time"):
        async with engine.begin() as database:
            await database.execute(text(statement))
    assert await misfits(engine) == []


TAMPERED = {
    "an edited entry": ["UPDATE trail_entries SET who = 'nobody' WHERE seq = 2"],
    "a moved time": [
        "UPDATE trail_entries SET at = at + interval '1 microsecond' WHERE seq = 2"
    ],
    "another tenant": ["UPDATE trail_entries SET tenant_id = 't2', seq = 1 WHERE seq = 2"],
    "a missing entry": ["DELETE FROM trail_entries WHERE seq = 2"],
    "a missing tail": ["DELETE FROM trail_entries WHERE seq >= 2"],
    "a missing entry that was filled": [
        "DELETE FROM trail_entries WHERE seq = 2",
        "UPDATE trail_entries SET seq = 2 WHERE seq = 3",
        "UPDATE trail_heads SET seq = 2",
    ],
    "an end that was moved back": ["UPDATE trail_heads SET seq = 1"],
    "an end that is gone": ["DELETE FROM trail_heads"],
}


@pytest.mark.parametrize("statements", TAMPERED.values(), ids=TAMPERED)
async def test_what_a_superuser_changes_is_found_and_the_first_place_is_named(
    engine: AsyncEngine, ledgerlane: Command, statements: list[str]
) -> None:
    await write(engine, "t1", count=3)
    assert (await ledgerlane("audit", "verify")).stdout == "as written: 3 entries in 1 chains\n"
    await as_superuser(engine, *statements)
    _, found = await verify_trail(Sessions(engine))
    at = min(one.seq for one in found if one.tenant == "t1")
    of_the_end = [TAMPERED["an end that was moved back"], TAMPERED["an end that is gone"]]
    assert at == (1 if statements in of_the_end else 2)
    said = await ledgerlane("audit", "verify")
    assert said.exit_code == 1
    assert isinstance(said.exception, TrailChanged)
    assert f"entry {at} of tenant t1" in str(said.exception)


REWRITTEN = {
    "the tail and its end are gone": [
        "DELETE FROM trail_entries WHERE seq = 3",
        "UPDATE trail_heads AS h SET seq = 2, digest = e.digest FROM trail_entries AS e"
        " WHERE e.tenant_id = h.tenant_id AND e.seq = 2",
    ],
    "the whole chain is gone": ["DELETE FROM trail_entries", "DELETE FROM trail_heads"],
}


@pytest.mark.parametrize("statements", REWRITTEN.values(), ids=REWRITTEN)
async def test_what_was_made_to_fit_again_is_found_by_the_ends_that_were_kept(
    engine: AsyncEngine, ledgerlane: Command, tmp_path: Path, statements: list[str]
) -> None:
    await write(engine, "t1", count=3)
    kept = tmp_path / "heads.json"
    kept.write_text((await ledgerlane("audit", "heads")).stdout)
    assert (await ledgerlane("audit", "verify", "--heads", str(kept))).exit_code == 0
    await write(engine, "t2")
    assert (await ledgerlane("audit", "verify", "--heads", str(kept))).exit_code == 0
    await as_superuser(engine, *statements)
    said = await ledgerlane("audit", "verify", "--heads", str(kept))
    assert said.exit_code == 1
    assert "of tenant t1 is missing: the chain had 3 entries" in str(said.exception)


async def test_a_file_that_is_no_list_of_ends_is_refused(
    ledgerlane: Command, tmp_path: Path
) -> None:
    kept = tmp_path / "heads.json"
    for wrong in ("", "{}[", '[{"tenant": "t1"}]', '[{"tenant":"t1","seq":1,"digest":"x"}]'):
        kept.write_text(wrong)
        assert (await ledgerlane("audit", "verify", "--heads", str(kept))).exit_code == 2


async def test_writes_over_the_api_and_refused_callers_are_recorded(
    harness: AccessHarness,
) -> None:
    task = await harness.open_task("t1")
    caller = await harness.key(T1)
    solve = f"/v1/tasks/{task}/solve"
    answer = await harness.api.post(solve, json={"note": "done"}, headers=caller)
    assert answer.status_code == 202
    for _ in range(3):
        await harness.api.get("/v1/tenants/t2/connections", headers=caller)
        await harness.api.get("/v1/tasks?tenant=t2", headers=caller)
    reader = await harness.key(T1, ALL_SCOPES - {Scope.TASKS_WRITE})
    await harness.api.post(solve, json={"note": "done"}, headers=reader)
    await harness.api.get("/v1/tasks", headers=caller)
    entries = await newest_entries(Sessions(harness.engine), T1, limit=10)
    told = [(one.entry.what, one.entry.outcome, one.entry.detail) for one in entries]
    assert sorted(told) == [
        ("GET /v1/tasks", "refused", "404 unknown_tenant"),
        ("GET /v1/tenants/{tenant}/connections", "refused", "404 unknown_tenant"),
        ("POST /v1/tasks/{task}/solve", "done", "202"),
        ("POST /v1/tasks/{task}/solve", "refused", "403 missing_scope"),
    ]
    (done,) = (one.entry for one in entries if one.entry.outcome is Outcome.DONE)
    assert (done.who, done.subject) == ("crm", solve)
    assert done.request_id == answer.headers["x-request-id"]
    assert await newest_entries(Sessions(harness.engine), TenantId("t2"), limit=10) == []


async def test_commands_that_write_are_recorded_without_secrets(
    engine: AsyncEngine, ledgerlane: Command
) -> None:
    create = ("keys", "create", "--name", "crm", "--scope", "tasks:read", "--json")
    made = json.loads((await ledgerlane(*create, "--tenant", "t1")).stdout)
    await ledgerlane("keys", "revoke", made["id"])
    await ledgerlane("keys", "revoke", "0190f2d4-0000-7000-8000-000000000001")
    await ledgerlane("valves", "release", "qbo", "9341")
    await ledgerlane("keys", "list")
    listed = json.loads((await ledgerlane("audit", "list", "--json")).stdout)
    told = {(one["tenant"], one["what"], one["outcome"], one["detail"]) for one in listed}
    assert told == {
        ("t1", "keys create", "done", ""),
        ("", "keys revoke", "done", ""),
        ("", "keys revoke", "failed", "NoSuchKey"),
        ("", "valves release", "failed", "ValveNotTripped"),
    }
    assert all(one["who_id"].startswith("shell:") for one in listed)
    assert made["secret"] not in json.dumps(listed)
    assert (await ledgerlane("audit", "list", "--tenant", "t1")).stdout.count(
        "keys create"
    ) == 1
    assert [head.tenant for head in await trail_heads(Sessions(engine))] == ["", "t1"]
