"""The lines of documents, and the only place where their totals are computed.

The rules are those on which both ledgers agree: a line is quantity times unit price, less its
discount, rounded half up; the document's discount is allocated to the lines in proportion; tax
is computed for each line, rounded, and then added up.
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
    """Whether the prices of a document are without tax, with tax, or without any tax rules."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    NONE = "none"


class Discount(Value):
    """A discount: either a percentage or an amount.

    Attributes:
        percent: The percentage, from 0 to 100; None if an amount is given.
        amount: The amount, from 0; None if a percentage is given.
    """

    percent: Percent | None = None
    amount: Annotated[Cents, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Discount":
        if (self.percent is None) == (self.amount is None):
            msg = "give either percent or amount"
            raise ValueError(msg)
        return self

    def of(self, amount: Decimal) -> Decimal:
        """Return the discount on ``amount``, in whole cents."""
        return percent_of(amount, self.percent) if self.percent is not None else self._amount()

    def _amount(self) -> Decimal:
        return to_cents(self.amount or ZERO)


class Line(Value):
    """One line; its codes are the platform's own and mapped for each connection.

    Attributes:
        id: The id of the line, which never changes.
        description: The text of the line; may be empty.
        item_id: The id of the item; None if the line has none.
        account_id: The id of the account; None for that of the item or the connection.
        quantity: The quantity.
        unit_price: The price of one unit: with tax if the document's mode is inclusive.
        discount: The discount of the line; None if there is none.
        tax_code: The platform's tax code; may be empty.
        tax_rate: The tax rate in per cent, from 0 to 100.
        class_code: The class of the line, such as a branch or a department; empty if there is
            none.
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
        """Return the item and the account that the line uses."""
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
        extended: The quantity times the unit price.
        discount: The line's own discount.
        shared_discount: The line's share of the document's discount.
        net: The amount without tax, after both discounts.
        tax: The tax on the net amount.
    """

    extended: Decimal
    discount: Decimal
    shared_discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def amount(self) -> Decimal:
        """Return the amount after both discounts, with tax if the mode is inclusive."""
        return self.extended - self.discount - self.shared_discount

    @property
    def gross(self) -> Decimal:
        """Return the amount with tax, after both discounts."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a document, in whole cents.

    Attributes:
        lines: The figures of each line, in order.
        discount: The document's discount.
        net: The sum without tax.
        tax: The sum of the tax.
    """

    lines: tuple[LineTotals, ...]
    discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """Return the total with tax."""
        return self.net + self.tax


def _extended(line: Line) -> Decimal:
    amount = to_cents(line.quantity * line.unit_price)
    if abs(amount) > LARGEST_LINE:
        raise ValueError(f"line {line.id} comes to {amount}, more than {LARGEST_LINE}")
    return amount


def totals(lines: Sequence[Line], mode: TaxMode, discount: Discount | None = None) -> Totals:
    """Return every figure of a document, computed from its lines.

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
