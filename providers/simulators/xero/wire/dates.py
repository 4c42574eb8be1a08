"""Xero's ways to write a moment and a calendar date.

Source: Xero developer page "Requests and Responses", read 2026-09; /Date()/ offsets as
reported by integrators (pyxero 122): the milliseconds are UTC already, an offset is ignored.
"""

import re
from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?")
_SEVEN_DIGITS = "%Y-%m-%dT%H:%M:%S.%f0"


def to_ms_date(moment: date) -> str:
    """Write a moment, or midnight UTC of a calendar date, as ``/Date(ms+0000)/``."""
    return f"/Date({_milliseconds(moment)}+0000)/"


def _milliseconds(moment: date) -> int:
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_wire_date(text: str) -> date:
    """Read a calendar date as clients write it: ISO, or ``/Date(ms)/``.

    Raises:
        ValueError: anything else, such as a date and a time with a space between them.
    """
    if found := _MS_DATE.fullmatch(text):
        return (_EPOCH + timedelta(milliseconds=int(found[1]))).date()
    if found := _ISO_DATE.fullmatch(text):
        return date.fromisoformat(found[1])
    raise ValueError(f"not a date: {text!r}")


def to_date_string(day: date) -> str:
    """Write a calendar date as the companion ``...String`` fields have it."""
    return f"{day.isoformat()}T00:00:00"


def to_utc_string(moment: datetime) -> str:
    """Write a moment as ``UpdatedDateUTCString`` has it, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def to_seven_digits(moment: datetime) -> str:
    """Write a moment as connections have it: no zone, seven fractional digits."""
    return moment.strftime(_SEVEN_DIGITS)


def from_modified_since(text: str) -> datetime | None:
    """Read ``If-Modified-Since``; None for a form that Xero passes over (an HTTP date)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0)


def to_milliseconds(moment: datetime) -> datetime:
    """Cut a moment to the whole milliseconds that Xero's stamps have."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
