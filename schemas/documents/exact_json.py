"""JSON read without loss: a number is the decimal that was written, and never a float.

pydantic reads JSON numbers by way of a float, which silently changes what has more than 17
digits; so the text is parsed here, and pydantic checks what was parsed.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Final

# The zero character, which no database stores and no ledger accepts. `\u0000` is one unless its
# backslash is escaped itself.
_ZERO: Final = re.compile(r"\x00|(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_NOT_CARRIED: Final = (
    "{} has more digits, or a larger exponent, than any number that is carried"
)
_SHOWN: Final = 40  # characters of such a number


class Unreadable(ValueError):
    """The text is no JSON, or holds what can't be stored; the message says which."""


def parse(payload: bytes | str) -> object:
    """Return what JSON describes, its fractions as decimals.

    Raises:
        Unreadable: it is no JSON in UTF-8, or holds a zero character, half a character or a
            number that can't be carried.
    """
    try:
        text = payload if isinstance(payload, str) else payload.decode()
        if ("\x00" in text or "\\u0000" in text) and _ZERO.search(text):
            raise Unreadable("a text holds a zero character; leave it out")
        found: object = _DECODER.decode(text)
        if _SURROGATE.search(text):
            # Escapes may pair up; what is left alone can't be written as UTF-8.
            json.dumps(found, ensure_ascii=False, default=str).encode()
    except UnicodeError:
        raise Unreadable("it is not valid Unicode in UTF-8") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except json.JSONDecodeError as exc:
        raise Unreadable(f"it is no JSON: {exc}") from None
    return found


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
