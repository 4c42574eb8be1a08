"""How many decimals each currency has."""

from decimal import Decimal

import pytest

from schemas.currencies import is_currency, minor_units, smallest_amount


@pytest.mark.parametrize(
    ("currency", "units", "smallest"),
    [
        ("GBP", 2, "0.01"),
        ("USD", 2, "0.01"),
        ("HUF", 2, "0.01"),
        ("JPY", 0, "1"),
        ("ISK", 0, "1"),
        ("XOF", 0, "1"),
        ("KWD", 3, "0.001"),
        ("TND", 3, "0.001"),
        ("CLF", 4, "0.0001"),
        ("HRK", 2, "0.01"),
    ],
)
def test_a_currency_has_the_decimals_of_iso_4217(
    currency: str, units: int, smallest: str
) -> None:
    assert is_currency(currency)
    assert minor_units(currency) == units
    assert str(smallest_amount(currency)) == smallest


@pytest.mark.parametrize("code", ["", "gbp", "GB", "ABC", "XXX", "XAU", "XTS", "BTC"])
def test_what_is_no_currency_is_told_apart_and_counts_as_having_two(code: str) -> None:
    assert not is_currency(code)
    assert (minor_units(code), smallest_amount(code)) == (2, Decimal("0.01"))
