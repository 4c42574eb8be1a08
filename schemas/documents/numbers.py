"""The types of numbers in documents: carried exactly, or refused."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from schemas.currencies import is_currency, minor_units
from schemas.documents.texts import one_line
from schemas.money import EXACT, ZERO, is_whole

WHOLE_DIGITS: Final = 15  # before the point
DECIMALS: Final = 64  # enough for a binary fraction that was written out whole

# Python also reads `1_000` and the digits of other scripts, which no sender surely means.
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SHOWN: Final = 40  # characters of what is no number

# What nearly every number looks like: no step would refuse it, or change more than a zero.
_USUAL: Final = re.compile(rf"-?\d{{1,{WHOLE_DIGITS}}}(\.\d{{1,{DECIMALS}}})?", re.ASCII)
_USUAL_PERCENT: Final = re.compile(rf"\d{{1,2}}(\.\d{{1,{DECIMALS}}})?", re.ASCII)
_WRITTEN: Final = (str, Decimal, int)


def _at_once(usual: re.Pattern[str]) -> WrapValidator:
    """Return what reads a number of this form at once, and any other by its steps.

    The steps are calls between Python and pydantic, of which a document would have dozens.
    """

    def read(value: object, steps: ValidatorFunctionWrapHandler) -> Decimal:
        if isinstance(value, _WRITTEN) and usual.fullmatch(str(value)):
            return Decimal(value) or ZERO
        number: Decimal = steps(value)
        return number

    return WrapValidator(read)


def _certain(value: object) -> object:
    """Return what is written, if it is a number in one way only; what is no text passes.

    Raises:
        ValueError: it is a text, and no such number.
    """
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        msg = (
            f"{value[:_SHOWN]!r} is no number; write it with the digits 0 to 9, a point before "
            "its decimals, and no other marks"
        )
        raise ValueError(msg)
    return value


def _plain(value: Decimal) -> Decimal:
    """Return the same number without an exponent, a sign of zero, or an excess of zeros."""
    if not value:
        return Decimal(0)
    # Of most numbers the text tells all: neither an exponent nor too many digits.
    text = str(value)
    if "E" not in text and len(text) <= WHOLE_DIGITS + DECIMALS:
        return value
    _, digits, exponent = value.as_tuple()
    if len(digits) > WHOLE_DIGITS + DECIMALS:
        return _plain(value.normalize(EXACT))
    if isinstance(exponent, int) and exponent > 0:
        return value.quantize(Decimal(1), context=EXACT)
    return value


def _known_currency(said: str) -> str:
    if is_currency(said):
        return said
    # Some platforms write codes in small letters, as Stripe does: they mean the same.
    code = one_line(said).upper()
    if not is_currency(code):
        msg = f"{said!r} is no currency of ISO 4217; write the three letters of one"
        raise ValueError(msg)
    return code


Currency = Annotated[str, AfterValidator(_known_currency)]

# Of a price, a quantity and a rate every digit counts, as what they come to is rounded once.
_EVERY_DIGIT: Final = Field(max_digits=WHOLE_DIGITS + DECIMALS, decimal_places=DECIMALS)
_AS_WRITTEN: Final = BeforeValidator(_certain)
_Exact = Annotated[Decimal, _EVERY_DIGIT, AfterValidator(_plain), _AS_WRITTEN, _at_once(_USUAL)]
Price = _Exact
Quantity = _Exact
Percent = Annotated[
    Decimal,
    Field(ge=0, le=100, decimal_places=DECIMALS),
    AfterValidator(_plain),
    _AS_WRITTEN,
    _at_once(_USUAL_PERCENT),
]

# An amount has the decimals of its currency, which the document tells: see `check_amounts`.
Amount = _Exact


def check_amounts(currency: str, amounts: Iterable[tuple[str, Decimal | None]]) -> None:
    """Check that no amount has more decimals than the currency; each comes with its field.

    Raises:
        ValueError: one has; the message names field, amount, currency and remedy.
    """
    for field, amount in amounts:
        if amount is not None and not is_whole(amount, currency):
            units = minor_units(currency) or "no"
            raise ValueError(
                f"{field} is {amount}, but an amount in {currency} has {units} decimals; round "
                "it on the platform and announce the document again"
            )
