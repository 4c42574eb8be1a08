"""Documents of made-up tenants, and the events that announce them."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from ledgerlane_outbox import OutboxMessage
from schemas.documents.catalogue import encode
from schemas.documents.customer import Customer
from schemas.documents.document import Address, Document, DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.lines import Line, TaxMode

ISSUED = date(2026, 3, 2)
INVOICES_A_CUSTOMER = 3


def customer(number: int) -> Customer:
    """Return the customer with this number."""
    return Customer(
        id=f"cus-{number}",
        name=f"Larkspur Customer {number}",
        given_name="Ada",
        family_name=f"Number {number}",
        email=f"customer{number}@example.com",
        phone="+1 555 0100",
        address=Address(lines=("1 High Street",), city="Springfield", postal_code="12345"),
    )


def invoice(number: int, customer_number: int, *, currency: str = "USD") -> Invoice:
    """Return the invoice with this number: three lines, no tax."""
    return Invoice(
        id=f"inv-{number}",
        number=f"INV-{number}",
        customer_id=f"cus-{customer_number}",
        issued_on=ISSUED,
        due_on=ISSUED + timedelta(days=30),
        currency=currency,
        tax_mode=TaxMode.NONE,
        lines=tuple(
            Line(
                id=str(i),
                description=f"Delivery of goods, part {i}",
                quantity=Decimal(i),
                unit_price=Decimal("19.99"),
            )
            for i in (1, 2, 3)
        ),
    )


def mixed(count: int) -> Iterator[tuple[DocumentType, Document]]:
    """Return customers, each followed by its invoices."""
    for number in range(count):
        block, place = divmod(number, INVOICES_A_CUSTOMER + 1)
        if place == 0:
            yield DocumentType.CUSTOMER, customer(block)
        else:
            yield DocumentType.INVOICE, invoice(number, block)


def announcement(
    kind: DocumentType, document: Document, tenant: str, *, version: int = 1
) -> OutboxMessage:
    """Return the event that a platform service puts into its outbox."""
    return OutboxMessage(
        event_id=uuid4(),
        type=f"{kind.value}.changed.v1",
        source="/bench",
        tenant_id=tenant,
        subject=f"{kind.value}/{document.id}",
        entity_version=version,
        payload=encode(document),
    )
