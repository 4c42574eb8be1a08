"""Sales tax arithmetic, exact to the unit: taxable lines in, tax by rate out. Pure.

A unit is the smallest amount of the document's currency. How QuickBooks itself rounds is not
published; here tax is rounded half up once per rate, and whatever is spread over lines sums up
exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from providers.simulators.minor_units import CENT, to_unit

HUNDRED = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate.

    Attributes:
        id: Id of the TaxRate record.
        percent: Percentage: 20 means 20 %.
    """

    id: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """A line as far as tax goes.

    Attributes:
        amount: Amount of the line as it was sent.
        rates: Rates that the line's tax code stands for; empty for no tax.
    """

    amount: Decimal
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class RateTax:
    """What one rate takes.

    Attributes:
        rate: The rate.
        base: Amount without tax that the rate applies to.
        amount: Tax in whole units of the currency.
    """

    rate: Rate
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Taxation:
    """The tax of a document.

    Attributes:
        by_rate: Tax by rate, in order of appearance.
        nets: Amount without tax of each line, in line order.
    """

    by_rate: tuple[RateTax, ...]
    nets: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        """The whole tax."""
        return sum((part.amount for part in self.by_rate), ZERO)


def spread(total: Decimal, weights: Sequence[Decimal], unit: Decimal = CENT) -> list[Decimal]:
    """Split ``total`` by ``weights`` into units that sum up to it; all zero without weight."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    shares: list[Decimal] = []
    given = seen = ZERO
    for weight in weights:
        seen += weight
        # Rounding the running sum, not each share, makes the shares add up to the total.
        share = to_unit(total * seen / whole, unit) - given
        given += share
        shares.append(share)
    return shares


def _bases(lines: Iterable[tuple[Decimal, tuple[Rate, ...]]]) -> dict[Rate, Decimal]:
    """Sum what each rate applies to, rates in order of appearance."""
    bases: dict[Rate, Decimal] = {}
    for amount, rates in lines:
        for rate in rates:
            bases[rate] = bases.get(rate, ZERO) + amount
    return bases


def tax_on_top(
    lines: Sequence[TaxableLine],
    *,
    discount: Decimal = ZERO,
    discount_first: bool = True,
    unit: Decimal = CENT,
) -> Taxation:
    """Tax amounts that do not contain tax.

    Args:
        discount: Taken off the whole document, spread over the lines by amount.
        discount_first: Whether the discount lowers what is taxed.
        unit: Smallest amount of the currency.
    """
    shares = spread(discount if discount_first else ZERO, [line.amount for line in lines], unit)
    bases = _bases(
        (line.amount - share, line.rates) for line, share in zip(lines, shares, strict=True)
    )
    return Taxation(
        by_rate=tuple(
            RateTax(rate, base, to_unit(base * rate.percent / HUNDRED, unit))
            for rate, base in bases.items()
        ),
        nets=tuple(line.amount for line in lines),
    )


def tax_within(
    lines: Sequence[TaxableLine], *, discount: Decimal = ZERO, unit: Decimal = CENT
) -> Taxation:
    """Find the tax inside amounts that contain it; ``discount`` contains it as well."""
    shares = spread(discount, [line.amount for line in lines], unit)
    # Lines with the same rates are taxed together, so that tax is rounded once per rate.
    gross: dict[tuple[Rate, ...], Decimal] = {}
    for line, share in zip(lines, shares, strict=True):
        gross[line.rates] = gross.get(line.rates, ZERO) + line.amount - share
    taxes: dict[Rate, RateTax] = {}
    for rates, amount in gross.items():
        for part in _split_within(rates, amount, unit):
            known = taxes.get(part.rate, RateTax(part.rate, ZERO, ZERO))
            taxes[part.rate] = RateTax(
                part.rate, known.base + part.base, known.amount + part.amount
            )
    return Taxation(tuple(taxes.values()), tuple(_net(line, unit) for line in lines))


def _percent(rates: Iterable[Rate]) -> Decimal:
    return sum((rate.percent for rate in rates), ZERO)


def _split_within(rates: tuple[Rate, ...], gross: Decimal, unit: Decimal) -> list[RateTax]:
    percent = _percent(rates)
    tax = to_unit(gross * percent / (HUNDRED + percent), unit)
    parts = spread(tax, [rate.percent for rate in rates], unit)
    return [RateTax(rate, gross - tax, part) for rate, part in zip(rates, parts, strict=True)]


def _net(line: TaxableLine, unit: Decimal) -> Decimal:
    return to_unit(line.amount * HUNDRED / (HUNDRED + _percent(line.rates)), unit)


def overridden(taxation: Taxation, amounts: dict[str, Decimal]) -> Taxation:
    """Replace the tax by ``amounts``, one by the id of each rate in use."""
    return Taxation(
        tuple(
            RateTax(part.rate, part.base, amounts[part.rate.id]) for part in taxation.by_rate
        ),
        taxation.nets,
    )


def fit_nets(nets: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """Correct the last non-zero net amount, so that they sum up to ``total``."""
    fitted = list(nets)
    off = total - sum(fitted, ZERO)
    for position in reversed(range(len(fitted))):
        if fitted[position]:
            fitted[position] += off
            break
    return fitted
