"""Integrators: third parties that act for one tenant; their table and every statement on it.

Each function takes part in the caller's transaction and commits nothing.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    DateTime,
    LargeBinary,
    MetaData,
    RowMapping,
    Table,
    Text,
    Uuid,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.principal import Scope, known_scopes
from gateway.identity.secret import digest_of
from schemas.ids import TenantId

metadata: Final = MetaData()

oauth_clients: Final = Table(
    "oauth_clients",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)


@dataclass(frozen=True, slots=True)
class StoredClient:
    """An integrator as it is stored; its secret is not in it. Times are UTC.

    Attributes:
        id: Its client id.
        name: What people call it.
        digest: The digest of its secret.
        tenant_id: The one tenant whose rows it sees.
        scopes: The most that its tokens may do.
        created_at: When it was made.
        revoked_at: From when it gets no token, and those that it has are refused; ``None``
            where it was not revoked.
    """

    id: UUID
    name: str
    digest: bytes = field(repr=False)
    tenant_id: TenantId
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None

    def knows(self, secret: str) -> bool:
        """Return whether a secret is the client's own."""
        return hmac.compare_digest(digest_of(secret), self.digest)


async def add(database: AsyncConnection, client: StoredClient) -> None:
    """Store a new client."""
    await database.execute(
        insert(oauth_clients).values(
            id=client.id,
            name=client.name,
            digest=client.digest,
            tenant_id=client.tenant_id,
            scopes=sorted(client.scopes),
            created_at=client.created_at,
        )
    )


_OWNER: Final = text("SELECT ledgerlane_owner_of_client(:client)")


async def owner_of(database: AsyncConnection, client_id: UUID) -> TenantId | None:
    """Return the tenant that a session has to name to see a client; ``None`` without one."""
    owner: TenantId | None = await database.scalar(_OWNER, {"client": client_id})
    return owner


async def find(database: AsyncConnection, client_id: UUID) -> StoredClient | None:
    """Return a client that was not revoked, by its id."""
    wanted = select(oauth_clients).where(
        oauth_clients.c.id == client_id, oauth_clients.c.revoked_at.is_(None)
    )
    row = (await database.execute(wanted)).mappings().one_or_none()
    return None if row is None else _stored_client(row)


async def search(database: AsyncConnection, tenant: TenantId | None) -> Sequence[StoredClient]:
    """Return all clients, or those of one tenant, the newest first."""
    wanted = select(oauth_clients).order_by(
        oauth_clients.c.created_at.desc(), oauth_clients.c.id
    )
    if tenant is not None:
        wanted = wanted.where(oauth_clients.c.tenant_id == tenant)
    return [_stored_client(row) for row in (await database.execute(wanted)).mappings()]


async def revoke(database: AsyncConnection, client_id: UUID, *, now: datetime) -> StoredClient:
    """Revoke a client that there is, and return it; the first time stays."""
    statement = (
        update(oauth_clients)
        .where(oauth_clients.c.id == client_id)
        .values(revoked_at=func.coalesce(oauth_clients.c.revoked_at, now))
        .returning(oauth_clients)
    )
    return _stored_client((await database.execute(statement)).mappings().one())


def _stored_client(row: RowMapping) -> StoredClient:
    return StoredClient(**{**row, "scopes": known_scopes(row["scopes"])})


def plain_client(client: StoredClient) -> Mapping[str, Any]:
    """Return a client as plain values, for scripts."""
    return {
        "client_id": str(client.id),
        "name": client.name,
        "tenant_id": client.tenant_id,
        "scopes": sorted(client.scopes),
        "created_at": client.created_at,
        "revoked_at": client.revoked_at,
    }
