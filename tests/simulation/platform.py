"""A simulated platform: documents that are announced, edited and voided, with versions."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final
from uuid import UUID

from providers.connections import Connection
from schemas.documents.catalogue import DOCUMENTS, encode
from schemas.documents.document import Document, DocumentType
from schemas.envelope import Envelope
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId, record_id
from schemas.topics import PLATFORM_EVENTS
from tests.fakes.connected import CONNECTED
from tests.simulation.books import HELD, REFUSED, version_of
from tests.simulation.log import Log
from tests.virtual_time import START

PROVIDER: Final = ProviderName("simulated")
BUSY_S: Final = 45.0
REPEATED: Final = 0.1
CHANGED_BACK: Final = 0.4
CUSTOMER, INVOICE, PAYMENT = DocumentType.CUSTOMER, DocumentType.INVOICE, DocumentType.PAYMENT


@dataclass(frozen=True, slots=True)
class Announcement:
    """One version of one document, and when the platform announces it."""

    at: float
    connection: Connection
    kind: DocumentType
    version: int
    document: Document

    @property
    def record_id(self) -> RecordId:
        """The record that it becomes."""
        return record_id(self.connection.id, self.kind, self.document.id)


@dataclass
class Platform:
    """What is announced in a world.

    Attributes:
        typed_in: Customers that somebody typed into a ledger by hand before, by connection.
        newest: The newest version of every record that was announced.
    """

    connections: list[Connection]
    announcements: list[Announcement]
    typed_in: list[tuple[ConnectionId, Document]]
    newest: dict[RecordId, Announcement] = field(default_factory=dict)
    done: bool = False

    def contents(self) -> dict[RecordId, list[int]]:
        """Return for each record, in the order of its versions, who had their content first."""
        found: defaultdict[RecordId, list[int]] = defaultdict(list)
        for one in self.announcements:
            found[one.record_id].append(version_of(one.document))
        return dict(found)

    async def run(self, log: Log, random: Random) -> None:
        """Announce everything in its time; now and then something once more, and late."""
        loop = asyncio.get_running_loop()
        for one in sorted(self.announcements, key=lambda a: a.at):
            await asyncio.sleep(max(0.0, one.at - loop.time()))
            self._send(log, one)
            known = self.newest.get(one.record_id)
            if known is None or known.version < one.version:
                self.newest[one.record_id] = one
            if random.random() < REPEATED:
                loop.call_later(random.uniform(0, 20), self._send, log, one)
        await asyncio.sleep(20)
        self.done = True

    def _send(self, log: Log, one: Announcement) -> None:
        envelope = Envelope(
            id=f"{one.record_id}/{one.version}",
            source="/platform",
            type=f"{one.kind.value}.changed.v1",
            tenant_id=one.connection.tenant_id,
            entity_version=one.version,
            realm_id=one.connection.realm_id,
        )
        tenant = one.connection.tenant_id
        log.append(PLATFORM_EVENTS, tenant, encode(one.document), envelope.headers())


def drawn(random: Random, back: Random) -> Platform:
    """Draw the tenants of a world, their documents, and what becomes of these.

    Args:
        back: Draws which documents change back, apart from all else that is drawn.
    """
    connections = [connection_of(n) for n in range(random.randint(1, 3))]
    announcements: list[Announcement] = []
    typed_in: list[tuple[ConnectionId, Document]] = []
    for connection in connections:
        found = list(_changed_back(_documents(random, connection, _begins(random)), back))
        announcements += found
        typed_in += [
            (connection.id, one.document)
            for one in found
            if one.kind is CUSTOMER and one.version == 1 and random.random() < 0.1
        ]
    return Platform(connections, announcements, typed_in)


def connection_of(n: int) -> Connection:
    """Return the n-th connection; the first two are of one tenant."""
    return replace(
        CONNECTED,
        id=ConnectionId(UUID(int=n + 1)),
        tenant_id=TenantId(f"t{n // 2}"),
        provider=PROVIDER,
        realm_id=RealmId(f"r{n}"),
        company_name=f"Company {n}",
        is_default=n % 2 == 0,
        connected_at=START,
        updated_at=START,
    )


def _begins(random: Random) -> Callable[[], float]:
    """Return when the documents of a realm are announced first: one by one, or together."""
    first, last = 0.0, BUSY_S
    if random.random() < 0.4:
        first = random.uniform(0, BUSY_S / 2)
        last = first + random.choice([0.0, 0.5, 2.0])
    return lambda: random.uniform(first, last)


def _documents(
    random: Random, connection: Connection, begins: Callable[[], float]
) -> Iterator[Announcement]:
    """Return the lives of a realm's documents."""
    customers = random.choice([1, 2, 3, 4, 15])
    realm = connection.realm_id
    for n in range(customers):
        name = f"Customer {0 if random.random() < 0.03 else n}"
        fields: dict[str, Any] = {"id": f"{realm}-c{n}", "name": name}
        yield from _life(random, connection, CUSTOMER, fields, begins())
    for n in range(random.randint(0, 4)):
        customer = random.randint(0, customers - 1) if random.random() < 0.95 else 99
        fields = {**_INVOICE, "id": f"{realm}-i{n}", "number": f"INV-{n}"}
        fields["customer_id"] = f"{realm}-c{customer}"
        yield from _life(random, connection, INVOICE, fields, begins())
        if random.random() < 0.4:
            paid = {**_PAYMENT, "id": f"{realm}-p{n}", "customer_id": fields["customer_id"]}
            paid["allocations"] = [{"invoice_id": fields["id"], "amount": "10.00"}]
            yield from _life(random, connection, PAYMENT, paid, begins())


def _changed_back(
    announcements: Iterator[Announcement], back: Random
) -> Iterator[Announcement]:
    """Return announcements; some have again what the version before the last one had."""
    lives: defaultdict[RecordId, list[Announcement]] = defaultdict(list)
    for one in announcements:
        life = lives[one.record_id]
        if len(life) > 1 and back.random() < CHANGED_BACK:
            life.append(replace(one, document=life[-2].document))
        else:
            life.append(one)
        yield life[-1]


def _life(
    random: Random,
    connection: Connection,
    kind: DocumentType,
    fields: dict[str, Any],
    first: float,
) -> Iterator[Announcement]:
    """Return a document's versions."""
    at = first
    last = random.choice([1, 1, 2, 2, 3, 6])
    noted = "phone" if kind is CUSTOMER else "reference"
    for version in range(1, last + 1):
        mood = random.random()
        said = REFUSED if mood < 0.04 else HELD if mood < 0.08 else "ok"
        state = _state(random, kind, first=version == 1, last=version == last)
        document = DOCUMENTS[kind].model_validate(
            {**fields, **state, noted: f"{said} v{version}"}
        )
        yield Announcement(at, connection, kind, version, document)
        at += random.expovariate(1 / 6)


def _state(random: Random, kind: DocumentType, *, first: bool, last: bool) -> dict[str, Any]:
    """Return in which state a document is announced: most often in use."""
    if last and random.random() < 0.12:
        return {"active": False} if kind is CUSTOMER else {"status": "voided"}
    if first and kind is not CUSTOMER and random.random() < 0.1:
        return {"status": "draft"}
    return {}


_INVOICE: Final[dict[str, Any]] = {
    "issued_on": "2026-07-06",
    "due_on": "2026-08-20",
    "currency": "USD",
    "tax_mode": "none",
    "lines": [{"id": "1", "quantity": "1", "unit_price": "10.00"}],
}
_PAYMENT: Final[dict[str, Any]] = {
    "paid_on": "2026-07-31",
    "amount": "10.00",
    "currency": "USD",
}
