"""The time that a simulator lives in: real, shifted, or frozen, and set by tests.

Everything that ages in a simulator (tokens, quotas, change feeds) asks this clock, so a test
moves a hundred days in one call. Time moves on its own unless it is frozen.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict


def system_time() -> datetime:
    """Return the machine's time, in UTC."""
    return datetime.now(UTC)


class ClockCommand(BaseModel):
    """A change to the clock, as the control API takes it; an empty one changes nothing.

    Attributes:
        set: Moment that the clock is to show.
        advance_s: Seconds to move on, after ``set``; a negative number moves back.
        frozen: Whether time stands still from now on; None leaves it as it is.
        reset: Whether to go back to the machine's time, running, before anything else.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    set: AwareDatetime | None = None
    advance_s: float = 0
    frozen: bool | None = None
    reset: bool = False


class SimulatorClock:
    """A clock that follows ``source`` at a distance, or stands still."""

    def __init__(
        self,
        *,
        at: datetime | None = None,
        frozen: bool = False,
        source: Callable[[], datetime] = system_time,
    ) -> None:
        self._source = source
        self._offset = timedelta()
        self._frozen_at: datetime | None = None
        if at is not None:
            self.set(at)
        if frozen:
            self.freeze()

    def now(self) -> datetime:
        """Return the simulated moment, in UTC."""
        return self._frozen_at or self._source() + self._offset

    def set(self, at: datetime) -> None:
        """Set the clock to ``at``; a frozen clock stays frozen, a running one runs on."""
        at = at.astimezone(UTC)
        if self._frozen_at is not None:
            self._frozen_at = at
        self._offset = at - self._source()

    def advance(self, by: timedelta) -> None:
        """Move the clock by ``by``, backwards when it is negative."""
        self.set(self.now() + by)

    def freeze(self) -> None:
        """Stop the clock at this moment."""
        self._frozen_at = self.now()

    def thaw(self) -> None:
        """Start the clock again from the moment it shows."""
        at = self.now()
        self._frozen_at = None
        self.set(at)

    def reset(self) -> None:
        """Go back to the machine's time, running."""
        self._frozen_at = None
        self._offset = timedelta()

    def apply(self, command: ClockCommand) -> None:
        """Apply a command of the control API."""
        if command.reset:
            self.reset()
        if command.set is not None:
            self.set(command.set)
        if command.advance_s:
            self.advance(timedelta(seconds=command.advance_s))
        if command.frozen is not None:
            self.freeze() if command.frozen else self.thaw()

    def describe(self) -> dict[str, Any]:
        """Return what the control API answers."""
        return {"now": self.now().isoformat(), "frozen": self._frozen_at is not None}
