"""Where benchmarks run: embedded PostgreSQL that waits for its disk, Kafka, and our roles."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import PREFIX, Settings
from gateway.database.engine import open_database
from gateway.database.migrate import upgrade
from gateway.demo.business.scenario import Company
from gateway.demo.environment.databases import own_database
from gateway.demo.environment.simulators import Simulator
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.ports import free_ports
from gateway.embedded.probe import http_ok
from gateway.embedded.role_processes import command_line
from gateway.embedded.run import Run
from gateway.embedded.services import services
from gateway.operations.connect import Consent
from gateway.runtime.broker import apply_topics
from gateway.runtime.lifecycle import utc_now
from gateway.vault import AesVault
from gateway.wiring.connect import open_connector
from gateway.wiring.providers import oauth_app
from ledgerlane_outbox import install
from providers.base import Provider
from providers.connections import Connection
from providers.grants import GrantStore
from providers.oauth import Token, authorize_url
from providers.registry import PROVIDERS
from providers.tables import connections
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId
from schemas.topics import catalogue
from tests.fakes.environment import environment

QBO, XERO = ProviderName("qbo"), ProviderName("xero")
APPS: Mapping[ProviderName, tuple[str, str]] = {
    QBO: ("qbo-simulator-client", "qbo-simulator-secret"),
    XERO: ("xero-simulator-app", "xero-simulator-secret"),
}
MAPPING = {"accounts": {"sales": "200"}}


class Seeded(NamedTuple):
    """A connection that was stored without a consent."""

    tenant: TenantId
    realm: RealmId
    connection: ConnectionId


@dataclass(frozen=True, slots=True)
class Role:
    """A role that runs as a process of its own."""

    child: ManagedProcess
    port: int

    @property
    def url(self) -> str:
        """Where it shows its health and metrics."""
        return f"http://127.0.0.1:{self.port}"

    async def metric(self, name: str) -> float:
        """Read a metric without labels."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            told = (await client.get("/metrics")).text
        lines = dict(line.rsplit(" ", 1) for line in told.splitlines())
        return float(lines[name])


@dataclass
class Stage:
    """Services, the gateway's database, and a platform service's own with an outbox."""

    run: Run
    environ: Mapping[str, str]
    gateway: AsyncEngine
    platform: AsyncEngine
    _names: Any = field(default_factory=count)

    @property
    def settings(self) -> Settings:
        """What the roles are told."""
        return Settings.from_environ(self.environ)

    async def start(self, role: str) -> Role:
        """Start a role, such as ``worker qbo``, and return when it is at work."""
        port = next(free_ports())
        own = {**self.environ, f"{PREFIX}METRICS_PORT": str(port)}
        name = f"{role.replace(' ', '-')}-{next(self._names)}"
        child = ManagedProcess(self.run, name, command_line(*role.split()), environ=own)
        started = Role(child, port)
        await child.start()
        await child.until(lambda: http_ok(f"{started.url}/readyz"), within_s=60)
        return started

    async def connect(self, name: ProviderName, company: Company, tenant: str) -> Connection:
        """Found a company at a simulator and connect it, as its admin would."""
        provider, settings = PROVIDERS[name], self.settings
        app = oauth_app(provider, settings)
        simulator = Simulator(name, app.api_url)
        realm = await simulator.found(company)
        url = authorize_url(app, provider.oauth.scopes, state="bench")
        code = await simulator.consent(url, realm, user="owner@example.com")
        async with open_connector(settings, provider) as connector:
            (connected,) = await connector.connect(Consent(TenantId(tenant), code, [realm]))
        async with self.gateway.begin() as database:
            mine = connections.c.id == connected.id
            await database.execute(update(connections).where(mine).values(settings=MAPPING))
        return connected

    async def value(self, query: str) -> Any:
        """Ask the gateway's database for one value."""
        async with self.gateway.connect() as database:
            return (await database.execute(text(query))).scalar_one()


@asynccontextmanager
async def open_stage(
    simulators: Mapping[ProviderName, str] | None = None,
) -> AsyncIterator[Stage]:
    """Have everything but roles and companies.

    Args:
        simulators: Where the providers' stand-ins are.
    """
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        here = await enter(services(durable=True))
        gateway_url = await enter(own_database(here.database_url, "gateway"))
        platform_url = await enter(own_database(here.database_url, "platform"))
        await upgrade(gateway_url)
        await apply_topics(here.kafka_bootstrap, catalogue(tuple(PROVIDERS)))
        gateway = await enter(open_database(gateway_url))
        platform = await enter(open_database(platform_url))
        async with platform.begin() as database:
            await install(database)
        environ = environment(
            DATABASE_URL=gateway_url,
            KAFKA_BOOTSTRAP=here.kafka_bootstrap,
            SOURCES=f"platform={platform_url}",
            LOG_LEVEL="warning",
            **_registrations(simulators or {}),
        )
        yield Stage(here.run, {"PATH": os.defpath, **environ}, gateway, platform)


def _registrations(simulators: Mapping[ProviderName, str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for name, address in simulators.items():
        client_id, secret = APPS[name]
        said |= {
            f"{name.upper()}_CLIENT_ID": client_id,
            f"{name.upper()}_CLIENT_SECRET": secret,
            f"{name.upper()}_REDIRECT_URI": "https://platform.example.com/callback",
            f"{name.upper()}_API_URL": address,
            f"{name.upper()}_AUTH_URL": address,
        }
    return said


async def seed_connections(stage: Stage, provider: Provider, how_many: int) -> Sequence[Seeded]:
    """Store connected companies of as many tenants, each by its own consent, without a call."""
    now = utc_now()
    token = Token("access", "refresh", now + timedelta(hours=9), now + timedelta(days=9), ())
    rows = [_connection(provider, number) for number in range(how_many)]
    async with stage.gateway.begin() as database:
        grants = GrantStore(database, AesVault(stage.settings.vault_keys))
        for row in rows:
            row["grant_id"] = await grants.add(
                row["tenant_id"], provider.name, token, consent_life=None, now=now
            )
            row |= {"connected_at": now, "updated_at": now}
        await database.execute(insert(connections), rows)
    return [Seeded(row["tenant_id"], row["realm_id"], row["id"]) for row in rows]


def _connection(provider: Provider, number: int) -> dict[str, Any]:
    return {
        "id": ConnectionId(uuid4()),
        "tenant_id": TenantId(f"t{number}"),
        "provider": provider.name,
        "realm_id": RealmId(str(9_130_000_000_000_000 + number)),
        "environment": "sandbox",
        "state": "connected",
        "company_name": f"Company {number}",
        "country": "NZ",
        "currency": "NZD",
        "profile": {},
        "settings": MAPPING,
        "is_default": True,
    }
