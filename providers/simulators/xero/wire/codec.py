"""JSON in and out: money exact, dates in Xero's form, keys in Xero's case.

Numbers never pass through a binary float: they are read as `Decimal` and written from its
digits. Dates are written with escaped slashes, as Xero does.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from providers.simulators.exact_json import read_json
from providers.simulators.xero.wire.dates import to_ms_date
from providers.simulators.xero.wire.errors import PostDataInvalid


def dumps(value: object) -> bytes:
    """Write plain data, Decimals and dates as JSON."""
    return orjson.dumps(value, default=_write, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _write(value: object) -> orjson.Fragment | list[Any]:
    match value:
        case Decimal():
            return orjson.Fragment(_digits(value))
        case date():
            # A fragment, as orjson would escape the backslashes of Xero's escaped slashes.
            return orjson.Fragment('"' + to_ms_date(value).replace("/", "\\/") + '"')
        case tuple() | frozenset() | set():
            return list(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def _digits(number: Decimal) -> str:
    """Write without an exponent and with one to four decimals, as in 342.0 and 28.5."""
    text = format(number, "f")
    if "." not in text:
        return text + ".0"
    text = text.rstrip("0")
    return text + "0" if text.endswith(".") else text


def loads(raw: bytes) -> Any:
    """Read a request body.

    Raises:
        PostDataInvalid: the body isn't JSON.
    """
    try:
        body = read_json(raw)
    except ValueError as exc:
        raise PostDataInvalid(f"The request body could not be read: {exc}") from exc
    return _recase(body)


def _recase(value: Any) -> Any:
    """Return a value with every key in Xero's own case: ``lineItems`` is tolerated."""
    if isinstance(value, Mapping):
        return {_pascal(key): _recase(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_recase(member) for member in value]
    return value


def _pascal(key: str) -> str:
    key = key[:1].upper() + key[1:]
    return key[:-2] + "ID" if key.endswith("Id") else key
