"""One document in the books of one side; figures in major units, whole cents."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from schemas.documents.document import DocumentType


class BookStatus(StrEnum):
    """The status of a document in the books of one side."""

    COUNTS = "counts"
    VOID = "void"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document on the platform.

    Attributes:
        code: The document's number, where it has one.
    """

    type: DocumentType
    id: str
    code: str
    name: str
    status: BookStatus
    total: Decimal
    tax: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Record:
    """A document in a ledger.

    Attributes:
        key: The key of the platform's document, by :func:`ledger_books.key_of`; empty where
            there is none.
        ledger_id: The ledger's own id.
    """

    type: DocumentType
    key: str
    ledger_id: str
    status: BookStatus
    total: Decimal
    tax: Decimal
    balance: Decimal
