"""The type of dates in documents: a date, or the midnight that many languages write for one."""

import re
from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator

# Midnight of a zone is the day that is written there: what the zone is does not change it. XML
# writes a zone behind a date, Ruby the name of one, Java its place in brackets.
_DAY: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})([Tt ]00:00(:00([.,]0+)?)?)?"
    r"( ?([Zz]|UTC|GMT|[+-]\d{2}(:?\d{2})?))?(\[[\w/+-]+\])?",
    re.ASCII,
)

# What a program writes for a date that it never set is of the year 1, or of 1899 at the latest.
FIRST_YEAR: Final = 1900


def _day(value: object) -> object:
    """Return the day that is written.

    Raises:
        ValueError: it is a time of another hour, or a number, and so no certain day.
    """
    if isinstance(value, str) and (day := _DAY.fullmatch(value.strip())):
        return day[1]
    if isinstance(value, date):
        return value
    msg = f"{value!r} is no date; write it as 2026-11-02, as its sender's calendar has it"
    raise ValueError(msg)


def _was_set(day: date) -> date:
    if day.year < FIRST_YEAR:
        msg = (
            f"{day.isoformat()} is before {FIRST_YEAR}, as of a date that was never set; write "
            "the date that the document has"
        )
        raise ValueError(msg)
    return day


Date = Annotated[date, AfterValidator(_was_set), BeforeValidator(_day)]
