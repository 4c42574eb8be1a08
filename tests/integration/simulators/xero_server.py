"""An application behind a real socket, and Xero's own Python client pointed at it."""

from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.types import ASGIApp
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient, Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.identity import IdentityApi

from providers.simulators.xero.config import DEMO_APP
from tests.eventually import PATIENCE_S
from tests.fakes.listening import listening

SCOPES = (
    "offline_access accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.contacts accounting.settings"
)
REDIRECT = "http://localhost/callback"


def serve(app: ASGIApp) -> AbstractContextManager[str]:
    """Serve an application with its start and end, and yield its address."""
    return listening(app, lifespan="on")


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
        answer = httpx.post(
            f"{self.base}/identity/connect/authorize",
            data=asked | choices,
            timeout=PATIENCE_S,
        )
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        token = httpx.post(
            f"{self.base}/connect/token",
            data={"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT},
            auth=(DEMO_APP.client_id, DEMO_APP.client_secret or ""),
            timeout=PATIENCE_S,
        ).json()
        self.take(token)

    def take(self, token: dict[str, Any]) -> None:
        """Use a token answer from here on."""
        self.token = token | {"scope": token["scope"].split()}

    def control(self, path: str, body: Any = None) -> Any:
        """Ask the simulator itself: POST with a body, GET without."""
        url = f"{self.base}/_simulator/{path}"
        method = "GET" if body is None else "POST"
        return httpx.request(method, url, json=body, timeout=PATIENCE_S).json()
