"""Intake on a real database: routing, and rubbish that must stand in nobody's way."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from consumers.intake.platform_events import Intake, Received
from consumers.position import Position
from consumers.store.postgres import PostgresStore
from gateway.database.sessions import Sessions
from schemas.documents.catalogue import encode
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType
from tests.integration.consumers.sync_harness import SyncHarness, open_sync_harness
from tests.integration.providers import xero_organisation

GOOD = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"e1"),
    ("ce_source", b"/billing"),
    ("ce_type", b"customer.changed.v1"),
    ("ce_tenantid", b"t1"),
    ("ce_entityversion", b"1"),
]
CUSTOMER = Customer(id="c1", name="Harrow & Vale")
GOOD_VALUE = encode(CUSTOMER)
UNCONNECTED = "connection_required"


def but(name: str, value: bytes | None) -> list[tuple[str, bytes]]:
    """Give the headers of a good event with one of them otherwise, or left out."""
    rest = [(n, v) for n, v in GOOD if n != name]
    return rest if value is None else [*rest, (name, value)]


RUBBISH = {
    "no headers": ([], b"{}", "malformed_event"),
    "no tenant": (but("ce_tenantid", None), encode(CUSTOMER), "malformed_event"),
    "a zero in the tenant": (but("ce_tenantid", b"t\x001"), b"{}", "malformed_event"),
    "a version that is none": (but("ce_entityversion", b"new"), b"{}", "malformed_event"),
    "an unknown type": (but("ce_type", b"robot.built.v1"), b"{}", "unknown_event_type"),
    "a later major": (but("ce_type", b"customer.changed.v2"), b"{}", "unknown_event_type"),
    "no json": (GOOD, b"\xff{", "invalid_document"),
    "nothing": (GOOD, b"", "invalid_document"),
    "a zero in a text": (GOOD, rb'{"id": "c", "name": "a\u0000"}', "invalid_document"),
    "an unknown field": (GOOD, b'{"id": "c", "name": "a", "x": 1}', "invalid_document"),
    "zeros in foreign headers": ([("\x00", b"\x00\xff")], b"\x00", "malformed_event"),
    "an unknown tenant": (
        but("ce_tenantid", b"nobody"),
        encode(CUSTOMER),
        "connection_required",
    ),
    "a foreign realm": (
        [*GOOD, ("ce_realmid", b"9999")],
        encode(CUSTOMER),
        "connection_required",
    ),
}


@pytest_asyncio.fixture
async def harness(migrated_database_url: str) -> AsyncIterator[SyncHarness]:
    async with (
        xero_organisation.connected() as company,
        open_sync_harness(migrated_database_url, company, realm="9341") as opened,
    ):
        yield opened


def received(offset: int, headers: list[tuple[str, bytes]], value: bytes) -> Received:
    return Received(Position("platform.events", 3, offset), headers, value)


@pytest.mark.accepts("ERR-11", "ERR-12", "SEC-06", "GWY-16")
async def test_rubbish_becomes_dead_letters_and_the_rest_is_taken_in(
    harness: SyncHarness,
) -> None:
    batch = [
        received(n, headers, value) for n, (headers, value, _) in enumerate(RUBBISH.values())
    ]
    batch.insert(5, received(100, GOOD, encode(CUSTOMER)))
    intake = Intake(PostgresStore(Sessions(harness.database).system_session), now=harness.now)
    [(topic, signal)] = await intake.accept(batch)
    assert (topic, signal.version) == ("xero.work", 1)
    letters = await harness.rows("SELECT * FROM dead_letters ORDER BY original_offset")
    assert [letter["code"] for letter in letters] == [code for _, _, code in RUBBISH.values()]
    assert all(letter["reason"]["cause"] and letter["reason"]["fix"] for letter in letters)
    events = await harness.rows("SELECT topic, headers FROM ledgerlane_outbox")
    assert {event["topic"] for event in events} == {"platform.dead"}
    assert {event["headers"]["ce_originalpartition"] for event in events} == {"3"}
    await intake.accept(batch)
    assert len(await harness.rows("SELECT id FROM dead_letters")) == len(RUBBISH), "once each"


@pytest.mark.accepts("ERR-12")
async def test_a_thousand_poison_messages_leave_intake_at_work(harness: SyncHarness) -> None:
    intake = Intake(PostgresStore(Sessions(harness.database).system_session), now=harness.now)
    await intake.accept([received(n, GOOD, b"{") for n in range(1_000)])
    assert await intake.accept([received(1_000, GOOD, encode(CUSTOMER))])
    assert await harness.value("SELECT count(*) FROM dead_letters") == 1_000


@pytest.mark.accepts("SEC-15", "CON-12")
async def test_an_event_goes_to_its_tenant_s_realm_and_nowhere_else(
    harness: SyncHarness,
) -> None:
    named = await harness.announce(DocumentType.CUSTOMER, CUSTOMER, realm="9341")
    assert [signal.connection_id for _, signal in named] == [harness.connection]
    assert (
        await harness.announce(DocumentType.CUSTOMER, CUSTOMER, tenant="t2", realm="9341") == []
    )
    rows = await harness.rows("SELECT tenant_id, realm_id FROM sync_records")
    assert rows == [{"tenant_id": "t1", "realm_id": "9341"}]
