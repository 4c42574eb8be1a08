"""A principal: who calls, whose rows it may see, and what it may do with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.ids import TenantId


class PrincipalKind(StrEnum):
    """What kind of caller a principal is."""

    KEY = "key"
    PERSON = "person"
    INTEGRATOR = "integrator"


class Scope(StrEnum):
    """One thing that a caller may be allowed to do."""

    CONNECTIONS_STATUS = "connections:status"
    CONNECTIONS_READ = "connections:read"
    CONNECTIONS_WRITE = "connections:write"
    RECORDS_READ = "records:read"
    SYNC_WRITE = "sync:write"
    TASKS_READ = "tasks:read"
    TASKS_WRITE = "tasks:write"


class Role(StrEnum):
    """What a person is allowed to do, as a named set of scopes."""

    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


ALL_SCOPES: Final = frozenset(Scope)

_VIEWED: Final = frozenset({Scope.CONNECTIONS_STATUS, Scope.RECORDS_READ, Scope.TASKS_READ})

# To connect, disconnect and start a sync is for those who answer for the books; an operator
# solves what stopped, which writes nothing that was not asked for before.
ROLE_SCOPES: Final[Mapping[Role, frozenset[Scope]]] = {
    Role.OWNER: ALL_SCOPES,
    Role.ADMIN: ALL_SCOPES,
    Role.OPERATOR: _VIEWED | {Scope.CONNECTIONS_READ, Scope.TASKS_WRITE},
    Role.VIEWER: _VIEWED,
}


def known_scopes(names: Sequence[str]) -> frozenset[Scope]:
    """Return the scopes that this program knows, which may be older than who stored them."""
    return frozenset(scope for scope in Scope if scope in names)


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller that was authenticated.

    Attributes:
        id: Unique among all principals, and the same at every call.
        name: What people call it; for logs, and not unique.
        kind: What kind of caller it is.
        tenant: The one tenant whose rows it may see; ``None`` for all tenants.
        scopes: What it may do.
    """

    id: str
    name: str
    kind: PrincipalKind
    tenant: TenantId | None
    scopes: frozenset[Scope]

    def allows(self, scope: Scope) -> bool:
        """Return whether it may do what the scope stands for."""
        return scope in self.scopes

    def sees(self, tenant: TenantId) -> bool:
        """Return whether it may see a tenant's rows."""
        return self.tenant in (None, tenant)
