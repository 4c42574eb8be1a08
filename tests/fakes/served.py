"""A provider's simulator on a real port, with what it was asked written down."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.config.settings import Settings
from gateway.wiring.providers import oauth_app
from providers.base import Provider
from providers.registry import PROVIDERS
from providers.simulators.qbo import app as qbo_app
from providers.simulators.qbo.config import (
    CompanySpec,
    QboAppSpec,
    QboQuotas,
    QboSimulatorConfig,
    QboSwitches,
)
from providers.simulators.xero import app as xero_app
from providers.simulators.xero.config import (
    DEMO_APP,
    OrganisationSpec,
    TokenRules,
    XeroQuotas,
    XeroSimulatorConfig,
)
from schemas.ids import ProviderName
from tests.eventually import PATIENCE_S
from tests.fakes.listening import listening

QBO, XERO = ProviderName("qbo"), ProviderName("xero")
REDIRECT = "http://localhost/callback"
QBO_REALMS = ("9341450000000001", "9341450000000002", "9341450000000003")
XERO_REALMS = (
    "11111111-1111-4111-8111-111111111111",
    "22222222-2222-4222-8222-222222222222",
)


@dataclass
class Simulated:
    """A running simulator; ``requests`` holds method and path of every call, in order."""

    name: ProviderName
    url: str
    client_id: str
    client_secret: str = field(repr=False)
    requests: list[tuple[str, str]] = field(default_factory=list)

    @property
    def provider(self) -> Provider:
        return PROVIDERS[self.name]

    def variables(self) -> dict[str, str]:
        """Return the environment's variables that lead here, without the prefix."""
        said = {
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.client_secret,
            "REDIRECT_URI": REDIRECT,
            "API_URL": self.url,
            "AUTH_URL": self.url,
        }
        return {f"{self.name.upper()}_{name}": value for name, value in said.items()}

    def consent(self, settings: Settings, *realms: str) -> str:
        """Approve as a company's admin would; gives the code of the redirect."""
        app = oauth_app(self.provider, settings)
        form = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": app.redirect_uri,
            "scope": " ".join(self.provider.oauth.scopes),
            "state": "s",
            "realm": realms[0] if realms else "",
            "organisations": ",".join(realms),
        }
        answer = httpx.post(app.authorize_url, data=form, timeout=PATIENCE_S)
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def token_requests(self) -> int:
        """Count the calls of the token endpoint, exchanges of codes included."""
        ends = ("/tokens/bearer", "/connect/token")
        return sum(path.endswith(ends) for _, path in self.requests)

    def control(self, path: str, body: Any = None) -> Any:
        """Ask the simulator itself: POST with a body, GET without."""
        url = f"{self.url}/_simulator/{path}"
        method = "GET" if body is None else "POST"
        return httpx.request(method, url, json=body, timeout=PATIENCE_S).json()

    def lift(self, fault: str) -> None:
        """Take a fault out of force by its name; what it delays goes on at once."""
        url = f"{self.url}/_simulator/faults/{fault}"
        httpx.delete(url, timeout=PATIENCE_S).raise_for_status()


class _Recorded:
    """ASGI middleware that writes down every request."""

    def __init__(self, app: ASGIApp, requests: list[tuple[str, str]]) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._requests.append((scope["method"], scope["path"]))
        await self._app(scope, receive, send)


@contextmanager
def simulated_qbo(**switches: Any) -> Iterator[Simulated]:
    """Serve three companies without quotas or latency."""
    app = QboAppSpec()
    unlimited = QboQuotas(
        per_minute=None,
        per_second=None,
        in_flight=None,
        batches_per_minute=None,
        batches_per_minute_all_apps=None,
    )
    config = QboSimulatorConfig(
        apps=(app,),
        companies=tuple(CompanySpec(realm=realm, name=f"Co {realm}") for realm in QBO_REALMS),
        quotas=unlimited,
        switches=QboSwitches(**switches),
        latency_ms=0,
    )
    requests: list[tuple[str, str]] = []
    with listening(_Recorded(qbo_app.create_app(config), requests)) as url:
        yield Simulated(QBO, url, app.client_id, app.client_secret, requests)


@contextmanager
def simulated_xero(
    tokens: TokenRules | None = None,
    quotas: XeroQuotas | None = None,
    *,
    realms: Sequence[str] = XERO_REALMS,
) -> Iterator[Simulated]:
    """Serve organisations: two, if none are named."""
    config = XeroSimulatorConfig(
        organisations=tuple(
            OrganisationSpec(name=f"Org {realm[0]}", tenant_id=realm) for realm in realms
        ),
        tokens=tokens or TokenRules(),
        quotas=quotas or XeroQuotas(),
    )
    requests: list[tuple[str, str]] = []
    with listening(_Recorded(xero_app.create_app(config), requests)) as url:
        secret = DEMO_APP.client_secret or ""
        yield Simulated(XERO, url, DEMO_APP.client_id, secret, requests)
