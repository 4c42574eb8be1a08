"""When consents end: how many days are left, and when an idle one has to be used.

A consent has two ends. Its refresh token ends unless it is used, and each use moves that end
away. At some providers the consent itself ends too, whatever is done: the *consent's end*. Pure
functions over times, which are all UTC.

Source: reference pages of Intuit "Refresh Token Expiration and Validity Policy" and Xero "OAuth
2.0 FAQ", read 2026-11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)

# At how many days left people are told that a refresh token ends, and that a consent does.
REFRESH_WARNINGS: Final = (14, 7, 2, 0)
CONSENT_WARNINGS: Final = (30, 14, 7, 2, 0)

# An idle grant is used when between a half and two thirds of its refresh token's life are over.
# So at Xero the provider may be away for 20 days, and at Intuit for 33, before a consent ends;
# and grants that were given at one time are spread over 10 and 16 days.
_EARLIEST: Final = 1 / 2
_LATEST: Final = 2 / 3


@dataclass(frozen=True, slots=True)
class ConsentEnds:
    """When a consent ends.

    Attributes:
        refresh_at: When the refresh token ends unless it is used.
        consent_at: When the consent ends however often it is used; ``None`` for no such end.
    """

    refresh_at: datetime
    consent_at: datetime | None

    @property
    def renewable(self) -> bool:
        """Whether using the refresh token moves the end away.

        In its last time a consent's end is that of its refresh token as well. Providers may
        report it a moment earlier or later, so that less than a day apart counts as one.
        """
        return self.consent_at is None or self.refresh_at < self.consent_at - _DAY


def days_left(end: datetime, *, now: datetime) -> int:
    """Return how many whole days are left: 0 on the last day, and after the end."""
    return max(0, (end - now) // _DAY)


def warning(days: int, thresholds: Sequence[int]) -> int | None:
    """Return the lowest of the thresholds that is reached; ``None`` where none is.

    So who looks only after several were passed tells the last of them, and not all.
    """
    return min((one for one in thresholds if days <= one), default=None)


def keep_alive_due(ends: ConsentEnds, *, now: datetime, chance: float) -> datetime | None:
    """Return when a grant is to be used if it was idle until then.

    ``None`` where a use would move no end away.

    Args:
        now: When the token was stored.
        chance: From 0 up to 1, drawn anew for each token: what spreads the grants over time.
    """
    if not ends.renewable:
        return None
    share = _EARLIEST + (_LATEST - _EARLIEST) * chance
    return now + (ends.refresh_at - now) * share
