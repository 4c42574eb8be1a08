"""The table ``sync_records``: one row for every document of a connection.

A row is changed to an outcome only while its revision is the one that was loaded for it: a
change of the platform's or the ledger's side in the meantime keeps the row pending.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store.desired_states import DesiredState, Upserted, upsert_desired
from consumers.store.observed_states import (
    ObservedDocument,
    ObservedState,
    upsert_observed,
)
from consumers.store.record_rows import SyncRecordRow, external_of, row_of
from consumers.store.refused_versions import HeldRecord, RefusedVersion, hold_refused
from providers.base import External, Written
from schemas.documents.document import DocumentType
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId
from schemas.remarks import encode_remarks
from schemas.result import SyncState
from schemas.signal import Priority


class LinkTaken(Exception):
    """The ledger's record is linked to another document; the transaction can't go on."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A record that is not in agreement, as a lane needs to know it.

    Attributes:
        record_id: The record.
        document_type: The kind of its document: one call carries one kind.
        priority: The priority of its newest version.
        repeat: Whether a try of its newest version failed before.
    """

    record_id: RecordId
    document_type: DocumentType
    priority: Priority
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A record as those that name its document need to know it.

    Attributes:
        record_id: The record.
        external: The ledger's record; ``None`` without a link.
        agreed: Whether the ledger holds the newest version that the platform announced.
        out_of_use: Whether the platform has taken the customer, vendor, item or account out of
            use.
        revision: The record's revision.
    """

    record_id: RecordId
    external: External | None
    agreed: bool
    out_of_use: bool
    revision: int


LOAD: Final = text("""
    SELECT r.record_id, r.tenant_id, r.document_type, r.document_id, r.revision,
           r.desired::text AS desired, r.desired_version, r.desired_at,
           r.observed::text AS observed, r.observed_version, r.observed_presence,
           r.base::text AS base, r.base_version, r.base_ledger_version,
           r.external_id, r.external_code, r.sync_token, r.state, r.attempts_this_version,
           r.attempts_total, r.next_attempt_at, r.refused_version, r.refusal,
           r.remarks::text AS remarks, i.operation,
           i.version AS intent_version, i.idempotency_key, i.sent_as
      FROM sync_records r LEFT JOIN intents i USING (record_id)
     WHERE r.connection_id = :connection_id
       AND r.record_id = ANY(CAST(:record_ids AS uuid[]))
""")
NAMED: Final = text("""
    SELECT record_id, external_id, external_code, sync_token, state = 'agreed' AS agreed,
           COALESCE(desired -> 'active' = 'false', FALSE) AS out_of_use, revision
      FROM sync_records
     WHERE connection_id = :connection_id AND record_id = ANY(CAST(:record_ids AS uuid[]))
""")
LINKED_ELSEWHERE: Final = text("""
    SELECT mine.record_id
      FROM unnest(CAST(:record_ids AS uuid[]), CAST(:external_ids AS text[]))
        AS n (record_id, external_id)
      JOIN sync_records mine USING (record_id)
      JOIN sync_records other
        ON (other.connection_id, other.document_type, other.external_id)
         = (mine.connection_id, mine.document_type, n.external_id)
     WHERE other.record_id <> mine.record_id
""")
# A row that waits for a retry is work of the table too once it is due: its signal may have
# been spilled, or lost with a topic. The provider is named as it comes first in the index,
# which serves the sweep as well.
OPEN_WORK: Final = text("""
    SELECT record_id, document_type, priority, attempts_this_version > 0 AS repeat
      FROM sync_records
     WHERE provider = :provider AND connection_id = :connection_id
       AND state IN ('pending', 'retrying')
       AND (state = 'pending' OR next_attempt_at <= :now)
       AND record_id <> ALL(CAST(:except_ids AS uuid[]))
     ORDER BY priority, desired_at LIMIT :limit
""")
# What the ledger got. The state follows from whether either side has moved on since. An older
# version changes nothing: its answer may come late, from an owner that was fenced meanwhile.
# Nor is an older state of the ledger put over a newer one that was seen since. Of the same
# version what was written stays: what the ledger makes of it is no change there.
AGREE: Final = text("""
    UPDATE sync_records
       SET base = CAST(:base AS jsonb), base_version = CAST(:version AS bigint),
           base_ledger_version = GREATEST(base_ledger_version, :ledger_version),
           observed = CASE WHEN :observed_version >= COALESCE(observed_version, -1)
                           THEN CAST(:observed AS jsonb) ELSE observed END,
           observed_presence = CASE WHEN :observed_version >= COALESCE(observed_version, -1)
                                    THEN :observed_presence ELSE observed_presence END,
           observed_version = GREATEST(observed_version, CAST(:observed_version AS bigint)),
           ledger_figures = COALESCE(CAST(:ledger_figures AS jsonb), ledger_figures),
           remarks = CASE WHEN :answered THEN CAST(:remarks AS jsonb) ELSE remarks END,
           external_id = COALESCE(:external_id, external_id),
           external_code = COALESCE(:external_code, external_code),
           sync_token = COALESCE(:sync_token, sync_token),
           state = CASE WHEN revision = :revision THEN 'agreed' ELSE 'pending' END,
           reason = NULL, next_attempt_at = NULL, synced_at = :now, updated_at = :now,
           resolved_at = CASE WHEN revision = :revision AND attempts_total > 0
                              THEN COALESCE(resolved_at, :now) ELSE resolved_at END,
           attempts_this_version = CASE WHEN revision = :revision THEN 0
                                        ELSE attempts_this_version END
     WHERE record_id = :record_id AND (base_version IS NULL OR base_version <= :version)
""")
SET_STATE: Final = text("""
    UPDATE sync_records
       SET state = :state, reason = CAST(:reason AS jsonb),
           attempts_this_version = attempts_this_version + :failed,
           attempts_total = attempts_total + :failed, next_attempt_at = :next_attempt_at,
           updated_at = :now, resolved_at = CASE WHEN :failed = 0 THEN resolved_at END
     WHERE record_id = :record_id AND revision = :revision
""")
# A failure counts even where it is overtaken. Else the next try of the same version would carry
# the same key, under which a provider may keep the failure and answer with it again.
COUNT_FAILURE: Final = text("""
    UPDATE sync_records SET attempts_total = attempts_total + 1 WHERE record_id = :record_id
""")
COUNT_FAILURES: Final = text("""
    UPDATE sync_records SET attempts_total = attempts_total + 1, resolved_at = NULL
     WHERE record_id = ANY(CAST(:record_ids AS uuid[]))
""")


class PostgresSyncRecords:
    """Every statement on ``sync_records`` that lanes and intake need."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def upsert_desired(
        self, states: Sequence[DesiredState], *, now: datetime
    ) -> Upserted:
        """Store new desired states; return what to signal, and what to compare."""
        return await upsert_desired(self._connection, states, now=now)

    async def hold_refused(
        self, versions: Sequence[RefusedVersion], *, now: datetime
    ) -> dict[RecordId, HeldRecord]:
        """Hold the records of refused versions; return those that are held by them now."""
        return await hold_refused(self._connection, versions, now=now)

    async def count_failures(self, record_ids: Sequence[RecordId]) -> None:
        """Count a failure of each of these records, whose trouble is not over now."""
        await self._connection.execute(COUNT_FAILURES, {"record_ids": list(record_ids)})

    async def load(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, SyncRecordRow]:
        """Return records of one connection; one of another connection is not found."""
        found = await self._connection.execute(
            LOAD, {"connection_id": connection_id, "record_ids": list(record_ids)}
        )
        rows = [row_of(mapping) for mapping in found.mappings()]
        return {row.record_id: row for row in rows}

    async def named(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, Named]:
        """Return those of these records that there are, as those that name them need them."""
        if not record_ids:
            return {}
        found = await self._connection.execute(
            NAMED, {"connection_id": connection_id, "record_ids": list(record_ids)}
        )
        rows = [
            Named(
                RecordId(row["record_id"]),
                external_of(row),
                row["agreed"],
                row["out_of_use"],
                row["revision"],
            )
            for row in found.mappings()
        ]
        return {one.record_id: one for one in rows}

    async def linked_elsewhere(self, externals: Mapping[RecordId, str]) -> set[RecordId]:
        """Return the records whose counterpart is linked to another document of their type."""
        if not externals:
            return set()
        found = await self._connection.execute(
            LINKED_ELSEWHERE,
            {"record_ids": list(externals), "external_ids": list(externals.values())},
        )
        return {RecordId(id_) for id_ in found.scalars()}

    async def open_work(
        self,
        provider: ProviderName,
        connection_id: ConnectionId,
        *,
        without: Sequence[RecordId],
        limit: int,
        now: datetime,
    ) -> list[OpenWork]:
        """Return a page of records that are not in agreement, most urgent and oldest first."""
        found = await self._connection.execute(
            OPEN_WORK,
            {
                "provider": provider,
                "connection_id": connection_id,
                "except_ids": list(without),
                "limit": limit,
                "now": now,
            },
        )
        return [
            OpenWork(
                RecordId(row["record_id"]),
                DocumentType(row["document_type"]),
                Priority(row["priority"]),
                row["repeat"],
            )
            for row in found.mappings()
        ]

    async def observe(
        self, states: Sequence[ObservedState], *, now: datetime
    ) -> dict[RecordId, int]:
        """Store what was seen in the ledger; return the records to signal, with revision."""
        return await upsert_observed(self._connection, states, now=now)

    async def agree(
        self,
        record_id: RecordId,
        *,
        revision: int | None,
        version: int | None,
        base: str | None,
        written: Written | None,
        now: datetime,
        ledger_version: int = -1,
        observed: ObservedDocument | None = None,
    ) -> None:
        """Record on what both sides agree, unless they are known to agree on a newer version.

        Raises:
            LinkTaken: the ledger's record is linked to another document of the same type.
        """
        external = written.external if written else None
        try:
            await self._connection.execute(
                AGREE,
                {
                    "record_id": record_id,
                    "revision": revision,
                    "version": version,
                    "base": base,
                    "ledger_version": ledger_version,
                    "observed": observed.document if observed else None,
                    "observed_version": observed.version if observed else None,
                    "observed_presence": observed.presence.value if observed else None,
                    "ledger_figures": _ledger_figures(written),
                    "answered": written is not None,
                    "remarks": written and encode_remarks(written.remarks),
                    "external_id": external.id if external else None,
                    "external_code": external.code if external else None,
                    "sync_token": external.sync_token if external else None,
                    "now": now,
                },
            )
        except IntegrityError as exc:
            raise LinkTaken(f"record {record_id}") from exc

    async def set_state(
        self,
        record_id: RecordId,
        state: SyncState,
        *,
        revision: int,
        reason: Reason | None,
        now: datetime,
        failed: bool = False,
        next_attempt_at: datetime | None = None,
    ) -> bool:
        """Store a record's state; return whether ``revision`` is still its own."""
        done = await self._connection.execute(
            SET_STATE,
            {
                "record_id": record_id,
                "state": state.value,
                "revision": revision,
                "reason": orjson.dumps(reason.as_dict()).decode() if reason else None,
                "failed": int(failed),
                "next_attempt_at": next_attempt_at,
                "now": now,
            },
        )
        if failed and not done.rowcount:
            await self._connection.execute(COUNT_FAILURE, {"record_id": record_id})
        return done.rowcount == 1


def _ledger_figures(written: Written | None) -> str | None:
    """Return what the ledger said of amounts, as text so that every decimal stays exact."""
    if written is None:
        return None
    seen: dict[str, Any] = {"voided": written.voided}
    if written.figures is not None:
        seen |= {name: str(amount) for name, amount in asdict(written.figures).items()}
    return orjson.dumps(seen).decode()
