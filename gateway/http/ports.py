"""What the API needs from the rest of the gateway, and what its routes get it through."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from consumers.store import record_queries, tasks
from gateway.config.variables import ApiKey
from providers.connections import Connection
from schemas.ids import ProviderName, TenantId

Check = Callable[[], Awaitable[None]]


class Connections(Protocol):
    """Where the API reads connections."""

    async def of_tenant(self, tenant: TenantId) -> Sequence[Connection]:
        """List a tenant's connections, in the order of provider and company."""


class PushAll(Protocol):
    """Sets a connection's whole backlog going."""

    async def __call__(self, connection: Connection, /) -> int:
        """Signal every record that is not in agreement; gives how many.

        Returns once the signals are stored; the pushing is the workers'.
        """


class Records(Protocol):
    """Where the API reads how records stand."""

    async def search(
        self,
        wanted: record_queries.RecordFilter,
        *,
        limit: int,
        after: record_queries.RecordPlace | None = None,
    ) -> Sequence[Mapping[str, Any]]:
        """Read records in the order of their places, from behind ``after`` on."""


class Tasks(Protocol):
    """Where the API reads tasks, and has them solved."""

    async def search(
        self, wanted: tasks.TaskFilter, *, limit: int, after: tasks.TaskPlace | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """Read tasks, newest first, from behind ``after`` on."""

    async def get(self, task_id: UUID) -> Mapping[str, Any]:
        """Read one task, open or closed.

        Raises:
            NoSuchTask: there is none.
        """

    async def solve(self, task_id: UUID, *, note: str) -> Mapping[str, Any]:
        """Let a task's record be tried again; gives the task.

        Raises:
            NoSuchTask: there is none.
            TaskClosed: it is closed already.
        """


@dataclass(frozen=True, slots=True)
class ApiPorts:
    """Everything that the routes need.

    Attributes:
        configured: For every provider that we know, whether we are registered there.
        checks: What must work for this process to be ready: by name, each raising
            :class:`gateway.errors.Refusal` where it does not.
    """

    connections: Connections
    push_all: PushAll
    records: Records
    tasks: Tasks
    api_keys: Sequence[ApiKey]
    configured: Mapping[ProviderName, bool]
    checks: Mapping[str, Check]
