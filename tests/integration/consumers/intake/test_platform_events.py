"""Intake on a real database: routing, and rubbish that must stand in nobody's way."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from random import Random
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
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
    """Return the headers of a good event with one of them otherwise, or left out."""
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
    "a zero in a text": (GOOD, b'{"id": "c", "name": "a\x00"}', "invalid_document"),
    "an unknown field of a strict source": (
        but("ce_source", b"/strict"),
        b'{"id": "c", "name": "a", "x": 1}',
        "invalid_document",
    ),
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


@pytest.mark.accepts("ERR-11", "ERR-12", "GWY-16")
async def test_rubbish_becomes_dead_letters_and_the_rest_is_taken_in(
    harness: SyncHarness,
) -> None:
    batch = [
        received(n, headers, value) for n, (headers, value, _) in enumerate(RUBBISH.values())
    ]
    batch.insert(5, received(100, GOOD, encode(CUSTOMER)))
    intake = Intake(
        PostgresStore(Sessions(harness.database).session),
        now=harness.now,
        strict_sources={"/strict"},
    )
    [(topic, signal)] = await intake.accept(batch)
    assert (topic, signal.version) == ("xero.work", 1)
    letters = await harness.rows("SELECT * FROM dead_letters ORDER BY original_offset")
    assert [letter["code"] for letter in letters] == [code for _, _, code in RUBBISH.values()]
    assert all(letter["reason"]["cause"] and letter["reason"]["fix"] for letter in letters)
    events = await harness.rows("SELECT topic, subject, headers FROM ledgerlane_outbox")
    dead = [event for event in events if event["topic"] == "platform.dead"]
    assert {event["headers"]["ce_originalpartition"] for event in dead} == {"3"}
    [result] = [event for event in events if event not in dead]
    assert result["subject"] == "customer/c", "the one that says what it is about"
    await intake.accept(batch)
    assert len(await harness.rows("SELECT id FROM dead_letters")) == len(RUBBISH), "once each"


@pytest.mark.accepts("DRV-28")
async def test_what_is_not_known_is_left_out_and_the_rest_is_taken_in(
    harness: SyncHarness,
) -> None:
    intake = Intake(PostgresStore(Sessions(harness.database).session), now=harness.now)
    value = rb'{"id": "c1", "name": "Harrow ", "size": 1e99999999, "at": {"x": ["\t"]}}'
    assert len(await intake.accept([received(1, GOOD, value)])) == 1
    [row] = await harness.rows("SELECT desired FROM sync_records")
    assert row["desired"] == {"id": "c1", "name": "Harrow"}


@pytest.mark.accepts("ERR-12")
async def test_a_thousand_poison_messages_leave_intake_at_work(harness: SyncHarness) -> None:
    intake = Intake(PostgresStore(Sessions(harness.database).session), now=harness.now)
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


COMPANIES = {"t1": ("9341", "r2", "r3"), "t2": ("r4", "r5"), "t3": ("r6",)}
"""Realms by tenant, the default first."""
EVENTS = 10_000


async def connect_all(harness: SyncHarness) -> None:
    """Connect every company but the one that the harness has, alike but for its names."""
    statement = text(
        """
        INSERT INTO connections
        SELECT (r).* FROM (
            SELECT jsonb_populate_record(c, jsonb_build_object(
                       'id', CAST(:id AS text), 'tenant_id', CAST(:tenant AS text),
                       'realm_id', CAST(:realm AS text),
                       'is_default', CAST(:is_default AS boolean))) AS r
              FROM connections c WHERE c.id = :known) AS found
        """
    )
    others = [(t, r, r == all_[0]) for t, all_ in COMPANIES.items() for r in all_]
    async with harness.database.begin() as db:
        for n, (tenant, realm, is_default) in enumerate(others[1:], 100):
            values = {"id": str(UUID(int=n)), "tenant": tenant, "realm": realm}
            default = {"is_default": is_default, "known": harness.connection}
            await db.execute(statement, values | default)


def random_events(chance: Random) -> Iterator[tuple[Received, str]]:
    """Yield events of all companies with the realm that each belongs in; half name theirs."""
    for n in range(EVENTS):
        tenant = chance.choice(list(COMPANIES))
        realm = chance.choice(COMPANIES[tenant])
        named = realm != COMPANIES[tenant][0] or chance.random() < 0.5
        headers = [(name, value) for name, value in GOOD if name != "ce_tenantid"]
        headers.append(("ce_tenantid", tenant.encode()))
        if named:
            headers.append(("ce_realmid", realm.encode()))
        document = Customer(id=f"{realm}-{n % 997}", name=f"Customer {n % 997}")
        yield received(n, headers, encode(document)), realm


@pytest.mark.accepts("SEC-15", "CON-12")
async def test_events_of_many_companies_land_where_they_are_named_to(
    harness: SyncHarness,
) -> None:
    """10,000 events of three tenants with six companies; a document's id tells its realm."""
    await connect_all(harness)
    intake = Intake(PostgresStore(Sessions(harness.database).session), now=harness.now)
    events = list(random_events(Random(1)))  # noqa: S311 - seeded, not a secret
    for first in range(0, EVENTS, 500):
        await intake.accept([event for event, _ in events[first : first + 500]])
    rows = await harness.rows(
        "SELECT r.tenant_id, r.realm_id, r.document_id, c.realm_id AS connected"
        "  FROM sync_records r JOIN connections c ON c.id = r.connection_id"
    )
    assert {row["document_id"].split("-")[0] == row["realm_id"] for row in rows} == {True}
    assert {row["connected"] == row["realm_id"] for row in rows} == {True}
    assert {row["realm_id"] in COMPANIES[row["tenant_id"]] for row in rows} == {True}
    expected = Counter(realm for realm, _ in {(r, e.value) for e, r in events})
    assert Counter(row["realm_id"] for row in rows) == expected
    assert await harness.value("SELECT count(*) FROM dead_letters") == 0
