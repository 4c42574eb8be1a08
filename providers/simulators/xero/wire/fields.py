"""Reading the fields of a request element: absent, blank, or a value of the right kind.

Absent and null both mean "not sent". A value of the wrong kind refuses the whole request,
as Xero's parser does; a value that is too long is for the business rules.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from providers.simulators.xero.wire.dates import from_wire_date
from providers.simulators.xero.wire.errors import ElementRejected, PostDataInvalid

Payload: TypeAlias = Mapping[str, Any]


def text(payload: Payload, name: str, *, at_most: int | None = None) -> str | None:
    """Read a text, None when it wasn't sent.

    Raises:
        ElementRejected: longer than ``at_most`` characters.
        PostDataInvalid: an object or a list.
    """
    value = payload.get(name)
    if value is None:
        return None
    if isinstance(value, Mapping | list):
        raise PostDataInvalid(f"The {name} field must be a text")
    value = str(value)
    if at_most is not None and len(value) > at_most:
        raise ElementRejected(
            f"The {name} field must not exceed {at_most} characters in length."
        )
    return value


def number(payload: Payload, name: str) -> Decimal | None:
    """Read a number, also one sent as text; None when it wasn't sent.

    Raises:
        PostDataInvalid: no number.
    """
    value = payload.get(name)
    if value is None or value == "":
        return None
    try:
        result = Decimal(str(value))
    except InvalidOperation as exc:
        raise PostDataInvalid(f"The {name} field is not a number: {value!r}") from exc
    if not result.is_finite():
        raise PostDataInvalid(f"The {name} field is not a number: {value!r}")
    return result


def day(payload: Payload, name: str) -> date | None:
    """Read a calendar date; None when it wasn't sent.

    Raises:
        PostDataInvalid: not a date in a form that Xero reads.
    """
    value = payload.get(name)
    if value is None or value == "":
        return None
    try:
        return from_wire_date(str(value))
    except (ValueError, OverflowError) as exc:
        raise PostDataInvalid(f"The {name} field is not a valid date: {value!r}") from exc


def flag(payload: Payload, name: str) -> bool | None:
    """Read a boolean, also ``"true"``; None when it wasn't sent."""
    value = payload.get(name)
    return None if value is None else str(value).lower() == "true"


def part(payload: Payload, name: str) -> Payload:
    """Read a nested object; an empty one when it wasn't sent.

    Raises:
        PostDataInvalid: something else than an object.
    """
    value = payload.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise PostDataInvalid(f"The {name} field must be an object")
    return value


def parts(payload: Payload, name: str) -> Sequence[Payload] | None:
    """Read a list of objects; None when it wasn't sent.

    Raises:
        PostDataInvalid: something else than a list of objects.
    """
    value = payload.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(v, Mapping) for v in value):
        raise PostDataInvalid(f"The {name} field must be a list of objects")
    return value
