"""The gateway's API on a real port, as a platform and a browser find it."""

import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from gateway.http.serving import serving
from gateway.wiring.api import open_api
from tests.eventually import PATIENCE_S
from tests.fakes.served import Simulated

KEY: Final = "k" * 40
RETURN_URL: Final = "http://127.0.0.1:1/settings/integrations"

MakeSettings = Callable[..., Settings]


@dataclass
class ServedGateway:
    """A running gateway.

    Attributes:
        url: Where browsers reach it.
        settings: Its settings.
        api: Calls it as a platform does, with a key.
        engine: Its database, to look into.
    """

    url: str
    settings: Settings
    api: httpx.AsyncClient
    engine: AsyncEngine

    async def open_session(self, **asked: Any) -> Mapping[str, Any]:
        """Open a connect session for tenant t1; return what the API answers."""
        answer = await self.api.post(
            "/v1/connect-sessions", json={"tenant_id": "t1", "return_url": RETURN_URL, **asked}
        )
        assert answer.status_code == 201, answer.text
        found: Mapping[str, Any] = answer.json()
        return found

    async def session(self, id_: str) -> Mapping[str, Any]:
        """Return how a connect session stands, as the platform is told."""
        found: Mapping[str, Any] = (await self.api.get(f"/v1/connect-sessions/{id_}")).json()
        return found

    async def count(self, table: str) -> int:
        """Count the rows of a table."""
        async with self.engine.connect() as database:
            found = await database.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
        return int(found or 0)

    async def execute(self, statement: str) -> None:
        """Change the database behind the gateway's back."""
        async with self.engine.begin() as database:
            await database.execute(text(statement))

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        """Read rows."""
        async with self.engine.connect() as database:
            return [dict(row) for row in (await database.execute(text(statement))).mappings()]


@asynccontextmanager
async def served_gateway(
    make_settings: MakeSettings,
    engine: AsyncEngine,
    kafka: str,
    *simulators: Simulated,
    **changes: str,
) -> AsyncIterator[ServedGateway]:
    """Serve the gateway, registered with these simulators."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    redirects = {
        f"{one.name.upper()}_REDIRECT_URI": f"{url}/connect/callback/{one.name}"
        for one in simulators
    }
    said = {
        "KAFKA_BOOTSTRAP": kafka,
        "API_KEYS": f"platform:{KEY}",
        "PUBLIC_URL": url,
        "RETURN_URLS": RETURN_URL,
    }
    settings = make_settings(*simulators, **said, **redirects, **changes)
    async with (
        open_api(settings) as app,
        serving(app, "127.0.0.1", port),
        httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=PATIENCE_S
        ) as api,
    ):
        yield ServedGateway(url, settings, api, engine)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Admin:
    """A tenant's admin with a browser that keeps cookies and shows no page."""

    def __init__(self) -> None:
        self.http = httpx.AsyncClient(
            timeout=PATIENCE_S, headers={"Accept": "application/json"}
        )

    async def begin(self, session: Mapping[str, Any], provider: str) -> str:
        """Open the address and go on; return the address of the provider's page."""
        shown = await self.http.get(session["url"])
        assert shown.status_code == 200
        answer = await self.http.post(session["url"], data={"provider": provider})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def decide(self, consent: str, **form: str) -> str:
        """Decide at the provider; return the address that it sends the browser to."""
        answer = await self.http.post(consent, data=form)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def follow(self, address: str) -> httpx.Response:
        """Follow the provider's redirect, and ours after it."""
        return await self.http.get(address, follow_redirects=True)


def host_of(address: str) -> str:
    """Return scheme and host of an address."""
    found = urlsplit(address)
    return f"{found.scheme}://{found.netloc}"
