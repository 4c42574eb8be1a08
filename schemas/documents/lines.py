"""The lines of documents; `totals.py` computes what they come to."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from schemas.documents.document import (
    DocumentType,
    Reference,
    Value,
)
from schemas.documents.numbers import Amount, Percent, Price, Quantity
from schemas.documents.texts import Code, DocumentId, LongText
from schemas.money import ZERO, percent_of, round_money


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
    amount: Annotated[Amount, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Discount":
        if (self.percent is None) == (self.amount is None):
            msg = "give either percent or amount"
            raise ValueError(msg)
        return self

    def of(self, amount: Decimal, currency: str) -> Decimal:
        """Return the discount on ``amount``, rounded to the currency."""
        if self.percent is not None:
            return round_money(percent_of(amount, self.percent), currency)
        return round_money(self.amount or ZERO, currency)


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
        tax_amount: The tax of the line as the platform computed it; None where it did not.
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
    tax_code: Code = ""
    tax_rate: Percent = Decimal(0)
    tax_amount: Amount | None = None
    class_code: Code = ""

    def without_stated_tax(self) -> "Line":
        """Return the line without the tax that the platform states for it."""
        return self if self.tax_amount is None else self.model_copy(update={"tax_amount": None})

    def references(self) -> list[Reference]:
        """Return the item and the account that the line uses."""
        found = []
        if self.item_id:
            found.append(Reference(DocumentType.ITEM, self.item_id))
        if self.account_id:
            found.append(Reference(DocumentType.ACCOUNT, self.account_id))
        return found


class TaxTotal(Value):
    """The tax of all lines of one code and rate, as the platform computed it.

    Attributes:
        tax_code: The platform's tax code; empty for all lines of the rate whose code is not
            named otherwise.
        tax_rate: The tax rate in per cent, from 0 to 100.
        amount: The tax.
    """

    tax_code: Code = ""
    tax_rate: Percent
    amount: Amount
