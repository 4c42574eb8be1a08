"""Faults that a simulator throws on purpose: which request gets which, decided by rules.

A rule is a kind of fault and a selector. Deciding is pure: a rule, how often it was matched
and thrown, and the request's facts go in; whether it strikes and the new counts come out.
`FaultMenu` keeps the counts; `fault_edge.py` carries the fault out at the HTTP edge.
"""

import asyncio
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FaultKind(StrEnum):
    """What goes wrong. "After" kinds do the work first: the write is done, the answer lost."""

    RATE_LIMITED = "rate_limited"
    """429 in the provider's shape."""
    SERVER_ERROR = "server_error"
    """500 before anything is done."""
    UNAVAILABLE = "unavailable"
    """503 before anything is done."""
    BAD_GATEWAY = "bad_gateway"
    """502 in a proxy's HTML before anything is done, alike at every provider."""
    GATEWAY_TIMEOUT = "gateway_timeout"
    """504 before anything is done."""
    SERVER_ERROR_AFTER = "server_error_after_commit"
    """500, and the work is done."""
    GATEWAY_TIMEOUT_AFTER = "gateway_timeout_after_commit"
    """504, and the work is done."""
    DROP_BEFORE = "drop_before_commit"
    """The connection is closed without an answer, nothing is done."""
    DROP_AFTER = "drop_after_commit"
    """The connection is closed without an answer, and the work is done."""
    SLOW = "slow"
    """The work waits for ``slow_ms``, or until the rule is removed; adds to the others."""
    EXPIRE_TOKEN = "expire_token"  # noqa: S105 - the name of a fault
    """The access token that the request carries ends now: 401."""
    FAULT_IN_200 = "fault_in_200"
    """A fault in the body of an answer with status 200."""
    CENT_MORE = "cent_more"
    """The work is done, and every total in the answer is one cent more than in the books."""


AFTER_COMMIT = frozenset(
    {FaultKind.SERVER_ERROR_AFTER, FaultKind.GATEWAY_TIMEOUT_AFTER, FaultKind.DROP_AFTER}
)


class FaultRule(BaseModel):
    """When a fault is thrown. Every selector that is set must agree; none set means always.

    Attributes:
        name: Unique name of the rule; statistics count by it.
        kind: What goes wrong.
        method: HTTP method that a request must have.
        path: Regular expression that must be found in ``path?query``.
        realm: Company or organisation id; a request that names none never matches.
        nth: Number, from 1, of the only matching request that the rule strikes.
        every: The rule strikes each time this many matching requests have come.
        probability: Chance, from 0 to 1, that a matching request is struck.
        seed: Start of the random numbers behind ``probability``: the same seed and the same
            requests give the same faults.
        at_most: The most requests that the rule strikes before it rests for good.
        slow_ms: Milliseconds that `SLOW` adds to an answer, at most.
        retry_after_s: Seconds that a 429 or 503 announces; the provider's default when
            absent.
        problem: Which limit a 429 names, where the provider names one (Xero: ``minute``,
            ``day``, ``concurrent``, ``appminute``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: FaultKind
    method: str | None = None
    path: str | None = None
    realm: str | None = None
    nth: int | None = Field(default=None, ge=1)
    every: int | None = Field(default=None, ge=1)
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0
    at_most: int | None = Field(default=None, ge=0)
    slow_ms: int = Field(default=0, ge=0)
    retry_after_s: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a rule may look at.

    Attributes:
        method: HTTP method, in capitals.
        target: Path with its query string.
        realm: Company or organisation that the request names; None when it names none.
    """

    method: str
    target: str
    realm: str | None


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What a rule has seen and done so far.

    Attributes:
        matched: Number of requests that fitted the rule's method, path and realm.
        thrown: Number of those that the rule struck.
    """

    matched: int = 0
    thrown: int = 0


def fits(rule: FaultRule, request: RequestFacts) -> bool:
    """Return whether the rule is about this request at all, whatever the counts say."""
    return (
        (rule.method is None or rule.method.upper() == request.method)
        and (rule.realm is None or rule.realm == request.realm)
        and (rule.path is None or re.search(rule.path, request.target) is not None)
    )


def strikes(rule: FaultRule, count: RuleCount) -> bool:
    """Return whether the rule strikes the request that was the ``count.matched``-th to fit."""
    if rule.at_most is not None and count.thrown >= rule.at_most:
        return False
    if rule.nth is not None and count.matched != rule.nth:
        return False
    if rule.every is not None and count.matched % rule.every:
        return False
    if rule.probability >= 1:
        return True
    # Drawn from the count, not from a stream: other rules and other requests change nothing.
    draw = random.Random(f"{rule.seed}:{rule.name}:{count.matched}")  # noqa: S311 - repeatable, not a secret
    return draw.random() < rule.probability


def decide(rule: FaultRule, count: RuleCount, request: RequestFacts) -> tuple[bool, RuleCount]:
    """Return whether ``rule`` strikes ``request``, and the counts afterwards."""
    if not fits(rule, request):
        return False, count
    count = replace(count, matched=count.matched + 1)
    if not strikes(rule, count):
        return False, count
    return True, replace(count, thrown=count.thrown + 1)


@dataclass(frozen=True, slots=True)
class Delay:
    """What one rule delays a request by.

    Attributes:
        longest_s: Seconds after which the request goes on, whatever becomes of the rule.
        lifted: Set when the rule is taken out of force; the request goes on then.
    """

    longest_s: float
    lifted: asyncio.Event


@dataclass(frozen=True, slots=True)
class Drawn:
    """What strikes one request.

    Attributes:
        delays: What delays the request, one after the other.
        fault: The rule whose fault is thrown; None for no fault.
    """

    delays: tuple[Delay, ...] = ()
    fault: FaultRule | None = None


@dataclass(slots=True)
class _InForce:
    """A rule in force, what it has done, and what is set when it is no longer in force."""

    rule: FaultRule
    count: RuleCount = RuleCount()
    lifted: asyncio.Event = field(default_factory=asyncio.Event)


class FaultMenu:
    """The rules in force, in order, and what they have done."""

    def __init__(self, rules: Iterable[FaultRule] = ()) -> None:
        self._in_force: dict[str, _InForce] = {}
        for rule in rules:
            self.add(rule)

    def add(self, rule: FaultRule) -> None:
        """Put ``rule`` in force; one of the same name is replaced and counts from zero."""
        if replaced := self._in_force.get(rule.name):
            replaced.lifted.set()
        self._in_force[rule.name] = _InForce(rule)

    def remove(self, name: str) -> None:
        """Take a rule out of force, its counts with it; an unknown name changes nothing."""
        if removed := self._in_force.pop(name, None):
            removed.lifted.set()

    def clear(self) -> None:
        """Take every rule out of force."""
        for name in tuple(self._in_force):
            self.remove(name)

    def draw(self, request: RequestFacts) -> Drawn:
        """Return what strikes ``request``, and count it.

        Delays add up. Of the other kinds the first rule that strikes wins; the later ones do
        not see the request.
        """
        delays: list[Delay] = []
        for one in self._in_force.values():
            struck, one.count = decide(one.rule, one.count, request)
            if not struck:
                continue
            if one.rule.kind is not FaultKind.SLOW:
                return Drawn(tuple(delays), one.rule)
            delays.append(Delay(one.rule.slow_ms / 1000, one.lifted))
        return Drawn(tuple(delays))

    @property
    def rules(self) -> Sequence[FaultRule]:
        """The rules in force, in order."""
        return tuple(one.rule for one in self._in_force.values())

    def describe(self) -> dict[str, dict[str, Any]]:
        """Return kind and counts by rule name, as the statistics show them."""
        return {
            name: {
                "kind": one.rule.kind,
                "matched": one.count.matched,
                "thrown": one.count.thrown,
            }
            for name, one in self._in_force.items()
        }
