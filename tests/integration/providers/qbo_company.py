"""A simulated QuickBooks company behind real HTTP, connected as a tenant connects one."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
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
from providers.qbo.mapping.catalogue import ENTITIES
from providers.qbo.provider import QBO
from providers.simulators.qbo.app import create_app
from providers.simulators.qbo.config import (
    QboAppSpec,
    QboQuotas,
    QboSimulatorConfig,
)
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RealmId, TenantId
from tests.contracts.ledger_harness import Trouble
from tests.eventually import PATIENCE_S
from tests.fakes.listening import listening
from tests.fakes.unpaced import Unpaced

UNPACED: Final = Unpaced()
SETTINGS: Final[Mapping[str, Any]] = {
    "accounts": {"sales": "1", "purchases": "64", "deposit": "35"},
    "tax_codes": {"zero": "4"},  # what "0.0% Z" is in a British company
}
SIMULATOR: Final = QboSimulatorConfig(
    companies=(),
    quotas=QboQuotas(per_minute=None, per_second=None, in_flight=None),
    latency_ms=0,
)
_KINDS: Final = {
    Trouble.RATE_LIMITED: "rate_limited",
    Trouble.TOKEN_EXPIRED: "expire_token",
    Trouble.BROKEN: "server_error",
    Trouble.ANSWER_LOST: "drop_after_commit",
}


def served() -> AbstractContextManager[str]:
    """Serve a simulator without companies on a free port of this machine."""
    return listening(create_app(SIMULATOR))


class _Refreshed:
    """A token, refreshed at the simulator when it is refused."""

    def __init__(self, client: httpx.AsyncClient, app: OAuthApp, token: Token) -> None:
        self._client = client
        self._app = app
        self._token = token

    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        return self._token.access

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        now = datetime.now(UTC)
        self._token = await oauth.refresh(
            self._client, self._app, QBO.oauth, self._token, now=now
        )
        return self._token.access


@dataclass
class QboCompany:
    """One company: its ledger, and the simulator's own view of its books."""

    realm_id: str
    ledger: Ledger
    paced: Callable[[Pace], Ledger]
    currency: str
    tax_rate: str
    client: httpx.AsyncClient
    calls: list[ApiCall]
    tokens: _Refreshed
    settings: Mapping[str, Any]
    provider: Provider = QBO
    unknown_id: str = "987654"
    immutable: frozenset[DocumentType] = frozenset()
    has_versions: bool = True
    voids_paid: bool = False

    async def read_again(self) -> "QboCompany":
        """Return the same company with its profile as it is now."""
        return await _opened(self.client, self.tokens, self.realm_id, self.settings)

    async def strike(self, trouble: Trouble, *, times: int = 1) -> None:
        """Let something happen to the next writes."""
        rule = {"name": "next", "kind": _KINDS[trouble], "method": "POST", "at_most": times}
        await self.control("faults", {**rule, "realm": self.realm_id})

    async def count(self, document_type: DocumentType) -> int:
        """Return how many records of the kind the company has."""
        return len(await self.listed(ENTITIES[document_type]))

    async def classes(self, document_type: DocumentType, record_id: str) -> list[str]:
        """Name the class of each line; the form's subtotal and discount are no lines."""
        record = await self.read(ENTITIES[document_type], record_id)
        details = [line[line["DetailType"]] for line in record["Line"] if "Id" in line]
        return [detail.get("ClassRef", {}).get("name", "") for detail in details]

    async def listed(self, entity: str) -> list[dict[str, Any]]:
        """List the records of a kind as the simulator shows them."""
        answer = await self.client.get(f"/_simulator/ledger/{self.realm_id}")
        body = json.loads(answer.content, parse_float=Decimal)
        return list(body["entities"][entity]["documents"])

    async def read(self, entity: str, entity_id: str) -> dict[str, Any]:
        """Read one record as the API shows it, without counting as a call."""
        path = f"/_simulator/books/{self.realm_id}/{entity.lower()}/{entity_id}"
        body = json.loads((await self.client.get(path)).content, parse_float=Decimal)
        return dict(body[entity])

    async def person_does(self, entity: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write as a person does in QuickBooks' own pages."""
        answer = await self.control(f"books/{self.realm_id}/{entity.lower()}", body)
        return dict(answer[entity])

    async def control(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set something of the simulator."""
        answer = await self.client.post(f"/_simulator/{path}", json=body)
        assert answer.status_code in (httpx.codes.OK, httpx.codes.CREATED), answer.text
        return dict(answer.json())


@asynccontextmanager
async def connected(
    url: str,
    switches: Mapping[str, Any] | None = None,
    *,
    chosen: Mapping[str, Any] = SETTINGS,
    **company: Any,
) -> AsyncIterator[QboCompany]:
    """Found a company in a fresh simulator, give consent, read it, and open its ledger."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
        await client.post("/_simulator/reset")
        await client.post("/_simulator/switches", json=switches or {})
        founded = (await client.post("/_simulator/companies", json=company)).json()
        app = oauth_app(url)
        token = await consented(client, app)
        tokens = _Refreshed(client, app, token)
        opened = await _opened(client, tokens, founded["realm"], chosen)
        opened.voids_paid = (switches or {}).get("void_with_payment") == "unlink"
        yield opened


async def _opened(
    client: httpx.AsyncClient, tokens: _Refreshed, realm_id: str, chosen: Mapping[str, Any]
) -> QboCompany:
    calls: list[ApiCall] = []
    realm = Realm(
        connection_id=ConnectionId(uuid5(NAMESPACE_OID, "connection")),
        tenant_id=TenantId("t1"),
        realm_id=RealmId(realm_id),
        provider=QBO.name,
        settings={**chosen, "classes": await _classes(client, realm_id)},
    )

    def ledger(realm: Realm, pace: Pace = UNPACED) -> Ledger:
        session = RealmSession(
            client,
            realm,
            tokens=tokens,
            pace=pace,
            dialect=QBO.dialect,
            audit=calls.append,
        )
        return QBO.open_ledger(session)

    profile = await ledger(realm).describe()
    # A profile is stored as JSON before it is used.
    realm = replace(realm, profile=json.loads(json.dumps(profile.data)))
    tax_rate = "8" if profile.country == "US" else "20"
    return QboCompany(
        realm_id,
        ledger(realm),
        lambda pace: ledger(realm, pace),
        profile.currency,
        tax_rate,
        client,
        calls,
        tokens,
        chosen,
    )


async def _classes(client: httpx.AsyncClient, realm_id: str) -> dict[str, str]:
    """Map classes, and let the company have North if it tracks classes at all."""
    body = {"Name": "North"}
    made = await client.post(f"/_simulator/books/{realm_id}/class", json=body)
    north = made.json()["Class"]["Id"] if made.is_success else "1"
    return {"north": north, "unkept": "", "lost": "987654"}


def oauth_app(url: str) -> OAuthApp:
    spec = QboAppSpec()
    return OAuthApp(
        client_id=spec.client_id,
        client_secret=spec.client_secret,
        redirect_uri="http://localhost/callback",
        authorize_url=f"{url}/connect/oauth2",
        token_url=f"{url}/oauth2/v1/tokens/bearer",
        revoke_url=f"{url}/v2/oauth2/tokens/revoke",
        api_url=url,
    )


async def consented(client: httpx.AsyncClient, app: OAuthApp, realm_id: str = "") -> Token:
    """Agree to what is asked for, for the company named or the only one; take the token."""
    url = oauth.authorize_url(app, QBO.oauth.scopes, state="xyz")
    answer = await client.post(url, data={"realm": realm_id} if realm_id else {})
    assert answer.is_redirect, answer.text
    said = parse_qs(urlsplit(answer.headers["location"]).query)
    return await oauth.exchange(client, app, QBO.oauth, said["code"][0], now=datetime.now(UTC))
