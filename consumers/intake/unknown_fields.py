"""Fields that this version does not know: counted by who sends them, and logged once."""

from collections.abc import Iterable
from typing import Final

import structlog

from consumers.metrics import UNKNOWN_FIELDS
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope

log: Final = structlog.get_logger("intake")

MOST_NAMES: Final = 100
OTHER: Final = "other"
_LONGEST: Final = 100  # characters of a source or a name that are shown


class UnknownFields:
    """Counts unknown fields, under 100 sets of labels and then under ``other``.

    Names are written by others, without bound; a process whose metrics grow with them would be
    brought down by one service.
    """

    def __init__(self) -> None:
        self._known: set[tuple[str, str, str]] = set()

    def count(
        self, envelope: Envelope, document_type: DocumentType, names: Iterable[str]
    ) -> None:
        """Count the unknown fields of one event, and log those that are new."""
        for name in names:
            found = (envelope.source[:_LONGEST], document_type.value, name[:_LONGEST])
            if found not in self._known and len(self._known) < MOST_NAMES:
                self._known.add(found)
                log.warning(
                    "intake.unknown_field",
                    source=found[0],
                    document_type=found[1],
                    field=found[2],
                    event_id=envelope.id,
                    tenant=envelope.tenant_id,
                )
            UNKNOWN_FIELDS.labels(*(found if found in self._known else (OTHER,) * 3)).inc()
