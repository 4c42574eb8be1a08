"""The reasons of refusals and failures: closed categories, and what a person can do.

A reason is made from its entry in a catalogue: `schemas/reasons.py` and
`schemas/contradictions.py` for what belongs to no provider, `providers/reasons.py` for what
several can say, `providers/<name>/reasons/` for the rest. The page docs/errors.md is made from
the same entries.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import ModuleType
from typing import Final

from schemas.afterwards import Afterwards

LONGEST_TEXT: Final = 2_000
"""The longest cause, fix or provider's code of a reason, in characters; longer ones are cut."""

PAGE: Final = "docs/errors.md"  # from the root of the repository; a heading for each code


class ErrorCategory(StrEnum):
    """The kind of error; safe as a metric label."""

    AUTH = "auth"  # the connection must be authorised again
    VALIDATION = "validation"  # the document, as it is, will not be accepted
    RATE_LIMIT = "rate_limit"  # too many calls; only time helps
    NETWORK = "network"  # no answer, or the provider has an outage
    SETTING = "setting"  # a person has to map, open or decide something
    INTERNAL = "internal"  # our own defect


class Solver(StrEnum):
    """The role that can remove the cause."""

    NOBODY = "nobody"  # the cause goes away with time
    TENANT_ADMIN = "tenant_admin"  # keeps the company's books
    PLATFORM = "platform"  # writes the document
    OPERATOR = "operator"  # runs the gateway


@dataclass(frozen=True, slots=True)
class Reason:
    """The reason why a document was held, retried, refused or skipped.

    Made by :meth:`ReasonCode.reason`, or read back from where it was stored. Its texts are cut
    to `LONGEST_TEXT`: they quote documents and answers, which may be of any length.

    Attributes:
        code: The stable code in snake case, such as ``number_taken``; safe as a metric label.
        category: The kind of error.
        cause: What happened, in one sentence, with field and value where they help.
        fix: What to do, in the imperative.
        solver: The role that can do it.
        provider_code: The provider's own error code or text, for support; may be empty.
    """

    code: str
    category: ErrorCategory
    cause: str
    fix: str
    solver: Solver = Solver.TENANT_ADMIN
    provider_code: str = ""

    def __post_init__(self) -> None:
        for name in ("cause", "fix", "provider_code"):
            object.__setattr__(self, name, _bounded(getattr(self, name)))

    @property
    def link(self) -> str:
        """Return the place where the code is explained."""
        return link_to(self.code)

    def as_dict(self) -> dict[str, str]:
        """Return the reason as plain JSON."""
        return {
            "code": self.code,
            "category": self.category.value,
            "cause": self.cause,
            "fix": self.fix,
            "solver": self.solver.value,
            "provider_code": self.provider_code,
            "link": self.link,
        }

    @classmethod
    def from_dict(cls, found: Mapping[str, str]) -> "Reason":
        """Return the reason that :meth:`as_dict` wrote."""
        return cls(
            code=found["code"],
            category=ErrorCategory(found["category"]),
            cause=found["cause"],
            fix=found["fix"],
            solver=Solver(found["solver"]),
            provider_code=found["provider_code"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCode:
    """One entry of a catalogue: a code, and everything that is said of it.

    Attributes:
        code: Stable, snake case, unique over all catalogues: ``number_taken``.
        category: The kind of trouble.
        solver: Who can remove the cause.
        cause: What happened, in one sentence; names details of the case in braces.
        fix: What to do, in the imperative; may name the same details.
        what: For the page: what happened, and why it mostly does.
        do: For the page: the steps, in their order.
        then: For the page: what happens afterwards.
    """

    code: str
    category: ErrorCategory
    solver: Solver
    cause: str
    fix: str
    what: str
    do: tuple[str, ...]
    then: Afterwards

    def reason(self, provider_code: str = "", /, **details: object) -> Reason:
        """Return the reason of one case.

        Args:
            provider_code: The provider's own words, for its support.
            details: The values of what ``cause`` and ``fix`` name in braces.

        Raises:
            KeyError: a detail is missing.
        """
        return Reason(
            code=self.code,
            category=self.category,
            cause=self.cause.format(**details),
            fix=self.fix.format(**details),
            solver=self.solver,
            provider_code=provider_code,
        )

    def reworded(
        self,
        *,
        cause: str,
        fix: str,
        category: ErrorCategory | None = None,
        solver: Solver | None = None,
    ) -> "ReasonCode":
        """Return the same code in the words of another situation; the page's words stay."""
        return replace(
            self,
            cause=cause,
            fix=fix,
            category=category or self.category,
            solver=solver or self.solver,
        )


def _bounded(text: str) -> str:
    """Return a text, cut and marked where it is too long."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def codes_in(*modules: ModuleType) -> tuple[ReasonCode, ...]:
    """Return the entries that these modules of a catalogue define, in their order."""
    return tuple(
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, ReasonCode)
    )


def link_to(code: str) -> str:
    """Return the place where a code is explained, from the root of the repository."""
    return f"{PAGE}#{code}"
