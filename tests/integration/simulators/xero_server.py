"""An application behind a real socket, and Xero's own Python client pointed at it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from starlette.types import ASGIApp
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient, Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.identity import IdentityApi

from providers.simulators.xero.config import DEMO_APP

SCOPES = (
    "offline_access accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.contacts accounting.settings"
)
REDIRECT = "http://localhost/callback"


@contextmanager
def serve(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port, and yield its address.

    The socket listens before the server runs, so that the first client waits in its backlog;
    it names TCP, or asyncio would leave Nagle's delay of 40 ms on every answer.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


class LocalTokenApi(TokenApi):  # type: ignore[misc]  # the client ships no types
    """Xero's token client with another host in its addresses."""

    def __init__(self, api_client: ApiClient, base: str) -> None:
        super().__init__(api_client, DEMO_APP.client_id, DEMO_APP.client_secret)
        self.refresh_token_url = f"{base}/connect/token"
        self.revoke_token_url = f"{base}/connect/revocation"


class SdkClient:
    """Xero's client, unchanged but for the base address."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.token: dict[str, Any] = {}
        self.api_client = ApiClient(
            Configuration(oauth2_token=OAuth2Token(DEMO_APP.client_id, DEMO_APP.client_secret)),
            oauth2_token_getter=lambda: self.token,
            oauth2_token_saver=self._save,
        )
        self.accounting = AccountingApi(self.api_client, base_url=f"{base}/api.xro/2.0")
        self.identity = IdentityApi(self.api_client, base_url=base)
        self.tokens = LocalTokenApi(self.api_client, base)

    def _save(self, token: dict[str, Any]) -> None:
        self.token = token

    def consent(self, **choices: str) -> None:
        """Approve as a user would, and take tokens for the code."""
        asked = {
            "response_type": "code",
            "client_id": DEMO_APP.client_id,
            "redirect_uri": REDIRECT,
            "scope": SCOPES,
            "state": "s",
        }
        answer = httpx.post(f"{self.base}/identity/connect/authorize", data=asked | choices)
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        token = httpx.post(
            f"{self.base}/connect/token",
            data={"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT},
            auth=(DEMO_APP.client_id, DEMO_APP.client_secret or ""),
        ).json()
        self.take(token)

    def take(self, token: dict[str, Any]) -> None:
        """Use a token answer from here on."""
        self.token = token | {"scope": token["scope"].split()}

    def control(self, path: str, body: Any = None) -> Any:
        """Ask the simulator itself: POST with a body, GET without."""
        url = f"{self.base}/_simulator/{path}"
        answer = httpx.get(url) if body is None else httpx.post(url, json=body)
        return answer.json()
