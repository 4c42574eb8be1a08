"""Apache Kafka as one KRaft node: broker and controller in one Java process."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.embedded.child import Child
from gateway.embedded.errors import StartFailed
from gateway.embedded.jars import find_java, resolve_jars
from gateway.embedded.probe import broker_count
from gateway.embedded.run import Run
from gateway.embedded.server import Server

_JAVA_OPTIONS: Final = (
    "-Xms256m",
    "-Xmx512m",
    "-Djava.awt.headless=true",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
)
_SETTINGS: Final = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    # One node: every internal topic has one replica, and few partitions, to start sooner.
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    # A killed broker is let back in once its old session ended, by default after 9 s.
    "broker.heartbeat.interval.ms": "300",
    "broker.session.timeout.ms": "1500",
}


class Kafka(Server):
    """One Kafka node without authentication, which only this machine reaches."""

    def __init__(self, run: Run, *, ports: Iterator[int] | None = None) -> None:
        """Describe a node of ``run``; for ``ports`` see :class:`Server`."""
        super().__init__(ports)
        self._run = run
        self._folder = run.data / "kafka"
        self._properties = self._folder / "server.properties"
        self._port = 0

    @property
    def bootstrap(self) -> str:
        """The address of the node, as `host:port`."""
        return f"127.0.0.1:{self._port}"

    async def _create(self) -> None:
        self._java = find_java()
        self._jars = await resolve_jars()
        self._folder.mkdir()
        self._write_properties(0, 0)
        options = ("-t", _cluster_id(), "-c", self._properties)
        storage = ("kafka.tools.StorageTool", "format", *options)
        tool = Child(self._run, "kafka-format", self._java_command(*storage))
        await tool.start()
        if await tool.wait():
            raise StartFailed(f"Kafka's storage can't be formatted; see {tool.log}")

    def _configure(self, ports: Iterator[int]) -> Child:
        self._port = next(ports)
        self._write_properties(self._port, next(ports))
        command = self._java_command("kafka.Kafka", self._properties)
        return Child(self._run, "kafka", command)

    async def _answers(self) -> bool:
        return await broker_count("127.0.0.1", self._port) == 1

    def _java_command(self, *arguments: str | Path) -> list[str | Path]:
        return [self._java, *_JAVA_OPTIONS, "-cp", f"{self._jars}/*", *arguments]

    def _write_properties(self, port: int, controller_port: int) -> None:
        broker = f"PLAINTEXT://127.0.0.1:{port}"
        controller = f"127.0.0.1:{controller_port}"
        settings = _SETTINGS | {
            "log.dirs": str(self._folder / "data"),
            "listeners": f"{broker},CONTROLLER://{controller}",
            "advertised.listeners": broker,
            "controller.quorum.voters": f"1@{controller}",
        }
        lines = [f"{key}={value}\n" for key, value in settings.items()]
        self._properties.write_text("".join(lines))


def _cluster_id() -> str:
    """Make up 16 bytes in base64; an id that began with a dash would be taken for an option."""
    return urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).decode().rstrip("=")
