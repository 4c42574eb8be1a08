"""Roles as processes: started from a shell, asked over HTTP, stopped by a signal."""

import asyncio
import base64
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import make_url

from gateway.runtime.broker import apply_topics
from providers.registry import PROVIDERS
from schemas.topics import catalogue
from tests.eventually import PATIENCE_S, eventually
from tests.fakes.environment import environment

KEY = "k" * 40


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@dataclass
class Role:
    """A running role, and what it wrote once it ended."""

    process: Process
    url: str
    lines: list[dict[str, Any]]

    async def get(self, path: str, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE_S) as client:
            return await client.get(path, headers=headers)

    async def ready(self) -> bool:
        try:
            return (await self.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for the end and return the exit code."""
        _, errors = await self.process.communicate()
        self.lines += [json.loads(line) for line in errors.decode().splitlines()]
        assert self.process.returncode is not None
        return self.process.returncode

    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]


@asynccontextmanager
async def role(name: str, environ: Mapping[str, str], port: int) -> AsyncIterator[Role]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        *name.split(),
        env={**environ},
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield Role(process, f"http://127.0.0.1:{port}", [])
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.fixture
async def environ(migrated_database_url: str, kafka_bootstrap: str) -> Mapping[str, str]:
    await apply_topics(kafka_bootstrap, catalogue(tuple(PROVIDERS)))
    return environment(
        DATABASE_URL=migrated_database_url,
        KAFKA_BOOTSTRAP=kafka_bootstrap,
        API_PORT=str(free_port()),
        METRICS_PORT=str(free_port()),
        API_KEYS=f"ops:{KEY}",
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("name", "port"), [("api", "API_PORT"), ("relay", "METRICS_PORT")])
async def test_a_role_starts_is_ready_and_stops_in_good_order(
    environ: Mapping[str, str], name: str, port: str, number: signal.Signals
) -> None:
    async with role(name, environ, int(environ[f"LEDGERLANE_{port}"])) as running:
        await eventually(running.ready)
        assert "ledgerlane_" in (await running.get("/metrics")).text
        assert await running.stop(number) == 0
    assert running.events()[0] == "role.started"
    assert running.events()[-1] == "role.stopped"
    password = make_url(environ["LEDGERLANE_DATABASE_URL"]).password
    assert str(password) not in json.dumps(running.lines)
    assert running.lines[0]["settings"]["LEDGERLANE_VAULT_KEYS"] == "set"


@pytest.mark.accepts("OBS-13", "RUN-03")
async def test_the_log_says_that_a_worker_started(environ: Mapping[str, str]) -> None:
    port = int(environ["LEDGERLANE_METRICS_PORT"])
    async with role("worker intake", environ, port) as running:
        await eventually(running.ready)
        assert await running.stop() == 0
    first = running.lines[0]
    assert (first["event"], first["role"]) == ("role.started", "worker intake")


@pytest.mark.accepts("OBS-13", "RUN-03")
async def test_the_log_says_that_a_worker_is_disabled(environ: Mapping[str, str]) -> None:
    disabled = {**environ, "LEDGERLANE_WORKER_ENABLED": "false"}
    async with role("worker intake", disabled, 0) as running:
        assert await running.ended() == 0
    first = running.lines[0]
    assert (first["event"], first["role"]) == ("role.disabled", "worker intake")


@pytest.mark.accepts("OBS-08")
async def test_a_hangup_turns_debugging_on_in_a_running_role(
    environ: Mapping[str, str],
) -> None:
    port = int(environ["LEDGERLANE_API_PORT"])
    async with role("api", environ, port) as running:
        await eventually(running.ready)
        running.process.send_signal(signal.SIGHUP)
        assert (await running.get("/healthz")).status_code == 200
        assert await running.stop() == 0
    changed = [line for line in running.lines if line["event"] == "log.level_changed"]
    assert [line["to"] for line in changed] == ["debug"]


@pytest.mark.accepts("CON-25")
async def test_the_api_answers_those_with_a_key(environ: Mapping[str, str]) -> None:
    port = int(environ["LEDGERLANE_API_PORT"])
    async with role("api", environ, port) as running:
        await eventually(running.ready)
        refused = await running.get("/v1/tenants/t1/connections")
        assert refused.status_code == 401
        found = await running.get("/v1/tenants/t1/connections", Authorization=f"Bearer {KEY}")
        assert found.json() == {"connections": []}
        async with httpx.AsyncClient(base_url=running.url, timeout=PATIENCE_S) as client:
            sync = await client.post(
                "/v1/tenants/t1/providers/qbo/sync",
                headers={"Authorization": f"Bearer {KEY}"},
            )
        assert (sync.status_code, sync.json()["code"]) == (424, "provider_not_configured")
        assert await running.stop() == 0


ZERO = base64.b64encode(bytes(32)).decode()


@pytest.mark.accepts("TOK-07")
@pytest.mark.parametrize("keys", [f"k1:{ZERO}", "k1:c2hvcnQ=", ""])
async def test_production_does_not_start_without_a_real_key(
    environ: Mapping[str, str], keys: str
) -> None:
    wrong = {
        **environ,
        "LEDGERLANE_ENVIRONMENT": "production",
        "LEDGERLANE_VAULT_KEYS": keys,
    }
    async with role("api", wrong, 0) as failing:
        _, errors = await failing.process.communicate()
        assert failing.process.returncode == 1
    assert errors.startswith(b"ledgerlane: LEDGERLANE_VAULT_KEYS")


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("api", {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x"}, "does not answer"),
        ("relay", {"KAFKA_BOOTSTRAP": "127.0.0.1:1"}, "Kafka at 127.0.0.1:1"),
    ],
)
async def test_a_role_that_cannot_start_ends_with_one_line(
    environ: Mapping[str, str], name: str, changes: Mapping[str, str], said: str
) -> None:
    wrong = {**environ, **{f"LEDGERLANE_{key}": value for key, value in changes.items()}}
    async with role(name, wrong, 0) as failing:
        _, errors = await failing.process.communicate()
        assert failing.process.returncode == 1
    (*_, last) = errors.decode().splitlines()
    assert last.startswith("ledgerlane: ")
    assert said in last
    assert "Traceback" not in errors.decode()


async def test_a_database_that_was_not_migrated_is_refused(
    environ: Mapping[str, str], database_url: str
) -> None:
    wrong = {**environ, "LEDGERLANE_DATABASE_URL": database_url}
    async with role("api", wrong, 0) as failing:
        _, errors = await failing.process.communicate()
        assert failing.process.returncode == 1
    assert "run `ledgerlane migrate`" in errors.decode().splitlines()[-1]


async def test_a_port_in_use_is_refused(environ: Mapping[str, str]) -> None:
    port = int(environ["LEDGERLANE_API_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        async with role("api", environ, port) as failing:
            _, errors = await failing.process.communicate()
            assert failing.process.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in errors.decode().splitlines()[-1]


async def test_migrate_and_topics_from_a_shell(
    environ: Mapping[str, str], database_url: str
) -> None:
    said = {**environ, "LEDGERLANE_DATABASE_URL": database_url}
    for arguments, expected in (
        (["migrate"], b"at revision"),
        (["migrate", "--down", "base"], b"at revision base"),
        (["topics", "apply"], b"0 of them created now"),
        (["topics", "list", "--json"], b"platform.events"),
        (["vault", "new-key"], b"="),
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", *arguments, env=said, stdout=PIPE, stderr=PIPE
        )
        written, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        assert expected in written
