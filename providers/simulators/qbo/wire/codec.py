"""JSON in and out with exact numbers: an amount never passes through a binary float."""

from decimal import Decimal
from json import JSONDecodeError
from typing import Any

import orjson

from providers.simulators.exact_json import NotJson, read_json
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
        QboRefused: 10000 with status 500 for bytes that are not UTF-8, 500 for XML, 2000 for
            anything else that is no JSON object.
    """
    if body.lstrip()[:1] == b"<":
        raise errors.not_offered("bodies in XML")
    try:
        parsed = read_json(body)
    except UnicodeDecodeError as exc:
        raise errors.broken("System Failure Error: invalid UTF-8") from exc
    except JSONDecodeError as exc:
        raise errors.malformed(f"Unexpected content at line {exc.lineno}") from exc
    except NotJson as exc:
        raise errors.malformed(str(exc)) from exc
    if not isinstance(parsed, dict):
        raise errors.malformed("The body is no JSON object")
    return parsed
