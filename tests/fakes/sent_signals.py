"""Keeps the signals that would go to Kafka."""

from collections.abc import Sequence

from schemas.signal import Signal


class SentSignals:
    """A :class:`gateway.operations.signals.SignalSender` in memory."""

    def __init__(self) -> None:
        self.signals: list[tuple[str, Signal]] = []

    async def send(self, signals: Sequence[tuple[str, Signal]]) -> None:
        self.signals += signals
