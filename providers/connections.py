"""Connections: our authorisation to act on realms, and every statement on their table.

Each method takes part in the caller's transaction and commits nothing. Tokens are not here
but in `grants.py`: several connections may act under one grant.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, Text, any_, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from providers.base import Profile
from providers.grants import GrantId
from providers.http import Realm
from providers.owners import owner_of_realm
from providers.tables import connections, grants
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId


class ConnectionState(StrEnum):
    """How a connection stands."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"  # by us, on request
    EXPIRED = "expired"  # the consent is gone; it must be connected again
    ERROR = "error"  # the provider refuses the realm for another reason


class RealmTaken(Exception):
    """The realm belongs to another tenant, and a realm never belongs to two."""


@dataclass(frozen=True, slots=True)
class Company:
    """A realm that was just authorised, as it is to be stored.

    Attributes:
        id: The connection's id, where the realm was not connected before.
        tenant_id: The tenant whom the company belongs to.
        provider: The kind of ledger.
        realm_id: The provider's id of the company.
        environment: Which of the provider's worlds the company is in: sandbox or production.
        profile: What the provider said about the company.
    """

    id: ConnectionId
    tenant_id: TenantId
    provider: ProviderName
    realm_id: RealmId
    environment: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Connection:
    """A stored connection; no secret is in it. Times are UTC.

    Attributes:
        id: Ours; it stays when the company is connected again.
        tenant_id: The tenant whom the company belongs to.
        provider: The kind of ledger.
        realm_id: The provider's id of the company.
        environment: Which of the provider's worlds the company is in: sandbox or production.
        state: Whether the connection can be used, and if not, in which way.
        reason: Why the provider no longer lets us in; ``None`` unless it expired.
        company_name: The company's name in the ledger, for people.
        country: ISO 3166 alpha-2 code, as the provider gives it; it may be empty.
        currency: ISO 4217 code of the currency that the books are kept in.
        profile: What the provider said about the company, for its mapping.
        profile_read_at: When the company was read last; ``None`` where it is to be read again
            before the next write. A day old, or older, while it is read because that was
            asked for.
        settings: What the tenant chose: tax codes, default accounts, classes.
        is_default: Whether documents that name no realm go here.
        connected_at: When consent was last given.
        updated_at: When anything of the connection last changed, but for what was read of the
            company.
        scopes: What the consent covers; empty without a grant.
        token_expires_at: When the access token ends; ``None`` without a grant.
        refresh_expires_at: When the refresh token ends unless it is used; ``None`` without a
            grant.
    """

    id: ConnectionId
    tenant_id: TenantId
    provider: ProviderName
    realm_id: RealmId
    environment: str
    state: ConnectionState
    reason: Reason | None
    company_name: str
    country: str
    currency: str
    profile: Mapping[str, Any]
    profile_read_at: datetime | None
    settings: Mapping[str, Any]
    is_default: bool
    connected_at: datetime
    updated_at: datetime
    scopes: tuple[str, ...]
    token_expires_at: datetime | None
    refresh_expires_at: datetime | None

    @property
    def realm(self) -> Realm:
        """The realm as calls need to know it."""
        return Realm(
            connection_id=self.id,
            tenant_id=self.tenant_id,
            realm_id=self.realm_id,
            provider=self.provider,
            profile=self.profile,
            settings=self.settings,
        )


_STORED: Final = select(
    connections,
    grants.c.scopes,
    grants.c.expires_at.label("token_expires_at"),
    grants.c.refresh_expires_at,
).outerjoin(grants, connections.c.grant_id == grants.c.id)

# Two first connections of a tenant at once would both become its default, and two tenants would
# both find a realm free: the row of the other one is not seen, and an insert fails at it.
_ONE_AT_A_TIME: Final = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(:tenant || '/' || :provider, 0)),
           pg_advisory_xact_lock(hashtextextended(:provider || ' ' || :realm, 0))
""")


class ConnectionStore:
    """Every statement on the table ``connections``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def save_connected(
        self, company: Company, grant: GrantId, *, now: datetime
    ) -> ConnectionId:
        """Store a connection, or the renewal of one, which keeps its id and settings.

        The tenant's first one at a provider becomes its default.

        Raises:
            RealmTaken: the realm belongs to another tenant.
        """
        tenant, provider, realm = company.tenant_id, company.provider, company.realm_id
        await self._connection.execute(
            _ONE_AT_A_TIME, {"tenant": tenant, "provider": provider, "realm": realm}
        )
        if await owner_of_realm(self._connection, provider, realm) not in (None, tenant):
            raise RealmTaken(f"realm {realm} is connected for another tenant")
        first = await self.default_for(tenant, provider) is None
        said = {
            "grant_id": grant,
            "environment": company.environment,
            "state": ConnectionState.CONNECTED,
            "reason": None,
            "connected_at": now,
            "updated_at": now,
            **_read(company.profile, now),
        }
        stored = await self._connection.execute(
            insert(connections)
            .values(
                id=company.id,
                tenant_id=tenant,
                provider=provider,
                realm_id=realm,
                is_default=first,
                **said,
            )
            .on_conflict_do_update(
                constraint="connections_realm",
                set_=said,
                where=connections.c.tenant_id == tenant,
            )
            .returning(connections.c.id)
        )
        return ConnectionId(stored.scalar_one())

    async def share_grant(
        self,
        tenant: TenantId,
        provider: ProviderName,
        realms: Sequence[RealmId],
        grant: GrantId,
        *,
        now: datetime,
    ) -> None:
        """Move the tenant's connections of these realms to a newer grant.

        Those that expired are connected again by it; those that were disconnected stay so.
        """
        await self._connection.execute(
            update(connections)
            .where(
                connections.c.tenant_id == tenant,
                connections.c.provider == provider,
                connections.c.realm_id.in_(realms),
                connections.c.state != ConnectionState.DISCONNECTED,
            )
            .values(
                grant_id=grant, state=ConnectionState.CONNECTED, reason=None, updated_at=now
            )
        )

    async def get(self, connection_id: ConnectionId) -> Connection | None:
        """Return one connection."""
        return await self._one(connections.c.id == connection_id)

    async def default_for(self, tenant: TenantId, provider: ProviderName) -> Connection | None:
        """Return the connection that a tenant's documents go to where none is named."""
        return await self._one(
            connections.c.tenant_id == tenant,
            connections.c.provider == provider,
            connections.c.is_default,
        )

    async def of_realm(
        self, tenant: TenantId, provider: ProviderName, realm: RealmId
    ) -> Connection | None:
        """Return the tenant's connection of a realm."""
        return await self._one(
            connections.c.tenant_id == tenant,
            connections.c.provider == provider,
            connections.c.realm_id == realm,
        )

    async def of_tenant(self, tenant: TenantId) -> Sequence[Connection]:
        """List a tenant's connections, in the order of provider and company."""
        return await self._all(connections.c.tenant_id == tenant)

    async def of_tenants(
        self, tenants: Sequence[TenantId]
    ) -> Mapping[TenantId, Sequence[Connection]]:
        """List the connections of each of these tenants that has any, in the same order."""
        found: defaultdict[TenantId, list[Connection]] = defaultdict(list)
        one_of_them = connections.c.tenant_id == any_(literal(list(tenants), ARRAY(Text)))
        for one in await self._all(one_of_them):
            found[one.tenant_id].append(one)
        return found

    async def authorised(self, wanted: Sequence[ConnectionId]) -> set[ConnectionId]:
        """Return those of these connections that may be called."""
        found = await self._connection.execute(
            select(connections.c.id).where(
                connections.c.id.in_(wanted),
                connections.c.state == ConnectionState.CONNECTED,
            )
        )
        return {ConnectionId(id_) for id_ in found.scalars()}

    async def make_default(self, connection_id: ConnectionId, *, now: datetime) -> None:
        """Send the tenant's documents to this connection where none is named."""
        chosen = connections.alias()
        siblings = connections.c.tenant_id == chosen.c.tenant_id
        await self._connection.execute(
            update(connections)
            .where(
                siblings,
                connections.c.provider == chosen.c.provider,
                connections.c.is_default,
                chosen.c.id == connection_id,
            )
            .values(is_default=False, updated_at=now)
        )
        await self._connection.execute(
            update(connections)
            .where(connections.c.id == connection_id)
            .values(is_default=True, updated_at=now)
        )

    async def set_state(
        self, connection_id: ConnectionId, state: ConnectionState, *, now: datetime
    ) -> None:
        """Store the state of a connection; a disconnected one gives up its grant."""
        said: dict[str, Any] = {"state": state, "reason": None, "updated_at": now}
        if state is ConnectionState.DISCONNECTED:
            said["grant_id"] = None
        await self._connection.execute(
            update(connections).where(connections.c.id == connection_id).values(said)
        )

    async def expire(self, seen: Connection, reason: Reason, *, now: datetime) -> None:
        """Record that the provider refuses us, unless it was connected anew meanwhile.

        Args:
            seen: The connection as it was read before the call that was refused.
            reason: Why it was refused.
        """
        await self._connection.execute(
            update(connections)
            .where(
                connections.c.id == seen.id,
                connections.c.state == ConnectionState.CONNECTED,
                connections.c.updated_at == seen.updated_at,
            )
            .values(state=ConnectionState.EXPIRED, reason=reason.as_dict(), updated_at=now)
        )

    async def save_profile(self, seen: Connection, profile: Profile, *, now: datetime) -> None:
        """Store what the provider says about a company now.

        Where it was asked for while the company was being read, it is to be read once more.

        Args:
            seen: The connection as it was before the company was read.
            now: The time when the reading began.
        """
        await self._connection.execute(
            update(connections)
            .where(
                connections.c.id == seen.id,
                connections.c.profile_read_at.is_not_distinct_from(seen.profile_read_at),
            )
            .values(_read(profile, now))
        )

    async def begin_reading(self, connection_id: ConnectionId, *, overdue: datetime) -> None:
        """Mark a company that was asked for as being read.

        So it can be told apart that somebody asks for it once more meanwhile.

        Args:
            overdue: A time at which the company, if it was read then, is to be read again: it
                is what stands if nobody comes to the end of the reading.
        """
        await self._connection.execute(
            update(connections)
            .where(connections.c.id == connection_id, connections.c.profile_read_at.is_(None))
            .values(profile_read_at=overdue)
        )

    async def read_again(self, connection_ids: Sequence[ConnectionId]) -> None:
        """Mark companies to be read again before anything more is written to them."""
        await self._connection.execute(
            update(connections)
            .where(connections.c.id.in_(connection_ids))
            .values(profile_read_at=None)
        )

    async def _one(self, *conditions: ColumnElement[bool]) -> Connection | None:
        found = await self._connection.execute(_STORED.where(*conditions))
        row = found.mappings().one_or_none()
        return _to_connection(row) if row else None

    async def _all(self, *conditions: ColumnElement[bool]) -> Sequence[Connection]:
        ordered = _STORED.where(*conditions).order_by(
            connections.c.provider, connections.c.company_name, connections.c.id
        )
        found = await self._connection.execute(ordered)
        return [_to_connection(row) for row in found.mappings()]


def _read(profile: Profile, at: datetime) -> dict[str, Any]:
    """Return the columns of what was read of a company."""
    return {
        "company_name": profile.company_name,
        "country": profile.country,
        "currency": profile.currency,
        "profile": dict(profile.data),
        "profile_read_at": at,
    }


def _to_connection(row: RowMapping) -> Connection:
    return Connection(
        id=ConnectionId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        provider=ProviderName(row["provider"]),
        realm_id=RealmId(row["realm_id"]),
        environment=row["environment"],
        state=ConnectionState(row["state"]),
        reason=Reason.from_dict(row["reason"]) if row["reason"] else None,
        company_name=row["company_name"],
        country=row["country"],
        currency=row["currency"],
        profile=row["profile"],
        profile_read_at=row["profile_read_at"],
        settings=row["settings"],
        is_default=row["is_default"],
        connected_at=row["connected_at"],
        updated_at=row["updated_at"],
        scopes=tuple(row["scopes"] or ()),
        token_expires_at=row["token_expires_at"],
        refresh_expires_at=row["refresh_expires_at"],
    )
