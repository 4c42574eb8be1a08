"""Pages of a list: their size, and where they begin. A cursor is opaque to the caller."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import orjson
from fastapi import Query

from gateway.http.problem_codes import INVALID_CURSOR
from gateway.http.problems import Problem, WrongPart
from gateway.http.text import ZERO

_MOST: Final = 500

Limit = Annotated[
    int, Query(ge=1, le=_MOST, description="The largest number of rows in the answer.")
]
Cursor = Annotated[str, Query(description="`next_cursor` of the page before.")]


def cursor_of(row: Mapping[str, Any], *names: str) -> str:
    """Return the cursor of a row, by the columns that the list is ordered by."""
    place = orjson.dumps([str(row[name]) for name in names])
    return base64.urlsafe_b64encode(place).decode()


def place_of(cursor: str) -> Sequence[str]:
    """Return the values in a cursor of :func:`cursor_of`.

    Raises:
        Problem: 422, it is not a cursor of this API.
    """
    try:
        found = orjson.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError) as exc:
        raise unreadable() from exc
    if not isinstance(found, list) or not all(map(_is_text, found)):
        raise unreadable()
    return found


def _is_text(part: object) -> bool:
    return isinstance(part, str) and ZERO not in part


def unreadable() -> Problem:
    """Return the refusal of a cursor that this API did not make."""
    wrong = WrongPart("query", "#/cursor", INVALID_CURSOR.fix)
    return INVALID_CURSOR.problem(wrong=[wrong])


def page(
    name: str, rows: Sequence[Mapping[str, Any]], limit: int, *order: str
) -> dict[str, Any]:
    """Return a page of a list; ``next_cursor`` is null on the last.

    Args:
        rows: One more than ``limit`` where there is a next page.
        order: The columns that the list is ordered by.
    """
    shown = rows[:limit]
    more = len(rows) > limit
    return {name: shown, "next_cursor": cursor_of(shown[-1], *order) if more else None}
