r"""Conditions of QuickBooks queries, with every value escaped.

Values stand in single quotes, in which a backslash escapes a quote and itself. Queries on
names leave inactive records out unless they ask for them.

Source: Intuit "Data queries", read 2026-11.
"""

from collections.abc import Sequence
from typing import Final

ACTIVE_OR_NOT: Final = "Active in (true, false)"


def quoted(value: str) -> str:
    """Return a value as it may stand in a query."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def equals(name: str, value: str) -> str:
    """Return the condition of one value of a property."""
    return f"{name} = {quoted(value)}"


def one_of(name: str, values: Sequence[str]) -> str:
    """Return the condition of any of several values of a property."""
    return f"{name} in ({', '.join(map(quoted, values))})"


def where(*conditions: str) -> str:
    """Return the clause in which all conditions hold; QuickBooks has no "or"."""
    return "where " + " and ".join(conditions)
