"""One document in the books of one side; figures in major units of its currency."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

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
        currency: The currency of the figures; empty for what has none.
    """

    type: DocumentType
    id: str
    code: str
    name: str
    status: BookStatus
    currency: str
    total: Decimal
    tax: Decimal
    balance: Decimal


RecordId: TypeAlias = tuple[DocumentType, str]
"""A record of a ledger: QuickBooks counts the ids of each type from 1."""


@dataclass(frozen=True, slots=True)
class Record:
    """A document in a ledger.

    Attributes:
        key: The key of the platform's document, by :func:`ledger_books.key_of`; empty where
            there is none.
        ledger_id: The ledger's own id, unique among the records of its type.
        currency: The currency of the figures; empty for what has none.
    """

    type: DocumentType
    key: str
    ledger_id: str
    status: BookStatus
    currency: str
    total: Decimal
    tax: Decimal
    balance: Decimal

    @property
    def id(self) -> RecordId:
        """The record's id among all records of the ledger."""
        return self.type, self.ledger_id
