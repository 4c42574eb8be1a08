"""JSON in which every decimal is exact: no binary float is made on the way to a ledger."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import orjson

Record: TypeAlias = Mapping[str, Any]
"""One record as a ledger answers it, its fractions as `Decimal`."""


def to_json(body: object) -> bytes:
    """Return plain data as JSON; decimals become numbers with the digits that they have.

    The same value always gives the same bytes, which idempotency keys rely on.
    """
    return orjson.dumps(body, default=_digits)


def _digits(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}".encode())
    raise TypeError(f"not JSON: {type(value).__name__}")
