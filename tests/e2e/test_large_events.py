"""Large documents on the whole way: refused at the append, or taken with all that follows."""

import json
from typing import Any

import pytest
from sqlalchemy import insert

from ledgerlane_outbox import OutboxMessage, append
from ledgerlane_outbox.sizes import LARGEST_PAYLOAD
from ledgerlane_outbox.tables import outbox
from schemas.documents.catalogue import encode
from schemas.documents.invoice import Invoice
from tests.chaos.platform import Owner, customer, invoice, item
from tests.chaos.process_group import INTAKE, RELAY, WORKER_QBO, ProcessGroup
from tests.e2e.shell import ledgerlane
from tests.e2e.topics import records
from tests.eventually import eventually
from tests.fakes.served import QBO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")


def of_lines(n: int, lines: int, characters: int) -> Invoice:
    """Return an invoice of many lines, each with a long description."""
    (line,) = invoice(n, "1.00").lines
    text = {"description": "x" * characters}
    many = tuple(line.model_copy(update={"id": str(k), **text}) for k in range(lines))
    return invoice(n, "1.00").model_copy(update={"lines": many})


def filled(payload: bytes) -> bytes:
    """Return a payload as large as the outbox accepts, by blanks behind it."""
    return payload + b" " * (LARGEST_PAYLOAD - len(payload))


def event(payload: bytes, subject: str) -> OutboxMessage:
    return OutboxMessage(
        type="invoice.issued.v1",
        source="/billing",
        subject=subject,
        tenant_id=T1.tenant,
        entity_version=1,
        payload=payload,
    )


async def letters(group: ProcessGroup) -> list[dict[str, Any]]:
    found = await records(group.services.kafka.bootstrap, "platform.dead")
    return [json.loads(one.value) for one in found]


@pytest.mark.accepts("DRV-30")
async def test_case_16_is_refused_at_the_append_and_its_tenant_goes_on(
    group: ProcessGroup,
) -> None:
    await group.connect(QBO, "t1")
    await group.start(RELAY, INTAKE, WORKER_QBO)
    large = of_lines(16, lines=500, characters=4_000)
    with pytest.raises(ValueError, match=r"payload of invoice.* has 2\d{6} bytes, and at most"):
        await group.platform.announce(T1, large)
    group.platform.forget(T1, large)
    # The same, as a service writes it that goes around the package.
    around = event(b"{}", "invoice/i16")
    async with group.platform.database.begin() as connection:
        await connection.execute(
            insert(outbox).values(
                event_id=around.event_id,
                topic=around.topic,
                partition_key=around.partition_key,
                headers=around.headers(),
                payload=encode(large),
            )
        )
    await group.platform.announce(T1, customer(0), item(), invoice(1, "5.00"))
    await group.agree()
    listing = ("relay", "parked", "list", "--source", "platform", "--json")

    async def is_parked() -> bool:
        listed = await ledgerlane(group.environ, *listing)
        return "large" in json.dumps(listed.json()).lower()

    await eventually(is_parked)  # it is stored after those behind it were published


@pytest.mark.accepts("DRV-30")
async def test_the_largest_accepted_events_arrive_or_are_refused_and_all_is_told(
    group: ProcessGroup,
) -> None:
    await group.connect(QBO, "t1")
    await group.start(RELAY, INTAKE, WORKER_QBO)
    await group.platform.announce(T1, customer(0), item())
    good = of_lines(2, lines=210, characters=4_000)
    async with group.platform.database.begin() as connection:
        await append(connection, event(filled(encode(good)), "invoice/i2"))
        await append(connection, event(filled(b'{"id": "i3"}'), "invoice/i3"))
    await group.platform.announce(T1, invoice(1, "5.00"))

    async def all_told() -> bool:
        results = await records(group.services.kafka.bootstrap, "sync.results")
        told = [json.loads(one.value) for one in results]
        agreed = {one["document_id"] for one in told if one["state"] == "agreed"}
        return {"i1", "i2"} <= agreed and len(await letters(group)) == 1

    await eventually(all_told)
    (refused,) = await letters(group)
    assert refused["reason"]["code"] == "invalid_document"
    assert refused["left_out"] == {"original_value": LARGEST_PAYLOAD // 3 * 4 + 2}
    shown = await ledgerlane(group.environ, "dead", "show", refused["id"])
    assert shown.json()["original_value"].rstrip() == '{"id": "i3"}'
    (row,) = await group.rows("SELECT state, reason FROM sync_records WHERE document_id = 'i2'")
    assert row["state"] == "agreed", row["reason"]
    assert await group.count("ledgerlane_outbox_parked") == 0
