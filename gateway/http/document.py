"""The OpenAPI document: what each route answers, its problems included, and how to get in."""

import re
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.http.answers import PROBLEM_CONTENT, ProblemDetails
from gateway.http.problem_codes import (
    BODY_TOO_LARGE,
    INTERNAL,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    MISSING_SCOPE,
    NOT_FOUND,
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    UNKNOWN_TENANT,
    UNREADABLE_BODY,
    WRONG_CONTENT_TYPE,
)
from gateway.http.problems import ProblemCode

Responses = dict[int | str, dict[str, Any]]

_ANYWHERE: Final = (
    UNAUTHORIZED,
    MISSING_SCOPE,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    BODY_TOO_LARGE,
    INVALID_REQUEST,
    TOO_MANY_REQUESTS,
    INTERNAL,
)
_WITH_BODY: Final = (UNREADABLE_BODY, WRONG_CONTENT_TYPE)
_KEY: Final = "key"
_DETAIL: Final = re.compile(r"\{[^}]*\}")

_ABOUT: Final = """\
The gateway between a platform's services and the ledgers of its customers.

Every refusal is a problem of RFC 9457: `code` is for programs, `cause` and `fix` for people,
and `errors` points to each part of the request that can't be used.

A list comes in pages: send its `next_cursor` as `cursor`, with the same filters, until it is
null. What is added meanwhile moves no page.

`RateLimit` tells how many calls the key has left.
"""


def refusals(*codes: ProblemCode) -> Responses:
    """Return the problems that a route answers of its own, as the document describes them."""
    found: Responses = {}
    for code in codes:
        status = code.status.value
        said = found.get(status, {}).get("description", "")
        line = f"`{code.code}`: {_shown(code.cause)}"
        found[status] = {
            "description": f"{said}\n\n{line}".strip(),
            "content": PROBLEM_CONTENT,
        }
    return found


def _shown(cause: str) -> str:
    """Return a cause without the names of its details, which mean nothing to readers."""
    return _DETAIL.sub("…", cause)


def describe(app: FastAPI) -> None:
    """Replace the framework's document of the app by one that tells every answer."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # as the framework's docs say


def _document(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title, version=app.version, description=_ABOUT, routes=app.routes
    )
    components = found.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(schema.pop("$defs", {}))
    components[ProblemDetails.__name__] = schema
    found["components"]["securitySchemes"] = {_KEY: {"type": "http", "scheme": "bearer"}}
    for path, operations in found["paths"].items():
        if path.startswith("/v1"):
            for operation in operations.values():
                _add_guards(operation, names_tenant="{tenant}" in path)
    return found


def _add_guards(operation: dict[str, Any], *, names_tenant: bool) -> None:
    """Add the key, and what a guarded route may answer beside what it says of its own."""
    operation["security"] = [{_KEY: []}]
    codes = [
        *_ANYWHERE,
        *((UNKNOWN_TENANT,) if names_tenant else ()),
        *(_WITH_BODY if "requestBody" in operation else ()),
    ]
    own: Mapping[str, Any] = operation["responses"]
    added = {str(status): one for status, one in refusals(*codes).items()}
    added["422"]["description"] = _both(added, own, "422")
    added["404"]["description"] = _both(added, own, "404")
    merged = {**own, **added}
    operation["responses"] = {status: merged[status] for status in sorted(merged)}


def _both(added: Mapping[str, Any], own: Mapping[str, Any], status: str) -> str:
    said: str = added[status]["description"]
    ours = own.get(status, {})
    if "application/problem+json" not in ours.get("content", {}):
        return said
    return f"{said}\n\n{ours['description']}"
