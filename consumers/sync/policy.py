"""What plan takes for given: facts of document types, and how a connection syncs each of them.

The facts are the same for all connections. The rules are a connection's choice; the default
policy writes the platform's documents to the ledger and brings nothing back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from schemas.documents.document import DocumentType


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What holds for every document of a type, at every connection.

    Attributes:
        marked: Whether the ledger's record carries the platform's id, so that it is found again
            for certain.
        ledger_owned: Whether a record that is found in the ledger is linked as it is, and not
            brought up to date.
        looked_up_first: Whether it is looked up before it is created, as the ledger mostly has
            it before the platform announces it.
    """

    marked: bool = False
    ledger_owned: bool = False
    looked_up_first: bool = False


# The chart of accounts is the ledger's: mostly it was there before the connection was made.
_ACCOUNT: Final = DocumentFacts(ledger_owned=True, looked_up_first=True)
_NAME: Final = DocumentFacts()
_MONEY: Final = DocumentFacts(marked=True)

FACTS: Final[Mapping[DocumentType, DocumentFacts]] = {
    DocumentType.ACCOUNT: _ACCOUNT,
    DocumentType.CUSTOMER: _NAME,
    DocumentType.VENDOR: _NAME,
    DocumentType.ITEM: _NAME,
    DocumentType.INVOICE: _MONEY,
    DocumentType.BILL: _MONEY,
    DocumentType.PAYMENT: _MONEY,
}


class Direction(StrEnum):
    """Which way changes of a document type are carried."""

    TO_LEDGER = "to_ledger"
    TO_PLATFORM = "to_platform"
    BOTH = "both"


class ConflictRule(StrEnum):
    """Who wins where both sides changed the same field since they last agreed."""

    PLATFORM_WINS = "platform_wins"
    LEDGER_WINS = "ledger_wins"
    LAST_WRITE_WINS = "last_write_wins"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class TypeRule:
    """How one connection syncs one document type.

    A winner whose values the direction does not carry keeps them: the other side's value is
    not written over them, and they are not written to the other side.

    Attributes:
        direction: Which side's changes are carried to the other.
        conflicts: Who wins where both sides changed the same field.
    """

    direction: Direction = Direction.TO_LEDGER
    conflicts: ConflictRule = ConflictRule.PLATFORM_WINS

    @property
    def to_ledger(self) -> bool:
        """Whether the platform's changes are written to the ledger."""
        return self.direction is not Direction.TO_PLATFORM

    @property
    def to_platform(self) -> bool:
        """Whether the ledger's changes are applied to the platform."""
        return self.direction is not Direction.TO_LEDGER


@dataclass(frozen=True, slots=True)
class SyncPolicy:
    """How one connection syncs.

    Attributes:
        rules: The rule of each document type that has one of its own.
        default: The rule of all other document types.
    """

    rules: Mapping[DocumentType, TypeRule] = field(default_factory=dict)
    default: TypeRule = TypeRule()

    def rule(self, document_type: DocumentType) -> TypeRule:
        """Return the rule of a document type."""
        return self.rules.get(document_type, self.default)


DEFAULT_POLICY: Final = SyncPolicy()
