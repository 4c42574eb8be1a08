"""The type of dates in documents: a date, or the midnight that many languages write for one."""

import re
from datetime import date
from typing import Annotated, Final

from pydantic import BeforeValidator

# Midnight of a zone is the day that is written there: what the zone is does not change it. XML
# writes a zone behind a date, Ruby the name of one, Java its place in brackets.
_DAY: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})([Tt ]00:00(:00([.,]0+)?)?)?"
    r"( ?([Zz]|UTC|GMT|[+-]\d{2}(:?\d{2})?))?(\[[\w/+-]+\])?",
    re.ASCII,
)


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


Date = Annotated[date, BeforeValidator(_day)]
