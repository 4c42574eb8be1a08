"""The reasons of refusals and failures: closed categories, and what a person can do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

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
    TENANT_ADMIN = "tenant_admin"
    PLATFORM = "platform"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Reason:
    """The reason why a document was held, retried, refused or skipped.

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
    def from_dict(cls, value: dict[str, str]) -> "Reason":
        """Return the reason that :meth:`as_dict` wrote; the stored link is ignored."""
        return cls(
            code=value["code"],
            category=ErrorCategory(value["category"]),
            cause=value["cause"],
            fix=value["fix"],
            solver=Solver(value["solver"]),
            provider_code=value["provider_code"],
        )


def link_to(code: str) -> str:
    """Return the place where a code is explained, from the root of the repository."""
    return f"{PAGE}#{code}"
