"""Random values for the simulated business: the same ones for the same seed."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from schemas.money import round_money

T = TypeVar("T")


class SeededRandom:
    """Draws random values from a seed; no secret depends on them."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311  simulated business, not a secret

    def chance(self, probability: float) -> bool:
        """Return ``True`` with this probability."""
        return self._random.random() < probability

    def between(self, least: int, most: int) -> int:
        """Draw a whole number; both ends are possible."""
        return self._random.randint(least, most)

    def one_of(self, choices: Sequence[T]) -> T:
        """Draw one."""
        return self._random.choice(choices)

    def some_of(self, choices: Sequence[T], count: int) -> list[T]:
        """Draw different ones, at most as many as there are."""
        return self._random.sample(choices, min(count, len(choices)))

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """Return the values in random order."""
        return self._random.sample(values, len(values))

    def quantity(self) -> Decimal:
        """Draw a quantity: mostly whole, sometimes hours in quarters, or measured."""
        whole = Decimal(self.between(1, 24))
        kind = self.between(1, 10)
        if kind <= 6:
            return whole
        if kind <= 9:
            return whole / 4
        return Decimal(self.between(1, 999_999)).scaleb(-self.between(4, 6))

    def price(self) -> Decimal:
        """Draw a price: mostly whole cents, sometimes of four decimals."""
        cents = Decimal(self.between(45, 48_000)) / 100
        return cents if self.chance(0.85) else cents + Decimal(self.between(1, 99)) / 10_000

    def part_of(self, amount: Decimal, currency: str) -> Decimal:
        """Draw a rounded part of an amount; all of it where it has no smaller part."""
        part = round_money(amount * self.between(20, 80) / 100, currency)
        return part if 0 < part < amount else amount
