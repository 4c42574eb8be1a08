"""What every canonical document has in common."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

DocumentId = Annotated[
    str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
ShortText = Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)]
LongText = Annotated[str, StringConstraints(max_length=4000)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Cents = Annotated[Decimal, Field(max_digits=15, decimal_places=2)]
Price = Annotated[Decimal, Field(max_digits=15, decimal_places=4)]
Quantity = Annotated[Decimal, Field(max_digits=13, decimal_places=4)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]


class DocumentType(StrEnum):
    """The kinds of document that travel between the platform and a ledger."""

    ACCOUNT = "account"
    CUSTOMER = "customer"
    VENDOR = "vendor"
    ITEM = "item"
    INVOICE = "invoice"
    BILL = "bill"
    PAYMENT = "payment"


class Status(StrEnum):
    """Where a money document stands on the platform; only an approved one reaches a ledger."""

    DRAFT = "draft"
    APPROVED = "approved"
    VOIDED = "voided"


class Reference(NamedTuple):
    """One document of the same tenant that another one names."""

    type: DocumentType
    id: str


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Value):
    """The newest state of one business object, as the platform announces it.

    ``id`` is the platform's own and never changes.
    """

    id: DocumentId

    def references(self) -> tuple[Reference, ...]:
        """Name the documents that must be in the ledger before this one, without repeats."""
        return ()

    def needs_agreed(self) -> frozenset[Reference]:
        """Name those references whose newest state must be there, not just an older one."""
        return frozenset()


class Address(Value):
    """A postal address; every part may be empty."""

    lines: tuple[ShortText, ...] = Field(default=(), max_length=4)
    city: ShortText = ""
    region: ShortText = ""
    postal_code: Annotated[str, StringConstraints(max_length=30)] = ""
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""


def unique(references: list[Reference]) -> tuple[Reference, ...]:
    """Drop repeats, keeping the first of each."""
    return tuple(dict.fromkeys(references))
