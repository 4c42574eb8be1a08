"""The environment: services, databases, processes, connected companies, opened and closed."""

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
from gateway.demo.environment.processes import Addresses, DemoProcesses
from gateway.demo.platform.platform import create_tables
from gateway.demo.reporter import Reporter
from gateway.demo.verification.entry import RecordId
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
class GivenServices:
    """Addresses of services to use in place of embedded ones; empty for an embedded one."""

    database_url: str = ""
    kafka_bootstrap: str = ""


@dataclass(frozen=True, slots=True)
class ConnectedCompany:
    """A connected company.

    Attributes:
        seeded: The records that its ledger had before the demo.
    """

    tenant: Tenant
    company: Company
    connection: Connection
    seeded: frozenset[RecordId]


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    """Everything that a demo runs on, ready for use."""

    services: Services
    addresses: Addresses
    processes: DemoProcesses
    gateway: AsyncEngine
    platform: AsyncEngine
    companies: tuple[ConnectedCompany, ...]


@asynccontextmanager
async def open_environment(
    given: GivenServices, reporter: Reporter
) -> AsyncIterator[DemoEnvironment]:
    """Open everything, yield it, and remove it all at the end.

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
        processes = DemoProcesses(here.run, addresses)
        reporter.say("Creating tables and topics, starting both simulators")
        async with asyncio.TaskGroup() as group:
            group.create_task(_prepare(addresses))
            group.create_task(processes.start_simulators())
        gateway = await stack.enter_async_context(open_database(addresses.gateway_url))
        platform = await stack.enter_async_context(open_database(addresses.platform_url))
        async with platform.begin() as connection:
            await create_tables(connection)
        reporter.say("Starting relay, intake and workers; connecting companies")
        async with asyncio.TaskGroup() as group:
            connecting = group.create_task(_connect_all(processes, reporter))
            group.create_task(processes.roles.start_all())
        yield DemoEnvironment(
            here, addresses, processes, gateway, platform, connecting.result()
        )


async def _addresses(here: Services, stack: AsyncExitStack) -> Addresses:
    """Create the databases; on a given server under names that no other run uses."""
    end = "" if here.postgres else f"_{secrets.token_hex(4)}"
    found = [
        await stack.enter_async_context(own_database(here.database_url, f"{name}{end}"))
        for name in ("ledgerlane", "platform")
    ]
    return Addresses(found[0], found[1], here.kafka_bootstrap)


async def _prepare(addresses: Addresses) -> None:
    await upgrade(addresses.gateway_url)
    await apply_topics(addresses.kafka_bootstrap, catalogue(tuple(PROVIDERS)))


async def _connect_all(
    processes: DemoProcesses, reporter: Reporter
) -> tuple[ConnectedCompany, ...]:
    settings = Settings.from_environ(processes.variables)
    companies = []
    for tenant in TENANTS:
        for company in tenant.companies:
            companies.append(await _connect(processes, settings, tenant, company))
            title = PROVIDERS[company.provider].title
            reporter.say(f"Connected {company.name} ({company.country}) at {title}")
    return tuple(companies)


async def _connect(
    processes: DemoProcesses, settings: Settings, tenant: Tenant, company: Company
) -> ConnectedCompany:
    """Create a company at the simulator, and connect it as its admin would in a browser."""
    simulator = processes.simulators[company.provider]
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
    return ConnectedCompany(tenant, company, connected[0], frozenset(one.id for one in held))


def shown_addresses(environment: DemoEnvironment) -> Mapping[str, str]:
    """Return the addresses that a person may want, by name, and the settings file."""
    settings_file = write_settings_file(
        environment.services.run.data, environment.processes.variables
    )
    simulators = {
        f"{PROVIDERS[name].title} simulator": f"{one.address}/"
        for name, one in environment.processes.simulators.items()
    }
    return {
        "gateway's database": without_password(environment.addresses.gateway_url),
        "platform's database": without_password(environment.addresses.platform_url),
        "Kafka": environment.addresses.kafka_bootstrap,
        **simulators,
        "For other commands, first in their shell": f". {settings_file}",
    }
