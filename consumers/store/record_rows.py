"""A row of ``sync_records`` as it is read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

from consumers.store.observed_states import ObservedDocument
from consumers.store.refused_versions import NewerRefused, newer_refused
from providers.base import External
from schemas.documents.document import DocumentType
from schemas.ids import RecordId, TenantId
from schemas.presence import Presence
from schemas.remarks import Remark, read_remarks
from schemas.result import SyncState


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that was begun and whose outcome is not stored.

    Attributes:
        operation: The name of an :class:`~providers.base.Operation`.
        version: The platform's version of the document that was sent.
        idempotency_key: The key that the call carried, and that each repeat carries.
        sent_as: By what each create of it can be found again, in the order of the calls.
    """

    operation: str
    version: int
    idempotency_key: UUID
    sent_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncRecordRow:
    """A sync record as it is stored.

    Attributes:
        record_id: The row's key, a hash of connection, type and document.
        tenant_id: The tenant whom the record belongs to.
        document_type: The kind of the document.
        document_id: The platform's id of the document; for a record that was born in the ledger
            the one that `schemas.ids.ledger_document_id` returns.
        revision: A number from 1 that rises with every change that either side brings.
        desired: The platform's newest document, as JSON text; ``None`` for a record that was
            born in the ledger and that the platform does not have.
        desired_version: The platform's version of it; ``None`` without one.
        desired_at: When it was stored here, UTC; ``None`` without one.
        observed: The ledger's side as last seen; ``None`` if it never was.
        base: The document that both sides last agreed on, as JSON text; ``None`` without one,
            and where a write since left it open what the ledger holds.
        base_version: The platform's version of the base; negative where the ledger's record was
            linked without knowing what is in it, ``None`` where the two never agreed.
        base_ledger_version: The newest ledger version that is dealt with; ``None`` without one.
        external: The ledger's record; ``None`` without a link.
        state: Where the record is on its way to agreement.
        attempts_this_version: How many tries of the desired version failed. It decides when
            the next one is due, and whether there is one.
        attempts_total: How many tries ever failed; it keeps idempotency keys of known failures
            apart.
        next_attempt_at: When a record that is ``retrying`` is due, UTC; ``None`` in all other
            states.
        intent: The write that was begun and whose outcome is not known.
        refused: The newer version that intake refused; ``None`` without one.
        remarks: What of the document the ledger has in another form, by its last answer.
    """

    record_id: RecordId
    tenant_id: TenantId
    document_type: DocumentType
    document_id: str
    revision: int
    desired: str | None
    desired_version: int | None
    desired_at: datetime | None
    observed: ObservedDocument | None
    base: str | None
    base_version: int | None
    base_ledger_version: int | None
    external: External | None
    state: SyncState
    attempts_this_version: int
    attempts_total: int
    next_attempt_at: datetime | None
    intent: Intent | None
    refused: NewerRefused | None = None
    remarks: tuple[Remark, ...] = ()


def row_of(found: RowMapping) -> SyncRecordRow:
    """Return a record from its columns and those of its open intent."""
    return SyncRecordRow(
        record_id=RecordId(found["record_id"]),
        tenant_id=TenantId(found["tenant_id"]),
        document_type=DocumentType(found["document_type"]),
        document_id=found["document_id"],
        revision=found["revision"],
        desired=found["desired"],
        desired_version=found["desired_version"],
        desired_at=found["desired_at"],
        observed=_observed(found),
        base=found["base"],
        base_version=found["base_version"],
        base_ledger_version=found["base_ledger_version"],
        external=external_of(found),
        state=SyncState(found["state"]),
        attempts_this_version=found["attempts_this_version"],
        attempts_total=found["attempts_total"],
        next_attempt_at=found["next_attempt_at"],
        intent=_intent(found),
        refused=newer_refused(found["refused_version"], found["refusal"]),
        remarks=read_remarks(found["remarks"]),
    )


def _observed(found: RowMapping) -> ObservedDocument | None:
    if found["observed_version"] is None:
        return None
    return ObservedDocument(
        found["observed"], found["observed_version"], Presence(found["observed_presence"])
    )


def external_of(found: RowMapping) -> External | None:
    """Return the link that a record's columns say; ``None`` without one."""
    if found["external_id"] is None:
        return None
    return External(
        found["external_id"], found["sync_token"] or "", found["external_code"] or ""
    )


def _intent(found: RowMapping) -> Intent | None:
    if found["operation"] is None:
        return None
    return Intent(
        found["operation"],
        found["intent_version"],
        found["idempotency_key"],
        tuple(found["sent_as"]),
    )
