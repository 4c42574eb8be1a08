"""Answers before the accounting service: 401, 403 and 429, paths and bodies it can't take.

Source: recorded responses; Intuit "Handle errors" page, as of 2026.
"""

from typing import Final
from uuid import uuid4

from starlette.responses import Response

from providers.simulators.content_coding import UnreadableBody
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.wire import codec, errors
from providers.simulators.qbo.wire.dates import to_pacific_milliseconds
from providers.simulators.qbo.wire.errors import QboRefused
from providers.simulators.qbo.wire.fault_bodies import (
    THROTTLED_DETAIL,
    gateway_fault,
    service_fault,
    throttle_xml,
)

JSON_TYPE: Final = "application/json;charset=UTF-8"


def support_id() -> str:
    """Return a new ``intuit_tid``, by which Intuit's support finds a request."""
    return f"1-{uuid4().hex}"


def _epoch_ms(state: QboState) -> int:
    return int(state.clock.now().timestamp() * 1000)


def unauthorized(state: QboState, detail: str) -> Response:
    """Return the gateway's 401."""
    body = gateway_fault(
        name="AuthenticationFailed",
        code="3200",
        status=401,
        detail=detail,
        fault_type="AUTHENTICATION",
        epoch_ms=_epoch_ms(state),
    )
    challenge = {"www-authenticate": 'Bearer realm="Intuit", error="invalid_token"'}
    return Response(codec.dumps(body), 401, challenge, media_type=JSON_TYPE)


def forbidden(state: QboState) -> Response:
    """Return the gateway's 403."""
    body = gateway_fault(
        name="ApplicationAuthorizationFailed",
        code="3100",
        status=403,
        detail="The application is not authorised for this company",
        fault_type="SERVICE",
        epoch_ms=_epoch_ms(state),
    )
    return Response(codec.dumps(body), 403, media_type=JSON_TYPE)


def unreadable(exc: UnreadableBody) -> Response:
    """Return the fault for a body that can't be unpacked."""
    return faulty(errors.malformed(str(exc)), status=exc.status)


def faulty(refused: QboRefused, *, status: int) -> Response:
    """Return a refusal by the accounting service that needs no company."""
    return Response(codec.dumps(service_fault(refused)), status, media_type=JSON_TYPE)


def throttled(state: QboState, *, retry_after_s: int | None) -> Response:
    """Return a 429 in the shape and with the header that the switches say."""
    switches = state.switches
    headers: dict[str, str] = {}
    if switches.retry_after and retry_after_s is not None:
        headers["retry-after"] = str(retry_after_s)
    if switches.throttle_body == "xml":
        time = to_pacific_milliseconds(state.clock.now())
        return Response(throttle_xml(time), 429, headers, media_type="application/xml")
    body = gateway_fault(
        name="ThrottleExceeded",
        code="3001",
        status=429,
        detail=THROTTLED_DETAIL,
        fault_type="SERVICE",
        epoch_ms=_epoch_ms(state),
    )
    return Response(codec.dumps(body), 429, headers, media_type=JSON_TYPE)
