"""One record as loaded for a try, with its documents read and its references looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID, uuid5

from consumers.store.intents import idempotency_key
from consumers.store.protocols import Transaction
from consumers.store.record_rows import SyncRecordRow
from consumers.store.sync_records import Named
from consumers.sync.actions import Action, NoAction, Update
from consumers.sync.record import (
    UNKNOWN_VERSION,
    AgreedState,
    LedgerState,
    PlatformState,
    SyncRecord,
)
from consumers.sync.related import (
    NOTHING_RELATED,
    ComparedRecords,
    load_related,
    names_out_of_use,
    settled_currency,
)
from consumers.sync.sent_as import document_sent_as, naming_sent_by
from providers.base import External, Figures, Operation, Write
from schemas.documents.catalogue import Undecodable, decode
from schemas.documents.document import Document, Reference
from schemas.documents.payment import Payment
from schemas.documents.trade import TradeDocument
from schemas.errors import Reason
from schemas.ids import ConnectionId, RecordId, record_id
from schemas.money import ZERO
from schemas.reasons import INVALID_STORED_DOCUMENT, TOTAL_MISMATCH
from schemas.signal import NO_VERSION

NOTHING: Final = NoAction()


@dataclass(frozen=True, slots=True)
class Documents:
    """A record's documents by their JSON text, of which two are mostly the same.

    Attributes:
        found: Those that can be read.
        refused: Why the others can't be: a release may refuse what an older one had stored.
    """

    found: dict[str, Document] = field(default_factory=dict)
    refused: dict[str, Undecodable] = field(default_factory=dict)

    def get(self, text: str | None) -> Document | None:
        """Return a document; ``None`` where there is no text, or one that can't be read."""
        return self.found.get(text) if text else None


@dataclass(frozen=True, slots=True)
class LoadedRecord:
    """What is needed to plan, to write and to settle one record.

    Attributes:
        row: The record as it is stored.
        record: The same with its documents read, as the plan wants it.
        links: The ledger's records of what the desired document refers to, as far as known.
        action: What the plan asks for; nothing until it was asked.
        stopped_by: Why nothing is planned, as the newest document is not known; ``None`` where
            it is.
        related: What the desired document is compared with before it is written.
        renamed: Whether its name or number is known to be taken in the ledger, so that it is
            created under one of its own.
        sent: The document with what it was sent as, by what is stored of that, while its
            create is in doubt.
    """

    row: SyncRecordRow
    record: SyncRecord
    links: dict[Reference, External]
    action: Action = NOTHING
    stopped_by: Reason | None = None
    related: ComparedRecords = NOTHING_RELATED
    renamed: bool = False
    sent: Mapping[str, Document] = field(default_factory=dict)

    @property
    def id(self) -> RecordId:
        """The record's id."""
        return self.row.record_id

    @property
    def version(self) -> int:
        """The desired version that was loaded; -1 if the platform does not have the record."""
        version = self.row.desired_version
        return NO_VERSION if version is None else version

    @property
    def newest_version(self) -> int:
        """The newest version that the platform announced, even if intake refused it."""
        return self.row.refused.version if self.row.refused else self.version

    @property
    def revision(self) -> int:
        """The revision that was loaded: what an outcome is stored for."""
        return self.row.revision

    @property
    def attempt(self) -> int:
        """The number of the try that is being made, from 1."""
        return self.row.attempts_this_version + 1

    @property
    def unfinished(self) -> bool:
        """Whether an update or a void was begun before this try, whose outcome is not known."""
        intent = self.row.intent
        return intent is not None and intent.operation != Operation.CREATE

    @property
    def desired(self) -> Document | None:
        """The platform's newest document; ``None`` for a record that was born in the ledger."""
        return self.record.desired.document if self.record.desired else None

    def key(self, operation: Operation) -> UUID:
        """Return the idempotency key of a write that begins now."""
        return idempotency_key(
            self.id, operation, version=self.version, failures=self.row.attempts_total
        )

    def write(self, key: UUID) -> Write:
        """Return the write that brings the newest document to the ledger, as it was planned.

        Raises:
            ValueError: the platform does not have the record; no plan asks for a write then.
        """
        if self.desired is None:
            raise ValueError(f"record {self.id} has no desired document")
        write = Write(
            document_type=self.row.document_type,
            document=self.desired,
            external=self.record.external,
            links=self.links,
            idempotency_key=key,
            changed=self.action.changed if isinstance(self.action, Update) else frozenset(),
            settled_currency=settled_currency(self.desired, self.related),
        )
        return under_own_name(write) if self.renamed else write

    def is_linked(self, document: Document) -> bool:
        """Return whether all that a form of the document names is known to be in the ledger."""
        return all(reference in self.links for reference in document.references())

    def write_sent(self, stored: str) -> Write:
        """Return the write by which the document is looked up as it was sent then."""
        write = self.write(self.key(Operation.CREATE))
        return replace(write, document=self.sent[stored], naming=naming_sent_by(stored))

    def with_external(self, external: External) -> "LoadedRecord":
        """Return the same with the ledger's record as it was just read."""
        return replace(self, record=replace(self.record, external=external))


def under_own_name(write: Write) -> Write:
    """Return a write under a name or number of its own, as the document's is taken.

    Its key is its own, too: under the other one a provider may keep the refusal, and this is
    another body. It comes from that key, so that a repeat carries the same.
    """
    key = uuid5(write.idempotency_key, "own name")
    return replace(write, renamed=True, idempotency_key=key)


async def load_records(
    transaction: Transaction, connection_id: ConnectionId, record_ids: Sequence[RecordId]
) -> dict[RecordId, LoadedRecord]:
    """Load records of one connection, with the links of all that they refer to."""
    rows = await transaction.records.load(connection_id, record_ids)
    documents = {id_: _read(row) for id_, row in rows.items()}
    desired = {id_: documents[id_].get(row.desired) for id_, row in rows.items()}
    sent = {id_: _sent(row, desired[id_]) for id_, row in rows.items()}
    named = {reference for d in desired.values() if d for reference in d.references()}
    named |= {ref for found in sent.values() for d in found.values() for ref in d.references()}
    ids = {ref: record_id(connection_id, ref.type, ref.id) for ref in named}
    found = await transaction.records.named(connection_id, list(ids.values()))
    known = {ref: found[ids[ref]] for ref in named if ids[ref] in found}
    related = await load_related(
        transaction,
        connection_id,
        {id_: d for id_, d in desired.items() if d},
        linked={id_ for id_, row in rows.items() if row.external},
    )
    loaded = {
        id_: replace(
            _loaded(row, documents[id_], sent[id_], known),
            related=related.get(id_, NOTHING_RELATED),
        )
        for id_, row in rows.items()
    }
    return {id_: _with_out_of_use(one, known) for id_, one in loaded.items()}


def _with_out_of_use(loaded: LoadedRecord, known: Mapping[Reference, Named]) -> LoadedRecord:
    """Return a record with what its document names and is out of use, where that matters.

    One whose create is in doubt may be there: it is looked up, whatever it names.
    """
    if loaded.desired is None or loaded.row.intent:
        return loaded
    found = names_out_of_use(loaded.desired, known, is_linked=loaded.row.external is not None)
    return replace(loaded, related=replace(loaded.related, out_of_use=found))


def _sent(row: SyncRecordRow, desired: Document | None) -> dict[str, Document]:
    """Return the document with what each create of it was sent as that may have arrived."""
    if desired is None or row.intent is None:
        return {}
    return {stored: document_sent_as(stored, desired) for stored in row.intent.sent_as}


def _loaded(
    row: SyncRecordRow,
    documents: Documents,
    sent: Mapping[str, Document],
    known: Mapping[Reference, Named],
) -> LoadedRecord:
    desired = documents.get(row.desired)
    forms = [*sent.values(), *filter(None, [desired])]
    references = {reference for one in forms for reference in one.references()}
    record = SyncRecord(
        document_type=row.document_type,
        desired=_platform_state(row, desired),
        observed=_ledger_state(row, documents),
        base=_agreed_state(row, documents),
        external=row.external,
        missing=_missing(desired, known) if desired else (),
        in_doubt=row.intent is not None and row.intent.operation == Operation.CREATE,
    )
    linked = {ref: known[ref].external for ref in references if ref in known}
    return LoadedRecord(
        row,
        record,
        {ref: external for ref, external in linked.items() if external},
        stopped_by=_stopped_by(row, documents),
        sent=sent,
    )


def _stopped_by(row: SyncRecordRow, documents: Documents) -> Reason | None:
    """Return why the platform's newest document can't be written, whatever it is.

    A base or a ledger's document that can't be read stops nothing: it counts as not known.
    """
    if row.refused is not None:
        return row.refused.reason
    refused = documents.refused.get(row.desired or "")
    if refused is None:
        return None
    return INVALID_STORED_DOCUMENT.reason(version=row.desired_version, why=refused)


def _platform_state(row: SyncRecordRow, desired: Document | None) -> PlatformState | None:
    if row.desired_version is None:
        return None
    return PlatformState(row.desired_version, desired)


def _ledger_state(row: SyncRecordRow, documents: Documents) -> LedgerState | None:
    seen = row.observed
    if seen is None:
        return None
    document = None if _overtaken_in_doubt(row) else documents.get(seen.document)
    return LedgerState(seen.version, document, seen.presence)


def _agreed_state(row: SyncRecordRow, documents: Documents) -> AgreedState | None:
    if row.base_version is None:
        return None
    ledger = row.base_ledger_version
    return AgreedState(
        row.base_version,
        None if _overtaken_in_doubt(row) else documents.get(row.base),
        UNKNOWN_VERSION if ledger is None else ledger,
    )


def _overtaken_in_doubt(row: SyncRecordRow) -> bool:
    """Return whether the ledger may hold a version that is neither the base's nor the desired.

    An update or a void of that version was begun, and its outcome is not known. Compared with
    the base, a document that has changed back would ask for nothing, and the ledger would keep
    the other version: so what it holds counts as unknown, and all fields are written.
    """
    intent = row.intent
    if intent is None or intent.operation == Operation.CREATE:
        return False
    return intent.version != row.desired_version


def _read(row: SyncRecordRow) -> Documents:
    """Return a record's documents; one that can't be read must not stop its whole lane."""
    documents = Documents()
    texts = {row.desired, row.base, row.observed.document if row.observed else None}
    for text in texts:
        if text:
            try:
                documents.found[text] = decode(row.document_type, text)
            except Undecodable as exc:
                documents.refused[text] = exc
    return documents


def _missing(desired: Document, known: Mapping[Reference, Named]) -> tuple[Reference, ...]:
    """Name what must come first: what has no link, or an older state than it has to have."""
    strict = desired.needs_agreed()
    return tuple(
        ref
        for ref in desired.references()
        if ref not in known
        or known[ref].external is None
        or (ref in strict and not known[ref].agreed)
    )


def total_mismatch(loaded: LoadedRecord, figures: Figures | None) -> Reason | None:
    """Return a reason if the ledger's total or tax differs from the document's."""
    document = loaded.desired
    if figures is None:
        return None
    if isinstance(document, TradeDocument):
        ours = document.totals()
        total, tax = ours.total, ours.tax
    elif isinstance(document, Payment):
        total, tax = document.amount, ZERO
    else:
        return None
    if (total, tax) == (figures.total, figures.tax):
        return None
    return TOTAL_MISMATCH.reason(
        ledger_total=figures.total, ledger_tax=figures.tax, total=total, tax=tax
    )
