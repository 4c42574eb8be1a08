"""A simulated platform: documents that are announced, edited and voided, with versions.

Some versions are not readable, so that intake refuses them, some contradict what they name, and
some come after the next one; mostly a better one follows.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final
from uuid import UUID

import orjson

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
UNREADABLE: Final = 0.05
CONTRADICTING: Final = 0.07
OVERTAKEN: Final = 0.05
LATE_S: Final = 15.0
CLASHING: Final = 0.2  # of the versions of a document, so that few records are not among them
CUSTOMER, INVOICE, PAYMENT = DocumentType.CUSTOMER, DocumentType.INVOICE, DocumentType.PAYMENT


@dataclass(frozen=True, slots=True)
class Announcement:
    """One version of one document, and when the platform announces it.

    Attributes:
        readable: Whether intake can read it; what it can't read it refuses.
    """

    at: float
    connection: Connection
    kind: DocumentType
    version: int
    document: Document
    readable: bool = True

    @property
    def record_id(self) -> RecordId:
        """The record that it becomes."""
        return record_id(self.connection.id, self.kind, self.document.id)

    @property
    def subject(self) -> str:
        """What the event is about, as platforms write it."""
        return f"{self.kind.value}/{self.document.id}"

    @property
    def payload(self) -> bytes:
        """The document as it is sent; where it is not readable, all but its id is missing."""
        if self.readable:
            return encode(self.document)
        return orjson.dumps({"id": self.document.id})


@dataclass
class Platform:
    """What is announced in a world.

    Attributes:
        typed_in: Customers that somebody typed into a ledger by hand before, by connection.
        newest: The newest readable version of every record that was announced.
        unreadable: The newest version that intake refuses, of records that have one.
    """

    connections: list[Connection]
    announcements: list[Announcement]
    typed_in: list[tuple[ConnectionId, Document]]
    newest: dict[RecordId, Announcement] = field(default_factory=dict)
    unreadable: dict[RecordId, Announcement] = field(default_factory=dict)
    done: bool = False

    def contents(self) -> dict[RecordId, list[int]]:
        """Return for each record, in the order of its versions, who had their content first."""
        found: defaultdict[RecordId, list[int]] = defaultdict(list)
        for one in self.announcements:
            if one.readable:
                found[one.record_id].append(version_of(one.document))
        return dict(found)

    async def run(self, log: Log, random: Random) -> None:
        """Announce everything in its time; now and then something once more, and late."""
        loop = asyncio.get_running_loop()
        for one in sorted(self.announcements, key=lambda a: a.at):
            await asyncio.sleep(max(0.0, one.at - loop.time()))
            self._send(log, one)
            newest = self.newest if one.readable else self.unreadable
            known = newest.get(one.record_id)
            if known is None or known.version < one.version:
                newest[one.record_id] = one
            if random.random() < REPEATED:
                loop.call_later(random.uniform(0, 20), self._send, log, one)
        await asyncio.sleep(20)
        self.done = True

    def _send(self, log: Log, one: Announcement) -> None:
        envelope = Envelope(
            id=f"{one.record_id}/{one.version}",
            source="/platform",
            type=f"{one.kind.value}.changed.v1",
            subject=one.subject,
            tenant_id=one.connection.tenant_id,
            entity_version=one.version,
            realm_id=one.connection.realm_id,
        )
        tenant = one.connection.tenant_id
        log.append(PLATFORM_EVENTS, tenant, one.payload, envelope.headers())


def drawn(random: Random, seed: int, clashes: Random | None = None) -> Platform:
    """Draw the tenants of a world, their documents, and what becomes of these.

    What changes back and what is wrong is drawn apart, so that all else is as without it.

    Args:
        clashes: Draws whose name or number is another's, too; ``None`` where hardly any is.
    """
    back, wrong = Random(f"{seed}/back"), Random(f"{seed}/wrong")  # noqa: S311 - no secrets
    connections = [connection_of(n) for n in range(random.randint(1, 3))]
    announcements: list[Announcement] = []
    typed_in: list[tuple[ConnectionId, Document]] = []
    for connection in connections:
        documents = list(_changed_back(_documents(random, connection, _begins(random)), back))
        documents = _clashing(documents, clashes) if clashes else documents
        found = list(_some_wrong(documents, wrong))
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
        profile_read_at=START,
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


def _some_wrong(announcements: Iterable[Announcement], wrong: Random) -> Iterator[Announcement]:
    """Return announcements: some late, some not readable, some that contradict others."""
    told: set[RecordId] = set()
    for one in announcements:
        late = LATE_S if wrong.random() < OVERTAKEN else 0.0
        chance, changes = wrong.random(), wrong.choice(_CONTRADICTIONS.get(one.kind, [{}]))
        if one.record_id in told:
            # It tells the right currency from then on. Were it without one again, a late look
            # of the feed could tell that of before (ADR 0018, "Open").
            changes = _RIGHT
        elif not UNREADABLE <= chance < UNREADABLE + CONTRADICTING:
            changes = {}
        elif one.kind is CUSTOMER:
            told.add(one.record_id)
        document = _with(one.document, changes) if changes else one.document
        readable = chance >= UNREADABLE
        yield replace(one, at=one.at + late, readable=readable, document=document)


def _with(document: Document, changes: dict[str, Any]) -> Document:
    """Return a document with some fields otherwise; a payment settles all that it comes to."""
    fields = {**document.model_dump(), **changes}
    if "amount" in changes:
        settled = fields["allocations"]
        fields["allocations"] = [{**each, "amount": changes["amount"]} for each in settled]
    return type(document).model_validate(fields)


def _clashing(found: Sequence[Announcement], clashes: Random) -> list[Announcement]:
    """Return announcements of which some have the name or number of their realm's first."""
    taken = {one.record_id for one in found if clashes.random() < CLASHING}
    first = {CUSTOMER: {"name": "Customer 0"}, INVOICE: {"number": "INV-0"}}
    return [
        replace(one, document=one.document.model_copy(update=first.get(one.kind, {})))
        if one.record_id in taken
        else one
        for one in found
    ]


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
# What contradicts the documents above, as they mostly are.
_CONTRADICTIONS: Final[dict[DocumentType, list[dict[str, Any]]]] = {
    CUSTOMER: [{"currency": "EUR"}],
    PAYMENT: [{"currency": "EUR"}, {"exchange_rate": "1.25"}, {"amount": "25.00"}],
}
_RIGHT: Final = {"currency": "USD"}
