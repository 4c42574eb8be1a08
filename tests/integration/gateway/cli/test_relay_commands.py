"""`ledgerlane relay doctor`, `parked` and `replay`, as an operator calls them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner, Result

from gateway.cli.app import app
from gateway.vault import new_key
from ledgerlane_outbox import append
from tests.integration.producers.events import event
from tests.outbox_rows import PARK_ROWS

NOBODY = "127.0.0.1:9"

Ledgerlane = Callable[..., Awaitable[Result]]


@pytest.fixture
def ledgerlane(migrated_database_url: str) -> Ledgerlane:
    """Run a command line with the settings of a relay."""
    environ = {
        "LEDGERLANE_DATABASE_URL": migrated_database_url,
        "LEDGERLANE_KAFKA_BOOTSTRAP": NOBODY,
        "LEDGERLANE_VAULT_KEYS": f"test:{new_key()}",
    }

    async def run(*arguments: str) -> Result:
        runner = CliRunner(env=environ)
        return await asyncio.to_thread(runner.invoke, app, ["relay", *arguments])

    return run


async def park(url: str, *payloads: bytes, reason: str = "too large") -> None:
    """Leave rows of one key as a relay leaves them that can't publish the first."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await append(connection, *(event(payload) for payload in payloads))
        await connection.execute(
            text(PARK_ROWS),
            {"reason": reason},
        )
    await engine.dispose()


async def test_the_doctor_names_what_is_wrong_and_ends_with_1(ledgerlane: Ledgerlane) -> None:
    said = await ledgerlane("doctor")
    assert said.exit_code == 1
    assert "error    kafka: Kafka at 127.0.0.1:9 does not answer" in said.stdout
    assert "error    gateway: no relay has ever read it -> start" in said.stdout
    as_json = json.loads((await ledgerlane("doctor", "--json")).stdout)
    assert {"severity", "source", "what", "remedy"} == set(as_json[0])


async def test_the_doctor_shows_no_password(
    ledgerlane: Ledgerlane, migrated_database_url: str
) -> None:
    said = await ledgerlane("doctor")
    assert migrated_database_url.partition("@")[0].rpartition(":")[2] not in said.stdout


@pytest.mark.accepts("TOK-09")
@pytest.mark.parametrize("form", [(), ("--json",)])
async def test_a_secret_in_a_reason_is_masked_in_text_and_json(
    ledgerlane: Ledgerlane, migrated_database_url: str, form: tuple[str, ...]
) -> None:
    await park(migrated_database_url, b"1", reason="no login: password=hunter2")
    for command in (("doctor",), ("parked", "list", "--source", "gateway")):
        said = (await ledgerlane(*command, *form)).stdout
        assert "password=[masked]" in said
        assert "hunter2" not in said


async def test_parked_rows_are_listed_and_decided_on_only_with_the_option(
    ledgerlane: Ledgerlane, migrated_database_url: str
) -> None:
    await park(migrated_database_url, b"1", b"2")
    rows = json.loads(
        (await ledgerlane("parked", "list", "--source", "gateway", "--json")).stdout
    )
    assert [row["head"] for row in rows] == [True, False]
    retry = ("parked", "retry", "--source", "gateway", "--key", "k")
    assert "would retry 1 row(s)" in (await ledgerlane(*retry)).stdout
    assert "will retry 1 row(s)" in (await ledgerlane(*retry, "--yes")).stdout
    assert "will retry 0 row(s)" in (await ledgerlane(*retry, "--yes")).stdout
    listed = (await ledgerlane("parked", "list", "--source", "gateway")).stdout
    assert [line.split()[6] for line in listed.splitlines()[1:]] == ["retry", "waits"]


async def test_a_drop_asks_for_a_note(ledgerlane: Ledgerlane) -> None:
    refused = await ledgerlane("parked", "drop", "--source", "gateway", "--seq", "1")
    assert refused.exit_code == 2
    assert "--note" in refused.stderr


async def test_a_replay_says_how_many_and_from_when(
    ledgerlane: Ledgerlane, migrated_database_url: str
) -> None:
    engine = create_async_engine(migrated_database_url)
    async with engine.begin() as connection:
        await append(connection, event(b"1"), event(b"2"))
    since = (datetime.now(UTC) - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")
    replay = ("replay", "--source", "gateway", "--since", since)
    dry = (await ledgerlane(*replay, "--dry-run")).stdout
    assert dry.startswith("would replay: 2 events; the outbox has events from ")
    assert dry.rstrip().endswith("UTC on, older ones have been deleted")
    assert (await ledgerlane(*replay)).stdout.startswith("replayed: 2 events")
    async with engine.connect() as connection:
        ids = await connection.execute(text("SELECT event_id FROM ledgerlane_outbox"))
        found = ids.scalars().all()
    assert (len(found), len(set(found))) == (4, 2)
    await engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("parked", "list", "--source", "nowhere"), "not one of: gateway"),
        (("replay", "--source", "gateway", "--since", "yesterday"), "is not a time"),
    ],
)
async def test_wrong_arguments_are_refused(
    ledgerlane: Ledgerlane, arguments: tuple[str, ...], words: str
) -> None:
    refused = await ledgerlane(*arguments)
    assert refused.exit_code == 2
    assert words in " ".join(refused.stderr.split())
