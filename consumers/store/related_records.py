"""Records that another one names, or that name the same ones, as they are compared with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RealmId, RecordId


@dataclass(frozen=True, slots=True)
class RelatedRecord:
    """A record as others are compared with it.

    Attributes:
        record_id: The record.
        realm_id: The company that it belongs to.
        document_type: The kind of its document.
        document_id: The platform's id of the document.
        revision: The record's revision, from 1.
        desired: The platform's newest document, as JSON text; ``None`` for a record that was
            born in the ledger.
    """

    record_id: RecordId
    realm_id: RealmId
    document_type: DocumentType
    document_id: str
    revision: int
    desired: str | None


NAMED: Final = text("""
    SELECT r.record_id, r.realm_id, r.document_type, r.document_id, r.revision,
           r.desired::text AS desired
      FROM sync_records r
     WHERE r.record_id = ANY(CAST(:record_ids AS uuid[])) ORDER BY r.record_id
""")
# What they settle is found by a function, as the index for it can't be used beside a policy.
# A payment counts from its link on, and while its create is in doubt. Of two payments that are
# both too much for an invoice, so the first one goes to the ledger and the second is held.
SETTLING: Final = text("""
    SELECT r.record_id, r.realm_id, r.document_type, r.document_id, r.revision,
           r.desired::text AS desired
      FROM sync_records r
     WHERE r.connection_id = :connection_id AND r.document_type = 'payment'
       AND r.record_id = ANY(ARRAY(
               SELECT ledgerlane_settling(:connection_id, CAST(:settling AS jsonb[]))))
       AND (r.external_id IS NOT NULL
            OR EXISTS (SELECT FROM intents i WHERE i.record_id = r.record_id))
     ORDER BY r.record_id
""")


class PostgresRelatedRecords:
    """Every statement that reads records to compare others with them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def named(self, record_ids: Sequence[RecordId]) -> list[RelatedRecord]:
        """Return those of these records that there are, of whichever connection."""
        return await self._related(NAMED, {"record_ids": list(record_ids)})

    async def settling(
        self, connection_id: ConnectionId, invoice_ids: Sequence[str]
    ) -> list[RelatedRecord]:
        """Return the payments that settle invoices, and that the ledger has or may have."""
        settling = [orjson.dumps([{"invoice_id": id_}]).decode() for id_ in invoice_ids]
        return await self._related(
            SETTLING, {"connection_id": connection_id, "settling": settling}
        )

    async def _related(
        self, query: TextClause, values: dict[str, object]
    ) -> list[RelatedRecord]:
        found = await self._connection.execute(query, values)
        return [_related_record(mapping) for mapping in found.mappings()]


def _related_record(row: RowMapping) -> RelatedRecord:
    return RelatedRecord(
        record_id=RecordId(row["record_id"]),
        realm_id=RealmId(row["realm_id"]),
        document_type=DocumentType(row["document_type"]),
        document_id=row["document_id"],
        revision=row["revision"],
        desired=row["desired"],
    )
