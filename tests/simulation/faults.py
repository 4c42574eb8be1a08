"""Everything that goes wrong in a world, drawn from its seed before it begins."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Final

TROUBLED_S: Final = 60.0
THROTTLED: Final = 0.01


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when something is so, in seconds."""

    begin: float
    end: float

    def covers(self, moment: float) -> bool:
        """Whether a moment falls into it."""
        return self.begin <= moment < self.end


@dataclass
class Weather:
    """When what is out of reach, and how often small things fail.

    Attributes:
        failing: How often a call fails,
        slow: and how often it takes long.
        refused: How often a commit of offsets is refused.
        unsure: How often the store's answer to a commit is lost.
    """

    random: Random
    broker: list[Span] = field(default_factory=list)
    store: list[Span] = field(default_factory=list)
    provider: list[Span] = field(default_factory=list)
    failing: float = 0.08
    slow: float = 0.03
    refused: float = 0.0
    unsure: float = 0.0

    @classmethod
    def drawn(cls, random: Random, *, thrown_out: bool) -> "Weather":
        """Draw the weather of a world; in some, members are thrown out of their group."""
        rough = random.random() < 0.7
        return cls(
            random,
            broker=_spans(random, 2, 6.0),
            store=_spans(random, 2, 6.0),
            provider=_spans(random, 2, 15.0),
            failing=random.choice([0.02, 0.1, 0.3]),
            slow=random.choice([0.01, 0.1]),
            refused=0.1 if rough and thrown_out else 0.0,
            unsure=0.01 if rough else 0.0,
        )

    def broker_away(self) -> bool:
        """Whether no broker answers now."""
        return _any(self.broker)

    def store_away(self) -> bool:
        """Whether the store does not answer now."""
        return _any(self.store)

    def provider_away(self) -> bool:
        """Whether the provider is out of order now."""
        return _any(self.provider)

    def fails_call(self) -> bool:
        """Whether this call of the provider fails."""
        return self.troubled and self.random.random() < self.failing

    def slows_call(self) -> bool:
        """Whether this call of the provider takes long."""
        return self.troubled and self.random.random() < self.slow

    def throttles(self) -> bool:
        """Whether the provider asks for a pause for a reason of its own."""
        return self.troubled and self.random.random() < THROTTLED

    def refuses_commit(self) -> bool:
        """Whether this commit of offsets is refused."""
        return self.troubled and self.random.random() < self.refused

    def loses_answer(self) -> bool:
        """Whether the store's answer to this commit is lost."""
        return self.troubled and self.random.random() < self.unsure

    @property
    def troubled(self) -> bool:
        """Whether faults still happen."""
        return asyncio.get_running_loop().time() < TROUBLED_S


def _spans(random: Random, most: int, longest_s: float) -> list[Span]:
    begins = [random.uniform(0, TROUBLED_S) for _ in range(random.randint(0, most))]
    return [Span(b, min(TROUBLED_S, b + random.uniform(0.1, longest_s))) for b in begins]


def _any(spans: list[Span]) -> bool:
    now = asyncio.get_running_loop().time()
    return any(span.covers(now) for span in spans)
