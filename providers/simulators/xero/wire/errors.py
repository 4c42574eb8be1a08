"""What the simulated API refuses, and in which of Xero's shapes.

ApiError
├── AuthFailure        401 or 403, an application/problem-like body
├── RequestError       400 with ErrorNumber and Type: the whole request is refused
├── NotFound           404, plain text
├── NotImplementedHere 501, plain text: Xero has no such method either
├── NotOffered         501: Xero has it, the simulator has not
└── UnsupportedFormat  406 or 415, plain text
ElementRejected        one element breaks a business rule; becomes a ValidationException

Source: Xero developer pages "HTTP Response Codes & Errors" and "OAuth 2.0 FAQ", read 2026-09.
"""

import uuid
from collections.abc import Mapping
from typing import Any


class ElementRejected(Exception):
    """An element breaks business rules; ``messages`` in the order Xero lists them."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class ApiError(Exception):
    """A request that is answered with ``status`` and ``body`` (text, or an object for JSON)."""

    def __init__(
        self,
        status: int,
        body: str | Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class AuthFailure(ApiError):
    """The token or the tenant gives no access."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        title = "Unauthorized" if status == 401 else "Forbidden"
        body: dict[str, Any] = {
            "Type": None,
            "Title": title,
            "Status": status,
            "Detail": detail,
            "Instance": str(uuid.uuid4()),
            "Extensions": {},
        }
        super().__init__(status, body, headers=headers)


class RequestError(ApiError):
    """A request that can't be understood or served as a whole."""

    def __init__(self, number: int, kind: str, message: str) -> None:
        super().__init__(400, {"ErrorNumber": number, "Type": kind, "Message": message})


class PostDataInvalid(RequestError):
    """The body can't be read, for example because of a bad date."""

    def __init__(self, message: str) -> None:
        super().__init__(14, "PostDataInvalidException", message)


class QueryParseError(RequestError):
    """The ``where`` or ``order`` parameter can't be read."""

    def __init__(self, message: str) -> None:
        super().__init__(16, "QueryParseException", message)


class NoDataProcessed(RequestError):
    """The body is empty or its root names another collection."""

    def __init__(self) -> None:
        super().__init__(
            17,
            "NoDataProcessedException",
            "No data has been processed for this endpoint. This endpoint is expecting data to "
            "be specifed in the request body.",
        )


class HighVolume(RequestError):
    """A read that would touch too many records of a large organisation."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            51,
            "HighVolumeException",
            f"The {endpoint} endpoint cannot process this request for an organisation with "
            "this many records; use optimised filters and paging.",
        )


class NotFound(ApiError):
    """No such resource."""

    def __init__(self) -> None:
        super().__init__(404, "The resource you're looking for cannot be found")


class NotImplementedHere(ApiError):
    """The method isn't available on this resource."""

    def __init__(self) -> None:
        super().__init__(501, "The method is not implemented for this resource")


class NotOffered(ApiError):
    """Xero has it, the simulator has not."""

    def __init__(self, what: str) -> None:
        body: dict[str, Any] = {
            "Type": None,
            "Title": "Not Implemented",
            "Status": 501,
            "Detail": f"This simulator does not offer {what}; Xero does.",
            "Instance": str(uuid.uuid4()),
            "Extensions": {},
        }
        super().__init__(501, body)


class UnsupportedFormat(ApiError):
    """The request wants or carries another format than JSON."""

    def __init__(self, status: int) -> None:
        super().__init__(status, "This simulator speaks JSON only")
