"""The simulated business of one tenant: its documents, and the changes it makes to them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gateway.demo.business.actions import Action, Change
from gateway.demo.business.document_factory import DocumentFactory, of_kind
from gateway.demo.business.seeded_random import SeededRandom
from schemas.documents.account import Account, AccountKind
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType, Status
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Allocation, Payment
from schemas.documents.vendor import Vendor
from schemas.ids import TenantId
from schemas.money import ZERO


@dataclass(slots=True)
class Receivable:
    """An approved invoice and its balance.

    Attributes:
        open: The balance, in major units.
        settled: Whether anything was ever paid on it, even if the payment was voided.
        reopened: Whether a payment of it was voided.
    """

    invoice: Invoice
    open: Decimal
    settled: bool = False
    reopened: bool = False


class BusinessSimulator:
    """Simulates one tenant's business.

    A method that returns ``False`` found no document that it could act on.
    """

    def __init__(
        self, tenant_id: TenantId, factory: DocumentFactory, rng: SeededRandom, *, today: date
    ) -> None:
        self.actions: list[Action] = []
        self._tenant_id = tenant_id
        self._factory = factory
        self._rng = rng
        self._today = today
        self._accounts: list[Account] = []
        self._customers: list[Customer] = []
        self._vendors: list[Vendor] = []
        self._items: list[Item] = []
        self._receivables: dict[str, Receivable] = {}
        self._bills: list[Bill] = []
        self._bill_drafts: list[Bill] = []
        self._payments: list[Payment] = []

    def open_chart(self) -> None:
        """Open the accounts, all at once."""
        self._accounts = self._factory.accounts()
        self._do(*((DocumentType.ACCOUNT, "opened", account) for account in self._accounts))

    def add_item(self) -> None:
        """Add an item."""
        item = self._factory.item(self._accounts)
        self._items.append(item)
        self._do((DocumentType.ITEM, "added", item))

    def meet_vendor(self) -> None:
        """Add a vendor."""
        vendor = self._factory.vendor()
        self._vendors.append(vendor)
        self._do((DocumentType.VENDOR, "registered", vendor))

    def meet_customer(self) -> bool:
        """Add a customer."""
        customer = self._factory.customer()
        self._customers.append(customer)
        return self._do((DocumentType.CUSTOMER, "registered", customer))

    def serve_walk_in(self) -> bool:
        """Sell to a new customer: the invoice is announced before its customer."""
        customer = self._factory.customer()
        invoice = self._invoice(customer, Status.APPROVED)
        self._customers.append(customer)
        return self._do(
            (DocumentType.INVOICE, "issued", invoice),
            (DocumentType.CUSTOMER, "registered", customer),
        )

    def issue_invoice(self) -> bool:
        """Issue an invoice to a customer."""
        invoice = self._invoice(self._rng.one_of(self._customers), Status.APPROVED)
        return self._do((DocumentType.INVOICE, "issued", invoice))

    def draft_invoice(self) -> bool:
        """Write an invoice that is never approved."""
        invoice = self._invoice(self._rng.one_of(self._customers), Status.DRAFT)
        return self._do((DocumentType.INVOICE, "drafted", invoice))

    def amend_invoice(self) -> bool:
        """Change an unpaid invoice."""
        found = self._unpaid()
        if not found:
            return False
        known = self._rng.one_of(found)
        changes: tuple[Callable[[Invoice], Invoice], ...] = (
            self._factory.other_quantity,
            self._factory.later_due,
            lambda invoice: self._factory.another_line(invoice, self._items),
        )
        known.invoice = self._rng.one_of(changes)(known.invoice)
        known.open = known.invoice.totals().total
        return self._do((DocumentType.INVOICE, "amended", known.invoice))

    def void_invoice(self) -> bool:
        """Void an unpaid invoice."""
        found = self._unpaid()
        if not found:
            return False
        known = self._rng.one_of(found)
        del self._receivables[known.invoice.id]
        return self._do((DocumentType.INVOICE, "voided", _voided(known.invoice)))

    def receive_bill(self) -> bool:
        """Enter a bill."""
        bill = self._bill(Status.APPROVED)
        self._bills.append(bill)
        return self._do((DocumentType.BILL, "approved", bill))

    def draft_bill(self) -> bool:
        """Enter a bill that has to be approved later."""
        bill = self._bill(Status.DRAFT)
        self._bill_drafts.append(bill)
        return self._do((DocumentType.BILL, "drafted", bill))

    def approve_bill(self) -> bool:
        """Approve a drafted bill."""
        if not self._bill_drafts:
            return False
        draft = self._bill_drafts.pop(0)
        bill = draft.model_copy(update={"status": Status.APPROVED})
        self._bills.append(bill)
        return self._do((DocumentType.BILL, "approved", bill))

    def void_bill(self) -> bool:
        """Void a bill."""
        if not self._bills:
            return False
        bill = self._rng.one_of(self._bills)
        self._bills.remove(bill)
        return self._do((DocumentType.BILL, "voided", _voided(bill)))

    def take_payment(self) -> bool:
        """Receive a payment, full or part, for one to three invoices of a customer."""
        payable = [one for one in self._receivables.values() if one.open and not one.reopened]
        if not payable:
            return False
        customer_id = self._rng.one_of(payable).invoice.customer_id
        of_customer = [one for one in payable if one.invoice.customer_id == customer_id]
        chosen = self._rng.some_of(of_customer, self._rng.one_of((1, 1, 1, 2, 3)))
        payment = self._payment(customer_id, [self._settle(one) for one in chosen])
        self._payments.append(payment)
        return self._do((DocumentType.PAYMENT, "received", payment))

    def void_payment(self) -> bool:
        """Void a payment, which reopens its invoices."""
        if not self._payments:
            return False
        payment = self._rng.one_of(self._payments)
        self._payments.remove(payment)
        for allocation in payment.allocations:
            known = self._receivables[allocation.invoice_id]
            known.open += allocation.amount
            known.reopened = True
        return self._do((DocumentType.PAYMENT, "voided", _voided(payment)))

    def rename_customer(self) -> bool:
        """Change a customer's name."""
        i = self._rng.between(0, len(self._customers) - 1)
        name = f"{self._customers[i].name} Group"
        return self._change_customer(i, "renamed", name=name)

    def change_email(self) -> bool:
        """Change a customer's e-mail address."""
        i = self._rng.between(0, len(self._customers) - 1)
        email = f"finance{self._rng.between(1, 99)}@{self._customers[i].id}.example.com"
        return self._change_customer(i, "changed", email=email)

    def _change_customer(self, i: int, happened: str, **changes: str) -> bool:
        self._customers[i] = self._customers[i].model_copy(update=changes)
        return self._do((DocumentType.CUSTOMER, happened, self._customers[i]))

    def _do(self, *changes: tuple[DocumentType, str, Document]) -> bool:
        done = tuple(
            Change(kind, happened, document, self._factory.written(document))
            for kind, happened, document in changes
        )
        self.actions.append(Action(self._tenant_id, done))
        return True

    def _invoice(self, customer: Customer, status: Status) -> Invoice:
        invoice = self._factory.invoice(customer, self._items, status=status)
        if status is Status.APPROVED:
            self._receivables[invoice.id] = Receivable(invoice, invoice.totals().total)
        return invoice

    def _bill(self, status: Status) -> Bill:
        vendor = self._rng.one_of(self._vendors)
        return self._factory.bill(vendor, self._accounts, status=status)

    def _unpaid(self) -> list[Receivable]:
        return [one for one in self._receivables.values() if not one.settled]

    def _settle(self, known: Receivable) -> Allocation:
        currency = known.invoice.currency
        in_full = self._rng.chance(0.7)
        amount = known.open if in_full else self._rng.part_of(known.open, currency)
        known.open -= amount
        known.settled = True
        return Allocation(invoice_id=known.invoice.id, amount=amount)

    def _payment(self, customer_id: str, allocations: list[Allocation]) -> Payment:
        id_, number = self._factory.identify("pay")
        return Payment(
            id=id_,
            customer_id=customer_id,
            paid_on=self._today,
            currency=self._receivables[allocations[0].invoice_id].invoice.currency,
            amount=sum((one.amount for one in allocations), ZERO),
            allocations=tuple(allocations),
            reference=self._factory.payment_reference(number),
            deposit_account_id=of_kind(self._accounts, AccountKind.BANK)[0].id,
        )


def _voided(document: Invoice | Bill | Payment) -> Document:
    return document.model_copy(update={"status": Status.VOIDED})
