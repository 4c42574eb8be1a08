"""Grants: consents with their tokens, which only leave the database sealed.

Each method takes part in the caller's transaction and commits nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NewType, Protocol
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, delete, exists, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from providers.oauth import Token
from providers.tables import connections, grants
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, TenantId

GrantId = NewType("GrantId", UUID)

_REKEY_ROWS: Final = 100
_TO_RESEAL: Final = text("SELECT ledgerlane_tenants_to_reseal(:key)")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a vault made of a secret.

    Attributes:
        key_id: The id of the key that opens it.
        data: Ciphertext with all that opening needs beside the key.
    """

    key_id: str
    data: bytes = field(repr=False)


class CannotOpen(Exception):
    """A sealed value does not open: altered, moved elsewhere, or its key is gone."""


class Vault(Protocol):
    """Where secrets are sealed and opened."""

    @property
    def key_id(self) -> str:
        """The id of the key that seals now."""

    def seal(self, plain: bytes, *, purpose: str) -> Sealed:
        """Seal a secret, so that it opens for this purpose alone."""

    def open_(self, sealed: Sealed, *, purpose: str) -> bytes:
        """Open what :meth:`seal` made for the same purpose.

        Raises:
            CannotOpen: it was altered, or sealed for another purpose or under a lost key.
        """


@dataclass(frozen=True, slots=True)
class Grant:
    """A stored consent.

    Attributes:
        id: Ours; several connections may act under one grant.
        provider: The kind of ledger.
        token: The one that was stored last.
        revision: Rises with every token that is stored, from 1.
    """

    id: GrantId
    provider: ProviderName
    token: Token
    revision: int


class GrantStore:
    """Every statement on the table ``grants``."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(
        self, tenant: TenantId, provider: ProviderName, token: Token, *, now: datetime
    ) -> GrantId:
        """Store a new consent."""
        grant_id = GrantId(uuid4())
        await self._connection.execute(
            insert(grants).values(
                id=grant_id,
                tenant_id=tenant,
                provider=provider,
                created_at=now,
                **self._columns(grant_id, token, now),
            )
        )
        return grant_id

    async def of(self, connection_id: ConnectionId, *, lock: bool = False) -> Grant | None:
        """Return the grant under which a connection acts; ``None`` unless it is connected.

        Args:
            lock: Hold the row until the transaction ends. Whoever waited for it sees what the
                holder before it stored.
        """
        query = (
            select(grants)
            .join(connections, connections.c.grant_id == grants.c.id)
            .where(connections.c.id == connection_id, connections.c.state == "connected")
        )
        if lock:
            query = query.with_for_update(of=grants)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return self._grant(row) if row else None

    async def save(self, grant: GrantId, token: Token, *, now: datetime) -> None:
        """Replace the token of a grant."""
        await self._connection.execute(
            update(grants)
            .where(grants.c.id == grant)
            .values(revision=grants.c.revision + 1, **self._columns(grant, token, now))
        )

    async def expire(self, grant: Grant, reason: Reason, *, now: datetime) -> bool:
        """Mark every connection under the grant expired, unless its token was replaced.

        Return whether it was done: ``False`` means that there is a newer token to try.
        """
        unchanged = exists().where(grants.c.id == grant.id, grants.c.revision == grant.revision)
        done = await self._connection.execute(
            update(connections)
            .where(connections.c.grant_id == grant.id, unchanged)
            .values(state="expired", reason=reason.as_dict(), updated_at=now)
        )
        return done.rowcount > 0

    async def drop_unused(self, tenant: TenantId, provider: ProviderName) -> set[GrantId]:
        """Delete the tenant's grants under which no connection acts; return their ids."""
        used = exists().where(connections.c.grant_id == grants.c.id)
        dropped = await self._connection.scalars(
            delete(grants)
            .where(grants.c.tenant_id == tenant, grants.c.provider == provider, ~used)
            .returning(grants.c.id)
        )
        return {GrantId(found) for found in dropped}

    async def rekey(self) -> int:
        """Seal some grants of older keys again, under the current one; return how many.

        Zero means that none is left. A grant whose row is held by a refresh is waited for.

        Raises:
            CannotOpen: an older key is no longer on the ring.
        """
        older = (
            select(grants.c.id, grants.c.sealed, grants.c.key_id)
            .where(grants.c.key_id != self._vault.key_id)
            .order_by(grants.c.id)
            .limit(_REKEY_ROWS)
            .with_for_update()
        )
        rows = (await self._connection.execute(older)).all()
        for row in rows:
            plain = self._vault.open_(Sealed(row.key_id, row.sealed), purpose=_purpose(row.id))
            sealed = self._vault.seal(plain, purpose=_purpose(row.id))
            await self._connection.execute(
                update(grants)
                .where(grants.c.id == row.id)
                .values(sealed=sealed.data, key_id=sealed.key_id)
            )
        return len(rows)

    def _columns(self, grant: GrantId, token: Token, now: datetime) -> dict[str, object]:
        plain = json.dumps({"access": token.access, "refresh": token.refresh}).encode()
        sealed = self._vault.seal(plain, purpose=_purpose(grant))
        return {
            "sealed": sealed.data,
            "key_id": sealed.key_id,
            "scopes": list(token.scopes),
            "expires_at": token.expires_at,
            "refresh_expires_at": token.refresh_expires_at,
            "updated_at": now,
        }

    def _grant(self, row: RowMapping) -> Grant:
        sealed = Sealed(row["key_id"], row["sealed"])
        plain = json.loads(self._vault.open_(sealed, purpose=_purpose(row["id"])))
        token = Token(
            access=plain["access"],
            refresh=plain["refresh"],
            expires_at=row["expires_at"],
            refresh_expires_at=row["refresh_expires_at"],
            scopes=tuple(row["scopes"]),
        )
        return Grant(GrantId(row["id"]), ProviderName(row["provider"]), token, row["revision"])


async def tenants_to_reseal(database: AsyncConnection, vault: Vault) -> Sequence[TenantId]:
    """Return the tenants who have grants that another key than the current one sealed."""
    found = await database.execute(_TO_RESEAL, {"key": vault.key_id})
    return [TenantId(tenant) for tenant in found.scalars()]


def _purpose(grant: UUID) -> str:
    return f"token of grant {grant}"
