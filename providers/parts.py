"""Which fields of a ledger's record come from which of a document's; pure, and every mapping's.

An update carries the parts whose sources changed and leaves everything else in the ledger
alone. A part is worked out only when it is sent, so what is wrong with the lines does not
hold up a change of the due date.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Body: TypeAlias = dict[str, Any]
"""A record, or a piece of one, as it is sent to a ledger."""

ALWAYS: Final = "*"
"""The source of a part that goes with every write."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some fields of a ledger's record.

    Attributes:
        sources: The document's fields that the values come from. :data:`ALWAYS` is among them
            where the part goes with every write; without sources it goes with the create only.
        values: Works the fields out. Called only when the part is sent.
        on_create: Whether the part goes with the create. One that a new record has anyway,
            such as being in use, does not.
    """

    sources: frozenset[str]
    values: Callable[[], Body]
    on_create: bool = True


def part(values: Callable[[], Body], *sources: str, on_create: bool = True) -> Part:
    """Return a part of these sources; without sources it is written on create only."""
    return Part(frozenset(sources), values, on_create)


def create_body(parts: Sequence[Part]) -> Body:
    """Return every field that has a value."""
    return _without_blanks(_merged([p for p in parts if p.on_create]))


def update_body(parts: Sequence[Part], changed: frozenset[str]) -> Body:
    """Return the fields whose sources changed, blanks included, since a blank clears a field.

    Where ``changed`` is empty, nothing is known of what changed, so everything may have.
    """
    wanted = changed | {ALWAYS}
    return _merged([p for p in parts if p.sources & wanted or (p.sources and not changed)])


def _merged(parts: Sequence[Part]) -> Body:
    """Return the fields of all parts; a later part's win over those of an earlier one."""
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
