"""Apache Kafka in KRaft nodes: broker and controller in one Java process each, mostly one."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from gateway.embedded.errors import StartFailed
from gateway.embedded.jars import find_java, resolve_jars
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.ports import free_ports
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
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    # Internal topics have few partitions, to start sooner.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    # A killed broker is let back in once its old session ended, by default after 9 s.
    "broker.heartbeat.interval.ms": "300",
    "broker.session.timeout.ms": "1500",
}


@dataclass(frozen=True, slots=True)
class Member:
    """Which node of a cluster.

    Attributes:
        cluster: The id that all its nodes share.
        number: From 1.
        controllers: The ports of all its controllers, in the order of the numbers; empty for
            the only node, which takes any free one.
    """

    cluster: str
    number: int = 1
    controllers: Sequence[int] = ()

    @property
    def name(self) -> str:
        """What its folder and its log are called."""
        return f"kafka-{self.number}" if self.controllers else "kafka"

    @property
    def size(self) -> int:
        """How many nodes the cluster has."""
        return len(self.controllers) or 1


class Kafka(Server):
    """One Kafka node without authentication, which only this machine reaches."""

    def __init__(
        self, run: Run, *, ports: Iterator[int] | None = None, member: Member | None = None
    ) -> None:
        """Describe a node of ``run``; for ``ports`` see :class:`Server`.

        Args:
            run: The run it belongs to.
            ports: See :class:`Server`.
            member: Which node of a cluster it is; the only one where absent.
        """
        super().__init__(ports)
        self._run = run
        self._member = member or Member(_cluster_id())
        self._folder = run.data / self._member.name
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
        self._write_properties(0, self._member.controllers or [0])
        options = ("-t", self._member.cluster, "-c", self._properties)
        storage = ("kafka.tools.StorageTool", "format", *options)
        tool = ManagedProcess(
            self._run, f"{self._member.name}-format", self._java_command(*storage)
        )
        await tool.start()
        if await tool.wait():
            raise StartFailed(f"Kafka's storage can't be formatted; see {tool.log}")

    def _configure(self, ports: Iterator[int]) -> ManagedProcess:
        self._port = next(ports)
        self._write_properties(self._port, self._member.controllers or [next(ports)])
        command = self._java_command("kafka.Kafka", self._properties)
        return ManagedProcess(self._run, self._member.name, command)

    async def _answers(self) -> bool:
        return await broker_count("127.0.0.1", self._port) == self._member.size

    def _java_command(self, *arguments: str | Path) -> list[str | Path]:
        return [self._java, *_JAVA_OPTIONS, "-cp", f"{self._jars}/*", *arguments]

    def _write_properties(self, port: int, controllers: Sequence[int]) -> None:
        broker = f"PLAINTEXT://127.0.0.1:{port}"
        number = self._member.number
        voters = (f"{n}@127.0.0.1:{one}" for n, one in enumerate(controllers, 1))
        settings = {
            **_SETTINGS,
            **_replication(self._member.size),
            "node.id": str(number),
            "log.dirs": str(self._folder / "data"),
            "listeners": f"{broker},CONTROLLER://127.0.0.1:{controllers[number - 1]}",
            "advertised.listeners": broker,
            "controller.quorum.voters": ",".join(voters),
        }
        lines = [f"{key}={value}\n" for key, value in settings.items()]
        self._properties.write_text("".join(lines))


def cluster(run: Run, size: int) -> Sequence[Kafka]:
    """Describe the nodes of a cluster; they get ready only together."""
    id_, controllers = _cluster_id(), list(islice(free_ports(), size))
    return [Kafka(run, member=Member(id_, n, controllers)) for n in range(1, size + 1)]


def _replication(nodes: int) -> dict[str, str]:
    """Return the replication of the broker's topics, which of three nodes may lose one."""
    copies, in_sync = str(nodes), str(max(1, nodes - 1))
    return {
        "default.replication.factor": copies,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def _cluster_id() -> str:
    """Return 16 random bytes in base64 that do not begin with a dash, which means an option."""
    return urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).decode().rstrip("=")
