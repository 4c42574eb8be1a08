"""Access tokens of integrators: their table, and every statement on it.

Each function takes part in the caller's transaction and commits nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.oauth_clients import oauth_clients
from gateway.identity.principal import Principal, PrincipalKind, Scope, known_scopes
from schemas.ids import TenantId

metadata: Final = MetaData()

oauth_tokens: Final = Table(
    "oauth_tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("client_id", Uuid, ForeignKey(oauth_clients.c.id), nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)
Index("oauth_tokens_client", oauth_tokens.c.client_id, oauth_tokens.c.expires_at)

# For so long one can still see that a token was issued; the audit trail keeps that for good.
_KEPT_AFTER_END: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StoredToken:
    """An access token as it is stored; its text is not in it. Times are UTC.

    Attributes:
        client_id: The client that it was issued to.
        client_name: What people call that client.
        tenant_id: The one tenant whose rows it opens.
        scopes: What it may do.
        issued_at: When it was issued.
        expires_at: From when it is refused.
        revoked_at: When it, or its client, was revoked; ``None`` where neither was.
    """

    client_id: UUID
    client_name: str
    tenant_id: TenantId
    scopes: frozenset[Scope]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def opens(self, *, now: datetime) -> bool:
        """Return whether neither it nor its client was revoked, and it is not expired."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def principal(self) -> Principal:
        """Who calls with it."""
        return Principal(
            f"client:{self.client_id}",
            self.client_name,
            PrincipalKind.INTEGRATOR,
            self.tenant_id,
            self.scopes,
        )


async def add(database: AsyncConnection, token: StoredToken, *, digest: bytes) -> None:
    """Store a new token under the digest of its text, and forget the client's old ones."""
    await database.execute(
        insert(oauth_tokens).values(
            digest=digest,
            client_id=token.client_id,
            tenant_id=token.tenant_id,
            scopes=sorted(token.scopes),
            issued_at=token.issued_at,
            expires_at=token.expires_at,
        )
    )
    await database.execute(
        delete(oauth_tokens).where(
            oauth_tokens.c.client_id == token.client_id,
            oauth_tokens.c.expires_at < token.issued_at - _KEPT_AFTER_END,
        )
    )


_OWNER: Final = text("SELECT ledgerlane_owner_of_token(:token)")


async def owner_of(database: AsyncConnection, digest: bytes) -> TenantId | None:
    """Return the tenant that a session has to name to see a token; ``None`` without one."""
    owner: TenantId | None = await database.scalar(_OWNER, {"token": digest})
    return owner


async def find(database: AsyncConnection, digest: bytes) -> StoredToken | None:
    """Return the token with this digest, whether or not it still opens anything."""
    wanted = (
        select(
            oauth_tokens.c.client_id,
            oauth_clients.c.name.label("client_name"),
            oauth_tokens.c.tenant_id,
            oauth_tokens.c.scopes,
            oauth_tokens.c.issued_at,
            oauth_tokens.c.expires_at,
            func.coalesce(oauth_tokens.c.revoked_at, oauth_clients.c.revoked_at).label(
                "revoked_at"
            ),
        )
        .join(oauth_clients, oauth_clients.c.id == oauth_tokens.c.client_id)
        .where(oauth_tokens.c.digest == digest)
    )
    row = (await database.execute(wanted)).mappings().one_or_none()
    return (
        None if row is None else StoredToken(**{**row, "scopes": known_scopes(row["scopes"])})
    )


async def revoke(database: AsyncConnection, digest: bytes, *, now: datetime) -> None:
    """Revoke a token; to repeat it changes nothing."""
    statement = (
        update(oauth_tokens)
        .where(oauth_tokens.c.digest == digest, oauth_tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    await database.execute(statement)
