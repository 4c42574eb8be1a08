"""A simulated Xero organisation behind real HTTP, connected as a tenant connects one."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import NAMESPACE_OID, uuid5

import httpx

from providers import oauth
from providers.base import Ledger, Provider
from providers.http import ApiCall, Pace, Realm, RealmSession
from providers.oauth import OAuthApp, Token
from providers.simulators.xero.app import create_app
from providers.simulators.xero.config import (
    DEMO_APP,
    OrganisationSpec,
    XeroQuotas,
    XeroSimulatorConfig,
)
from providers.xero.ledger import XeroLedger
from providers.xero.oauth import SCOPES, XeroOAuth
from providers.xero.provider import XERO
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RealmId, TenantId
from tests.contracts.ledger_harness import Trouble
from tests.eventually import PATIENCE_S
from tests.fakes.listening import listening
from tests.fakes.unpaced import Unpaced

ORGANISATION: Final = "11111111-1111-4111-8111-111111111111"
SECOND: Final = "22222222-2222-4222-8222-222222222222"
SETTINGS: Final[Mapping[str, Any]] = {
    "tax_codes": {"standard": "OUTPUT2"},
    "accounts": {"sales": "200", "purchases": "429", "deposit": "090"},
    "classes": {"north": {"category": "Region", "option": "North"}, "unkept": None},
}


UNPACED: Final = Unpaced()
_COUNTRY: Final = {ORGANISATION: ("NZD", "15"), SECOND: ("GBP", "20")}
_KINDS: Final = {
    Trouble.RATE_LIMITED: "rate_limited",
    Trouble.TOKEN_EXPIRED: "expire_token",
    Trouble.BROKEN: "server_error",
    Trouble.ANSWER_LOST: "drop_after_commit",
}
_COLLECTIONS: Final = {
    DocumentType.CUSTOMER: ("Contacts", ""),
    DocumentType.VENDOR: ("Contacts", ""),
    DocumentType.ITEM: ("Items", ""),
    DocumentType.ACCOUNT: ("Accounts", ""),
    DocumentType.INVOICE: ("Invoices", "ACCREC"),
    DocumentType.BILL: ("Invoices", "ACCPAY"),
    DocumentType.PAYMENT: ("Payments", ""),
}


def config(**changes: Any) -> XeroSimulatorConfig:
    """Return a simulator whose minute is wide enough for any test."""
    fixed: dict[str, Any] = {
        "organisations": (
            OrganisationSpec(name="Maple Florist", tenant_id=ORGANISATION),
            OrganisationSpec(name="Harbour Cafe", country="GB", tenant_id=SECOND),
        ),
        "quotas": XeroQuotas(calls_per_minute=10_000, calls_per_day=100_000),
    }
    return XeroSimulatorConfig(**(fixed | changes))


class _Refreshed:
    """A token, refreshed at the simulator when it is refused."""

    def __init__(self, client: httpx.AsyncClient, app: OAuthApp, token: Token) -> None:
        self._client = client
        self._app = app
        self._token = token
        self.refresh_count = 0

    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        return self._token.access

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        self._token = await oauth.refresh(
            self._client, self._app, XERO.oauth, self._token, now=datetime.now(UTC)
        )
        self.refresh_count += 1
        return self._token.access


@dataclass
class XeroOrganisation:
    """A company at the simulator of Xero, with a person's view of the same books."""

    ledger: Ledger
    paced: Callable[[Pace], Ledger]
    client: httpx.AsyncClient
    tokens: _Refreshed
    calls: list[ApiCall]
    tenant: str
    currency: str
    tax_rate: str
    settings: Mapping[str, Any]
    provider: Provider = XERO
    unknown_id: str = "99999999-9999-4999-8999-999999999999"
    immutable: frozenset[DocumentType] = frozenset({DocumentType.PAYMENT})
    has_versions: bool = False
    voids_paid: bool = False

    async def read_again(self) -> "XeroOrganisation":
        """Return the same organisation with its profile as it is now."""
        return await _opened(
            self.client, self.tokens, self.tenant, self.settings, describes=True
        )

    async def strike(self, trouble: Trouble, *, times: int = 1) -> None:
        await self.fault(_KINDS[trouble], method="PUT", at_most=times)

    async def count(self, document_type: DocumentType) -> int:
        collection, kind = _COLLECTIONS[document_type]
        elements = await self.read(collection, includeArchived="true")
        return len([e for e in elements if kind in ("", e.get("Type"))])

    async def classes(self, document_type: DocumentType, record_id: str) -> list[str]:
        collection, _ = _COLLECTIONS[document_type]
        (element,) = await self.read(f"{collection}/{record_id}")
        tracked = [entry["Tracking"] for entry in element["LineItems"]]
        return [tracking[0]["Option"] if tracking else "" for tracking in tracked]

    async def read(self, path: str, **params: str) -> list[dict[str, Any]]:
        """Read as a person would, without a token or a quota."""
        answer = await self.client.get(self._books(path), params=params)
        body = json.loads(answer.content, parse_float=Decimal)
        return list(body[path.split("/")[0]])

    async def person_does(
        self, path: str, body: Mapping[str, Any], *, method: str = "POST"
    ) -> None:
        """Change something in the ledger as a person would; ``PUT`` makes an account."""
        await self._told(self._books(path), body, method=method)

    async def control(self, path: str, body: Mapping[str, Any]) -> None:
        """Set something of the simulator: the clock, the lock dates."""
        await self._told(f"/_simulator/{path}", body)

    async def fault(self, kind: str, **rule: Any) -> None:
        """Throw one fault at the next request that fits."""
        await self.control("faults", {"name": kind, "kind": kind, "at_most": 1, **rule})

    def _books(self, path: str) -> str:
        return f"/_simulator/books/{self.tenant}/{path}"

    async def _told(self, path: str, body: Mapping[str, Any], *, method: str = "POST") -> None:
        answer = await self.client.request(method, path, json=body)
        assert answer.is_success, answer.text


@asynccontextmanager
async def connected(
    settings: XeroSimulatorConfig | None = None,
    *,
    scopes: tuple[str, ...] = SCOPES,
    tenant: str = ORGANISATION,
    chosen: Mapping[str, Any] = SETTINGS,
) -> AsyncIterator[XeroOrganisation]:
    """Serve a simulator of one's own, and connect an organisation of it.

    Args:
        chosen: The connection's settings.
    """
    with listening(create_app(settings or config())) as url:
        async with connected_at(url, scopes=scopes, tenant=tenant, chosen=chosen) as opened:
            yield opened


@asynccontextmanager
async def connected_at(
    url: str,
    *,
    scopes: tuple[str, ...] = SCOPES,
    tenant: str = ORGANISATION,
    switches: Mapping[str, Any] | None = None,
    chosen: Mapping[str, Any] = SETTINGS,
) -> AsyncIterator[XeroOrganisation]:
    """Empty a simulator, give consent, and open the ledger of an organisation."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
        await client.post("/_simulator/reset")
        await client.post("/_simulator/switches", json=switches or {})
        app = oauth_app(url)
        token = await consented(client, app, scopes)
        tokens = _Refreshed(client, app, token)
        describes = scopes is SCOPES
        yield await _opened(client, tokens, tenant, chosen, describes=describes)


async def _opened(
    client: httpx.AsyncClient,
    tokens: _Refreshed,
    tenant: str,
    chosen: Mapping[str, Any],
    *,
    describes: bool,
) -> XeroOrganisation:
    calls: list[ApiCall] = []
    realm = Realm(
        connection_id=ConnectionId(uuid5(NAMESPACE_OID, tenant)),
        tenant_id=TenantId("t1"),
        realm_id=RealmId(tenant),
        provider=XERO.name,
        settings=chosen,
    )

    def ledger(realm: Realm, pace: Pace = UNPACED) -> XeroLedger:
        session = RealmSession(
            client,
            realm,
            tokens=tokens,
            pace=pace,
            dialect=XERO.dialect,
            audit=calls.append,
        )
        return XeroLedger(session)

    if describes:
        profile = await ledger(realm).describe()
        # A profile is stored as JSON before it is used.
        realm = replace(realm, profile=json.loads(json.dumps(profile.data)))
    currency, tax_rate = _COUNTRY[tenant]
    return XeroOrganisation(
        ledger(realm),
        lambda pace: ledger(realm, pace),
        client,
        tokens,
        calls,
        tenant,
        currency,
        tax_rate,
        chosen,
    )


def oauth_app(url: str) -> OAuthApp:
    """Return our registration at the simulator."""
    return OAuthApp(
        client_id=DEMO_APP.client_id,
        client_secret=DEMO_APP.client_secret or "",
        redirect_uri="http://localhost/callback",
        authorize_url=f"{url}/identity/connect/authorize",
        token_url=f"{url}/connect/token",
        revoke_url=f"{url}/connect/revocation",
        api_url=url,
    )


async def consented(
    client: httpx.AsyncClient, app: OAuthApp, scopes: tuple[str, ...] = SCOPES
) -> Token:
    """Agree to what is asked for, and take the token."""
    answer = await client.post(oauth.authorize_url(app, scopes, state="xyz"), data={})
    assert answer.status_code == httpx.codes.FOUND, answer.text
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    return await oauth.exchange(client, app, XeroOAuth(), code, now=datetime.now(UTC))
