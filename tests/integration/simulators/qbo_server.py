"""The QuickBooks simulator behind a real socket, and Intuit's own clients pointed at it."""

from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from quickbooks import QuickBooks

from providers.simulators.qbo.app import create_app
from providers.simulators.qbo.config import (
    CompanySpec,
    QboAppSpec,
    QboQuotas,
    QboSimulatorConfig,
)
from tests.eventually import PATIENCE_S
from tests.fakes.listening import listening

APP = QboAppSpec()
REDIRECT = "http://localhost/callback"
US = "9341450000000001"
GB = "9341450000000002"
CONFIG = QboSimulatorConfig(
    companies=(
        CompanySpec(realm=US),
        CompanySpec(realm=GB, name="Harbour Cafe", country="GB"),
    ),
    quotas=QboQuotas(per_second=None),
    latency_ms=0,
)


def serve(config: QboSimulatorConfig) -> AbstractContextManager[str]:
    """Serve a simulator on a free port, and yield its address."""
    return listening(create_app(config), lifespan="on")


class Connected:
    """Both clients, unchanged but for the base address."""

    def __init__(self, base: str, realm: str, *scopes: Scopes) -> None:
        self.base = base
        self.realm = realm
        self.auth = AuthClient(
            APP.client_id,
            APP.client_secret,
            REDIRECT,
            f"{base}/.well-known/openid_sandbox_configuration/",
        )
        self.callback = self.consent(*scopes)
        self.auth.get_bearer_token(self.callback["code"], realm_id=self.callback["realmId"])
        self.books = self.client()

    def consent(self, *scopes: Scopes, decision: str = "approve") -> dict[str, str]:
        """Decide as a person would, and return the parameters of the callback."""
        asked = self.auth.get_authorization_url(list(scopes or (Scopes.ACCOUNTING,)))
        told = {"realm": self.realm, "decision": decision}
        answer = httpx.post(asked, data=told, timeout=PATIENCE_S)
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    def client(self) -> QuickBooks:
        """Return python-quickbooks, talking to the simulator with the current tokens."""
        books = QuickBooks(
            auth_client=self.auth,
            refresh_token=self.auth.refresh_token,
            company_id=self.realm,
            minorversion=75,
            use_decimal=True,
        )
        books.api_url_v3 = f"{self.base}/v3"
        books.sandbox_api_url_v3 = f"{self.base}/v3"
        return books

    def control(self, path: str, body: Any = None) -> Any:
        """Ask the simulator itself: POST with a body, GET without."""
        url = f"{self.base}/_simulator/{path}"
        method = "GET" if body is None else "POST"
        return httpx.request(method, url, json=body, timeout=PATIENCE_S).json()
