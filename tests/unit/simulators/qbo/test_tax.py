from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from providers.simulators.qbo.rules import tax_calculation
from providers.simulators.qbo.rules.tax_calculation import Rate, TaxableLine

D = Decimal
STANDARD, REDUCED, ZERO_RATE = Rate("1", D(20)), Rate("2", D(5)), Rate("3", D(0))
PROVINCE = Rate("4", D(7))
CENTS = st.integers(min_value=0, max_value=10**9).map(lambda n: D(n) / 100)
LINES = st.lists(
    st.builds(
        TaxableLine,
        CENTS,
        st.sampled_from([(), (STANDARD,), (REDUCED,), (ZERO_RATE,), (REDUCED, PROVINCE)]),
    ),
    min_size=1,
    max_size=8,
)


def _line(amount: str, *rates: Rate) -> TaxableLine:
    return TaxableLine(D(amount), rates)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([_line("99.99", STANDARD)], {"1": ("99.99", "20.00")}),
        ([_line("0.02", STANDARD)], {"1": ("0.02", "0.00")}),
        ([_line("0.03", STANDARD)], {"1": ("0.03", "0.01")}),
        ([_line("0.12", STANDARD), _line("0.13", STANDARD)], {"1": ("0.25", "0.05")}),
        ([_line("10", STANDARD), _line("10", REDUCED)], {"1": ("10", "2"), "2": ("10", "0.5")}),
        ([_line("33.33", REDUCED, PROVINCE)], {"2": ("33.33", "1.67"), "4": ("33.33", "2.33")}),
        ([_line("10", ZERO_RATE)], {"3": ("10", "0")}),
        ([_line("10")], {}),
    ],
)
def test_tax_on_top_is_rounded_half_up_once_per_rate(
    lines: list[TaxableLine], expected: dict[str, tuple[str, str]]
) -> None:
    taxation = tax_calculation.tax_on_top(lines)
    shown = {part.rate.id: (part.base, part.amount) for part in taxation.by_rate}
    assert shown == {name: (D(base), D(amount)) for name, (base, amount) in expected.items()}


@pytest.mark.parametrize(
    ("discount_first", "base", "amount"),
    [(True, "38.25", "3.06"), (False, "42.50", "3.40")],
)
def test_a_discount_lowers_what_is_taxed_only_when_it_comes_first(
    discount_first: bool, base: str, amount: str
) -> None:
    lines = [_line("300"), _line("42.50", Rate("3", D(8)))]
    taxation = tax_calculation.tax_on_top(
        lines, discount=D("34.25"), discount_first=discount_first
    )
    assert [(part.base, part.amount) for part in taxation.by_rate] == [(D(base), D(amount))]


def test_tax_within_finds_the_net_amounts() -> None:
    taxation = tax_calculation.tax_within(
        [_line("120", STANDARD), _line("10.50", REDUCED), _line("7")]
    )
    assert taxation.nets == (D("100.00"), D("10.00"), D("7.00"))
    assert taxation.total == D("20.50")


@given(CENTS, st.lists(CENTS, min_size=1, max_size=20))
def test_what_is_spread_sums_up(total: Decimal, weights: list[Decimal]) -> None:
    shares = tax_calculation.spread(total, weights)
    assert len(shares) == len(weights)
    assert sum(shares) == (total if any(weights) else 0)


@given(LINES)
def test_net_amounts_and_tax_make_up_the_gross(lines: list[TaxableLine]) -> None:
    taxation = tax_calculation.tax_within(lines)
    gross = sum((line.amount for line in lines), D(0))
    nets = tax_calculation.fit_nets(taxation.nets, gross - taxation.total)
    assert sum(nets) + taxation.total == gross
    assert all(abs(part.amount) <= gross for part in taxation.by_rate)
