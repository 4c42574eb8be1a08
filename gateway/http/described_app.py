"""The API without its services, for the pages that are made from its routes."""

from collections.abc import Sequence

from fastapi import FastAPI

from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from gateway.runtime.lifecycle import utc_now
from schemas.signal import Signal


class NoSessions(Sessions):
    """Sessions of no database: routes are described, and none is called."""

    def __init__(self) -> None:
        """Take no engine, as no session is opened."""


class NoSignals:
    """A sender of signals that is never called."""

    async def send(self, signals: Sequence[tuple[str, Signal]]) -> None:
        """Send nothing."""


def described_app() -> FastAPI:
    """Return the API with all its routes; to call one that needs a service fails."""
    return create_app(
        ApiDependencies(
            sessions=NoSessions(),
            signals=NoSignals(),
            now=utc_now,
            api_keys=(),
            calls_per_minute=1,
            configured={},
            checks={},
        )
    )
