"""Which reason codes have a test that does what their advice says."""

import pytest

from schemas.errors import ReasonCode

FOLLOWED: set[str] = set()


def follows(*entries: ReasonCode) -> pytest.MarkDecorator:
    """Mark a test that is stopped for these reasons and then does what they say."""
    FOLLOWED.update(entry.code for entry in entries)
    return pytest.mark.accepts("DRV-31")
