"""Answer what goes wrong in a route, expected or not, with a problem."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from gateway.http.problem_codes import (
    BODY_TOO_LARGE,
    INTERNAL,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNREADABLE_BODY,
)
from gateway.http.problems import Problem, ProblemCode, WrongPart
from gateway.http.request_bodies import LARGEST_BODY

log: Final = structlog.get_logger("http")

_CODES: Final[Mapping[int, ProblemCode]] = {
    one.status.value: one
    for one in (UNREADABLE_BODY, NOT_FOUND, METHOD_NOT_ALLOWED, BODY_TOO_LARGE)
}
_NO_JSON: Final = "json_invalid"  # what the framework calls a body that it can't parse


def answer_with_problems(app: FastAPI) -> None:
    """Answer every error of this app, expected or not, with a problem."""
    app.add_exception_handler(Problem, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(Exception, _failed)


def _refused(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, Problem)  # noqa: S101  registered for no other
    return exc.answer()


def _invalid(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)  # noqa: S101  registered for no other
    if any(error["type"] == _NO_JSON for error in exc.errors()):
        return UNREADABLE_BODY.problem().answer()
    wrong = [_wrong_part(error) for error in exc.errors()]
    names = ", ".join(f"{one.location} {one.pointer}" for one in wrong)
    return INVALID_REQUEST.problem(wrong=wrong, names=names).answer()


def _wrong_part(error: Mapping[str, Any]) -> WrongPart:
    location, *path = error["loc"]
    return WrongPart(str(location), pointer_to(path), error["msg"])


def pointer_to(path: Sequence[str | int]) -> str:
    """Return the JSON pointer to a place, as a fragment; what is no text in it is replaced."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    pointer = "".join(f"/{step}" for step in steps)
    return "#" + pointer.encode(errors="replace").decode()


def _not_served(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101  registered for no other
    known = _CODES.get(exc.status_code)
    if known is None:  # nothing of ours raises it, so it is looked for in the log
        log.error("http.unknown_refusal", status=exc.status_code, detail=exc.detail)
        return INTERNAL.problem().answer()
    return known.problem(headers=exc.headers, most=LARGEST_BODY).answer()


def _failed(request: Request, exc: Exception) -> Response:
    log.error("http.failed", path=request.url.path, exc_info=exc)
    return INTERNAL.problem().answer()
