r"""Conditions of QuickBooks queries, with every value escaped.

Values stand in single quotes, in which a backslash escapes a quote and itself. Queries on
names leave inactive records out unless they ask for them.

Dashes and curly quotes of typography have been refused in queries (4000), though records may
have them. So a value with such a mark is asked for by what is around it, and what comes back is
compared here: see :func:`exactly`. So is a value that people may have spelled with other blanks
or in another Unicode form: see :func:`loosely`.

Source: Intuit "Data queries", read 2026-11; old reports of lexical errors.
"""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, Final

from providers.keys import folded_key
from providers.wire import Record

ACTIVE_OR_NOT: Final = "Active in (true, false)"
# All of "General Punctuation": which of its marks are refused is not documented.
_REFUSED: Final = re.compile(r"[\u2000-\u206f\x00-\x1f\x7f-\x9f]+")
# What people may have typed with more blanks, or in another Unicode form.
_SPELLED_OTHERWISE: Final = re.compile(r"[^\x21-\x7e]+")
_ANY: Final = "%"


def quoted(value: str) -> str:
    """Return a value as it may stand in a query."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def equals(name: str, value: str) -> str:
    """Return the condition of one value of a property."""
    if _is_askable(value):
        return f"{name} = {quoted(value)}"
    return f"{name} like {quoted(_REFUSED.sub(_ANY, value))}"


def one_of(name: str, values: Sequence[str]) -> str:
    """Return the condition of any of several values of a property."""
    if len(values) == 1:
        return equals(name, values[0])
    if all(map(_is_askable, values)):
        return f"{name} in ({', '.join(map(quoted, values))})"
    return f"{name} like {quoted(_REFUSED.sub(_ANY, _beginning(values)) + _ANY)}"


def exactly(found: Sequence[Any], name: str, *values: str) -> list[Record]:
    """Return the records that have one of these values, whatever their case.

    A condition that could not name a value finds others, too; one that could is relied on.
    """
    if all(map(_is_askable, values)):
        return list(found)
    return same_as(found, name, *values)


def same_as(found: Sequence[Any], name: str, *values: str) -> list[Record]:
    """Return the records that have one of these values, however people have spelled it."""
    wanted = {folded_key(value) for value in values}
    return [record for record in found if folded_key(record.get(name, "")) in wanted]


def loosely(name: str, values: Sequence[str]) -> str | None:
    """Return the condition of what may be one of these values spelled otherwise.

    It finds others, too. ``None`` where such values can be spelled in one way only.
    """
    beginning = _beginning(values)
    if not _SPELLED_OTHERWISE.search(beginning):
        return None
    return f"{name} like {quoted(_ANY + _SPELLED_OTHERWISE.sub(_ANY, beginning) + _ANY)}"


def where(*conditions: str) -> str:
    """Return the clause in which all conditions hold; QuickBooks has no "or"."""
    return "where " + " and ".join(conditions)


def _beginning(values: Sequence[str]) -> str:
    """Return what all values begin with."""
    first_and_last = zip(min(values), max(values), strict=False)
    return "".join(a for a, _ in takewhile(lambda both: both[0] == both[1], first_and_last))


def _is_askable(value: str) -> bool:
    return _REFUSED.search(value) is None
