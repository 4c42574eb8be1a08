"""Conditions and lists of Xero's filters, short enough for an address.

Source: Xero developer pages "Requests and Responses" and "Efficient data retrieval", read
2026-09: lists of values stay near 40, filters on fields that are not optimised are refused in
large organisations. Addresses of about 2,000 characters have been refused (Xero-OpenAPI
issue 534).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote

_VALUES_PER_CALL: Final = 40
_ROOM: Final = 1_500  # characters of the address that a list may take
_JOINT: Final = len("%20OR%20")


def chunks(values: Iterable[str]) -> Iterator[Sequence[str]]:
    """Yield a list in parts that fit in an address each."""
    part: list[str] = []
    room = _ROOM
    for value in values:
        size = len(quote(value, safe="")) + _JOINT
        if part and (size > room or len(part) == _VALUES_PER_CALL):
            yield part
            part, room = [], _ROOM
        part.append(value)
        room -= size
    if part:
        yield part


def any_of(conditions: Sequence[str]) -> str:
    """Return the condition that one of these holds."""
    return " OR ".join(conditions)


def is_quotable(text: str) -> bool:
    """Return whether a text can stand in a condition: how Xero escapes is not published."""
    return '"' not in text and "\\" not in text
