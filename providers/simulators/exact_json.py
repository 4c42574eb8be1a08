"""JSON bodies as the simulators read them: exact, and such that they can be written again."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class NotJson(ValueError):
    """A body that no service could read; the message says why."""


def read_json(raw: bytes) -> Any:
    """Return what JSON in UTF-8 describes; numbers with a point become Decimal.

    Raises:
        UnicodeDecodeError: bytes that are not UTF-8.
        JSONDecodeError: a text that is no JSON.
        NotJson: something in it that can't be kept.
    """
    text = raw.decode()
    try:
        found = _DECODER.decode(text)
    except (json.JSONDecodeError, NotJson):
        raise
    except (InvalidOperation, ValueError) as exc:
        raise NotJson("A number has too many digits") from exc
    except RecursionError as exc:
        raise NotJson("It is nested too deeply") from exc
    if _SURROGATE.search(text):
        _check_texts(found)
    return found


def _check_texts(found: Any) -> None:
    # Escapes may pair up; half of a pair can't be written as UTF-8.
    try:
        json.dumps(found, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as exc:
        raise NotJson("A text holds half a character") from exc


def _no_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity, which are no JSON.
    raise NotJson(f"{name} is no JSON value")


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)
