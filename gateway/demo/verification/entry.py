"""One document as one side's books have it; figures in major units, whole cents."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from schemas.documents.document import DocumentType


class Standing(StrEnum):
    """Whether a document counts in the books that have it."""

    COUNTS = "counts"
    VOID = "void"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document on the platform; ``code`` is its number, where it has one."""

    type: DocumentType
    id: str
    code: str
    name: str
    standing: Standing
    total: Decimal
    tax: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Record:
    """A document in a ledger.

    Attributes:
        key: By what it is known to be one of the platform's; see :func:`ledgers.key_of`.
        ledger_id: The ledger's own id.
    """

    type: DocumentType
    key: str
    ledger_id: str
    standing: Standing
    total: Decimal
    tax: Decimal
    balance: Decimal
