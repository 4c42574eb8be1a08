"""Every refusal of the API as `application/problem+json`.

Source: RFC 9457, with the member ``code`` for programs to read.
"""

from http import HTTPStatus
from typing import Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

MEDIA_TYPE: Final = "application/problem+json"

log: Final = structlog.get_logger("http")

_CODES: Final = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
}


class Problem(Exception):
    """An expected refusal, which is not logged as an error."""

    def __init__(self, status: HTTPStatus, code: str, detail: str) -> None:
        super().__init__(f"{status.value} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


def answer(status: HTTPStatus, code: str, detail: str) -> Response:
    """Return a problem as a response."""
    return JSONResponse(
        {
            "type": "about:blank",
            "title": status.phrase,
            "status": status.value,
            "code": code,
            "detail": detail,
        },
        status_code=status.value,
        media_type=MEDIA_TYPE,
    )


def answer_with_problems(app: FastAPI) -> None:
    """Answer every error of this app, expected or not, with a problem."""
    app.add_exception_handler(Problem, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(Exception, _failed)


def _refused(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, Problem)  # noqa: S101  registered for no other
    return answer(exc.status, exc.code, exc.detail)


def _invalid(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)  # noqa: S101  registered for no other
    wrong = "; ".join(
        f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
        for error in exc.errors()
    )
    return answer(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", wrong)


def _not_served(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101  registered for no other
    status = HTTPStatus(exc.status_code)
    answered = answer(status, _CODES.get(status, "http_error"), status.description)
    answered.headers.update(exc.headers or {})
    return answered


def _failed(request: Request, exc: Exception) -> Response:
    log.error("http.failed", path=request.url.path, exc_info=exc)
    return answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "The gateway failed; its log says why. The request may be repeated.",
    )
