"""The stage: services, databases, processes and connected companies, opened and closed."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from gateway.config.settings_file import without_password, write_settings_file
from gateway.database.engine import open_database
from gateway.database.migrate import upgrade
from gateway.demo.business.scenario import TENANTS, Company, Tenant
from gateway.demo.environment.databases import own_database
from gateway.demo.environment.processes import Addresses, Cast
from gateway.demo.platform.platform import create_tables
from gateway.demo.reporter import Reporter
from gateway.embedded.services import Services, services
from gateway.operations.connect import Consent
from gateway.runtime.broker import apply_topics
from gateway.wiring.connect import open_connector
from gateway.wiring.providers import oauth_app
from providers.connections import Connection
from providers.oauth import authorize_url
from providers.registry import PROVIDERS
from schemas.topics import catalogue


@dataclass(frozen=True, slots=True)
class Given:
    """Services to use in place of embedded ones; empty where there are none."""

    database_url: str = ""
    kafka_bootstrap: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A connected company.

    Attributes:
        seeded: The ledger ids of what its ledger held before.
    """

    tenant: Tenant
    company: Company
    connection: Connection
    seeded: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a demo plays on, ready."""

    services: Services
    addresses: Addresses
    cast: Cast
    gateway: AsyncEngine
    platform: AsyncEngine
    seats: tuple[Seat, ...]


@asynccontextmanager
async def open_stage(given: Given, reporter: Reporter) -> AsyncIterator[Stage]:
    """Have everything ready while the body runs; nothing of it is left afterwards.

    Raises:
        EmbeddedError: a service or process could not be started.
        Refusal: the given services can't be used.
    """
    async with AsyncExitStack() as stack:
        reporter.say("Starting PostgreSQL and Kafka")
        here = await stack.enter_async_context(
            services(database_url=given.database_url, kafka_bootstrap=given.kafka_bootstrap)
        )
        addresses = await _addresses(here, stack)
        cast = Cast(here.run, addresses)
        reporter.say("Creating tables and topics, starting both simulators")
        async with asyncio.TaskGroup() as group:
            group.create_task(_prepare(addresses))
            group.create_task(cast.start_simulators())
        gateway = await stack.enter_async_context(open_database(addresses.gateway_url))
        platform = await stack.enter_async_context(open_database(addresses.platform_url))
        async with platform.begin() as connection:
            await create_tables(connection)
        reporter.say("Starting relay, intake and workers; connecting companies")
        async with asyncio.TaskGroup() as group:
            seating = group.create_task(_connect_all(cast, reporter))
            group.create_task(cast.roles.start_all())
        yield Stage(here, addresses, cast, gateway, platform, seating.result())


async def _addresses(here: Services, stack: AsyncExitStack) -> Addresses:
    """Create databases of our own, whose names nobody has where the server is not ours."""
    end = "" if here.postgres else f"_{secrets.token_hex(4)}"
    found = [
        await stack.enter_async_context(own_database(here.database_url, f"{name}{end}"))
        for name in ("ledgerlane", "platform")
    ]
    return Addresses(found[0], found[1], here.kafka_bootstrap)


async def _prepare(addresses: Addresses) -> None:
    await upgrade(addresses.gateway_url)
    await apply_topics(addresses.kafka_bootstrap, catalogue(tuple(PROVIDERS)))


async def _connect_all(cast: Cast, reporter: Reporter) -> tuple[Seat, ...]:
    settings = Settings.from_environ(cast.environment)
    seats = []
    for tenant in TENANTS:
        for company in tenant.companies:
            seats.append(await _connect(cast, settings, tenant, company))
            title = PROVIDERS[company.provider].title
            reporter.say(f"Connected {company.name} ({company.country}) at {title}")
    return tuple(seats)


async def _connect(cast: Cast, settings: Settings, tenant: Tenant, company: Company) -> Seat:
    """Create a company at the simulator, and connect it as its admin would in a browser."""
    simulator = cast.simulators[company.provider]
    provider = PROVIDERS[company.provider]
    realm = await simulator.found(company)
    url = authorize_url(
        oauth_app(provider, settings),
        provider.oauth.scopes,
        state=secrets.token_urlsafe(16),
    )
    code = await simulator.consent(url, realm, user=f"owner@{tenant.id}.example.com")
    async with open_connector(settings, provider) as connector:
        connected = await connector.connect(
            Consent(tenant.id, code, [realm], make_default=True)
        )
    held = await simulator.records(realm)
    return Seat(tenant, company, connected[0], frozenset(one.ledger_id for one in held))


def shown_addresses(stage: Stage) -> Mapping[str, str]:
    """Give the addresses that a person may want, by what is there, and the way to the rest."""
    settings_file = write_settings_file(stage.services.run.data, stage.cast.environment)
    simulators = {
        f"{PROVIDERS[name].title} simulator": f"{one.address}/"
        for name, one in stage.cast.simulators.items()
    }
    return {
        "gateway's database": without_password(stage.addresses.gateway_url),
        "platform's database": without_password(stage.addresses.platform_url),
        "Kafka": stage.addresses.kafka_bootstrap,
        **simulators,
        "For other commands, first in their shell": f". {settings_file}",
    }
