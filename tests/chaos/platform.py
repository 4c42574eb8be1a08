"""A platform service: it announces documents by its outbox, and knows their newest state."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from ledgerlane_outbox import OutboxMessage, append, install
from schemas.documents.catalogue import DOCUMENTS, encode
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Payment

SOURCE: Final = "/billing"
CURRENCY: Final = "GBP"
_TYPES: Final = {model: document_type for document_type, model in DOCUMENTS.items()}


class Owner(NamedTuple):
    """Whose books a document belongs in; without a realm, in all default companies."""

    tenant: str
    realm: str | None = None


class Entity(NamedTuple):
    """A document, whatever its state."""

    owner: Owner
    type: DocumentType
    id: str


@dataclass
class Platform:
    """Announces, and remembers what it announced last."""

    database: AsyncEngine
    newest: dict[Entity, Document] = field(default_factory=dict)
    versions: dict[Entity, int] = field(default_factory=dict)
    announced: int = 0

    async def prepare(self) -> None:
        """Create the outbox."""
        async with self.database.begin() as connection:
            await install(connection)

    async def announce(self, owner: Owner, *documents: Document) -> None:
        """Announce new states in one transaction, as a service that changed them does."""
        async with AsyncSession(self.database) as session, session.begin():
            for document in documents:
                await append(session, self._message(owner, document))
        self.announced += len(documents)

    async def roll_back(self, owner: Owner, document: Document) -> None:
        """Announce something in a transaction that then fails: it never happened."""
        message = self._message(owner, document)
        self.forget(owner, document)
        async with AsyncSession(self.database) as session:
            await append(session, message)
            await session.rollback()

    def _message(self, owner: Owner, document: Document) -> OutboxMessage:
        entity = Entity(owner, _TYPES[type(document)], document.id)
        self.newest[entity] = document
        self.versions[entity] = self.versions.get(entity, 0) + 1
        return OutboxMessage(
            type=f"{entity.type.value}.changed.v1",
            source=SOURCE,
            subject=f"{entity.type.value}/{document.id}",
            tenant_id=owner.tenant,
            realm_id=owner.realm,
            entity_version=self.versions[entity],
            payload=encode(document),
        )

    def forget(self, owner: Owner, document: Document) -> None:
        """Expect a document in no books."""
        del self.newest[Entity(owner, _TYPES[type(document)], document.id)]

    def of(self, *owners: Owner) -> Iterator[tuple[Entity, Document]]:
        """Return what the books that belong to these owners are to hold in the end."""
        for entity, document in self.newest.items():
            if entity.owner in owners:
                yield entity, document


def customer(n: int, state: str = "") -> Customer:
    return Customer(id=f"c{n}", name=f"Customer {n} {state}".strip())


def item() -> Item:
    return Item.model_validate(
        {"id": "item", "code": "WRK-1", "name": "Work, hour", "sales_price": "10"}
    )


def invoice(n: int, price: str, *, customer: int = 0) -> Invoice:
    return Invoice.model_validate(
        {
            "id": f"i{n}",
            "number": f"INV-{n}",
            "customer_id": f"c{customer}",
            "issued_on": "2026-07-06",
            "due_on": "2026-08-20",
            "currency": CURRENCY,
            "tax_mode": "none",
            "lines": [{"id": "1", "item_id": "item", "unit_price": price}],
        }
    )


def payment(n: int, paid: Invoice) -> Payment:
    total = str(paid.totals().total)
    return Payment.model_validate(
        {
            "id": f"p{n}",
            "customer_id": paid.customer_id,
            "paid_on": "2026-07-31",
            "currency": CURRENCY,
            "amount": total,
            "allocations": [{"invoice_id": paid.id, "amount": total}],
        }
    )


def business(customers: int, invoices: int, *, price: str = "100") -> list[Document]:
    """Return what a small shop announces on a day: everything once, each fifth invoice paid."""
    sold = [invoice(n, f"{price}.{n:02}", customer=n % customers) for n in range(invoices)]
    return [
        *(customer(n) for n in range(customers)),
        item(),
        *sold,
        *(payment(n, sold[n]) for n in range(0, invoices, 5)),
    ]


def edits(customers: int, invoices: int, *, price: str = "200") -> list[Document]:
    """Return new states of the customers and of the invoices that nobody paid."""
    return [
        *(customer(n, f"at {price}") for n in range(customers)),
        *(
            invoice(n, f"{price}.{n:02}", customer=n % customers)
            for n in range(invoices)
            if n % 5
        ),
    ]
