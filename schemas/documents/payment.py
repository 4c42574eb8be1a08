"""The document ``payment.v1``: money received from a customer."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from schemas.documents.dates import Date
from schemas.documents.document import (
    Document,
    DocumentType,
    Reference,
    Status,
    Value,
    unique,
)
from schemas.documents.numbers import Amount, Currency, Price, check_amounts
from schemas.documents.texts import DocumentId, ShortText
from schemas.money import ZERO, product, round_money

Paid = Annotated[Amount, Field(gt=0)]


class Allocation(Value):
    """The part of a payment that settles one invoice.

    Attributes:
        invoice_id: The id of the invoice.
        amount: The amount that is settled, above 0.
    """

    invoice_id: DocumentId
    amount: Paid


class Payment(Document):
    """Money received from a customer, and the invoices that it settles.

    Attributes:
        customer_id: The id of the customer.
        paid_on: The date on which the money was received.
        currency: The currency of all amounts.
        amount: The amount received, above 0.
        allocations: The settled invoices; they add up to the amount or less.
        reference: The payer's own reference, such as a cheque number; may be empty.
        deposit_account_id: The account that received the money; the connection's setting if
            absent.
        status: The state on the platform.
        exchange_rate: How much of the settled invoices' currency one unit of the payment's
            currency is worth, above 0; None where they have one currency.
    """

    customer_id: DocumentId
    paid_on: Date
    currency: Currency
    amount: Paid
    allocations: Annotated[tuple[Allocation, ...], Field(max_length=200)] = ()
    reference: ShortText = ""
    deposit_account_id: DocumentId | None = None
    status: Status = Status.APPROVED
    exchange_rate: Annotated[Price, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _amounts_fit_the_currency(self) -> "Payment":
        shares = [(f"allocations.{i}.amount", a.amount) for i, a in enumerate(self.allocations)]
        check_amounts(self.currency, [("amount", self.amount), *shares])
        return self

    @model_validator(mode="after")
    def _allocates_no_more_than_it_has(self) -> "Payment":
        spent = sum((a.amount for a in self.allocations), ZERO)
        if spent > self.amount:
            msg = (
                f"allocations come to {spent}, more than the amount {self.amount} in "
                f"{self.currency}; settle less of the invoices, or correct the amount"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _each_invoice_once(self) -> "Payment":
        invoices = [a.invoice_id for a in self.allocations]
        if len(set(invoices)) < len(invoices):
            msg = "allocations name an invoice twice; add the amounts up"
            raise ValueError(msg)
        return self

    @property
    def unallocated(self) -> Decimal:
        """The part of the amount that settles no invoice."""
        return self.amount - sum((a.amount for a in self.allocations), ZERO)

    def settles(self, allocation: Allocation, currency: str) -> Decimal:
        """Return what an allocation settles of an invoice of this currency, by the rate.

        Without a rate it settles nothing in another currency than its own.
        """
        if currency == self.currency:
            return allocation.amount
        return self.exchanged(allocation.amount, currency)

    def exchanged(self, amount: Decimal, currency: str) -> Decimal:
        """Return an amount of the payment in the currency that its rate leads to, rounded."""
        return round_money(product(amount, self.exchange_rate or ZERO), currency)

    def references(self) -> tuple[Reference, ...]:
        """Return the customer, the invoices and the account."""
        named = [Reference(DocumentType.CUSTOMER, self.customer_id)]
        named += [Reference(DocumentType.INVOICE, a.invoice_id) for a in self.allocations]
        if self.deposit_account_id:
            named.append(Reference(DocumentType.ACCOUNT, self.deposit_account_id))
        return unique(named)

    def said_otherwise(self, before: Document) -> frozenset[str]:
        """Return the allocations where only their order is another: each settles an amount."""
        if isinstance(before, Payment) and set(self.allocations) == set(before.allocations):
            return frozenset({"allocations"})
        return frozenset()

    def needs_agreed(self) -> frozenset[Reference]:
        """Return the settled invoices: a paid invoice can no longer be edited."""
        return frozenset(
            Reference(DocumentType.INVOICE, a.invoice_id) for a in self.allocations
        )
