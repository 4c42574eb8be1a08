"""`ledgerlane keys`, as an operator calls it."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable

import pytest
import structlog
from typer.testing import CliRunner, Result

from gateway.cli.app import app
from gateway.vault import new_key

Keys = Callable[..., Awaitable[Result]]


def environ(database_url: str) -> dict[str, str]:
    """Return the settings of the command."""
    return {
        "LEDGERLANE_DATABASE_URL": database_url,
        "LEDGERLANE_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "LEDGERLANE_VAULT_KEYS": f"test:{new_key()}",
    }


@pytest.fixture
def keys(migrated_database_url: str) -> Keys:
    """Run `ledgerlane keys` with arguments."""

    async def run(*arguments: str) -> Result:
        runner = CliRunner(env=environ(migrated_database_url))
        with structlog.testing.capture_logs():  # of which a process writes none to its output
            return await asyncio.to_thread(runner.invoke, app, ["keys", *arguments])

    return run


async def test_a_process_writes_nothing_but_its_answer(migrated_database_url: str) -> None:
    """Over all tenants, which is logged."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "keys", "list", "--json"),
        env=environ(migrated_database_url),
        stdout=PIPE,
        stderr=PIPE,
    )
    assert await process.communicate() == (b"[]\n", b"")


CRM = ("create", "--name", "crm", "--scope", "records:read", "--scope", "tasks:read")


async def test_a_secret_is_shown_once_and_its_prefix_afterwards(keys: Keys) -> None:
    secret = (await keys(*CRM, "--tenant", "t1")).stdout.strip()
    assert secret.startswith("llk_")
    for form in ((), ("--json",)):
        listed = (await keys("list", *form)).stdout
        assert secret[:12] in listed
        assert secret[12:] not in listed


async def test_keys_are_made_listed_and_revoked(keys: Keys) -> None:
    made = json.loads((await keys(*CRM, "--tenant", "t1", "--days", "30", "--json")).stdout)
    assert (made["tenant_id"], made["scopes"]) == ("t1", ["records:read", "tasks:read"])
    wide = json.loads((await keys(*CRM, "--platform-wide", "--json")).stdout)
    assert wide["tenant_id"] is None
    assert json.loads((await keys("list", "--tenant", "t2", "--json")).stdout) == []
    told = (await keys("list", "--tenant", "t1")).stdout
    assert "valid" in told
    assert "never" in told
    revoked = await keys("revoke", made["id"])
    assert revoked.stdout == f"revoked: crm ({made['prefix']}…)\n"
    assert "revoked" in (await keys("list", "--tenant", "t1")).stdout
    listed = json.loads((await keys("list", "--json")).stdout)
    assert [one["id"] for one in listed if not one["revoked_at"]] == [wide["id"]]


@pytest.mark.parametrize(
    "wrong",
    [
        CRM,
        (*CRM, "--tenant", "t1", "--platform-wide"),
        ("create", "--name", "crm", "--tenant", "t1"),
        (*CRM, "--tenant", "t1", "--scope", "everything"),
        (*CRM, "--tenant", "t1", "--days", "0"),
        ("revoke", "no-id"),
    ],
)
async def test_a_key_that_is_not_fully_said_is_not_made(
    keys: Keys, wrong: tuple[str, ...]
) -> None:
    assert (await keys(*wrong)).exit_code == 2
    assert json.loads((await keys("list", "--json")).stdout) == []


async def test_a_key_that_is_not_there_is_not_revoked(keys: Keys) -> None:
    said = await keys("revoke", "0190f2d4-0000-7000-8000-000000000001")
    assert said.exit_code == 1
    assert "no key" in str(said.exception)
