"""The embedded servers, on the real ones: they answer, come back, and leave nothing behind."""

import asyncio
import os
import re
import signal
import socket
import sys
import uuid
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from itertools import chain
from pathlib import Path

import asyncpg
import psutil
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from gateway.embedded.kafka import Kafka
from gateway.embedded.ports import free_ports
from gateway.embedded.postgres import Postgres
from gateway.embedded.run import Run, open_run
from gateway.embedded.services import services
from tests.eventually import PATIENCE_S

pytestmark = pytest.mark.asyncio(loop_scope="module")

_ROOT = Path(__file__).parents[4]
_EMBEDDED = (sys.executable, "-m", "gateway.embedded")
_ADDRESS = re.compile(r"postgresql\+asyncpg://\S+?/postgres")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    async with open_run(tmp_path_factory.mktemp("logs")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def postgres(run: Run) -> AsyncIterator[Postgres]:
    server = Postgres(run)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kafka(run: Run) -> AsyncIterator[Kafka]:
    server = Kafka(run)
    await server.start()
    yield server
    await server.stop()


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


async def _execute(server: Postgres, statement: str) -> None:
    async with _connected(server.url) as connection:
        await connection.execute(statement)


async def _create_topic(kafka: Kafka) -> str:
    name = f"embedded-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()
    return name


async def _publish(kafka: Kafka, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def _stored(kafka: Kafka, topic: str) -> bytes:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        record = await asyncio.wait_for(consumer.getone(), PATIENCE_S)
        return bytes(record.value)
    finally:
        await consumer.stop()


class TestPostgres:
    async def test_is_version_18(self, postgres: Postgres) -> None:
        async with _connected(postgres.url) as connection:
            assert await connection.fetchval("SHOW server_version_num") >= "180000"

    async def test_a_wrong_password_is_refused(self, postgres: Postgres) -> None:
        wrong = re.sub(r":\w+@", ":guess@", postgres.url)
        with pytest.raises(asyncpg.InvalidPasswordError):
            async with _connected(wrong):
                pass

    async def test_a_restart_keeps_address_and_data(self, postgres: Postgres) -> None:
        await _execute(postgres, "CREATE TABLE kept AS SELECT 7 AS n")
        url = postgres.url
        await postgres.restart()
        assert postgres.url == url
        async with _connected(url) as connection:
            assert await connection.fetchval("SELECT n FROM kept") == 7

    async def test_a_commit_survives_a_kill_under_an_open_session(
        self, postgres: Postgres
    ) -> None:
        async with _connected(postgres.url) as open_session:
            await open_session.execute("CREATE TABLE survived AS SELECT 7 AS n")
            await postgres.kill()
            await postgres.start()
        async with _connected(postgres.url) as connection:
            assert await connection.fetchval("SELECT n FROM survived") == 7

    async def test_a_durable_server_waits_for_the_disk(self, run: Run, tmp_path: Path) -> None:
        async with open_run(tmp_path) as other:
            server = Postgres(other, durable=True)
            await server.start()
            async with _connected(server.url) as connection:
                assert await connection.fetchval("SHOW fsync") == "on"
                folder = await connection.fetchval("SHOW data_directory")
            assert Path(folder).is_relative_to(other.data)
            await server.stop()

    async def test_a_port_that_is_taken_is_passed_over(self, tmp_path: Path) -> None:
        with closing(socket.create_server(("127.0.0.1", next(free_ports())))) as taken:
            port = taken.getsockname()[1]
            async with open_run(tmp_path) as other:
                server = Postgres(other, ports=chain([port], free_ports()))
                await server.start()
                assert f":{port}/" not in server.url
                await server.stop()


class TestKafka:
    async def test_a_restart_keeps_address_and_data(self, kafka: Kafka) -> None:
        topic = await _create_topic(kafka)
        await _publish(kafka, topic, b"before")
        bootstrap = kafka.bootstrap
        await kafka.restart()
        assert kafka.bootstrap == bootstrap
        assert await _stored(kafka, topic) == b"before"

    async def test_an_acknowledged_record_survives_a_kill(self, kafka: Kafka) -> None:
        topic = await _create_topic(kafka)
        await _publish(kafka, topic, b"before")
        await kafka.kill()
        await kafka.start()
        assert await _stored(kafka, topic) == b"before"

    async def test_a_topic_is_not_made_by_writing_to_it(self, kafka: Kafka) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        try:
            await admin.describe_topics([absent := f"absent-{uuid.uuid4().hex}"])
            assert absent not in await admin.list_topics()
        finally:
            await admin.close()


class TestServices:
    async def test_given_addresses_are_used_and_nothing_is_started(
        self, tmp_path: Path
    ) -> None:
        database, broker = "postgresql+asyncpg://db/ledgerlane", "broker:9092"
        async with services(
            database_url=database, kafka_bootstrap=broker, logs=tmp_path
        ) as here:
            assert (here.database_url, here.kafka_bootstrap) == (database, broker)
            assert (here.postgres, here.kafka) == (None, None)
            assert _members(here.run) == []

    async def test_a_run_ends_although_its_leader_does_not_answer(self, tmp_path: Path) -> None:
        """As one that has only just been started, and is not at work yet."""
        async with asyncio.timeout(PATIENCE_S), open_run(tmp_path) as run:
            os.kill(run.process_group, signal.SIGSTOP)
        assert not psutil.pid_exists(run.process_group)
        assert not run.data.exists()

    async def test_after_an_ordinary_end_nothing_is_left(self, tmp_path: Path) -> None:
        async with services(kafka_bootstrap="broker:9092", logs=tmp_path) as here:
            members = _members(here.run)
            assert members
        await _gone(members)
        assert not here.run.data.exists()
        assert not here.run.memory.exists()
        assert not here.run.logs.exists()

    async def test_after_an_error_the_logs_are_kept(self, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError):
            async with services(kafka_bootstrap="broker:9092", logs=tmp_path) as here:
                _ = 1 / 0
        assert not here.run.data.exists()
        assert (here.run.logs / "postgres.log").is_file()


class TestCommandLine:
    @pytest.mark.parametrize(
        ("sign", "arguments"),
        [
            (signal.SIGINT, ()),
            (signal.SIGTERM, ("--", "sh", "-c", "env; exec sleep 600")),
            (signal.SIGKILL, ("--", "sh", "-c", "env; exec sleep 600")),
        ],
    )
    async def test_nothing_outlives_the_process(
        self, sign: signal.Signals, arguments: tuple[str, ...], tmp_path: Path
    ) -> None:
        """However it ends: its servers, its command and their data end with it."""
        process = await _start_embedded(tmp_path, *arguments)
        url = await _read_address(process)
        async with _connected(url) as connection:
            data = await connection.fetchval("SHOW data_directory")
        family = psutil.Process(process.pid).children(recursive=True)
        assert {"java", "postgres"} <= {member.name() for member in family}
        process.send_signal(sign)
        await asyncio.wait_for(process.wait(), PATIENCE_S)
        await _gone(family)
        assert not _is_folder(data)

    async def test_a_command_gets_the_addresses_and_gives_its_code(
        self, tmp_path: Path
    ) -> None:
        script = "env | grep ^LEDGERLANE_TEST_ | sort; exit 7"
        process = await _start_embedded(tmp_path, "--", "sh", "-c", script)
        output, error = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert re.fullmatch(
            rb"LEDGERLANE_TEST_DATABASE_URL=postgresql\+asyncpg://ledgerlane:\w+@127.0.0.1:\d+/\w+\n"
            rb"LEDGERLANE_TEST_KAFKA_BOOTSTRAP=127.0.0.1:\d+\n",
            output,
        )
        assert process.returncode == 7
        assert b"sh ended with code 7; the services' logs: " in error

    async def test_without_java_one_line_says_what_to_install(self, tmp_path: Path) -> None:
        process = await _start_embedded(tmp_path, "--prepare", path="/nonexistent")
        output, error = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert (process.returncode, output) == (1, b"")
        assert error == b"Java 17 or newer is missing: install openjdk-17-jre-headless\n"


async def _start_embedded(folder: Path, *arguments: str, path: str = os.defpath) -> Process:
    return await asyncio.create_subprocess_exec(
        *_EMBEDDED,
        *arguments,
        cwd=folder,
        env={"PATH": path, "PYTHONPATH": str(_ROOT)},
        stdout=PIPE,
        stderr=PIPE,
    )


async def _read_address(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        async for line in process.stdout:
            if found := _ADDRESS.search(line.decode()):
                return found[0]
    pytest.fail("the process printed no address")


def _is_folder(path: str) -> bool:
    return Path(path).is_dir()


def _members(run: Run) -> list[psutil.Process]:
    """The processes of a run, without the one that keeps its group."""
    return [
        process
        for process in psutil.process_iter()
        if os.getpgid(process.pid) == run.process_group and process.pid != run.process_group
    ]


async def _gone(processes: list[psutil.Process]) -> None:
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=PATIENCE_S)
    assert alive == []
