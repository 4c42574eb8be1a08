"""The types that all canonical documents have in common."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from schemas.documents.texts import Code, Country, DocumentId, ShortText


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

    def said_otherwise(self, before: "Document") -> frozenset[str]:
        """Return the fields that differ from an earlier version, and yet mean the same."""
        return frozenset()

    def changed_fields(self, before: "Document") -> frozenset[str]:
        """Return the fields that another document of this type has otherwise.

        What is only said otherwise is none, such as a total that the lines come to anyway.
        """
        names = type(self).model_fields
        changed = frozenset(n for n in names if getattr(before, n) != getattr(self, n))
        return changed - self.said_otherwise(before) if changed else changed


class Address(Value):
    """A postal address; every part may be empty.

    Attributes:
        lines: The lines of the street address.
        city: The city.
        region: The state or province.
        postal_code: The postal code.
        country: The two-letter code of the country by ISO 3166-1, or its name.
    """

    lines: tuple[ShortText, ...] = Field(default=(), max_length=100)
    city: ShortText = ""
    region: ShortText = ""
    postal_code: Code = ""
    country: Country = ""


def name_of(document: Document) -> str:
    """Return a document by the names that people know: type, id, and number or name."""
    kind = type(document).__name__.lower()
    known_as = getattr(document, "number", "") or getattr(document, "name", "")
    return f"{kind} {document.id} ({known_as})" if known_as else f"{kind} {document.id}"


def unique(references: list[Reference]) -> tuple[Reference, ...]:
    """Return the references without repeats, in the order of their first occurrence."""
    return tuple(dict.fromkeys(references))
