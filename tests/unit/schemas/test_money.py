"""Money by currency: rounding, and shares that lose nothing."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from schemas.currencies import minor_units, smallest_amount
from schemas.money import allocate, fit, is_whole, product, round_money

CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD", "CLF"])


def decimals(texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts.split()]


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("1352.4", "JPY", "1352"),
        ("1352.5", "JPY", "1353"),
        ("-1352.5", "JPY", "-1353"),
        ("12.3455", "KWD", "12.346"),
        ("12.345", "GBP", "12.35"),
        ("2.675", "USD", "2.68"),
        ("0", "GBP", "0.00"),
    ],
)
def test_an_amount_is_rounded_half_up_to_its_currency(
    amount: str, currency: str, rounded: str
) -> None:
    assert str(round_money(Decimal(amount), currency)) == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "whole"),
    [
        ("12.50000", "GBP", True),
        ("12.505", "GBP", False),
        ("1352.00", "JPY", True),
        ("1352.4", "JPY", False),
        ("12.345", "KWD", True),
        ("12.3456", "KWD", False),
    ],
)
def test_zeros_behind_the_last_decimal_change_no_amount(
    amount: str, currency: str, whole: bool
) -> None:
    assert is_whole(Decimal(amount), currency) is whole


def test_a_product_of_many_digits_is_exact() -> None:
    many = Decimal("9" * 15 + "." + "9" * 64)
    assert round_money(product(many, Decimal(1) / 4), "GBP") == Decimal("250000000000000.00")
    assert str(product(many, many)).startswith("9" * 15 + "99")


@pytest.mark.parametrize(
    ("amount", "weights", "currency", "shares"),
    [
        ("2.50", "0 30.02 -5.00", "GBP", "0.00 3.00 -0.50"),
        ("10.00", "1 1 1", "GBP", "3.34 3.33 3.33"),
        ("10", "1 1 1", "JPY", "4 3 3"),
        ("10.000", "1 1 1", "KWD", "3.334 3.333 3.333"),
        ("-10.00", "1 1 1", "GBP", "-3.34 -3.33 -3.33"),
        ("0.05", "1 1 1 1 1 1", "GBP", "0.01 0.01 0.01 0.01 0.01 0.00"),
        ("5.00", "0 1 -1", "GBP", "0.00 5.00 0.00"),
        ("5.00", "0 0", "GBP", "5.00 0.00"),
        ("0.00", "3 4", "GBP", "0.00 0.00"),
        ("5.00", "", "GBP", ""),
    ],
)
def test_an_amount_is_shared_by_the_nearest(
    amount: str, weights: str, currency: str, shares: str
) -> None:
    assert allocate(Decimal(amount), decimals(weights), currency) == decimals(shares)


@st.composite
def allocations(draw: st.DrawFn) -> tuple[Decimal, list[Decimal], str]:
    """An amount and weights of a currency, some of them negative or zero."""
    currency = draw(CURRENCIES)
    amounts = st.integers(-1_000_000, 1_000_000).map(
        lambda n: Decimal(n).scaleb(-minor_units(currency))
    )
    return draw(amounts), draw(st.lists(amounts, min_size=1, max_size=12)), currency


@given(allocations())
def test_shares_come_to_the_whole_and_none_is_off_by_as_much_as_the_smallest_amount(
    drawn: tuple[Decimal, list[Decimal], str],
) -> None:
    amount, weights, currency = drawn
    shares = allocate(amount, weights, currency)
    assert sum(shares) == amount
    assert all(is_whole(share, currency) for share in shares)
    whole = sum(weights)
    if whole:
        exact = [amount * weight / whole for weight in weights]
        off = [abs(share - value) for share, value in zip(shares, exact, strict=True)]
        assert max(off) < smallest_amount(currency)
    if any(weights):
        assert not any(s for s, w in zip(shares, weights, strict=True) if not w)


@given(allocations())
def test_shares_are_fitted_to_any_total_by_the_values_that_are_not_zero(
    drawn: tuple[Decimal, list[Decimal], str],
) -> None:
    _, exact, currency = drawn
    off = smallest_amount(currency) * 5
    shares = fit(sum(exact, off), exact, exact, currency)
    moved = [share - value for share, value in zip(shares, exact, strict=True)]
    assert sum(moved) == (off if any(exact) else 0)
    assert not any(m for m, value in zip(moved, exact, strict=True) if not value)
