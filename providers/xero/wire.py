"""What goes over the wire: elements, written as JSON with exact numbers.

Numbers never pass through a binary float: they are written from the digits of a Decimal.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

import orjson

Body: TypeAlias = dict[str, Any]
"""One element as it is sent."""

Element: TypeAlias = Mapping[str, Any]
"""One element as Xero answers it, its fractions Decimal."""

API: Final = "/api.xro/2.0"
NO_ID: Final = str(UUID(int=0))
"""The id of an element that Xero did not save."""

FOUR_DECIMALS: Final = {"unitdp": "4"}
"""Without it a unit price is read with two decimals, and saved so by the next write."""


def dumps(value: object) -> bytes:
    """Write plain data with Decimals and dates as JSON; the same value gives the same bytes."""
    return orjson.dumps(value, default=_digits)


def _digits(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"not JSON: {type(value).__name__}")


def amount(value: object) -> Decimal:
    """Read a number of an answer, where it came as one or as text."""
    return Decimal(str(value))
