"""QuickBooks' ways to write a moment. Its servers live on the US Pacific coast.

Source: Intuit "Data queries" and "Change data capture" pages, as of 2026; recorded responses.
"""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

PACIFIC: Final = ZoneInfo("America/Los_Angeles")
"""The time zone of dates and times that come without one."""


def to_pacific(moment: datetime) -> str:
    """Return a time as MetaData shows it: to the second, with the Pacific offset."""
    return moment.astimezone(PACIFIC).isoformat(timespec="seconds")


def to_pacific_milliseconds(moment: datetime) -> str:
    """Return a time as envelopes show it: to the millisecond, with the Pacific offset."""
    return moment.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def read_time(text: str) -> datetime:
    """Read a time to the second, in UTC; without an offset it is the server's, Pacific.

    Raises:
        ValueError: it is no time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=PACIFIC)
    return moment.astimezone(UTC).replace(microsecond=0)
