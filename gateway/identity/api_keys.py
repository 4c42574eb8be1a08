"""API keys: their table, and every statement on it.

Each function takes part in the caller's transaction and commits nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.principal import Principal, PrincipalKind, Scope, known_scopes
from schemas.ids import TenantId

metadata: Final = MetaData()

# A key without a tenant is the platform's own, and seen by sessions that name no tenant.
api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("tenant_id", Text),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("last_used_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
)

USE_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An API key as it is stored; its secret is not in it. Times are UTC.

    Attributes:
        id: Ours; a key is revoked by it.
        name: What people call its holder.
        prefix: The beginning of its secret.
        tenant_id: The one tenant whose rows it sees; ``None`` for all tenants.
        scopes: What it may do; those that this program does not know are left out.
        created_at: When it was made.
        expires_at: From when it is refused.
        last_used_at: When it was used last, to the minute; ``None`` if it never was.
        revoked_at: When it was revoked; ``None`` where it was not.
    """

    id: UUID
    name: str
    prefix: str
    tenant_id: TenantId | None
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def opens(self, *, now: datetime) -> bool:
        """Return whether it is neither revoked nor expired."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def principal(self) -> Principal:
        """Who calls with it."""
        return Principal(
            f"key:{self.id}", self.name, PrincipalKind.KEY, self.tenant_id, self.scopes
        )


async def add(database: AsyncConnection, key: StoredKey, *, digest: bytes) -> None:
    """Store a new key under the digest of its secret."""
    await database.execute(
        insert(api_keys).values(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            digest=digest,
            tenant_id=key.tenant_id,
            scopes=sorted(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
        )
    )


_OWNER: Final = text("SELECT id, tenant_id FROM ledgerlane_owner_of_key(:key)")


async def owner_of(database: AsyncConnection, key: UUID | bytes) -> tuple[TenantId, ...] | None:
    """Return the tenants that a session has to name to see a key; ``None`` if there is no key.

    That is one tenant, or none for a key of the platform.

    Args:
        key: Its id, or the digest of its secret.
    """
    row = (await database.execute(_OWNER.bindparams(key=key))).one_or_none()
    if row is None:
        return None
    return () if row.tenant_id is None else (TenantId(row.tenant_id),)


async def find(database: AsyncConnection, digest: bytes) -> StoredKey | None:
    """Return the key with this digest, whether or not it still opens anything."""
    found = await database.execute(_KEYS.where(api_keys.c.digest == digest))
    row = found.mappings().one_or_none()
    return None if row is None else _stored_key(row)


async def note_use(database: AsyncConnection, key: UUID, *, now: datetime) -> None:
    """Store when a key was used, unless that was stored within the last minute."""
    used_at = api_keys.c.last_used_at
    is_old = or_(used_at.is_(None), used_at <= now - USE_NOTED_EVERY)
    statement = update(api_keys).where(api_keys.c.id == key, is_old).values(last_used_at=now)
    await database.execute(statement)


async def search(database: AsyncConnection, tenant: TenantId | None) -> Sequence[StoredKey]:
    """Return all keys, or those of one tenant, the newest first."""
    wanted = _KEYS.order_by(api_keys.c.created_at.desc(), api_keys.c.id)
    if tenant is not None:
        wanted = wanted.where(api_keys.c.tenant_id == tenant)
    return [_stored_key(row) for row in (await database.execute(wanted)).mappings()]


async def revoke(database: AsyncConnection, key: UUID, *, now: datetime) -> StoredKey:
    """Revoke a key that there is, and return it; the first time stays."""
    statement = (
        update(api_keys)
        .where(api_keys.c.id == key)
        .values(revoked_at=func.coalesce(api_keys.c.revoked_at, now))
        .returning(*_SHOWN)
    )
    return _stored_key((await database.execute(statement)).mappings().one())


_SHOWN: Final = [column for column in api_keys.c if column.name != "digest"]
_KEYS: Final = select(*_SHOWN)


def _stored_key(row: RowMapping) -> StoredKey:
    return StoredKey(**{**row, "scopes": known_scopes(row["scopes"])})


def shown(key: StoredKey) -> Mapping[str, Any]:
    """Return a key as plain values, for scripts."""
    return {
        "id": str(key.id),
        "name": key.name,
        "prefix": key.prefix,
        "tenant_id": key.tenant_id,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }
