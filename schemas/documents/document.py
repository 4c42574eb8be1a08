"""The types that all canonical documents have in common."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

DocumentId = Annotated[
    str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
ShortText = Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)]
LongText = Annotated[str, StringConstraints(max_length=4000)]


class DocumentType(StrEnum):
    """The types of documents that are synchronised between the platform and a ledger."""

    ACCOUNT = "account"
    CUSTOMER = "customer"
    VENDOR = "vendor"
    ITEM = "item"
    INVOICE = "invoice"
    BILL = "bill"
    PAYMENT = "payment"


class Status(StrEnum):
    """The state of a document on the platform; only approved documents reach a ledger."""

    DRAFT = "draft"
    APPROVED = "approved"
    VOIDED = "voided"


class Reference(NamedTuple):
    """A reference to another document of the same tenant.

    Attributes:
        type: The type of the document.
        id: The platform's id of the document.
    """

    type: DocumentType
    id: str


class Value(BaseModel):
    """A frozen value that rejects unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Value):
    """The newest state of a business object as the platform announces it.

    Attributes:
        id: The platform's id, which never changes.
    """

    id: DocumentId

    def references(self) -> tuple[Reference, ...]:
        """Return the documents that have to be in the ledger before this one, each once."""
        return ()

    def needs_agreed(self) -> frozenset[Reference]:
        """Return the references whose newest state has to be there, not an older one."""
        return frozenset()


class Address(Value):
    """A postal address; every part may be empty.

    Attributes:
        lines: Up to four lines of street address.
        city: The city.
        region: The state or province.
        postal_code: The postal code.
        country: The two-letter code of the country by ISO 3166-1.
    """

    lines: tuple[ShortText, ...] = Field(default=(), max_length=4)
    city: ShortText = ""
    region: ShortText = ""
    postal_code: Annotated[str, StringConstraints(max_length=30)] = ""
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""


def unique(references: list[Reference]) -> tuple[Reference, ...]:
    """Return the references without repeats, in the order of their first occurrence."""
    return tuple(dict.fromkeys(references))
