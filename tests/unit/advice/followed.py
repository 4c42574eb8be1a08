"""Which reason codes have a test that does what their advice says."""

from collections.abc import Callable
from typing import TypeVar

from schemas.errors import ReasonCode

Test = TypeVar("Test", bound=Callable[..., object])

FOLLOWED: set[str] = set()


def follows(*entries: ReasonCode) -> Callable[[Test], Test]:
    """Record that a test is stopped for these reasons, and then does what they say."""
    FOLLOWED.update(entry.code for entry in entries)
    return lambda test: test
