"""Grants: consents with their tokens, which only leave the database sealed.

Each method takes part in the caller's transaction and commits nothing.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NewType, Protocol
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, delete, exists, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from providers.expiry import ConsentEnds, keep_alive_due
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


Sealer = Callable[[bytes], Sealed]
"""Seals secrets for one purpose, at once: no other process is asked, so nothing can fail."""


class Vault(Protocol):
    """Where secrets are sealed and opened; it may have to ask a secret store elsewhere."""

    @property
    def key_id(self) -> str:
        """The id of the key that seals now."""

    async def sealer(self, *, purpose: str) -> Sealer:
        """Return what seals secrets, so that they open for this purpose alone.

        Whoever is about to receive a secret that exists once has it before.

        Raises:
            Down: the secret store does not answer, or refuses us.
        """

    async def open_(self, sealed: Sealed, *, purpose: str) -> bytes:
        """Open what a sealer made for the same purpose.

        Raises:
            CannotOpen: it was altered, or sealed for another purpose or under a lost key.
            Down: the secret store does not answer, or refuses us.
        """


@dataclass(frozen=True, slots=True)
class Grant:
    """A stored consent.

    Attributes:
        id: Ours; several connections may act under one grant.
        provider: The kind of ledger.
        token: The one that was stored last.
        revision: Rises with every token that is stored, from 1.
        consent_expires_at: When the consent ends however often it is used, UTC; ``None`` for no
            such end.
    """

    id: GrantId
    provider: ProviderName
    token: Token
    revision: int
    consent_expires_at: datetime | None


# A grant that a refresh holds is left to it.
CLAIM_IDLE: Final = text("""
    UPDATE grants SET keep_alive_at = :again_at
     WHERE id = (SELECT g.id FROM grants g JOIN connections c ON c.grant_id = g.id
                  WHERE c.id = :connection AND c.state = 'connected' AND g.keep_alive_at <= :now
                    FOR UPDATE OF g SKIP LOCKED)
 RETURNING revision
""")
_IDLE: Final = text("""
    SELECT tenant_id, connection_id FROM ledgerlane_idle_grants(:provider, :now)
""")


class GrantStore:
    """Every statement on the table ``grants``."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(
        self,
        tenant: TenantId,
        provider: ProviderName,
        token: Token,
        *,
        consent_life: timedelta | None,
        now: datetime,
    ) -> GrantId:
        """Store a new consent.

        Args:
            consent_life: How long it lasts however often it is used; ``None`` for no such end.
        """
        grant_id = GrantId(uuid4())
        consent_expires_at = now + consent_life if consent_life else None
        await self._connection.execute(
            insert(grants).values(
                id=grant_id,
                tenant_id=tenant,
                provider=provider,
                consent_expires_at=consent_expires_at,
                created_at=now,
                **_columns(await self.sealer(grant_id), token, consent_expires_at, now),
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
        return await self._grant(row) if row else None

    async def is_shared(self, connection_id: ConnectionId) -> bool:
        """Return whether other connections act under the grant of this one."""
        ours, other = connections.alias(), connections.alias()
        query = select(
            exists().where(
                ours.c.id == connection_id,
                other.c.grant_id == ours.c.grant_id,
                other.c.id != ours.c.id,
            )
        )
        return bool(await self._connection.scalar(query))

    async def sealer(self, grant: GrantId) -> Sealer:
        """Return what seals the tokens of a grant.

        Raises:
            Down: the secret store does not answer, or refuses us.
        """
        return await self._vault.sealer(purpose=_purpose(grant))

    async def save(self, grant: Grant, token: Token, sealer: Sealer, *, now: datetime) -> None:
        """Replace the token of a grant.

        Args:
            sealer: That of the grant. It was made before the token was asked for: where the
                secret store is away, a token that may exist once is not asked for at all.
        """
        columns = _columns(sealer, token, grant.consent_expires_at, now)
        await self._connection.execute(
            update(grants)
            .where(grants.c.id == grant.id)
            .values(revision=grants.c.revision + 1, **columns)
        )

    async def claim_idle(
        self, connection_id: ConnectionId, *, now: datetime, again_at: datetime
    ) -> int | None:
        """Claim the grant of a connection that is to be used, as it was idle for so long.

        Return its revision if it is the caller's, else ``None``: nobody else gets it before
        ``again_at``, when it is due once more unless a token was stored meanwhile. So a
        failure and a crash need no further step.
        """
        claimed = await self._connection.execute(
            CLAIM_IDLE, {"connection": connection_id, "now": now, "again_at": again_at}
        )
        return claimed.scalar_one_or_none()

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
            before = Sealed(row.key_id, row.sealed)
            plain = await self._vault.open_(before, purpose=_purpose(row.id))
            sealed = (await self._vault.sealer(purpose=_purpose(row.id)))(plain)
            await self._connection.execute(
                update(grants)
                .where(grants.c.id == row.id)
                .values(sealed=sealed.data, key_id=sealed.key_id)
            )
        return len(rows)

    async def _grant(self, row: RowMapping) -> Grant:
        sealed = Sealed(row["key_id"], row["sealed"])
        plain = json.loads(await self._vault.open_(sealed, purpose=_purpose(row["id"])))
        token = Token(
            access=plain["access"],
            refresh=plain["refresh"],
            expires_at=row["expires_at"],
            refresh_expires_at=row["refresh_expires_at"],
            scopes=tuple(row["scopes"]),
        )
        return Grant(
            GrantId(row["id"]),
            ProviderName(row["provider"]),
            token,
            row["revision"],
            row["consent_expires_at"],
        )


def _columns(
    sealer: Sealer, token: Token, consent_expires_at: datetime | None, now: datetime
) -> dict[str, object]:
    ends = ConsentEnds(token.refresh_expires_at, consent_expires_at)
    plain = json.dumps({"access": token.access, "refresh": token.refresh}).encode()
    sealed = sealer(plain)
    return {
        "sealed": sealed.data,
        "key_id": sealed.key_id,
        "scopes": list(token.scopes),
        "expires_at": token.expires_at,
        "refresh_expires_at": token.refresh_expires_at,
        "keep_alive_at": keep_alive_due(ends, now=now, chance=random.random()),  # noqa: S311
        "updated_at": now,
    }


async def idle_grants(
    database: AsyncConnection, provider: ProviderName, *, now: datetime
) -> Sequence[tuple[TenantId, ConnectionId]]:
    """Return some connections whose grants are to be used, with their tenants, oldest first."""
    found = await database.execute(_IDLE, {"provider": provider, "now": now})
    return [(TenantId(tenant), ConnectionId(id_)) for tenant, id_ in found]


async def tenants_to_reseal(database: AsyncConnection, vault: Vault) -> Sequence[TenantId]:
    """Return the tenants who have grants that another key than the current one sealed."""
    found = await database.execute(_TO_RESEAL, {"key": vault.key_id})
    return [TenantId(tenant) for tenant in found.scalars()]


def _purpose(grant: UUID) -> str:
    return f"token of grant {grant}"
