"""What the use cases need of Kafka; `gateway/wiring/signals.py` opens it for them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from schemas.signal import Signal


class SignalSender(Protocol):
    """Puts signals on the topics of the providers."""

    async def send(self, signals: Sequence[tuple[str, Signal]]) -> None:
        """Store each signal on the topic beside it; return when all are stored."""


class EventRepeater(Protocol):
    """Puts events on the platform's topic again."""

    async def repeat(self, letter: Mapping[str, Any]) -> None:
        """Store the event of a dead letter as it came; return when it is stored."""
