"""Letters of the largest events: the row keeps the whole, the record arrives on its topic."""

import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.store.dead_letters import DeadLetter, PostgresDeadLetters
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from ledgerlane_outbox.sizes import LARGEST_PAYLOAD
from tests.contracts.store_steps import letter
from tests.eventually import eventually
from tests.fakes.environment import environment
from tests.integration.producers.kafka import new_topic, read_topic
from tests.integration.producers.test_relay_settings import relaying

ROW = text("SELECT original_value, documents, tenant_id FROM dead_letters WHERE id = :id")
PARKED = text("SELECT reason FROM ledgerlane_outbox_parked")


@pytest_asyncio.fixture
async def database(migrated_database_url: str) -> AsyncIterator[AsyncEngine]:
    async with open_database(migrated_database_url) as opened:
        yield opened


async def store(database: AsyncEngine, *letters: DeadLetter) -> None:
    async with database.begin() as connection:
        await PostgresDeadLetters(connection).store(letters)


@pytest.mark.accepts("DRV-30")
async def test_letters_of_the_largest_event_arrive_and_name_the_row_that_keeps_the_whole(
    database: AsyncEngine, migrated_database_url: str, kafka_bootstrap: str
) -> None:
    content = random.Random(1).randbytes(LARGEST_PAYLOAD)  # noqa: S311 - only large
    document = {"note": "é" * (LARGEST_PAYLOAD // 2 - 10)}
    environ = environment(DATABASE_URL=migrated_database_url, KAFKA_BOOTSTRAP=kafka_bootstrap)
    async with new_topic(kafka_bootstrap) as topic:
        refused = replace(letter(), topic=topic, original_value=content)
        pushed = replace(
            letter(), topic=topic, documents={"desired": document, "base": document}
        )
        await store(database, refused, pushed)

        async def both_there() -> bool:
            return len(await read_topic(kafka_bootstrap, topic)) == 2

        async with relaying(Settings.from_environ(environ)):
            await eventually(both_there)
        records = [json.loads(one.payload) for one in await read_topic(kafka_bootstrap, topic)]
    by_id = {one["id"]: one for one in records}
    async with database.connect() as connection:
        assert (await connection.execute(PARKED)).all() == []
        for one, name in ((refused, "original_value"), (pushed, "documents")):
            record = by_id[str(one.id)]
            assert record["stored"] == f"dead_letters/{one.id}"
            assert record["left_out"].keys() == {name}
            assert record["reason"]["cause"]
            row = (await connection.execute(ROW, {"id": one.id})).one()
            assert (row.original_value, row.documents) == (
                one.original_value,
                dict(one.documents or {}),
            )


@pytest.mark.accepts("DRV-30")
async def test_a_letter_about_ids_of_any_length_is_stored_and_sent(
    database: AsyncEngine,
) -> None:
    # No compression brings these below what an index takes.
    wide = "".join(random.Random(2).choices("0123456789abcdef語", k=400_000))  # noqa: S311
    one = replace(letter(), tenant_id=wide, realm_id=wide, document_type=wide, document_id=wide)
    await store(database, one)
    async with database.connect() as connection:
        row = (await connection.execute(ROW, {"id": one.id})).one()
        sent = await connection.scalar(text("SELECT tenant_id FROM ledgerlane_outbox"))
    assert row.tenant_id.endswith("…")
    assert sent == row.tenant_id
    assert wide.startswith(row.tenant_id[:-1])
