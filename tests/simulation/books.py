"""A provider's realms: what their ledgers hold, and how they answer.

The rules that providers have differently are switches, drawn for each world.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final
from uuid import UUID

from providers.base import External, Figures, Operation, Result, Write, Written
from providers.errors import Blocked, Duplicate, Gone, NeedsPerson, Rejected, Stale, Taken
from providers.quotas import Quota
from schemas.documents.document import Document, DocumentType, Status
from schemas.documents.invoice import Invoice
from schemas.documents.payment import Payment
from schemas.documents.trade import TradeDocument
from schemas.errors import ErrorCategory, Reason
from schemas.ids import ConnectionId

MARKED: Final = {DocumentType.INVOICE, DocumentType.PAYMENT}
# What a document says, so that the ledger refuses it or wants a person to act.
REFUSED: Final = "refused"
HELD: Final = "to be held"
PERIOD_CLOSED: Final = "period_closed"


@dataclass(frozen=True, slots=True)
class Rules:
    """What providers do differently.

    Attributes:
        remembers_s: How long an idempotency key is honoured; 0 is not at all.
        unique_numbers: Whether a second invoice of one number is refused.
        sync_tokens: Whether a write must name the record's newest version.
        batch: How many documents one call may carry.
        late: Whether a request may arrive although its sender has died. Only where keys and
            tokens are there to make that harmless.
        renames: Whether a document whose name or number is taken gets one of its own.
    """

    remembers_s: float
    unique_numbers: bool
    sync_tokens: bool
    batch: int
    quota: Quota
    renames: bool = False

    @classmethod
    def drawn(cls, random: Random) -> "Rules":
        """Draw the rules of a world."""
        remembers_s = random.choice([0.0, 0.0, 0.0, 360.0, 1e9])
        unique_numbers = random.random() < 0.5
        sync_tokens = random.random() < 0.7
        batch = random.choice([1, 1, 3])
        quota = Quota(
            per_minute=random.choice([15, 40, 200]),
            in_flight=random.choice([2, 4]),
            per_second=random.choice([None, 5]),
            full_call=batch,
        )
        return cls(remembers_s, unique_numbers, sync_tokens, batch, quota)


@dataclass
class Page:
    """One record of a ledger.

    Attributes:
        mark: Our document's id; empty for what somebody typed in.
        name: Its natural key.
        fields: The document's fields as they were last written.
        versions: Which states of which document were written, in their order, each by the
            version that had it first.
        edited: The fields that a bookkeeper has changed, and which may differ therefore.
    """

    id: str
    kind: DocumentType
    mark: str
    name: str
    fields: dict[str, Any]
    token: int = 0
    voided: bool = False
    versions: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    edited: set[str] = field(default_factory=set)


class RealmBooks:
    """The ledger of one realm."""

    def __init__(self, connection: ConnectionId, rules: Rules) -> None:
        self.connection = connection
        self.pages: dict[str, Page] = {}
        self.authorised = True
        self._rules = rules
        self._answers: dict[UUID, tuple[float, Result]] = {}

    @property
    def renames(self) -> bool:
        """Whether a document whose name or number is taken gets one of its own."""
        return self._rules.renames

    @property
    def names_versions(self) -> bool:
        """Whether an answer to a write names the record's version."""
        return self._rules.sync_tokens

    def find(self, write: Write) -> Result | None:
        """Look a document up: by link, else by mark or name."""
        page = self._linked(write) or self._named(write)
        if page is None and self._is_unique(write):
            other = self._by_name(write)
            return self._taken(other) if other else None
        return self._written(page) if page else None

    def write(self, operation: Operation, write: Write) -> Result:
        """Do as asked, or say why not; the same again for a key that is remembered."""
        now = asyncio.get_running_loop().time()
        kept = self._answers.get(write.idempotency_key)
        if kept is not None and now - kept[0] < self._rules.remembers_s:
            return kept[1]
        result = self._refusal(write) or self._operations[operation](self, write)
        if isinstance(result, Written):
            self._answers[write.idempotency_key] = (now, result)
        return result

    def _refusal(self, write: Write) -> Result | None:
        text = note_of(write.document)
        if text.startswith(REFUSED):
            return Rejected(reason(REFUSED))
        if text.startswith(HELD):
            return NeedsPerson(reason(PERIOD_CLOSED))
        return None

    def _create(self, write: Write) -> Result:
        if self._is_unique(write) and (page := self._by_name(write)) is not None:
            return Duplicate(reason("duplicate"), external_id=page.id)
        page = self.add(write.document_type, write.document)
        page.name = name_of(write)
        page.mark = write.document.id
        page.versions[page.mark].append(version_of(write.document))
        return self._written(page)

    def add(self, kind: DocumentType, document: Document) -> Page:
        """Make a record of a document."""
        number = str(len(self.pages) + 1)
        page = Page(number, kind, "", natural_key(document), document.model_dump())
        self.pages[number] = page
        return page

    def _update(self, write: Write) -> Result:
        page = self._linked(write)
        if page is None:
            return Gone(reason("gone"))
        if (
            self._rules.sync_tokens
            and write.external
            and str(page.token) != (write.external.sync_token)
        ):
            return Stale(reason("stale"))
        other = self._by_name(write) if self.renames and self._is_unique(write) else None
        if other is not None and other is not page:
            return self._taken(other)
        said = write.document.model_dump()
        page.fields |= {name: said[name] for name in write.changed}
        page.name = name_of(write)
        page.mark = write.document.id
        return self._moved(page, write)

    def _void(self, write: Write) -> Result:
        page = self._linked(write)
        if page is None:
            return Gone(reason("gone"))
        if (
            self._rules.sync_tokens
            and write.external
            and str(page.token) != (write.external.sync_token)
        ):
            return Stale(reason("stale"))
        if any(self._pays(other, page) for other in self.pages.values()):
            return Blocked(reason("paid"))
        page.voided = True
        return self._moved(page, write)

    def _moved(self, page: Page, write: Write) -> Result:
        page.token += 1
        page.versions[page.mark].append(version_of(write.document))
        return self._written(page)

    def _pays(self, other: Page, page: Page) -> bool:
        allocated = [a["invoice_id"] for a in other.fields.get("allocations", ())]
        return not other.voided and page.mark in allocated and page.kind is DocumentType.INVOICE

    def _linked(self, write: Write) -> Page | None:
        return self.pages.get(write.external.id) if write.external else None

    def _named(self, write: Write) -> Page | None:
        if write.document_type in MARKED:
            return self._first(
                lambda p: p.mark == write.document.id and p.kind is write.document_type
            )
        own = self._by_name(replace(write, renamed=True)) if self.renames else None
        return own or self._by_name(write)

    def _is_unique(self, write: Write) -> bool:
        return self._rules.unique_numbers or write.document_type is DocumentType.CUSTOMER

    def _taken(self, other: Page) -> Taken:
        return Taken(reason("taken"), foreign=True, external_id=other.id)

    def _by_name(self, write: Write) -> Page | None:
        name = name_of(write)
        return self._first(lambda p: p.kind is write.document_type and p.name == name)

    def _first(self, wanted: Callable[[Page], bool]) -> Page | None:
        return next((page for page in self.pages.values() if wanted(page)), None)

    def _written(self, page: Page) -> Written:
        figures = None
        if page.kind is DocumentType.INVOICE and not page.voided:
            totals = Invoice.model_validate(page.fields).totals()
            figures = Figures(totals.total, totals.tax, totals.total)
        token = str(page.token) if self._rules.sync_tokens else ""
        return Written(External(page.id, token), figures, page.voided)

    _operations: Mapping[Operation, Callable[["RealmBooks", Write], Result]] = {
        Operation.CREATE: _create,
        Operation.UPDATE: _update,
        Operation.VOID: _void,
    }


def note_of(document: Document) -> str:
    """Return the text in which the simulated platform notes things: the version, at the end."""
    if isinstance(document, (TradeDocument, Payment)):
        return document.reference
    return str(getattr(document, "phone", ""))


def version_of(document: Document) -> int:
    """Return the version that was the first to have a document of the simulated platform's."""
    return int(note_of(document).rpartition("v")[2])


def natural_key(document: Document) -> str:
    """Return what a ledger knows a document by."""
    if isinstance(document, Invoice):
        return document.number
    return str(getattr(document, "name", document.id))


def own_name(document: Document) -> str:
    """Return the name that is a document's alone."""
    return f"{natural_key(document)} ~{document.id}"


def name_of(write: Write) -> str:
    """Return the name or number that a write brings to a ledger."""
    return own_name(write.document) if write.renamed else natural_key(write.document)


def is_void(document: Document) -> bool:
    """Whether the platform has voided a document."""
    return getattr(document, "status", Status.APPROVED) is Status.VOIDED


def reason(code: str) -> Reason:
    """Return a reason."""
    return Reason(code, ErrorCategory.VALIDATION, "The ledger says so.", "Change it.")
