"""Records of work topics that are no signals: kept as dead letters, so that the rest go on."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from consumers.intake.events import Received
from consumers.store.dead_letters import DeadLetter, readable
from schemas.ids import ProviderName
from schemas.reasons import MALFORMED_SIGNAL
from schemas.topics import dead_topic

# The namespace of these ids; intake has its own for events.
_LETTERS: Final = UUID("0d9d4b52-6d2c-4c8e-8f55-3f3a5b1c7a10")


def malformed_signal(
    received: Received, why: str, *, provider: ProviderName, now: datetime
) -> DeadLetter:
    """Return the dead letter of a record that can't be read as a signal.

    Its id follows from the position, so that a record that is read again is one dead letter.
    """
    return DeadLetter(
        id=uuid5(_LETTERS, "/".join(map(str, received.position))),
        topic=dead_topic(provider),
        tenant_id="",
        realm_id="",
        provider=provider,
        document_type="signal",
        document_id="unknown",
        version=0,
        attempts=1,
        reason=MALFORMED_SIGNAL.reason(why=why),
        position=received.position,
        original_headers=readable(received.headers),
        original_value=received.value,
        died_at=now,
    )
