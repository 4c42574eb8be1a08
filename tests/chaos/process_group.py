"""The processes of one test: relay, intake and workers as they are in production, and killed.

A test announces documents on the platform, lets something die, starts it again, and asks that
the books agree: nothing lost, nothing twice, nothing elsewhere, every record at its newest.
"""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

import httpx
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import PREFIX
from gateway.database.engine import open_database
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.ports import free_ports
from gateway.embedded.probe import http_ok
from gateway.embedded.role_processes import command_line
from gateway.operations.connect import Consent
from gateway.wiring.connect import open_connector
from schemas.ids import ProviderName, RealmId, TenantId
from tests.chaos.books import Books, records_of
from tests.chaos.platform import Entity, Platform
from tests.chaos.services import RunningServices, databases, fresh_topics
from tests.eventually import PATIENCE_S, eventually
from tests.fakes.served import QBO, XERO, Simulated

RELAY: Final = "relay"
INTAKE: Final = "worker intake"
WORKER_QBO: Final = "worker qbo"
WORKER_XERO: Final = "worker xero"
WORKERS: Final = (WORKER_QBO, WORKER_XERO)
API: Final = "api"
ROLES: Final = (RELAY, INTAKE, *WORKERS)

_COMPANIES: Final = {QBO: "companies", XERO: "organisations"}
_ACCOUNTS: Final = {
    QBO: '{"accounts": {"sales": "1", "deposit": "35"}}',
    XERO: '{"accounts": {"sales": "200", "deposit": "090"}}',
}
_SHOWN: Final = 10


class ProcessGroup:
    """Everything that runs in one test beside the services."""

    def __init__(
        self,
        services: RunningServices,
        environ: Mapping[str, str],
        gateway: AsyncEngine,
        platform: Platform,
    ) -> None:
        self.services = services
        self.environ = environ
        self.gateway = gateway
        self.platform = platform
        self.books: list[Books] = []
        self.children: dict[str, ManagedProcess] = {}
        # A role's log goes on when it is started again, but not from one test to the next.
        self.logs = services.run.logs / uuid4().hex
        self.logs.mkdir()
        self._run = replace(services.run, logs=self.logs)
        self._ports = free_ports()
        self._metrics_ports: dict[str, int] = {}

    # -- processes -----------------------------------------------------------------------

    async def start(self, *roles: str, **changes: str) -> None:
        """Start roles, also again, and return when all are at work.

        Args:
            changes: Settings that are otherwise than the others', without the prefix.
        """
        async with asyncio.TaskGroup() as starts:
            for role in roles:
                starts.create_task(self._start(role, changes))

    async def _start(self, role: str, changes: Mapping[str, str]) -> None:
        port = next(self._ports)
        await self.launch(role, METRICS_PORT=str(port), **changes)

        async def ready() -> bool:
            return await http_ok(f"http://127.0.0.1:{port}/readyz")

        await self.children[role].until(ready, within_s=PATIENCE_S)

    async def start_api(self) -> None:
        """Start the API, which has a port of its own, and return when it answers."""
        port = next(self._ports)
        await self.launch(API, API_PORT=str(port))

        async def ready() -> bool:
            return await http_ok(f"http://127.0.0.1:{port}/readyz")

        await self.children[API].until(ready, within_s=PATIENCE_S)

    async def launch(self, role: str, **changes: str) -> ManagedProcess:
        """Start a role, and wait for nothing. ``worker qbo#2`` is a second one of its kind."""
        slug = role.replace(" ", "-").replace("#", "-")
        own = {"METRICS_PORT": str(next(self._ports)), "WORKER_NAME": slug, **changes}
        self._metrics_ports[role] = int(own["METRICS_PORT"])
        environ = {**self.environ, **{PREFIX + name: value for name, value in own.items()}}
        command = command_line(*role.partition("#")[0].split())
        child = ManagedProcess(self._run, slug, command, environ=environ)
        self.children[role] = child
        await child.start()
        return child

    async def crash(self, *roles: str, at: str) -> None:
        """Start roles that kill themselves at a named point, and wait until all have."""
        for role in roles:
            await self.launch(role, CRASH_POINT=at)
        for role in roles:
            code = await self.ending(role)
            assert code == -signal.SIGKILL, f"{role} did not die at {at}: {code}"

    async def kill(self, *roles: str) -> None:
        """End roles by SIGKILL, whatever they are doing."""
        for role in roles:
            await self.children[role].kill()

    async def stop(self, role: str) -> int:
        """Ask a role to end, by SIGTERM; gives its exit code."""
        await self.children[role].stop()
        return await self.children[role].wait()

    async def ending(self, role: str) -> int:
        """Wait until a role ends by itself; gives its exit code."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self.children[role].wait()
        except TimeoutError:
            raise AssertionError(f"{role} goes on\n{self.output()}") from None

    async def end(self) -> None:
        """Kill what still runs."""
        for child in self.children.values():
            await child.kill()

    def ended(self) -> list[str]:
        """Name the roles that do not run."""
        return [role for role, child in self.children.items() if not child.running]

    def output(self) -> str:
        """Return the end of every role's log, to find out what went wrong."""
        found = []
        for role, child in self.children.items():
            if child.log.exists():
                lines = child.log.read_text(errors="replace").splitlines()
                told = [line for line in lines if '"role.started"' not in line]
                found += [f"--- {role}", *(line[:1500] for line in told[-_SHOWN:])]
        return "\n".join(found)

    def logged(self, *roles: str, event: str = "") -> list[dict[str, Any]]:
        """Return the JSON lines that roles have logged: of one event, where it is named."""
        logs = [self.children[role].log.read_text(errors="replace") for role in roles]
        whole = [line for log in logs for line in log.split("\n")[:-1]]  # ended by now
        lines = [line for line in whole if line.startswith("{")]
        told = map(json.loads, lines)
        return [one for one in told if not event or one.get("event") == event]

    async def metric(self, role: str, name: str) -> float:
        """Return the value of a metric without labels that a role shows."""
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            shown = await client.get(f"http://127.0.0.1:{self._metrics_ports[role]}/metrics")
        families = text_string_to_metric_families(shown.raise_for_status().text)
        return next(
            one.value for found in families for one in found.samples if one.name == name
        )

    async def tries_in_progress(self, worker: str) -> int:
        """Return how many tries a worker has begun and not ended."""
        return int(await self.metric(worker, "ledgerlane_lane_tries_in_progress"))

    # -- companies -----------------------------------------------------------------------

    async def connect(
        self, provider: ProviderName, tenant: str, *, default: bool = True
    ) -> Books:
        """Create a company and connect it to a tenant."""
        simulator = self.services.simulators[provider]
        told = {"name": f"{tenant} Ltd", "country": "GB"}
        realm = simulator.control(_COMPANIES[provider], told)["realm"]
        seeded = frozenset(records_of(simulator, realm))
        books = Books(simulator, tenant, realm, seeded, default)
        await self.consent(books)
        self.books.append(books)
        return books

    async def consent(self, books: Books) -> None:
        """Consent as an admin does and connect the company, for the first time or again."""
        settings = self.services.settings(self.environ)
        provider = books.simulator.provider
        code = books.simulator.consent(settings, books.realm)
        consent = Consent(
            TenantId(books.tenant), code, [RealmId(books.realm)], make_default=books.default
        )
        async with open_connector(settings, provider) as connector:
            await connector.connect(consent)
        await self.execute(
            "UPDATE connections SET settings = CAST(:chosen AS jsonb) WHERE realm_id = :realm",
            chosen=_ACCOUNTS[provider.name],
            realm=books.realm,
        )

    # -- what became of it ---------------------------------------------------------------

    async def execute(self, statement: str, **values: Any) -> None:
        """Change the gateway's database."""
        async with self.gateway.begin() as connection:
            await connection.execute(text(statement), values)

    async def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Read rows of the gateway's database."""
        async with self.gateway.connect() as connection:
            found = await connection.execute(text(statement), values)
            return [dict(row) for row in found.mappings()]

    async def count(self, table: str, condition: str = "true") -> int:
        """Count rows of the gateway's database."""
        statement = f"SELECT count(*) AS n FROM {table} WHERE {condition}"  # noqa: S608
        (row,) = await self.rows(statement)
        return int(row["n"])

    async def agree(self, *, dead: int = 0, within_s: float = PATIENCE_S) -> None:
        """Wait until every record agrees on its newest version, and compare all books.

        Args:
            dead: How many dead letters there are to be; records that died are left out.
        """

        async def all_agree() -> bool:
            there = await self.count("dead_letters")
            return there == dead and not await self._differences()

        try:
            await eventually(all_agree, within_s=within_s)
        except TimeoutError:
            raise AssertionError(await self._report(dead)) from None
        await self._compare()

    async def _report(self, dead: int) -> str:
        """Return what keeps the books from agreeing, as far as the gateway tells."""
        letters = await self.rows("SELECT code, document_id, attempts FROM dead_letters")
        wrong = [str(one) for one in await self._differences()]
        counts = f"{len(letters)} dead letters, {dead} expected; {len(wrong)} records differ"
        shown = [*wrong[:_SHOWN], *(str(one) for one in letters[:_SHOWN])]
        return "\n".join([counts, *shown, self.output()])

    async def _differences(self) -> list[Any]:
        """Return which records are not what the platform announced last."""
        stored = {
            (row["tenant_id"], row["realm_id"], row["document_type"], row["document_id"]): row
            for row in await self.rows(_RECORDS)
        }
        wrong: list[Any] = []
        for books in self.books:
            for entity, _ in self.platform.of(*books.owners):
                key = (books.tenant, books.realm, entity.type.value, entity.id)
                row = stored.pop(key, None)
                if not self._is_newest(entity, row):
                    wrong.append((key, row))
        return [*wrong, *stored.items()]

    def _is_newest(self, entity: Entity, row: Mapping[str, Any] | None) -> bool:
        version = self.platform.versions[entity]
        return row is not None and (
            (row["state"], row["desired_version"], row["base_version"])
            == ("agreed", version, version)
        )

    async def _compare(self) -> None:
        for books in self.books:
            held, expected = books.held(), books.expected(self.platform)
            assert held == expected, f"{books}: +{held - expected} -{expected - held}"
            assert books.duplicates() == [], books
        assert await self.count("intents") == 0
        assert self.ended() == [], self.output()


_RECORDS: Final = """
    SELECT tenant_id, realm_id, document_type, document_id, state, desired_version,
           base_version, reason
      FROM sync_records WHERE state <> 'dead'
"""


@asynccontextmanager
async def open_process_group(services: RunningServices) -> AsyncIterator[ProcessGroup]:
    """Have fresh databases, topics and simulators; no role runs yet, and none afterwards."""
    async with AsyncExitStack() as stack:
        gateway_url, platform_url = await stack.enter_async_context(databases(services))
        await fresh_topics(services.bootstrap)
        _reset(*services.simulators.values())
        gateway = await stack.enter_async_context(open_database(gateway_url))
        platform = Platform(await stack.enter_async_context(open_database(platform_url)))
        await platform.prepare()
        environ = services.environ(gateway_url, platform_url)
        group = ProcessGroup(services, environ, gateway, platform)
        stack.push_async_callback(group.end)
        yield group


def _reset(*simulators: Simulated) -> None:
    for simulator in simulators:
        simulator.control("reset", {})
