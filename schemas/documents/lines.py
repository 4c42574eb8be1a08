"""Lines of money documents, and the one place where their totals are worked out.

The rules are those on which both ledgers agree: a line is quantity times unit price, less its
discount, rounded half up; the document's discount is shared over the lines in proportion;
tax is worked out per line, rounded, and then summed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints, model_validator

from schemas.documents.document import (
    Cents,
    DocumentId,
    DocumentType,
    LongText,
    Percent,
    Price,
    Quantity,
    Reference,
    Value,
)
from schemas.money import ZERO, allocate, percent_of, to_cents

LARGEST_LINE: Final = Decimal("9999999999.99")


class TaxMode(StrEnum):
    """Whether the prices of a document are without tax, with it, or know no tax."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    NONE = "none"


class Discount(Value):
    """Either a percentage or an amount."""

    percent: Percent | None = None
    amount: Annotated[Cents, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Discount":
        if (self.percent is None) == (self.amount is None):
            msg = "give either percent or amount"
            raise ValueError(msg)
        return self

    def of(self, amount: Decimal) -> Decimal:
        """Give the discount on ``amount``, in whole cents."""
        return percent_of(amount, self.percent) if self.percent is not None else self._amount()

    def _amount(self) -> Decimal:
        return to_cents(self.amount or ZERO)


class Line(Value):
    """One line; its codes are the platform's own words, mapped for each connection.

    Attributes:
        unit_price: With tax when the document's mode is inclusive, else without.
        tax_rate: Per cent; 0 where no tax is due.
        class_code: The class that the line is counted under besides its account, such as a
            branch or a department; empty where there is none.
    """

    id: DocumentId
    description: LongText = ""
    item_id: DocumentId | None = None
    account_id: DocumentId | None = None
    quantity: Quantity = Decimal(1)
    unit_price: Price
    discount: Discount | None = None
    tax_code: Annotated[str, StringConstraints(max_length=30)] = ""
    tax_rate: Percent = Decimal(0)
    class_code: Annotated[str, StringConstraints(max_length=100)] = ""

    def references(self) -> list[Reference]:
        """Name the item and the account that the line uses."""
        found = []
        if self.item_id:
            found.append(Reference(DocumentType.ITEM, self.item_id))
        if self.account_id:
            found.append(Reference(DocumentType.ACCOUNT, self.account_id))
        return found


@dataclass(frozen=True, slots=True)
class LineTotals:
    """The figures of one line, in whole cents.

    Attributes:
        extended: Quantity times unit price.
        discount: The line's own discount.
        shared_discount: Its share of the document's discount.
        net: Without tax, after both discounts.
        tax: The tax on it.
    """

    extended: Decimal
    discount: Decimal
    shared_discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def amount(self) -> Decimal:
        """After both discounts, in the document's own mode: with tax where it is inclusive."""
        return self.extended - self.discount - self.shared_discount

    @property
    def gross(self) -> Decimal:
        """With tax, after both discounts."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a document, in whole cents; one entry of ``lines`` per line, in order."""

    lines: tuple[LineTotals, ...]
    discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """What is owed."""
        return self.net + self.tax


def _extended(line: Line) -> Decimal:
    amount = to_cents(line.quantity * line.unit_price)
    if abs(amount) > LARGEST_LINE:
        raise ValueError(f"line {line.id} comes to {amount}, more than {LARGEST_LINE}")
    return amount


def totals(lines: Sequence[Line], mode: TaxMode, discount: Discount | None = None) -> Totals:
    """Work out every figure of a document from its lines.

    Raises:
        ValueError: a line is larger than any ledger takes.
    """
    extended = [_extended(line) for line in lines]
    own = [
        line.discount.of(amount) if line.discount else ZERO
        for line, amount in zip(lines, extended, strict=True)
    ]
    after_own = [amount - less for amount, less in zip(extended, own, strict=True)]
    whole = discount.of(sum(after_own, ZERO)) if discount else ZERO
    shares = allocate(whole, after_own)
    figures = tuple(
        _line_totals(line, mode, extended[i], own[i], shares[i]) for i, line in enumerate(lines)
    )
    return Totals(
        lines=figures,
        discount=whole,
        net=sum((f.net for f in figures), ZERO),
        tax=sum((f.tax for f in figures), ZERO),
    )


def _line_totals(
    line: Line, mode: TaxMode, extended: Decimal, own: Decimal, shared: Decimal
) -> LineTotals:
    amount = extended - own - shared
    tax = _tax(amount, line.tax_rate, mode)
    net = amount - tax if mode is TaxMode.INCLUSIVE else amount
    return LineTotals(extended, own, shared, net, tax)


def _tax(amount: Decimal, rate: Decimal, mode: TaxMode) -> Decimal:
    if mode is TaxMode.NONE:
        return ZERO
    if mode is TaxMode.INCLUSIVE:
        return to_cents(amount * rate / (100 + rate))
    return percent_of(amount, rate)
