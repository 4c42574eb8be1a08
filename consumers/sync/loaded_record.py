"""A case: one record as it was loaded, with its documents read and its references looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from consumers.store.intents import idempotency_key
from consumers.store.protocols import Transaction
from consumers.store.sync_records import Linked, SyncRecordRow
from consumers.sync.record import AgreedState, PlatformState, SyncRecord
from providers.base import External, Figures, Operation, Write
from schemas.documents.catalogue import decode
from schemas.documents.document import Document, Reference
from schemas.documents.trade import TradeDocument
from schemas.errors import Reason
from schemas.ids import ConnectionId, RecordId, record_id
from schemas.reasons import TOTAL_MISMATCH


@dataclass(frozen=True, slots=True)
class LoadedRecord:
    """What is needed to plan and to write one record."""

    row: SyncRecordRow
    record: SyncRecord
    links: dict[Reference, External]

    @property
    def id(self) -> RecordId:
        """The record's id."""
        return self.row.record_id

    @property
    def version(self) -> int:
        """The desired version that was loaded."""
        return self.row.desired_version

    @property
    def attempt(self) -> int:
        """The number of the try that is being made, from 1."""
        return self.row.attempts_this_version + 1

    @property
    def desired(self) -> Document:
        """The newest document."""
        desired = self.record.desired
        if desired is None or desired.document is None:
            raise ValueError(f"record {self.id} has no desired document")
        return desired.document

    def key(self, operation: Operation) -> UUID:
        """Return the idempotency key of a write that begins now."""
        return idempotency_key(
            self.id, operation, version=self.version, failures=self.row.attempts_total
        )

    def write(self, key: UUID, changed: frozenset[str] = frozenset()) -> Write:
        """Return the write that brings the newest document to the ledger."""
        return Write(
            document_type=self.row.document_type,
            document=self.desired,
            external=self.record.external,
            links=self.links,
            idempotency_key=key,
            changed=changed,
        )

    def with_external(self, external: External) -> "LoadedRecord":
        """Return the case with the ledger's record as it was just read."""
        return replace(self, record=replace(self.record, external=external))


async def load_records(
    transaction: Transaction, connection_id: ConnectionId, record_ids: Sequence[RecordId]
) -> dict[RecordId, LoadedRecord]:
    """Load records of one connection, with the links of all that they refer to."""
    rows = await transaction.records.load(connection_id, record_ids)
    documents = {row.record_id: decode(row.document_type, row.desired) for row in rows.values()}
    named = {reference for d in documents.values() for reference in d.references()}
    ids = {ref: record_id(connection_id, ref.type, ref.id) for ref in named}
    links = await transaction.records.links(connection_id, list(ids.values()))
    known = {ref: links[ids[ref]] for ref in named if ids[ref] in links}
    return {id_: _case(row, documents[id_], known) for id_, row in rows.items()}


def _case(
    row: SyncRecordRow, desired: Document, known: Mapping[Reference, Linked]
) -> LoadedRecord:
    references = desired.references()
    base = None
    if row.base_version is not None:
        document = decode(row.document_type, row.base) if row.base else None
        base = AgreedState(row.base_version, document)
    record = SyncRecord(
        document_type=row.document_type,
        desired=PlatformState(row.desired_version, desired),
        base=base,
        external=row.external,
        missing=_missing(desired, known),
        in_doubt=row.intent is not None and row.intent.operation == Operation.CREATE,
    )
    return LoadedRecord(
        row, record, {ref: known[ref].external for ref in references if ref in known}
    )


def _missing(desired: Document, known: Mapping[Reference, Linked]) -> tuple[Reference, ...]:
    """Name what must come first: what has no link, or an older state than it has to have."""
    strict = desired.needs_agreed()
    return tuple(
        ref
        for ref in desired.references()
        if ref not in known or (ref in strict and not known[ref].agreed)
    )


def total_mismatch(case: LoadedRecord, figures: Figures | None) -> Reason | None:
    """Return a reason if the ledger's total or tax differs from the document's."""
    if figures is None or not isinstance(case.desired, TradeDocument):
        return None
    ours = case.desired.totals()
    if (ours.total, ours.tax) == (figures.total, figures.tax):
        return None
    return TOTAL_MISMATCH.reason(
        ledger_total=figures.total, ledger_tax=figures.tax, total=ours.total, tax=ours.tax
    )
