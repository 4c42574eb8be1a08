"""Every refusal of the API as `application/problem+json`.

Source: RFC 9457, with members of our own: what a program reads (`code`, `category`, `solver`,
`errors`), what a person reads (`cause`, `fix`), and what a provider said (`provider`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import Response
from fastapi.responses import JSONResponse

from schemas.errors import ErrorCategory, Reason, Solver
from schemas.ids import ProviderName

MEDIA_TYPE: Final = "application/problem+json"
PAGE: Final = "/docs"
"""Where the API explains itself; the heading of each code is there."""


@dataclass(frozen=True, slots=True)
class WrongPart:
    """One part of a request that can't be used.

    Attributes:
        location: Where it is: ``body``, ``query``, ``path`` or ``header``.
        pointer: The JSON pointer to it in there, as a fragment: ``#/note``. RFC 6901.
        detail: What to send instead.
    """

    location: str
    pointer: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemCode:
    """One entry of the table of problems: a code, and everything that is said of it.

    Attributes:
        code: Stable, snake case, unique in the table: ``task_closed``.
        status: The status of the answer.
        category: The kind of trouble.
        solver: Who can remove the cause; the platform is whoever calls.
        cause: What is wrong, in one sentence; names details of the case in braces.
        fix: What to do, in the imperative; may name the same details.
    """

    code: str
    status: HTTPStatus
    category: ErrorCategory = ErrorCategory.VALIDATION
    solver: Solver = Solver.PLATFORM
    cause: str
    fix: str

    def problem(
        self,
        *,
        wrong: Sequence[WrongPart] = (),
        headers: Mapping[str, str] | None = None,
        **details: object,
    ) -> "Problem":
        """Return the problem of one case.

        Args:
            wrong: The parts of the request that are meant.
            headers: Headers of the answer.
            details: The values of what ``cause`` and ``fix`` name in braces.

        Raises:
            KeyError: a detail is missing.
        """
        reason = {
            "code": self.code,
            "category": self.category.value,
            "cause": self.cause.format(**details),
            "fix": self.fix.format(**details),
            "solver": self.solver.value,
        }
        return Problem(self.status, reason, wrong=wrong, headers=headers)


class Problem(Exception):
    """An expected refusal, which is not logged as an error."""

    def __init__(
        self,
        status: HTTPStatus,
        reason: Mapping[str, str],
        *,
        wrong: Sequence[WrongPart] = (),
        provider: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status.value} {reason['code']}: {reason['cause']}")
        self.status = status
        self._reason = reason
        self._wrong = wrong
        self._provider = provider
        self._headers = headers

    def answer(self) -> Response:
        """Return the problem as a response."""
        code, cause, fix = (self._reason[name] for name in ("code", "cause", "fix"))
        body = {
            "type": f"{PAGE}#{code}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": f"{cause} {fix}",
            "code": code,
            "category": self._reason["category"],
            "cause": cause,
            "fix": fix,
            "solver": self._reason["solver"],
            "errors": [
                {"location": one.location, "pointer": one.pointer, "detail": one.detail}
                for one in self._wrong
            ],
            "provider": self._provider,
        }
        return JSONResponse(
            body,
            status_code=self.status.value,
            headers=self._headers,
            media_type=MEDIA_TYPE,
        )


def problem_of(
    reason: Reason, status: HTTPStatus, *, provider: ProviderName | None = None
) -> Problem:
    """Return the problem that a reason of the catalogues is.

    Args:
        provider: The provider that gave the reason; ``None`` for our own.
    """
    refused = {"name": provider, "code": reason.provider_code} if provider else None
    return Problem(status, reason.as_dict(), provider=refused)
