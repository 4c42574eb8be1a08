"""Conditions of a query: which properties may be named, and how their values compare.

Text compares without regard to case, times by whole seconds, dates as dates.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import Any

from providers.simulators.qbo.books.table import Record, plain_value
from providers.simulators.qbo.entities.kinds import (
    Day,
    Entity,
    Flag,
    Kind,
    Number,
    Reference,
    Text,
)
from providers.simulators.qbo.query.language import QueryCondition
from providers.simulators.qbo.wire import errors
from providers.simulators.qbo.wire.dates import read_time

TIMES = {
    "metadata.lastupdatedtime": lambda record: record.updated_at,
    "metadata.createtime": lambda record: record.created_at,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "<": lt,
    ">": gt,
    "<=": le,
    ">=": ge,
}
Test = Callable[[Record], bool]


def value_of(entity: Entity, name: str) -> Callable[[Record], Any]:
    """Return what finds the comparable value of property ``name`` in a record.

    Raises:
        QboRefused: 4001, the property is not queryable.
    """
    if name.lower() in TIMES:
        return TIMES[name.lower()]
    if name == "Id":
        return lambda record: record.id
    kind = entity.filterable.get(name)
    if kind is None:
        raise errors.bad_query(f"property '{name}' is not queryable")
    if isinstance(kind, Text | Reference):
        return lambda record: _folded(record.body.get(name))
    return lambda record: record.body.get(name)


def _folded(value: Any) -> str | None:
    held = plain_value(value)
    return None if held is None else str(held).strip().casefold()


def _comparable(entity: Entity, name: str, text: str) -> Any:
    """Read the text of a condition in the form that `value_of` finds."""
    if name.lower() in TIMES:
        return _checked(read_time, name, text)
    kind: Kind = entity.filterable.get(name, Text(100))
    if isinstance(kind, Number):
        return _checked(Decimal, name, text)
    if isinstance(kind, Flag):
        return text.lower() == "true"
    if isinstance(kind, Day):
        return text[:10]
    return text if name == "Id" else text.strip().casefold()


def _checked(read: Callable[[str], Any], name: str, text: str) -> Any:
    try:
        return read(text)
    except (ValueError, ArithmeticError) as exc:
        raise errors.bad_query(f"value {text} of {name} is invalid") from exc


def test_of(entity: Entity, condition: QueryCondition) -> Test:
    """Return the test that a condition stands for.

    Raises:
        QboRefused: 4001, for a property that is not queryable or a value that does not fit it.
    """
    value = value_of(entity, condition.name)
    if condition.operator == "LIKE":
        pattern = _like(condition.values[0])
        return lambda record: (
            (held := value(record)) is not None and bool(pattern.fullmatch(str(held)))
        )
    wanted = [_comparable(entity, condition.name, text) for text in condition.values]
    if condition.operator == "IN":
        chosen = frozenset(wanted)
        return lambda record: value(record) in chosen
    compare, single = COMPARISONS[condition.operator], wanted[0]
    return lambda record: (held := value(record)) is not None and compare(held, single)


def _like(pattern: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in pattern.split("%"))
    return re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)
