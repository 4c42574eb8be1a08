"""Xero's dates: ``/Date(ms+0000)/`` in answers, ISO in requests.

Source: Xero developer page "Requests and Responses", read 2026-09. The milliseconds are UTC
whatever offset follows them (pyxero issue 122), and may be negative (tap-xero issue 68).
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS_DATE: Final = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


def milliseconds(text: str) -> int:
    """Read the milliseconds since 1970, UTC.

    Raises:
        ValueError: not in Xero's form.
    """
    found = _MS_DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"not a date of Xero's: {text!r}")
    return int(found[1])


def to_date(text: str) -> date:
    """Read a calendar date, which Xero writes as its midnight in UTC."""
    return (_EPOCH + timedelta(milliseconds=milliseconds(text))).date()
