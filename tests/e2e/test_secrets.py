"""A day with trouble: afterwards no secret is anywhere but in the vault."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from gateway.embedded.ports import free_ports
from gateway.embedded.probe import http_ok
from gateway.vault import AesVault
from providers.grants import GrantStore
from schemas.documents.customer import Customer
from tests.chaos.books import Books
from tests.chaos.platform import Owner, business, edits
from tests.chaos.process_group import ROLES, ProcessGroup
from tests.e2e.letters import poison_events
from tests.e2e.secrets_seen import places, seen
from tests.e2e.shell import Ended, ledgerlane
from tests.e2e.topics import put
from tests.eventually import PATIENCE_S
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")
REQUESTS = (
    ("GET", "/v1/tenants/t1/connections"),
    ("GET", "/v1/tenants/t1/records"),
    ("GET", "/v1/tasks?state=all"),
    ("GET", "/metrics"),
    ("POST", "/v1/tenants/t1/providers/qbo/sync"),
    ("POST", "/v1/tenants/t1/providers/sage/sync"),
    ("GET", "/v1/tasks/6d1c7a8e-0000-4000-8000-000000000000"),
    ("GET", "/nowhere"),
    ("GET", "/v1/tenants/t1/providers/qbo/sync"),
    ("POST", "/v1/tenants/nobody/providers/qbo/sync"),
    ("GET", "/v1/tasks?cursor=x"),
)


class Spy:
    """Collects the secrets of a run, as they come into the world."""

    def __init__(self, group: ProcessGroup) -> None:
        self._group = group
        self.secrets = {group.services.vault_key}
        self.said: list[Ended] = []
        self.answers: list[httpx.Response] = []
        for simulator in group.services.simulators.values():
            login = f"{simulator.client_id}:{simulator.client_secret}"
            self.secrets |= {simulator.client_secret, login}

    async def connect(self, books: Books, *, times: int = 1) -> Sequence[int]:
        """Connect by the command line, with one code as often as told; gives the exit codes."""
        settings = self._group.services.settings(self._group.environ)
        code = books.simulator.consent(settings, books.realm)
        self.secrets.add(code)
        command = ["--tenant", books.tenant, "--realm", books.realm, "--default"]
        command += ["--provider", books.simulator.name, "--code", code]
        ended = [
            await ledgerlane(self._group.environ, "connect", *command) for _ in range(times)
        ]
        self.said += ended
        return [one.code for one in ended]

    async def ask(self) -> Sequence[int]:
        """Ask the API for everything, also wrongly; gives the statuses of its answers."""
        key = f"api-{secrets.token_urlsafe(32)}"
        self.secrets.add(key)
        port = next(free_ports())
        api = await self._group.launch(
            "api", API_PORT=str(port), API_KEYS=f"ops:{key}", LOG_LEVEL="debug"
        )
        url = f"http://127.0.0.1:{port}"
        await api.until(lambda: http_ok(f"{url}/readyz"), within_s=PATIENCE_S)
        authorised = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            base_url=url, headers=authorised, timeout=PATIENCE_S
        ) as client:
            self.answers += [await client.request(*asked) for asked in REQUESTS]
            wrong = {"Authorization": f"Bearer {key}-and-more"}
            self.answers.append(await client.get("/v1/tasks", headers=wrong))
        return [answer.status_code for answer in self.answers]

    async def tokens(self) -> int:
        """Note the tokens that are good now; gives how many are new."""
        before = len(self.secrets)
        vault = AesVault(self._group.services.settings(self._group.environ).vault_keys)
        async with self._group.gateway.connect() as connection:
            for row in await self._group.rows("SELECT id FROM connections"):
                grant = await GrantStore(connection, vault).of(row["id"])
                assert grant is not None
                self.secrets |= {grant.token.access, grant.token.refresh}
        return len(self.secrets) - before


@asynccontextmanager
async def spied(group: ProcessGroup) -> AsyncIterator[Spy]:
    """Let a test play its part, and then look for what was collected."""
    spy = Spy(group)
    yield spy
    where = await places(group)
    where["what the API answered"] = "\n".join(
        f"{answer.headers} {answer.text}" for answer in spy.answers
    )
    where["what commands said"] = "\n".join(one.output + one.errors for one in spy.said)
    assert seen(spy.secrets, where) == []
    for place in ("platform.events", "qbo.work", "qbo.dead", "sync.results", "platform.dead"):
        assert seen(["t1"], {place: where[place]}), f"{place} was looked into"
    assert seen(["c9"], {"API": where["what the API answered"]}) == ["API"]
    for place in ("public.sync_records", "public.grants", "public.dead_letters", "relay.log"):
        assert seen(["t1", "relay"], {place: where[place]}), f"{place} was looked into"


@pytest.mark.accepts("TOK-09", "CON-20")
async def test_no_secret_is_in_any_log_topic_table_or_error(group: ProcessGroup) -> None:
    async with spied(group) as spy:
        for provider in (QBO, XERO):
            books = await group.connect(provider, "t1")
            assert await spy.connect(books, times=2) == [0, 1], "a code works once"
        assert await spy.tokens() == 4
        await group.start(*ROLES, LOG_LEVEL="debug")
        await group.platform.announce(T1, *business(3, 5))
        await group.agree()
        for books in group.books:
            books.simulator.control(f"connections/{books.realm}/expire-access", {})
        await group.platform.announce(T1, *edits(3, 5))
        await group.agree()
        assert await spy.tokens() >= 3, "both were refreshed, and Xero's refresh token changes"
        await _fail(group)
        assert await spy.ask() == [200, 200, 200, 200, 202, 404, 404, 404, 405, 409, 422, 401]


async def _fail(group: ProcessGroup) -> None:
    """Let things die in every way that leaves a letter."""
    events = list(poison_events())
    topic, bootstrap = "platform.events", group.services.kafka.bootstrap
    await put(bootstrap, topic, *((headers, value) for _, headers, value in events))
    unnamed = Customer(id="c9", name="Angle: <bracket>")
    await group.platform.announce(T1, unnamed)
    group.platform.forget(T1, unnamed)
    await group.agree(dead=len(events) + 2)
