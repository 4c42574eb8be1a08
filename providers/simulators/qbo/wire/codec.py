"""JSON in and out with exact numbers: an amount never passes through a binary float."""

from decimal import Decimal
from json import JSONDecodeError, loads as parse
from typing import Any, NoReturn

import orjson

from providers.simulators.qbo.wire import errors


def dumps(body: object, *, indented: bool = False) -> bytes:
    """Return ``body`` as JSON; a Decimal becomes the number with exactly its digits."""
    return orjson.dumps(body, default=_exact, option=orjson.OPT_INDENT_2 if indented else None)


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(type(value).__name__)


def loads(body: bytes) -> dict[str, Any]:
    """Parse a request's body; numbers with a point become Decimal.

    Raises:
        QboRefused: 10000 with status 500 for bytes that are not UTF-8, 2000 for anything
            else that is no JSON object.
    """
    try:
        parsed = parse(body.decode(), parse_float=Decimal, parse_constant=_no_constant)
    except UnicodeDecodeError as exc:
        raise errors.broken("System Failure Error: invalid UTF-8") from exc
    except JSONDecodeError as exc:
        raise errors.malformed(f"Unexpected content at line {exc.lineno}") from exc
    if not isinstance(parsed, dict):
        raise errors.malformed("The body is no JSON object")
    return parsed


def _no_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity, which are no JSON.
    raise errors.malformed(f"{name} is no JSON value")
