"""Why something did not happen: closed categories, and a reason a person can act on."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PAGE: Final = "docs/errors.md"  # from the root of the repository; a heading for each code


class ErrorCategory(StrEnum):
    """What kind of trouble; safe as a metric label."""

    AUTH = "auth"  # the connection must be authorised again
    VALIDATION = "validation"  # the document, as it is, will not be accepted
    RATE_LIMIT = "rate_limit"  # too many calls; only time helps
    NETWORK = "network"  # no answer, or the provider is in trouble
    SETTING = "setting"  # a person must map, open or decide something
    INTERNAL = "internal"  # our own defect


class Solver(StrEnum):
    """Who can remove the cause."""

    NOBODY = "nobody"  # it passes by itself
    TENANT_ADMIN = "tenant_admin"
    PLATFORM = "platform"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a document was held, retried, refused or skipped, and what to do about it.

    Attributes:
        code: Stable, snake case, safe as a metric label: ``number_taken``.
        category: The kind of trouble.
        cause: What happened, in one sentence, with the field and value where it helps.
        fix: What to do, in the imperative.
        solver: Who can do it.
        provider_code: The provider's own error code or text, for support.
    """

    code: str
    category: ErrorCategory
    cause: str
    fix: str
    solver: Solver = Solver.TENANT_ADMIN
    provider_code: str = ""

    @property
    def link(self) -> str:
        """Where the code is explained: what it means, what to do, what happens then."""
        return link_to(self.code)

    def as_dict(self) -> dict[str, str]:
        """Give the reason as plain JSON."""
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
        """Read what :meth:`as_dict` wrote; the link is that of the code, whatever was kept."""
        return cls(
            code=value["code"],
            category=ErrorCategory(value["category"]),
            cause=value["cause"],
            fix=value["fix"],
            solver=Solver(value["solver"]),
            provider_code=value["provider_code"],
        )


def link_to(code: str) -> str:
    """Give where a code is explained, from the root of the repository."""
    return f"{PAGE}#{code}"
