"""The table of problems: every code that the API itself refuses a request with.

What a record or a provider is refused for has its reasons in `schemas/reasons.py` and
`providers/`; a problem takes those over as they are.
"""

from http import HTTPStatus
from typing import Final

from gateway.http.problems import ProblemCode
from schemas.errors import ErrorCategory, Solver

UNREADABLE_BODY: Final = ProblemCode(
    code="unreadable_body",
    status=HTTPStatus.BAD_REQUEST,
    cause="The body is no JSON in UTF-8.",
    fix="Send one JSON object.",
)
STATE_NOT_KNOWN: Final = ProblemCode(
    code="state_not_known",
    status=HTTPStatus.BAD_REQUEST,
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The `state` is none that waits for an answer: it was altered, used before, or never "
    "given out.",
    fix="Begin again at the address that the platform gave.",
)
FOREIGN_BROWSER: Final = ProblemCode(
    code="foreign_browser",
    status=HTTPStatus.BAD_REQUEST,
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The `state` was given to another browser.",
    fix="Go on in the browser in which the consent was begun, or begin again.",
)
CONSENT_EXPIRED: Final = ProblemCode(
    code="consent_expired",
    status=HTTPStatus.BAD_REQUEST,
    category=ErrorCategory.AUTH,
    solver=Solver.TENANT_ADMIN,
    cause="The `state` waits no longer: the consent took more than its ten minutes.",
    fix="Begin again at the address that the platform gave.",
)
UNAUTHORIZED: Final = ProblemCode(
    code="unauthorized",
    status=HTTPStatus.UNAUTHORIZED,
    category=ErrorCategory.AUTH,
    cause="The request has no key, or one that opens nothing.",
    fix="Send a key that is neither revoked nor expired as `Authorization: Bearer <key>`.",
)
MISSING_SCOPE: Final = ProblemCode(
    code="missing_scope",
    status=HTTPStatus.FORBIDDEN,
    category=ErrorCategory.AUTH,
    cause="The key lacks the scope `{scope}`.",
    fix="Use one that was made with it.",
)
NOT_FOUND: Final = ProblemCode(
    code="not_found",
    status=HTTPStatus.NOT_FOUND,
    cause="Nothing is served at this path.",
    fix="Compare the path with those of `/openapi.json`.",
)
UNKNOWN_PROVIDER: Final = ProblemCode(
    code="unknown_provider",
    status=HTTPStatus.NOT_FOUND,
    cause="There is no provider {provider!r}.",
    fix="Name one of: {known}.",
)
UNKNOWN_TENANT: Final = ProblemCode(
    code="unknown_tenant",
    status=HTTPStatus.NOT_FOUND,
    cause="There is no tenant {tenant!r}.",
    fix="Name the tenant of the key.",
)
UNKNOWN_TASK: Final = ProblemCode(
    code="unknown_task",
    status=HTTPStatus.NOT_FOUND,
    cause="There is no task {task}.",
    fix="Take the id from the list of tasks.",
)
UNKNOWN_RUN: Final = ProblemCode(
    code="unknown_run",
    status=HTTPStatus.NOT_FOUND,
    cause="The tenant has no run {run}.",
    fix="Take the id from the list of runs.",
)
UNKNOWN_CONNECTION: Final = ProblemCode(
    code="unknown_connection",
    status=HTTPStatus.NOT_FOUND,
    cause="The tenant has no connection {connection}.",
    fix="Take the id from the list of connections.",
)
UNKNOWN_CONNECT_SESSION: Final = ProblemCode(
    code="unknown_connect_session",
    status=HTTPStatus.NOT_FOUND,
    cause="There is no connect session {session}.",
    fix="Open one by `POST /v1/connect-sessions`.",
)
METHOD_NOT_ALLOWED: Final = ProblemCode(
    code="method_not_allowed",
    status=HTTPStatus.METHOD_NOT_ALLOWED,
    cause="The path does not take this method.",
    fix="Use one that the header `Allow` names.",
)
TASK_CLOSED: Final = ProblemCode(
    code="task_closed",
    status=HTTPStatus.CONFLICT,
    cause="The task is closed already; nothing was tried again.",
    fix="Leave it: its record has come to rest.",
)
ALREADY_CONNECTED: Final = ProblemCode(
    code="already_connected",
    status=HTTPStatus.CONFLICT,
    cause="{said}.",
    fix="Disconnect it first, or send `replace`.",
)
BODY_TOO_LARGE: Final = ProblemCode(
    code="body_too_large",
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    cause="The body is larger than {most} bytes.",
    fix="Send less at once.",
)
WRONG_CONTENT_TYPE: Final = ProblemCode(
    code="wrong_content_type",
    status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    cause="The body is not said to be JSON.",
    fix="Send it as `Content-Type: application/json`.",
)
INVALID_REQUEST: Final = ProblemCode(
    code="invalid_request",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    cause="These can't be used: {names}.",
    fix="Correct each as `errors` says of it.",
)
UNKNOWN_DOCUMENT: Final = ProblemCode(
    code="unknown_document",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    cause="Of the documents, {count} were announced to no company of the tenant there.",
    fix="Announce them first, or leave them out.",
)
RETURN_URL_NOT_REGISTERED: Final = ProblemCode(
    code="return_url_not_registered",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    solver=Solver.OPERATOR,
    cause="The `return_url` is none of the registered addresses.",
    fix="Have an operator register it in LEDGERLANE_RETURN_URLS; scheme, host, port and path "
    "have to agree.",
)
INVALID_CURSOR: Final = ProblemCode(
    code="invalid_cursor",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    cause="The cursor is none that this list gave.",
    fix="Send `next_cursor` as it came, with the same filters.",
)
PROVIDER_NOT_CONFIGURED: Final = ProblemCode(
    code="provider_not_configured",
    status=HTTPStatus.FAILED_DEPENDENCY,
    category=ErrorCategory.SETTING,
    solver=Solver.OPERATOR,
    cause="The gateway has no client id and secret for {provider}.",
    fix="Have an operator set them.",
)
TOO_MANY_REQUESTS: Final = ProblemCode(
    code="too_many_requests",
    status=HTTPStatus.TOO_MANY_REQUESTS,
    category=ErrorCategory.RATE_LIMIT,
    cause="The key has made all the calls that it may make for now.",
    fix="Call again after the seconds that the header `Retry-After` names.",
)
PROVIDER_UNAVAILABLE: Final = ProblemCode(
    code="provider_unavailable",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    category=ErrorCategory.NETWORK,
    cause="The provider did not answer, so nothing was changed.",
    fix="Send the request again.",
)
INTERNAL: Final = ProblemCode(
    code="internal",
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    category=ErrorCategory.INTERNAL,
    solver=Solver.OPERATOR,
    cause="The gateway failed; its log says why.",
    fix="Repeat the request; if it fails again, tell the operator when that was.",
)


def problem_codes() -> list[ProblemCode]:
    """Return the table, in the order of its codes."""
    found = [one for one in globals().values() if isinstance(one, ProblemCode)]
    return sorted(found, key=lambda one: one.code)
