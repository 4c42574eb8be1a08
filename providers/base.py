"""What a provider must do, as protocols, and the values that go in and come out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from providers.errors import ProviderError
from providers.http import Dialect, RealmSession
from providers.oauth import OAuthDialect
from providers.quotas import Quota
from schemas.documents.document import Document, DocumentType, Reference
from schemas.ids import ProviderName


class Operation(StrEnum):
    """What is done to a ledger's record. Taking a name out of use is an update."""

    CREATE = "create"
    UPDATE = "update"
    VOID = "void"


class Side(StrEnum):
    """Which way a document with lines goes; the words are the tenant's keys of ``accounts``."""

    SALES = "sales"
    PURCHASES = "purchases"


@dataclass(frozen=True, slots=True)
class External:
    """The ledger's side of a link.

    Attributes:
        id: The ledger's own id.
        sync_token: The version that the next write must name; empty where there is none.
        code: What other documents of the ledger call it by: an account's or an item's code.
    """

    id: str
    sync_token: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the ledger holds a money document to be worth, in major units of its currency."""

    total: Decimal
    tax: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Written:
    """A record as the ledger holds it after a write or a look-up.

    Attributes:
        figures: For invoices and bills; ``None`` for anything else.
        voided: Whether it is void, deleted or out of use.
    """

    external: External
    figures: Figures | None = None
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """One document to bring into a ledger.

    Attributes:
        external: The ledger's record; ``None`` on create.
        links: For every reference of the document, the ledger's record of it.
        changed: The document's fields that differ from what the ledger last got; empty on
            create and void. Fields that the ledger owns are never written.
        idempotency_key: The same for every repeat of this write, also after a restart.
    """

    document_type: DocumentType
    document: Document
    external: External | None
    links: Mapping[Reference, External]
    idempotency_key: UUID
    changed: frozenset[str] = field(default=frozenset())


Result = Written | ProviderError


class Ledger(Protocol):
    """One realm's books. Errors of one document are values; those of a call are raised."""

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        """Do the same operation to documents of the same type.

        One result per write, in order. A create never makes a second record for a write whose
        idempotency key the provider still remembers.

        Args:
            operation: One for all.
            writes: At most :attr:`Provider.batch_limit` of them.
        """

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        """Look documents of one type up: by link where there is one, else by natural key.

        One result per write, in order; ``None`` where the ledger has no such record. A record
        that has the number or name but is not this document comes as :class:`NeedsPerson`.
        """

    async def describe(self) -> "Profile":
        """Read what the mapping needs to know about the company."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a provider says about a company; ``data`` is for that provider's mapping alone."""

    company_name: str
    country: str
    currency: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Provider:
    """A kind of ledger.

    Attributes:
        batch_limit: How many documents of a type one call may carry; 1 is no batch.
    """

    name: ProviderName
    title: str
    quota: Quota
    oauth: OAuthDialect
    dialect: Dialect
    open_ledger: Callable[[RealmSession], Ledger]
    batch_limit: Callable[[DocumentType, Operation], int]
    documents: frozenset[DocumentType]
