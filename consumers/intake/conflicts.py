"""Events that say something else than what is known of the same version of their document."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from consumers.intake.events import Event, Received
from consumers.intake.refusals import Refusal
from consumers.store.desired_states import DesiredState, newest
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


def conflicts(taken: Sequence[Taken], same_version: Mapping[RecordId, str]) -> list[Refusal]:
    """Return the events that say something else than what is stored of their version.

    Documents are compared as they are read, so that blanks, the order of fields and the zeros
    of a number make no difference. What is older than the newest version of its batch is not
    compared, as it is superseded.

    Args:
        same_version: The stored documents, as JSON text, of records that had the newest version
            of the batch before.
    """
    known = _Known(taken, same_version)
    found: dict[int, list[DesiredState]] = defaultdict(list)
    differing: dict[int, str] = {}
    for n, one in enumerate(taken):
        for state in one.states:
            fields = known.differing_fields(state, one.event.document)
            if fields:
                found[n].append(state)
                differing[n] = fields
    return [_refusal(taken[n], states, differing[n]) for n, states in found.items()]


class _Known:
    """What is stored of the newest versions of a batch."""

    def __init__(self, taken: Sequence[Taken], same_version: Mapping[RecordId, str]) -> None:
        self._texts = same_version
        self._newest = {
            one.record_id: one for one in newest(s for t in taken for s in t.states)
        }
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
        names = type(document).model_fields
        return ", ".join(n for n in names if getattr(other, n) != getattr(document, n))

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
