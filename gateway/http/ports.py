"""What the API needs from the rest of the gateway, and what its routes get it through."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.variables import ApiKey
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
    api_keys: Sequence[ApiKey]
    configured: Mapping[ProviderName, bool]
    checks: Mapping[str, Check]
