"""The OpenAPI document of the API as a file, from which the clients are generated."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from gateway.runtime.lifecycle import utc_now
from schemas.signal import Signal

PAGE: Final = Path("docs/openapi.json")


def api_document() -> str:
    """Return the document that the API serves, as text of JSON."""
    app = create_app(
        ApiDependencies(
            sessions=_NoSessions(),
            signals=_NoSignals(),
            now=utc_now,
            api_keys=(),
            calls_per_minute=1,
            configured={},
            checks={},
        )
    )
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


class _NoSessions(Sessions):
    """Sessions of no database: the routes are described, and none is called."""

    def __init__(self) -> None:
        """Take no engine, as no session is opened."""


class _NoSignals:
    """A sender that sends nothing, as no route is called."""

    async def send(self, signals: Sequence[tuple[str, Signal]]) -> None:
        """Send nothing."""
