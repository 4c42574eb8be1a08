"""JSON in which every decimal is exact: no float is made on the way to QuickBooks."""

from decimal import Decimal

import orjson


def to_json(body: object) -> bytes:
    """Write plain data; decimals become numbers with the digits that they have."""
    return orjson.dumps(body, default=_digits)


def _digits(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}".encode())
    raise TypeError(f"not JSON: {type(value).__name__}")
