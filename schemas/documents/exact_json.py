"""JSON read without loss: a number is the decimal that was written, and never a float.

pydantic reads JSON numbers by way of a float, which silently changes what has more than 17
digits; so the text is parsed here, and pydantic checks what was parsed.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Final

_ZERO: Final = "\x00"
_ESCAPED_ZERO: Final = "\\u0000"
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_NOT_CARRIED: Final = (
    "{} has more digits, or a larger exponent, than any number that is carried"
)
_SHOWN: Final = 40  # characters of such a number


class Unreadable(ValueError):
    """The text is no JSON; the message says why."""


def parse(payload: bytes | str) -> object:
    """Return what JSON describes, its fractions as decimals, its texts as they can be stored.

    No database stores a zero character, which programs leave at the end of a field of fixed
    length: it is left out. Nor is half a character one, which is what remains of an emoji that
    was cut in two: it is the mark of a character that is not known.

    Raises:
        Unreadable: it is no JSON in UTF-8, or holds a number that can't be carried.
    """
    try:
        text = payload if isinstance(payload, str) else payload.decode()
        found: object = _DECODER.decode(text)
        if _ESCAPED_ZERO in text or _SURROGATE.search(text):
            found = _storable(found)
    except UnicodeError:
        raise Unreadable("it is not valid Unicode in UTF-8") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except json.JSONDecodeError as exc:
        raise Unreadable(f"it is no JSON: {exc}") from None
    return found


def _storable(value: object) -> object:
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace(_ZERO, "")
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_storable(one) for one in value]
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Unreadable(_NOT_CARRIED.format(_beginning(text))) from None


def _fraction(text: str) -> Decimal:
    # An exponent beyond every limit is an error of arithmetic, and no ValueError.
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Unreadable(_NOT_CARRIED.format(_beginning(text))) from None


def _beginning(number: str) -> str:
    return number if len(number) <= _SHOWN else number[: _SHOWN - 1] + "…"


def _no_number(name: str) -> object:
    raise Unreadable(f"{name} is no number of JSON")


_DECODER: Final = json.JSONDecoder(
    parse_float=_fraction, parse_int=_whole, parse_constant=_no_number
)
