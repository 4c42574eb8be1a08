"""The bodies of faults, in the three shapes that QuickBooks uses.

Source: recorded responses; Intuit "Handle errors" page, as of 2026.
"""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from providers.simulators.qbo.wire.errors import QboRefused

THROTTLED_DETAIL = "The request limit was reached. Try again later"


def service_fault(refused: QboRefused) -> dict[str, Any]:
    """Return the ``Fault`` of the accounting service, Pascal case."""
    entry = refused.entry
    error = {
        "Message": entry.message,
        "Detail": entry.detail,
        "code": entry.code,
        "element": entry.element,
    }
    return {"Fault": {"Error": [error], "type": refused.fault_type}}


def gateway_fault(
    *, name: str, code: str, status: int, detail: str, fault_type: str, epoch_ms: int
) -> dict[str, Any]:
    """Return the fault of the gateway before the service: camel case, time in milliseconds."""
    error = {
        "message": f"message={name}; errorCode={code.zfill(6)}; statusCode={status}",
        "detail": detail,
        "code": code,
        "element": None,
    }
    return {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": fault_type},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": epoch_ms,
        "status": None,
        "cdcresponse": [],
    }


def throttle_xml(time: str) -> str:
    """Return a 429 as the gateway sends it, whatever was accepted."""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<IntuitResponse xmlns="http://schema.intuit.com/finance/v3" '
        f'time={quoteattr(time)}><Fault type="SERVICE"><Error code="3001">'
        "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
        f"<Detail>{escape(THROTTLED_DETAIL)}</Detail>"
        "</Error></Fault></IntuitResponse>"
    )
