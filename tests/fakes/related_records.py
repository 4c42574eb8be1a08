"""The statements of the record store in memory that read records to compare others with."""

from collections.abc import Sequence

import orjson

from consumers.store.related_records import RelatedRecord
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RecordId
from tests.fakes.database import Record
from tests.fakes.statements import Statements


class MemoryRelatedRecords(Statements):
    """The records that others are compared with, in memory."""

    async def named(self, record_ids: Sequence[RecordId]) -> list[RelatedRecord]:
        await self._pause("named")
        found = [self._record(id_) for id_ in sorted(set(record_ids))]
        return [_related(record) for record in found if record is not None]

    async def settling(
        self, connection_id: ConnectionId, invoice_ids: Sequence[str]
    ) -> list[RelatedRecord]:
        await self._pause("settling")
        found = sorted(
            (
                record
                for record in self._session.rows(self._database.records)
                if record.announced.connection_id == connection_id
                and record.announced.document_type is DocumentType.PAYMENT
                and _settled(record) & set(invoice_ids)
                and self._counts(record)
            ),
            key=lambda record: record.announced.record_id,
        )
        return [_related(record) for record in found]

    def _counts(self, record: Record) -> bool:
        id_ = record.announced.record_id
        intent = self._session.get(self._database.intents, id_)
        return record.external is not None or intent is not None


def _settled(record: Record) -> set[str]:
    if record.desired_at is None:
        return set()
    document = orjson.loads(record.announced.document)
    return {one["invoice_id"] for one in document.get("allocations", ())}


def _related(record: Record) -> RelatedRecord:
    one = record.announced
    return RelatedRecord(
        record_id=one.record_id,
        realm_id=one.realm_id,
        document_type=one.document_type,
        document_id=one.document_id,
        revision=record.revision,
        desired=one.document if record.desired_at else None,
    )
