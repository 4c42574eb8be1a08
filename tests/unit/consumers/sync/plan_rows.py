"""Documents, and rows of tables that say what is planned for them."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from consumers.sync.actions import Action
from consumers.sync.policy import ConflictRule
from consumers.sync.record import AgreedState, LedgerState, PlatformState, SyncRecord
from providers.base import External
from schemas.documents.account import Account, AccountKind
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType, Reference, Status
from schemas.documents.invoice import Invoice
from schemas.documents.lines import Discount, Line
from schemas.presence import Presence

CUSTOMER = Customer(id="c1", name="Harrow & Vale")
RENAMED = CUSTOMER.model_copy(update={"name": "Harrow, Vale & Co", "phone": "555"})
INACTIVE = CUSTOMER.model_copy(update={"active": False})
MAILED = CUSTOMER.model_copy(update={"email": "office@example.com"})
CALLED = CUSTOMER.model_copy(update={"phone": "777"})
INVOICE = Invoice(
    id="i1",
    number="INV-1",
    customer_id="c1",
    issued_on=date(2026, 3, 2),
    due_on=date(2026, 4, 1),
    currency="USD",
    lines=(Line(id="1", unit_price=Decimal(10)),),
)
DRAFT = INVOICE.model_copy(update={"status": Status.DRAFT})
VOIDED = INVOICE.model_copy(update={"status": Status.VOIDED})
NOTED = INVOICE.model_copy(update={"reference": "PO 7"})
CHEAPER = INVOICE.model_copy(update={"lines": (Line(id="1", unit_price=Decimal(2)),)})
DISCOUNTED = INVOICE.model_copy(update={"discount": Discount(amount=Decimal(5))})
ACCOUNT = Account(id="a1", code="200", name="Sales", kind=AccountKind.REVENUE)
LINKED = External("58", "0")
NEEDED = (Reference(DocumentType.CUSTOMER, "c1"),)
ALL = frozenset(Customer.model_fields)
NINE, TEN = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 10))

PLATFORM_WINS, LEDGER_WINS, LAST_WRITE_WINS, ASK = ConflictRule
VOIDS, DELETES = Presence.VOIDED, Presence.DELETED


def fields(*names: str) -> frozenset[str]:
    return frozenset(names)


def customer(desired: PlatformState | None, **rest: object) -> SyncRecord:
    return SyncRecord(DocumentType.CUSTOMER, desired, **rest)  # type: ignore[arg-type] # rows


def invoice(desired: PlatformState | None, **rest: object) -> SyncRecord:
    return SyncRecord(DocumentType.INVOICE, desired, **rest)  # type: ignore[arg-type] # rows


@dataclass(frozen=True)
class Row:
    name: str
    record: SyncRecord
    action: Action


@dataclass(frozen=True)
class Edits:
    """What both sides did to a linked document since they agreed on it.

    Attributes:
        ours: The platform's document; ``None`` where it announced nothing since.
        theirs: The ledger's document; ``None`` where only a newer version is known.
        presence: Whether the ledger's record is there.
        unseen: Whether the ledger has not changed, or was not looked at.
    """

    base: Document | None
    ours: Document | None
    theirs: Document | None = None
    presence: Presence = Presence.PRESENT
    unseen: bool = False

    def record(self, **rest: object) -> SyncRecord:
        sample = self.ours or self.theirs or self.base
        kind = DocumentType.INVOICE if isinstance(sample, Invoice) else DocumentType.CUSTOMER
        agreed = AgreedState(1, self.base, 7)
        announced = (
            PlatformState(1, self.base) if self.ours is None else PlatformState(2, self.ours)
        )
        seen = None if self.unseen else LedgerState(8, self.theirs, self.presence)
        found = SyncRecord(kind, announced, seen, agreed, LINKED)
        return replace(found, **rest)  # type: ignore[arg-type] # rows
