"""A platform with one document of each kind, for what every ledger promises."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import NAMESPACE_OID, UUID, uuid5

from providers.base import External, Ledger, Operation, Provider, Result, Write, Written
from providers.errors import ProviderError
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Document, DocumentType, Reference

Fields = Mapping[str, Any]

CUSTOMER: Final = DocumentType.CUSTOMER
VENDOR: Final = DocumentType.VENDOR
ITEM: Final = DocumentType.ITEM
ACCOUNT: Final = DocumentType.ACCOUNT
INVOICE: Final = DocumentType.INVOICE
BILL: Final = DocumentType.BILL
PAYMENT: Final = DocumentType.PAYMENT
NAMES: Final = (CUSTOMER, VENDOR, ITEM, ACCOUNT)
TRADE: Final = (INVOICE, BILL)
TRANSACTIONS: Final = (*TRADE, PAYMENT)
EVERY: Final = (*NAMES, *TRANSACTIONS)


class Trouble(StrEnum):
    """What strikes the next write."""

    RATE_LIMITED = "rate limited"
    TOKEN_EXPIRED = "token expired"  # noqa: S105 - the name of a trouble
    BROKEN = "an error of the server, and nothing is done"
    ANSWER_LOST = "the connection drops, and everything is done"


class Company(Protocol):
    """One company of a provider, connected, described and empty.

    Its settings name default accounts for sales, purchases and deposits, and map the tax code
    ``zero`` where the company has several codes without tax. They map the class ``north`` to
    one that the ledger calls North, and ``unkept`` to nothing.

    Attributes:
        tax_rate: Per cent; a rate that the company has exactly one tax code for.
        unknown_id: Well formed, and of no record.
        immutable: The documents that can't be changed once they are written.
        has_versions: Whether a write must name the version of the record that it changes.
        voids_paid: Whether an invoice with a payment can be voided, which then is unapplied.
    """

    provider: Provider
    ledger: Ledger
    currency: str
    tax_rate: str
    unknown_id: str
    immutable: frozenset[DocumentType]
    has_versions: bool
    voids_paid: bool

    async def strike(self, trouble: Trouble, *, times: int = 1) -> None:
        """Let something happen to the next ``times`` writes."""

    async def count(self, document_type: DocumentType) -> int:
        """Return how many records of the kind the company has, in use or not."""

    async def classes(self, document_type: DocumentType, record_id: str) -> list[str]:
        """Name the class of each line of an invoice or bill; empty where it has none."""


@dataclass
class LedgerHarness:
    """A platform with one document of each kind, and the links that it was given."""

    company: Company
    links: dict[Reference, External] = field(default_factory=dict)

    def document(self, document_type: DocumentType, **fields: Any) -> Document:
        """Return the document of a kind, with some fields otherwise."""
        least = _LEAST[document_type]
        if document_type in TRANSACTIONS:
            least = {**least, "currency": self.company.currency}
        return DOCUMENTS[document_type].model_validate({**least, **fields})

    def write(self, document: Document, *changed: str) -> Write:
        """Return the write of a document, with a key for what is in it."""
        document_type = next(t for t, model in DOCUMENTS.items() if type(document) is model)
        return Write(
            document_type=document_type,
            document=document,
            external=self.links.get(Reference(document_type, document.id)),
            links={r: self.links[r] for r in document.references()},
            idempotency_key=key_of(document, *changed),
            changed=frozenset(changed),
        )

    async def prepared(self, document_type: DocumentType, **fields: Any) -> Write:
        """Return the write of a document after writing all that it names."""
        document = self.document(document_type, **fields)
        for reference in document.references():
            if reference not in self.links:
                await self.stocked(reference.type)
        return self.write(document)

    async def stocked(self, document_type: DocumentType, **fields: Any) -> Written:
        """Write a document and all that it names."""
        return await self.done(Operation.CREATE, await self.prepared(document_type, **fields))

    async def done(self, operation: Operation, write: Write) -> Written:
        """Carry out a write that must succeed."""
        result = await self.result(operation, write)
        assert isinstance(result, Written), result
        self.links[Reference(write.document_type, write.document.id)] = result.external
        return result

    async def result(self, operation: Operation, write: Write) -> Result:
        """Carry out one write."""
        (result,) = await self.company.ledger.write(operation, [write])
        return result

    async def error(self, operation: Operation, write: Write) -> ProviderError:
        """Carry out a write that must fail, for itself or with its call."""
        try:
            result = await self.result(operation, write)
        except ProviderError as error:
            return error
        assert isinstance(result, ProviderError), result
        return result

    async def found(self, write: Write) -> Result | None:
        """Look one document up."""
        (found,) = await self.company.ledger.find([write])
        return found


def key_of(document: Document, *changed: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"{document.model_dump_json()} {sorted(changed)}")


def line(line_id: str, quantity: str, price: str, tax_rate: str) -> dict[str, Any]:
    return {
        "id": line_id,
        "description": f"Work {line_id}",
        "item_id": "item",
        "quantity": quantity,
        "unit_price": price,
        "tax_rate": tax_rate,
        "tax_code": "" if Decimal(tax_rate) else "zero",
    }


_TRADE: Final[Fields] = {
    "issued_on": "2026-07-06",
    "due_on": "2026-08-20",
    "tax_mode": "none",
    "lines": [line("1", "3", "19.99", "0")],
}
_LEAST: Final[Mapping[DocumentType, Fields]] = {
    DocumentType.CUSTOMER: {
        "id": "customer",
        "name": "O'Hara & Sons \\ Ltd",
        "email": "ap@ohara.example",
        "address": {"lines": ["14 Quay Rd"], "city": "Oakland", "country": "US"},
    },
    DocumentType.VENDOR: {"id": "vendor", "name": "Nordic Steel Ltd", "account_number": "A-1"},
    DocumentType.ACCOUNT: {
        "id": "account",
        "code": "4711",
        "name": "Field work",
        "kind": "revenue",
    },
    DocumentType.ITEM: {
        "id": "item",
        "code": "WRK-1",
        "name": "Field work, hour",
        "sales_price": "19.99",
        "purchase_price": "9.99",
        "income_account_id": "account",
    },
    DocumentType.INVOICE: {
        "id": "invoice",
        "number": "INV-77",
        "customer_id": "customer",
        **_TRADE,
    },
    DocumentType.BILL: {"id": "bill", "number": "NS-88731", "vendor_id": "vendor", **_TRADE},
    DocumentType.PAYMENT: {
        "id": "payment",
        "customer_id": "customer",
        "paid_on": "2026-07-31",
        "amount": "59.97",
        "allocations": [{"invoice_id": "invoice", "amount": "59.97"}],
        "reference": "cheque 9",
    },
}
CHANGES: Final[Mapping[DocumentType, Fields]] = {
    DocumentType.CUSTOMER: {"name": "O'Hara & Daughters Ltd", "phone": "555 0100"},
    DocumentType.VENDOR: {"account_number": "A-2"},
    DocumentType.ACCOUNT: {"name": "Work in the field"},
    DocumentType.ITEM: {"sales_price": "21.50", "description": "An hour in the field"},
    DocumentType.INVOICE: {"due_on": "2026-09-01"},
    DocumentType.BILL: {"due_on": "2026-09-01", "reference": "PO 7"},
    DocumentType.PAYMENT: {"reference": "cheque 10"},
}
