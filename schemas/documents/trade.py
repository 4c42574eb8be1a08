"""The fields that an invoice and a bill have in common, and the check of their totals."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, model_validator

from schemas.documents.dates import Date
from schemas.documents.document import (
    Document,
    Reference,
    Status,
    unique,
)
from schemas.documents.lines import Discount, Line, TaxMode, TaxTotal
from schemas.documents.numbers import Amount, Currency, check_amounts
from schemas.documents.texts import ShortText
from schemas.documents.totals import Stated, Totals, total, totals

AMOUNT_FIELDS: Final = ("lines", "discount", "tax_mode", "tax_totals", "tax_total", "total")
"""The fields that the amounts of a ledger's lines come from."""
STATED_FIELDS: Final = frozenset({"tax_totals", "tax_total", "total"})
"""Those of them that the platform need not state: what the lines come to shows in these."""


class TradeDocument(Document):
    """A document with lines and totals.

    Attributes:
        issued_on: The date of the document.
        due_on: The date on which it is due; some are due before ``issued_on``.
        currency: The currency of all amounts.
        tax_mode: Whether prices are without tax, with tax, or without any tax rules.
        lines: The lines, at least one.
        discount: The discount on the whole document; None if there is none.
        reference: A reference of the other party; may be empty.
        status: The state on the platform.
        tax_totals: The tax for each code and rate, as the platform computed it; None where it
            did not.
        tax_total: The tax as the platform computed it; None where it did not.
        total: The total with tax as the platform computed it; None where it did not.
    """

    issued_on: Date
    due_on: Date
    currency: Currency
    tax_mode: TaxMode = TaxMode.EXCLUSIVE
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=500)]
    discount: Discount | None = None
    reference: ShortText = ""
    status: Status = Status.APPROVED
    tax_totals: Annotated[tuple[TaxTotal, ...], Field(max_length=100)] | None = None
    tax_total: Amount | None = None
    total: Amount | None = None

    def totals(self) -> Totals:
        """Return every figure; they add up to what the platform states."""
        stated = self._stated()
        return totals(self.lines, self.tax_mode, self.currency, self.discount, stated)

    def said_otherwise(self, before: Document) -> frozenset[str]:
        """Return the stated figures that came or went, where every line comes to the same."""
        if not isinstance(before, TradeDocument) or self.currency != before.currency:
            return frozenset()
        if self.totals() != before.totals():
            return frozenset()
        same = self._lines_without_tax() == before._lines_without_tax()
        return STATED_FIELDS | ({"lines"} if same else frozenset())

    def _lines_without_tax(self) -> list[Line]:
        return [line.without_stated_tax() for line in self.lines]

    def _stated(self) -> Stated:
        return Stated(self.tax_totals or (), self.tax_total, self.total)

    @model_validator(mode="after")
    def _amounts_fit_the_currency(self) -> "TradeDocument":
        check_amounts(self.currency, self._amounts())
        return self

    @model_validator(mode="after")
    def _totals_agree(self) -> "TradeDocument":
        found = total(self.lines, self.tax_mode, self.currency, self.discount, self._stated())
        if found < 0:
            msg = f"the lines come to {found}; a total may not be negative"
            raise ValueError(msg)
        return self

    def _amounts(self) -> Iterator[tuple[str, Decimal | None]]:
        """Yield every amount that the platform states, with its field."""
        yield "tax_total", self.tax_total
        yield "total", self.total
        if self.discount:
            yield "discount.amount", self.discount.amount
        for i, one in enumerate(self.tax_totals or ()):
            yield f"tax_totals.{i}.amount", one.amount
        for i, line in enumerate(self.lines):
            if line.tax_amount is not None:
                yield f"lines.{i}.tax_amount", line.tax_amount
            if line.discount:
                yield f"lines.{i}.discount.amount", line.discount.amount

    def _line_references(self) -> list[Reference]:
        return [reference for line in self.lines for reference in line.references()]

    def _references_after(self, first: Reference) -> tuple[Reference, ...]:
        return unique([first, *self._line_references()])
