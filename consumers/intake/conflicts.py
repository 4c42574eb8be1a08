"""Events that say something else than what is known of the same version of their document."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from consumers.intake.events import Event, Received
from consumers.intake.refusals import Refusal
from consumers.position import Position
from consumers.store.desired_states import DesiredState
from consumers.store.refused_versions import RefusedVersion
from schemas.documents.catalogue import Undecodable, decode
from schemas.documents.document import Document, DocumentType
from schemas.ids import RecordId
from schemas.reasons import VERSION_CONFLICT

_UNREADABLE: Final = "the whole document"


@dataclass(frozen=True, slots=True)
class Taken:
    """An event that was read, and what the records are to become by it.

    Attributes:
        received: The event as it came.
        event: The same as it was read.
        states: What the record of each connection is to become.
    """

    received: Received
    event: Event
    states: Sequence[DesiredState]


def conflicts(
    taken: Sequence[Taken],
    newest: Mapping[RecordId, DesiredState],
    same_version: Mapping[RecordId, str],
) -> list[Refusal]:
    """Return the events that say something else than what is stored of their version.

    Documents are compared as they are read, so that blanks, the order of fields and the zeros
    of a number make no difference, and neither does what is only said otherwise. What is older
    than the newest version of its batch is not compared, as it is superseded.

    Args:
        newest: The newest state of each record of the batch.
        same_version: The stored documents, as JSON text, of records that had the newest version
            of the batch before.
    """
    if not same_version and len(newest) == sum(len(one.states) for one in taken):
        return []  # as of most batches: no record comes twice, and none was known so
    known = _Known(taken, newest, same_version)
    found: dict[int, list[DesiredState]] = defaultdict(list)
    differing: dict[int, str] = {}
    for n, one in enumerate(taken):
        for state in one.states:
            fields = known.differing_fields(state, one.event.document)
            if fields:
                found[n].append(state)
                differing[n] = fields
    return [_refusal(taken[n], states, differing[n]) for n, states in found.items()]


def uncorrected(
    refused: Sequence[Refusal], taken: Sequence[Taken], changed: AbstractSet[RecordId]
) -> list[Refusal]:
    """Return refusals without the versions that a later event of their batch put right.

    Such a version holds nothing and contradicts nothing, as if the two had come in two batches:
    the first content of it that can be read is the one that counts.

    Args:
        changed: The records whose newest version was not known before the batch.
    """
    if not refused:
        return []
    first: dict[tuple[RecordId, int], Position] = {}
    for one in taken:
        for state in one.states:
            first.setdefault((state.record_id, state.version), one.received.position)

    def is_corrected(refusal: Refusal, version: RefusedVersion) -> bool:
        said_at = first.get((version.record_id, version.version))
        return (
            version.record_id in changed
            and said_at is not None
            and refusal.received.position < said_at
        )

    return [
        replace(one, versions=[v for v in one.versions if not is_corrected(one, v)])
        for one in refused
    ]


class _Known:
    """What is stored of the newest versions of a batch."""

    def __init__(
        self,
        taken: Sequence[Taken],
        newest: Mapping[RecordId, DesiredState],
        same_version: Mapping[RecordId, str],
    ) -> None:
        self._texts = same_version
        self._newest = newest
        self._documents = {id(s): t.event.document for t in taken for s in t.states}

    def differing_fields(self, state: DesiredState, document: Document) -> str:
        """Return the fields of which a state says something else; empty if there are none."""
        stored = self._newest[state.record_id]
        text = self._texts.get(state.record_id, stored.document)
        if state.version != stored.version or state.document == text:
            return ""
        other = self._read(stored, text)
        if other is None:
            return _UNREADABLE
        changed = document.changed_fields(other)
        return ", ".join(name for name in type(document).model_fields if name in changed)

    def _read(self, stored: DesiredState, text: str) -> Document | None:
        if text == stored.document:
            return self._documents[id(stored)]
        return _readable(stored.document_type, text)


def _readable(document_type: DocumentType, text: str) -> Document | None:
    """Return a stored document; ``None`` where it is refused by now."""
    try:
        return decode(document_type, text)
    except Undecodable:
        return None


def _refusal(taken: Taken, states: Sequence[DesiredState], fields: str) -> Refusal:
    envelope = taken.event.envelope
    reason = VERSION_CONFLICT.reason(version=envelope.entity_version, fields=fields)
    return Refusal(taken.received, reason, envelope, conflicts=states)
