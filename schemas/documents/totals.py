"""What the lines of a document come to: the only place where totals are computed.

A line is quantity times unit price, less its discount, rounded half up to the currency; the
document's discount is shared out to the lines: a percentage takes that part of each, an amount
is shared in proportion; tax is computed for each line and rounded. Where the platform states
figures of its own, these count: see :class:`Stated`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, NamedTuple

from schemas.currencies import smallest_amount
from schemas.documents.lines import Discount, Line, TaxMode, TaxTotal
from schemas.money import EXACT, ZERO, allocate, fit, percent_of, product, round_money

LARGEST_LINE: Final = Decimal("9999999999999.99")


@dataclass(frozen=True, slots=True)
class LineTotals:
    """The figures of one line, rounded to the currency.

    Attributes:
        extended: The quantity times the unit price.
        discount: The line's own discount.
        shared_discount: The line's share of the document's discount.
        net: The amount without tax, after both discounts.
        tax: The tax on the net amount.
        rounding: What was added so that the document comes to the total that the platform
            states; mostly 0.
    """

    extended: Decimal
    discount: Decimal
    shared_discount: Decimal
    net: Decimal
    tax: Decimal
    rounding: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """Return the amount after both discounts, with tax if the mode is inclusive."""
        return self.extended - self.discount - self.shared_discount + self.rounding

    @property
    def gross(self) -> Decimal:
        """Return the amount with tax, after both discounts."""
        return self.net + self.tax

    def without_rounding(self) -> "LineTotals":
        """Return the figures where the rounding has a line of its own."""
        return replace(self, net=self.net - self.rounding, rounding=ZERO)


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a document, rounded to its currency.

    Attributes:
        lines: The figures of each line, in order.
        discount: The document's discount.
        net: The sum without tax.
        tax: The sum of the tax.
    """

    lines: tuple[LineTotals, ...]
    discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """Return the total with tax."""
        return self.net + self.tax

    @property
    def rounding(self) -> Decimal:
        """Return what was added to the lines to come to the stated total; it has no tax."""
        return sum((line.rounding for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class Stated:
    """The figures that the platform states of a whole document, beside those of its lines.

    They count, as the customer was sent them: platforms round the tax of each line, of each
    rate, or of the document. A figure that differs from what the lines come to by no more than
    roundings explain is placed on the lines; the wider one wins where two differ. One that
    differs by more is refused. Roundings explain half of the currency's smallest amount for
    each line and each rate, and the smallest amount at least.

    Attributes:
        by_rate: The tax for each code and rate; empty where it is not stated.
        tax: The tax of the document; None where it is not stated.
        total: The total with tax; None where it is not stated.
    """

    by_rate: Sequence[TaxTotal] = ()
    tax: Decimal | None = None
    total: Decimal | None = None

    @property
    def says_something(self) -> bool:
        """Whether any figure is stated."""
        return bool(self.by_rate) or self.tax is not None or self.total is not None


class _Amounts(NamedTuple):
    """An amount for each line, before and after it is rounded."""

    rounded: Sequence[Decimal]
    exact: Sequence[Decimal]


def totals(
    lines: Sequence[Line],
    mode: TaxMode,
    currency: str,
    discount: Discount | None = None,
    stated: Stated | None = None,
) -> Totals:
    """Return every figure of a document.

    Raises:
        ValueError: a line is larger than any ledger takes, or a stated figure differs from the
            lines by more than roundings explain; both are named.
    """
    parts = _parts(lines, mode, currency, discount, stated)
    amounts, taxes = parts.amounts, parts.taxes
    figures = tuple(
        LineTotals(
            extended=parts.extended[i],
            discount=parts.own[i],
            shared_discount=parts.shares[i],
            net=amounts[i] - taxes[i] if mode is TaxMode.INCLUSIVE else amounts[i],
            tax=taxes[i],
            rounding=amounts[i] - parts.plain[i],
        )
        for i in range(len(lines))
    )
    return Totals(
        lines=figures,
        discount=parts.discount,
        net=sum((f.net for f in figures), ZERO),
        tax=sum((f.tax for f in figures), ZERO),
    )


def total(
    lines: Sequence[Line],
    mode: TaxMode,
    currency: str,
    discount: Discount | None = None,
    stated: Stated | None = None,
) -> Decimal:
    """Return the total of :func:`totals` alone, which is all that reading a document needs.

    Raises:
        ValueError: as there.
    """
    if _lines_say_all(lines, discount, stated):
        # Most documents are so, and each that is read comes here: nothing is shared out.
        amounts = [_extended(line, currency) for line in lines]
        amount = sum(amounts, ZERO)
        if mode is not TaxMode.EXCLUSIVE:
            return amount
        return amount + sum(_taxes(lines, amounts, mode, currency), ZERO)
    parts = _parts(lines, mode, currency, discount, stated)
    amount = sum(parts.amounts, ZERO)
    return amount if mode is TaxMode.INCLUSIVE else amount + sum(parts.taxes, ZERO)


def _lines_say_all(
    lines: Sequence[Line], discount: Discount | None, stated: Stated | None
) -> bool:
    """Return whether there is neither a discount nor a stated figure, of document or line."""
    if discount is not None or (stated is not None and stated.says_something):
        return False
    return not any(line.discount or line.tax_amount is not None for line in lines)


class _Parts(NamedTuple):
    """The figures of all lines, each in the order of the lines; and the document's discount."""

    extended: Sequence[Decimal]
    own: Sequence[Decimal]
    shares: Sequence[Decimal]
    plain: Sequence[Decimal]
    amounts: Sequence[Decimal]
    taxes: Sequence[Decimal]
    discount: Decimal


def _parts(
    lines: Sequence[Line],
    mode: TaxMode,
    currency: str,
    discount: Discount | None,
    stated: Stated | None,
) -> _Parts:
    extended = [_extended(line, currency) for line in lines]
    own = [
        line.discount.of(amount, currency) if line.discount else ZERO
        for line, amount in zip(lines, extended, strict=True)
    ]
    after_own = [amount - less for amount, less in zip(extended, own, strict=True)]
    whole = discount.of(sum(after_own, ZERO), currency) if discount else ZERO
    shares = _shares(discount, whole, after_own, currency)
    plain = [amount - share for amount, share in zip(after_own, shares, strict=True)]
    settled = _Settlement(lines, mode, currency, stated or Stated())
    exact: list[Decimal] = []
    if settled.stated.total is not None:  # else nothing is fitted by it
        exact = [
            EXACT.subtract(product(line.quantity, line.unit_price), own[i] + shares[i])
            for i, line in enumerate(lines)
        ]
    amounts, taxes = settled.of(_Amounts(plain, exact))
    return _Parts(extended, own, shares, plain, amounts, taxes, whole)


def _shares(
    discount: Discount | None, whole: Decimal, amounts: Sequence[Decimal], currency: str
) -> Sequence[Decimal]:
    """Return the part of the document's discount that each amount has.

    A percentage is taken of each: where amounts of both signs come to little or nothing, the
    discount on their sum is rounded to what is no such part of them.
    """
    if discount is not None and discount.percent is not None:
        exact = [percent_of(amount, discount.percent) for amount in amounts]
        return fit(whole, [round_money(share, currency) for share in exact], exact, currency)
    if whole:
        return allocate(whole, amounts, currency)
    return [round_money(ZERO, currency)] * len(amounts)


def _extended(line: Line, currency: str) -> Decimal:
    amount = round_money(product(line.quantity, line.unit_price), currency)
    if not -LARGEST_LINE <= amount <= LARGEST_LINE:
        raise ValueError(f"line {line.id} comes to {amount}, more than {LARGEST_LINE}")
    return amount


@dataclass(frozen=True, slots=True)
class _Settlement:
    """Brings amounts and tax of the lines to what the platform states."""

    lines: Sequence[Line]
    mode: TaxMode
    currency: str
    stated: Stated

    def of(self, amounts: _Amounts) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        """Return the amount and the tax of each line."""
        total = self.stated.total
        if total is None and not self._tax_is_stated():
            rounded = amounts.rounded
            return rounded, _taxes(self.lines, rounded, self.mode, self.currency)
        if self.mode is not TaxMode.EXCLUSIVE:
            rounded = self._fitted("total", total, amounts)
            return rounded, self._taxes(rounded).rounded
        taxes = self._taxes(amounts.rounded)
        # Of a total alone it is not known what was rounded: mostly it is the tax.
        if any(taxes.exact) and not self._tax_is_stated():
            rest = sum(amounts.rounded, ZERO)
            return amounts.rounded, self._fitted("total", total, taxes, rest=rest)
        rest = sum(taxes.rounded, ZERO)
        return self._fitted("total", total, amounts, rest=rest), taxes.rounded

    def _tax_is_stated(self) -> bool:
        by_line = any(line.tax_amount is not None for line in self.lines)
        return by_line or bool(self.stated.by_rate) or self.stated.tax is not None

    def _taxes(self, amounts: Sequence[Decimal]) -> _Amounts:
        exact = [
            _tax(amount, line.tax_rate, self.mode)
            for amount, line in zip(amounts, self.lines, strict=True)
        ]
        taxes = _Amounts([self._tax_of_line(i, tax) for i, tax in enumerate(exact)], exact)
        by_rate = self._fitted_by_rate(taxes)
        return _Amounts(self._fitted("tax_total", self.stated.tax, by_rate), exact)

    def _tax_of_line(self, i: int, exact: Decimal) -> Decimal:
        rounded, said = round_money(exact, self.currency), self.lines[i].tax_amount
        if said is None:
            return rounded
        own = _Amounts([rounded], [exact])
        return self._fitted(f"lines.{i}.tax_amount", said, own, of=[self.lines[i]])[0]

    def _fitted_by_rate(self, taxes: _Amounts) -> _Amounts:
        if not self.stated.by_rate:
            return taxes
        fitted = list(taxes.rounded)
        for i, members in enumerate(self._lines_by_rate(taxes)):
            part = _Amounts(
                [taxes.rounded[n] for n in members], [taxes.exact[n] for n in members]
            )
            said, of = self.stated.by_rate[i].amount, [self.lines[n] for n in members]
            placed = self._fitted(f"tax_totals.{i}.amount", said, part, of=of)
            for n, tax in zip(members, placed, strict=True):
                fitted[n] = tax
        return _Amounts(fitted, taxes.exact)

    def _lines_by_rate(self, taxes: _Amounts) -> Sequence[Sequence[int]]:
        """Return the positions of the lines that each stated tax of a rate is about.

        Raises:
            ValueError: a rate is named twice, or the rate of a taxed line is not named.
        """
        found: dict[tuple[str, Decimal], list[int]] = {}
        for one in self.stated.by_rate:
            if (one.tax_code, one.tax_rate) in found:
                raise ValueError(f"tax_totals name {_rate(one)} twice; add the amounts up")
            found[one.tax_code, one.tax_rate] = []
        for i, line in enumerate(self.lines):
            own, any_code = (line.tax_code, line.tax_rate), ("", line.tax_rate)
            members = found.get(own, found.get(any_code))
            if members is not None:
                members.append(i)
            elif taxes.exact[i]:
                raise ValueError(f"tax_totals name no tax of {_rate(line)}; add it")
        return list(found.values())

    def _fitted(
        self,
        field: str,
        said: Decimal | None,
        amounts: _Amounts,
        *,
        rest: Decimal = ZERO,
        of: Sequence[Line] | None = None,
    ) -> Sequence[Decimal]:
        """Return the amounts of lines so that, with the rest, they come to what is said.

        Raises:
            ValueError: roundings do not explain the difference.
        """
        found = rest + sum(amounts.rounded, ZERO)
        if said is None or said == found:
            return amounts.rounded
        differs = f"{field} says {said}, but the lines come to {found}"
        if not any(amounts.exact):
            what = "an amount" if field == "total" else "tax by its tax_rate and the tax_mode"
            raise ValueError(f"{differs}, and no line has {what}")
        explained = self._tolerance(of or self.lines)
        if abs(said - found) > explained:
            raise ValueError(
                f"{differs}, and roundings explain a difference of {explained:f} at most"
            )
        return fit(said - rest, amounts.rounded, amounts.exact, self.currency)

    def _tolerance(self, lines: Sequence[Line]) -> Decimal:
        rates = {(line.tax_code, line.tax_rate) for line in lines if line.tax_rate}
        halves = max(len(lines) + len(rates), 2)
        return smallest_amount(self.currency) * halves / 2


def _taxes(
    lines: Sequence[Line], amounts: Sequence[Decimal], mode: TaxMode, currency: str
) -> Sequence[Decimal]:
    """Return the tax of each line where the platform states nothing of it."""
    if mode is TaxMode.NONE:
        return [round_money(ZERO, currency)] * len(amounts)
    return [
        round_money(_tax(amount, line.tax_rate, mode), currency)
        for amount, line in zip(amounts, lines, strict=True)
    ]


def _tax(amount: Decimal, rate: Decimal, mode: TaxMode) -> Decimal:
    """Return the tax in or on an amount, exact."""
    if mode is TaxMode.NONE:
        return ZERO
    if mode is TaxMode.INCLUSIVE:
        return EXACT.divide(EXACT.multiply(amount, rate), EXACT.add(rate, Decimal(100)))
    return percent_of(amount, rate)


def _rate(of: Line | TaxTotal) -> str:
    return f"code {of.tax_code!r} at {of.tax_rate} %" if of.tax_code else f"{of.tax_rate} %"
