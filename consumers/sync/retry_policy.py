"""What a failed try leads to: a pure function over the error and the number of the try."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from consumers.outcome import Dead, Hold, Outcome, Pause, Retry, Suspend
from providers.errors import (
    Blocked,
    Down,
    Duplicate,
    Gone,
    NeedsPerson,
    NotKnown,
    ProviderError,
    RateLimited,
    Rejected,
    Retryable,
    Stale,
    TokenRefused,
    Unauthorized,
    Uncertain,
)
from schemas.errors import Reason, Solver
from schemas.topics import RETRY_DELAYS

# The five delays come to 117.5 minutes; with a spread of 2 % the last try still falls within
# two hours of the first failure.
SPREAD: Final = 0.02
# What arrives on a retry topic is due nearly in that order: a worker that holds the first few
# thousand of a partition in memory never has a signal come due behind them.
LONGEST_SPREAD: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a failed try is repeated, and how late.

    Attributes:
        delays: The time from each failed try to the next; as many tries are repeated as there
            are delays.
        spread: The most by which chance lengthens a delay, as a share of the delay, 0 or more.
        longest_spread: The most by which chance lengthens any delay, 0 or more.
    """

    delays: tuple[timedelta, ...] = tuple(RETRY_DELAYS.values())
    spread: float = SPREAD
    longest_spread: timedelta = LONGEST_SPREAD

    def decide(
        self, error: ProviderError, *, attempt: int, now: datetime, chance: Callable[[], float]
    ) -> Outcome:
        """Return the outcome of a document whose ``attempt``-th try (from 1) failed.

        Args:
            chance: Returns a number from 0 to below 1, so that many do not come back at once.
        """
        match error:
            case RateLimited():
                return Pause(error.reason, error.retry_after)
            case Down():
                return Pause(error.reason, error.retry_after, error.in_doubt)
            case Unauthorized():
                return Suspend(error.reason, may_pass=isinstance(error, TokenRefused))
            case Blocked() if attempt <= len(self.delays):
                return self._again(error, attempt, now, chance())
            case NeedsPerson() | Duplicate() | Gone():
                return Hold(error.reason, not_known=isinstance(error, NotKnown))
            case Rejected():
                return Dead(error.reason, attempt, error.trace_id)
            case Retryable() | Stale():
                return self._again(error, attempt, now, chance())
            case _:
                return Dead(error.reason, attempt, error.trace_id)

    def _again(
        self, error: ProviderError, attempt: int, now: datetime, chance: float
    ) -> Retry | Dead:
        if attempt > len(self.delays):
            reason, doubt = gave_up(error.reason, attempt), isinstance(error, Uncertain)
            return Dead(reason, attempt, error.trace_id, in_doubt=doubt)
        delay = self.delays[attempt - 1]
        due_at = now + delay + min(delay * self.spread, self.longest_spread) * chance
        return Retry(error.reason, due_at, attempt, isinstance(error, Uncertain))


def gave_up(reason: Reason, attempt: int) -> Reason:
    """Return the reason for giving up, after ``attempt`` tries, on what should have passed."""
    return replace(
        reason,
        cause=f"Gave up after {attempt} tries. {reason.cause}",
        fix="Look at the provider's status, then replay the dead letter.",
        solver=Solver.TENANT_ADMIN,
    )
