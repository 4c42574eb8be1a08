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
from schemas.errors import ReasonCode
from schemas.ids import ProviderName
from schemas.remarks import Remark


class Operation(StrEnum):
    """What is done to a ledger's record; taking a name out of use is an update."""

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

    @property
    def version(self) -> int:
        """The token as a number, which rises with every change; -1 where there is none."""
        return int(self.sync_token) if self.sync_token.isdecimal() else -1


@dataclass(frozen=True, slots=True)
class Figures:
    """What a money document is worth in the ledger, in major units of its currency.

    Attributes:
        total: The gross amount, tax included; of a payment what was received.
        tax: The tax in the total.
        balance: What is still owed: the total less payments and credits. Of a payment what
            settles nothing yet.
    """

    total: Decimal
    tax: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Written:
    """A record as the ledger holds it after a write or a look-up.

    Attributes:
        external: The record's id, version and code.
        figures: What a document is worth in the ledger; ``None`` for a name, and where the
            ledger was not asked for it.
        voided: Whether the record is void, deleted or out of use.
        remarks: What of the document the ledger has in another form than the platform said.
        known_as: The name or number that the ledger has it under; empty where it has none, or
            none that is unique there.
        partial: Whether it was found, and some of the document is not there yet: where a
            ledger keeps it as several records. An update brings the rest.
        account_number: The number of a vendor's record there; ``None`` where it is not told.
    """

    external: External
    figures: Figures | None = None
    voided: bool = False
    remarks: tuple[Remark, ...] = ()
    known_as: str = ""
    partial: bool = False
    account_number: str | None = None


@dataclass(frozen=True, slots=True)
class LookUpKeys:
    """The names or numbers under which one document may be in a ledger.

    Attributes:
        sent: The one that it is sent with; empty where the ledger knows such documents by
            something else.
        own: The one that is made for this document alone, where that is taken.
        plain: The one that the platform gave, where the connection's prefix is new.
    """

    sent: str = ""
    own: str = ""
    plain: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        """Each of them once, the most certain first."""
        return tuple(dict.fromkeys(filter(None, (self.own, self.sent, self.plain))))


@dataclass(frozen=True, slots=True)
class Write:
    """One document to bring into a ledger.

    Attributes:
        document_type: The kind of document, which decides the ledger's kind of record.
        document: The document as the platform wants it to be in the ledger.
        external: The ledger's record of it; ``None`` on create.
        links: The ledger's record of every document that this one refers to.
        idempotency_key: The same for every repeat of this write, also after a restart.
        changed: The document's fields that differ from what the ledger last got; empty on
            create and void. Fields that the ledger owns are never written.
        renamed: Whether it goes under a name or number made for it alone, as the one that it
            has is taken there.
        keys: What it is looked up by; the provider works them out of the document.
        settled_currency: The currency of the invoices that a payment settles, where it is
            another one than the payment's; else empty.
        naming: What the connection chose about names and numbers when the document was sent,
            where it is looked up by that; ``None`` for what it has chosen now.
    """

    document_type: DocumentType
    document: Document
    external: External | None
    links: Mapping[Reference, External]
    idempotency_key: UUID
    changed: frozenset[str] = field(default=frozenset())
    renamed: bool = False
    keys: LookUpKeys = LookUpKeys()
    settled_currency: str = ""
    naming: Mapping[str, Any] | None = None


Result = Written | ProviderError


@dataclass(frozen=True, slots=True)
class Profile:
    """What a provider says about a company.

    Attributes:
        company_name: The company's name in the ledger, for people.
        country: ISO 3166 alpha-2 code, as the provider gives it; it may be empty.
        currency: ISO 4217 code of the currency that the books are kept in.
        data: Plain JSON for that provider's mapping alone.
    """

    company_name: str
    country: str
    currency: str
    data: Mapping[str, Any]


class LedgerWriter(Protocol):
    """Changes one realm's books. Errors of one document are values; a call's are raised."""

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        """Do the same operation to documents of the same type.

        One result per write, in order. A create never makes a second record for a write whose
        idempotency key the provider still remembers.

        Args:
            operation: One for all.
            writes: At most :attr:`Provider.batch_limit` of them.
        """


class LedgerReader(Protocol):
    """Reads one realm's books. Errors of one document are values; a call's are raised."""

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        """Look documents of one type up: by link where there is one, else by natural key.

        One result per write, in order; ``None`` where the ledger has no such record. A record
        that has the number or name but is not this document comes as :class:`Taken`, or as
        another :class:`NeedsPerson`.
        """

    async def describe(self) -> Profile:
        """Return what the mapping needs to know about the company."""


class Ledger(LedgerWriter, LedgerReader, Protocol):
    """One realm's books, as a provider opens them."""

    @property
    def naming(self) -> Mapping[str, Any]:
        """What of the connection's settings decides under which name or number one is sent.

        A look-up of what was sent by another choice names that one: see `Write.naming`.
        """

    def renames(self, document_type: DocumentType) -> bool:
        """Return whether a document whose name or number is taken gets one of its own.

        The connection's settings say so; else a person is asked.
        """


@dataclass(frozen=True, slots=True)
class Provider:
    """A kind of ledger.

    Attributes:
        name: The short name in addresses, settings and topics: ``qbo``.
        title: The name for people.
        quota: What the provider allows one realm, and our app as a whole.
        oauth: What is the provider's own about OAuth.
        dialect: What is the provider's own about calls and their answers.
        open_ledger: Opens the books of a session's realm.
        batch_limit: Returns how many documents of a type one call may carry; 1 is no batch.
        documents: The types of documents that the provider takes.
        reasons: What it can give as the reason of a refusal; docs/errors.md explains each.
    """

    name: ProviderName
    title: str
    quota: Quota
    oauth: OAuthDialect
    dialect: Dialect
    open_ledger: Callable[[RealmSession], Ledger]
    batch_limit: Callable[[DocumentType, Operation], int]
    documents: frozenset[DocumentType]
    reasons: tuple[ReasonCode, ...] = ()
