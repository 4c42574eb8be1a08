"""The API without its services, for the pages that are made from its routes."""

from collections.abc import Sequence

from fastapi import FastAPI

from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies, Connecting
from gateway.operations.connect_sessions import ConnectSessions
from gateway.operations.consent_steps import ConsentSteps
from gateway.runtime.lifecycle import utc_now
from providers.grants import Sealed, Sealer
from schemas.signal import Signal


class NoSessions(Sessions):
    """Sessions of no database: routes are described, and none is called."""

    def __init__(self) -> None:
        """Take no engine, as no session is opened."""


class NoSignals:
    """A sender of signals that is never called."""

    async def send(self, signals: Sequence[tuple[str, Signal]]) -> None:
        """Send nothing."""


class NoVault:
    """A vault without keys, for secrets that never come."""

    key_id = ""

    async def sealer(self, *, purpose: str) -> Sealer:
        """Raise, as nothing is sealed."""
        raise NotImplementedError

    async def open_(self, sealed: Sealed, *, purpose: str) -> bytes:
        """Raise, as nothing was sealed."""
        raise NotImplementedError


def unconnected() -> Connecting:
    """Return what it takes to connect companies, at no provider."""
    sessions, vault = NoSessions(), NoVault()
    found = ConnectSessions({}, sessions=sessions, vault=vault, return_urls=(), now=utc_now)
    return Connecting(
        found=found,
        steps=ConsentSteps(found, sessions=sessions, vault=vault, now=utc_now),
        disconnectors={},
        probes={},
        public_url="",
        environment="",
        titles={},
        consent_origins=(),
    )


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
            connecting=unconnected(),
        )
    )
