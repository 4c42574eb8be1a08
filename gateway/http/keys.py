"""Authentication of the API by bearer keys."""

import hmac
from collections.abc import Sequence
from http import HTTPStatus

import structlog
from fastapi import Request

from gateway.config.variables import ApiKey
from gateway.http.problems import Problem


def holder_of(said: str, keys: Sequence[ApiKey]) -> str | None:
    """Return the name of a key's holder, or ``None``; takes equally long either way."""
    matching = [
        one.name for one in keys if hmac.compare_digest(one.key.encode(), said.encode())
    ]
    return matching[0] if matching else None


class RequireKey:
    """Refuses requests without a key; binds the key's holder and the tenant to the log."""

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self._keys = keys

    async def __call__(self, request: Request) -> None:
        """Check the key of a request.

        Raises:
            Problem: 401, there is no key, or it is not one of the API's.
        """
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        holder = holder_of(said.strip(), self._keys) if scheme.lower() == "bearer" else None
        if holder is None:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "unauthorized",
                "Send a key as `Authorization: Bearer <key>`.",
            )
        structlog.contextvars.bind_contextvars(caller=holder, **request.path_params)
