"""Request ids: the same id gets the first answer again, byte for byte, while remembered."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class QboAnswer:
    """An answer as it went out.

    Attributes:
        status: HTTP status.
        body: Body, byte for byte.
        media_type: Content type of the body.
    """

    status: int
    body: bytes
    media_type: str = "application/json"


class RequestIds:
    """The answers by company and request id, forgotten when their time is over."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], tuple[datetime, QboAnswer]] = {}

    def find(
        self, realm: str, request_id: str, *, now: datetime, ttl_s: int
    ) -> QboAnswer | None:
        """Return the answer given to ``request_id`` in the last ``ttl_s`` seconds."""
        # Forgetting on the way in keeps the memory bounded without a task of its own.
        self._forget(now - timedelta(seconds=ttl_s))
        held = self._answers.get((realm, request_id))
        return held[1] if held else None

    def keep(self, realm: str, request_id: str, answer: QboAnswer, *, now: datetime) -> None:
        """Remember an answer."""
        self._answers[realm, request_id] = (now, answer)

    def _forget(self, before: datetime) -> None:
        """Drop what was kept before; the oldest are first, so this costs what it drops."""
        while self._answers:
            key = next(iter(self._answers))
            if self._answers[key][0] > before:
                return
            del self._answers[key]
