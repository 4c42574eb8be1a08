"""The demo platform on a real database: its rows, its events, and what its books say."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.engine import open_database
from gateway.demo.business.actions import Action, Change
from gateway.demo.business.scenario import TENANTS
from gateway.demo.business.traffic import traffic
from gateway.demo.platform.platform import Platform, create_tables
from gateway.demo.platform.platform_books import Announced, read_announced, read_books
from gateway.demo.verification.entry import BookStatus, Entry
from schemas.documents.catalogue import read
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType, Status
from schemas.documents.invoice import Invoice
from schemas.documents.lines import Line
from schemas.documents.payment import Allocation, Payment
from schemas.ids import TenantId

TENANT = TenantId("larkspur")
DAY = date(2026, 11, 2)
INVOICE = Invoice(
    id="inv-1",
    number="L-1",
    customer_id="cus-1",
    issued_on=DAY,
    due_on=DAY,
    currency="USD",
    lines=(
        Line(id="1", quantity=Decimal(2), unit_price=Decimal("50.00"), tax_rate=Decimal(8)),
    ),
)
PAYMENT = Payment(
    id="pay-1",
    customer_id="cus-1",
    paid_on=DAY,
    currency="USD",
    amount=Decimal("30.00"),
    allocations=(Allocation(invoice_id="inv-1", amount=Decimal("30.00")),),
)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with open_database(database_url) as engine:
        async with engine.begin() as connection:
            await create_tables(connection)
        yield engine


def issued(invoice: Invoice) -> Action:
    return Action(TENANT, (Change(DocumentType.INVOICE, "issued", invoice),))


def received(payment: Payment) -> Action:
    return Action(TENANT, (Change(DocumentType.PAYMENT, "received", payment),))


async def invoice_in_the_books(database: AsyncEngine) -> Entry:
    async with database.connect() as connection:
        books = await read_books(connection)
    return next(one for one in books[TENANT] if one.type is DocumentType.INVOICE)


async def headers(database: AsyncEngine) -> list[tuple[str, str, str]]:
    async with database.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT type, subject, entity_version::text FROM ledgerlane_outbox ORDER BY seq"
            )
        )
        return [(kind, subject, version) for kind, subject, version in found]


async def test_a_change_and_its_event_become_true_together(database: AsyncEngine) -> None:
    platform = Platform(database)
    await platform.carry_out(issued(INVOICE))
    await platform.carry_out(issued(INVOICE.model_copy(update={"reference": "PO 2"})))
    assert await headers(database) == [
        ("invoice.issued.v1", "invoice/inv-1", "1"),
        ("invoice.issued.v1", "invoice/inv-1", "2"),
    ]


async def test_what_fails_leaves_neither_rows_nor_events(database: AsyncEngine) -> None:
    unwritable = INVOICE.lines[0].model_copy(update={"description": "\x00"})
    wrong = INVOICE.model_copy(update={"id": "inv-2", "lines": (unwritable,)})
    changes = [Change(DocumentType.INVOICE, "issued", one) for one in (INVOICE, wrong)]
    with pytest.raises(DBAPIError):
        await Platform(database).carry_out(Action(TENANT, tuple(changes)))
    async with database.connect() as connection:
        assert await read_books(connection) == {}
    assert await headers(database) == []


async def test_the_events_of_one_action_keep_their_order(database: AsyncEngine) -> None:
    customer = Customer(id="cus-1", name="Calder Cycles")
    await Platform(database).carry_out(
        Action(
            TENANT,
            (
                Change(DocumentType.INVOICE, "issued", INVOICE),
                Change(DocumentType.CUSTOMER, "registered", customer),
            ),
        )
    )
    assert [kind for kind, _, _ in await headers(database)] == [
        "invoice.issued.v1",
        "customer.registered.v1",
    ]


async def test_a_payment_that_counts_settles_its_invoice(database: AsyncEngine) -> None:
    platform = Platform(database)
    await platform.carry_out(issued(INVOICE))
    await platform.carry_out(received(PAYMENT))
    found = await invoice_in_the_books(database)
    figures = (found.total, found.tax, found.balance)
    assert figures == (Decimal("108.00"), Decimal("8.00"), Decimal("78.00"))

    await platform.carry_out(received(PAYMENT.model_copy(update={"status": Status.VOIDED})))
    assert (await invoice_in_the_books(database)).balance == Decimal("108.00")


async def test_a_changed_invoice_has_its_new_lines_only(database: AsyncEngine) -> None:
    platform = Platform(database)
    await platform.carry_out(issued(INVOICE))
    less = INVOICE.lines[0].model_copy(update={"quantity": Decimal(1)})
    await platform.carry_out(issued(INVOICE.model_copy(update={"lines": (less,)})))
    assert (await invoice_in_the_books(database)).total == Decimal("54.00")
    async with database.connect() as connection:
        lines = await connection.execute(text("SELECT quantity FROM invoice_lines"))
        assert list(lines.scalars()) == [1]


async def test_a_void_invoice_is_in_the_books_and_does_not_count(database: AsyncEngine) -> None:
    platform = Platform(database)
    await platform.carry_out(issued(INVOICE))
    await platform.carry_out(issued(INVOICE.model_copy(update={"status": Status.VOIDED})))
    assert (await invoice_in_the_books(database)).status is BookStatus.VOID


async def test_figures_are_kept_as_exact_as_they_are(database: AsyncEngine) -> None:
    line = {"quantity": Decimal("125000.000001"), "unit_price": Decimal("0.00012")}
    exact = INVOICE.lines[0].model_copy(update=line)
    dinars = INVOICE.model_copy(update={"lines": (exact,), "currency": "KWD"})
    await Platform(database).carry_out(issued(dinars))
    async with database.connect() as connection:
        stored = await connection.execute(
            text("SELECT quantity, unit_price, net, tax FROM invoice_lines")
        )
        assert [tuple(map(str, row)) for row in stored] == [
            ("125000.000001", "0.00012", "15.000", "1.200")
        ]
    found = await invoice_in_the_books(database)
    assert (found.currency, str(found.total)) == ("KWD", "16.200")


async def test_an_event_says_what_the_service_writes(database: AsyncEngine) -> None:
    written = {"number": " L-1 ", "sales_channel": "web shop"}
    change = Change(DocumentType.INVOICE, "issued", INVOICE, written)
    await Platform(database).carry_out(Action(TENANT, (change,)))
    async with database.connect() as connection:
        payload = await connection.scalar(
            text("SELECT convert_from(payload, 'UTF8')::jsonb FROM ledgerlane_outbox")
        )
    assert (payload["number"], payload["sales_channel"]) == (" L-1 ", "web shop")
    assert (await invoice_in_the_books(database)).code == " L-1 "
    found = read(DocumentType.INVOICE, orjson.dumps(payload))
    assert (found.document, found.unknown_fields) == (INVOICE, ("sales_channel",))


async def test_a_whole_business_fits_into_the_platform(database: AsyncEngine) -> None:
    actions = traffic(TENANTS, documents=60, seed=7, today=DAY)
    platform = Platform(database)
    for action in actions:
        await platform.carry_out(action)
    async with database.connect() as connection:
        books, announced = await read_books(connection), await read_announced(connection)
    events = {tenant.id: 0 for tenant in TENANTS}
    for action in actions:
        events[action.tenant_id] += len(action.changes)
    assert announced == {
        tenant: Announced(len(books[tenant]), versions) for tenant, versions in events.items()
    }
    assert sum(len(entries) for entries in books.values()) == 60
