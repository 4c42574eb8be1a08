"""The quota of a lane: how many calls it may make."""

from dataclasses import dataclass
from typing import Final, NamedTuple

SECOND_S: Final = 1.0
MINUTE_S: Final = 60.0
DAY_S: Final = 86_400.0


class CallWindow(NamedTuple):
    """A limit of calls in any stretch of time.

    Attributes:
        calls: The most calls within the window, 1 or more.
        length_s: The length of the window in seconds, more than 0.
    """

    calls: int
    length_s: float


@dataclass(frozen=True, slots=True)
class LaneQuota:
    """What one lane may call.

    Attributes:
        in_flight: The most calls at once, 1 or more.
        windows: The limits over time, all of which hold; none is no such limit.
        full_call: How many items fill a call. Where that is more than one, and half of a
            window's calls are used, calls that are not full are spread over what is left of
            it, and items gather meanwhile.
    """

    in_flight: int
    windows: tuple[CallWindow, ...] = ()
    full_call: int = 1

    @property
    def per_second(self) -> int:
        """The most calls that can have ended within one second."""
        short = [window.calls for window in self.windows if window.length_s <= SECOND_S]
        return min(short, default=self.in_flight)
