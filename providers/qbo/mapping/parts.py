"""Which of the ledger's fields come from which of the document's.

An update is sparse: it carries the parts whose sources changed and leaves everything else in
QuickBooks alone. A part is worked out only when it is sent, so what is wrong with the lines
does not hold up a change of the due date.

Source: Intuit Accounting API, "Sparse update", read 2026-11.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Body = dict[str, Any]
ALWAYS: Final = "*"


@dataclass(frozen=True, slots=True)
class Part:
    """Some fields of a ledger record.

    Attributes:
        sources: The document's fields they come from; :data:`ALWAYS` goes with every write,
            none only with the first one.
    """

    sources: frozenset[str]
    values: Callable[[], Body]


def part(values: Callable[[], Body], *sources: str) -> Part:
    """Say which fields come from which; without sources they are written on create only."""
    return Part(frozenset(sources), values)


def create_body(parts: Sequence[Part]) -> Body:
    """Give every field that has a value."""
    return _without_blanks(_merge(parts))


def update_body(parts: Sequence[Part], changed: frozenset[str]) -> Body:
    """Give the fields whose sources changed, blanks included, since a blank clears a field.

    Nothing said to have changed means that everything may have.
    """
    wanted = changed | {ALWAYS}
    return _merge([p for p in parts if p.sources & wanted or (p.sources and not changed)])


def _merge(parts: Sequence[Part]) -> Body:
    merged: Body = {}
    for chosen in parts:
        merged.update(chosen.values())
    return merged


def _without_blanks(body: Mapping[str, Any]) -> Body:
    tidy = {
        name: _without_blanks(value) if isinstance(value, Mapping) else value
        for name, value in body.items()
    }
    return {name: value for name, value in tidy.items() if value not in ("", {})}
