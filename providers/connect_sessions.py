"""Connect sessions: consents that are being given, and every statement on their table.

A session begins with an address for a tenant's admin and ends with an outcome. Address,
browser and state are random texts of which only hashes are stored; what the next step needs,
the PKCE verifier or the token of a choice that is open, is sealed and deleted by that step.

Each method takes part in the caller's transaction and commits nothing.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, NewType
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from providers.grants import Sealed, Vault
from providers.oauth import GrantedRealm, Token
from providers.tables import connect_sessions
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId

ConnectSessionId = NewType("ConnectSessionId", UUID)

_RANDOM_BYTES: Final = 32
_OF_ID: Final = text("SELECT id, tenant_id FROM ledgerlane_connect_session_of_id(:key)")
_OF_ADDRESS: Final = text(
    "SELECT id, tenant_id FROM ledgerlane_connect_session_of_address(:key)"
)
_OF_STATE: Final = text("SELECT id, tenant_id FROM ledgerlane_connect_session_of_state(:key)")
_LATE: Final = text("SELECT ledgerlane_tenants_with_late_consents(:now)")


class ConnectOutcome(StrEnum):
    """How a connect session ended, as the platform is told by it."""

    CONNECTED = "connected"
    DENIED = "denied"  # the person said no at the provider
    EXPIRED = "expired"  # a step came too late
    WRONG_COMPANY = "wrong_company"  # another company than the one to connect again
    ALREADY_CONNECTED = "already_connected"  # another company stands in the way
    FAILED = "failed"  # the provider, or our registration there


@dataclass(frozen=True, slots=True)
class ConnectSession:
    """A stored session; no secret is in it. Times are UTC.

    Attributes:
        id: Ours.
        tenant_id: The tenant whose admin consents.
        return_url: Where the browser goes at the end.
        provider: The only kind of ledger that is offered; ``None`` for every one.
        connection_id: The connection to connect again; ``None`` for a new one.
        replaces: Whether a company that stands in the way may be disconnected.
        browser_hash: The hash of the browser's cookie; ``None`` until the consent is begun.
        state_expires_at: Until when the provider's answer is taken.
        chosen_provider: The kind of ledger that was chosen.
        companies: What the consent covers, while the choice among it is open.
        outcome: How it ended; ``None`` while it has not.
        detail: The code of what led to the outcome; empty where there is nothing to add.
        connected: The connections that were made.
        expires_at: Until when it may be used.
    """

    id: ConnectSessionId
    tenant_id: TenantId
    return_url: str
    provider: ProviderName | None
    connection_id: ConnectionId | None
    replaces: bool
    browser_hash: bytes | None
    state_expires_at: datetime | None
    chosen_provider: ProviderName | None
    companies: Sequence[GrantedRealm]
    outcome: ConnectOutcome | None
    detail: str
    connected: Sequence[ConnectionId]
    expires_at: datetime

    def outcome_at(self, now: datetime) -> ConnectOutcome | None:
        """Return how it ended by then; one whose time is over has expired."""
        if self.outcome is None and now >= self.expires_at:
            return ConnectOutcome.EXPIRED
        return self.outcome

    def belongs_to(self, browser: str) -> bool:
        """Return whether the browser with this cookie is the one that began the consent."""
        known = self.browser_hash or b""
        return secrets.compare_digest(known, hash_of(browser)) if browser else False


def new_secret() -> str:
    """Return a random text for an address, a cookie, a state or a verifier."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def hash_of(secret: str) -> bytes:
    """Return what is stored of a random text, which is long enough to need no salt."""
    return sha256(secret.encode()).digest()


class ConnectSessionStore:
    """Every statement on the table ``connect_sessions``."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, session: ConnectSession, *, address: str, now: datetime) -> None:
        """Store a session that begins."""
        await self._connection.execute(
            insert(connect_sessions).values(
                id=session.id,
                tenant_id=session.tenant_id,
                return_url=session.return_url,
                provider=session.provider,
                connection_id=session.connection_id,
                replaces=session.replaces,
                address_hash=hash_of(address),
                created_at=now,
                expires_at=session.expires_at,
            )
        )

    async def get(self, id_: ConnectSessionId, *, lock: bool = False) -> ConnectSession | None:
        """Return a session.

        Args:
            lock: Hold the row until the transaction ends, so that each step is taken once.
        """
        query = select(connect_sessions).where(connect_sessions.c.id == id_)
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return _to_session(row) if row else None

    async def begin_consent(
        self,
        session: ConnectSession,
        provider: ProviderName,
        *,
        browser: str,
        state: str,
        verifier: str,
        until: datetime,
    ) -> None:
        """Store what the provider's answer will be checked by; an earlier state ends."""
        sealed = await self._sealed(session.id, {"verifier": verifier})
        await self._set(
            session.id,
            chosen_provider=provider,
            browser_hash=hash_of(browser),
            state_hash=hash_of(state),
            state_expires_at=until,
            companies=None,
            **sealed,
        )

    async def take_verifier(self, session: ConnectSession) -> str:
        """Return the verifier, and end the state: no other answer is taken for it."""
        found = await self._taken(session.id, state_hash=None, state_expires_at=None)
        return str(found["verifier"])

    async def hold_token(
        self, session: ConnectSession, token: Token, companies: Sequence[GrantedRealm]
    ) -> None:
        """Keep the token, sealed, while the companies are chosen."""
        sealed = await self._sealed(session.id, _token_as_dict(token))
        await self._set(
            session.id,
            companies=[[one.realm_id, one.name] for one in companies],
            **sealed,
        )

    async def take_token(self, session: ConnectSession) -> Token:
        """Return the token of an open choice, and forget it."""
        return _token_of(await self._taken(session.id, companies=None))

    async def end(
        self,
        session: ConnectSession,
        outcome: ConnectOutcome,
        *,
        detail: str = "",
        connected: Sequence[ConnectionId] = (),
    ) -> None:
        """Store how a session ended, and forget its secrets."""
        await self._set(
            session.id,
            outcome=outcome,
            detail=detail,
            connected=list(connected),
            state_hash=None,
            sealed=None,
            key_id=None,
            companies=None,
        )

    async def _set(self, id_: ConnectSessionId, **values: Any) -> None:
        await self._connection.execute(
            update(connect_sessions).where(connect_sessions.c.id == id_).values(**values)
        )

    async def _taken(self, id_: ConnectSessionId, **values: Any) -> Mapping[str, Any]:
        query = select(connect_sessions.c.sealed, connect_sessions.c.key_id)
        row = (await self._connection.execute(query.where(connect_sessions.c.id == id_))).one()
        plain = await self._vault.open_(Sealed(row.key_id, row.sealed), purpose=_purpose(id_))
        await self._set(id_, sealed=None, key_id=None, **values)
        found: Mapping[str, Any] = json.loads(plain)
        return found

    async def _sealed(self, id_: ConnectSessionId, secret: Mapping[str, Any]) -> dict[str, Any]:
        seal = await self._vault.sealer(purpose=_purpose(id_))
        sealed = seal(json.dumps(secret).encode())
        return {"sealed": sealed.data, "key_id": sealed.key_id}


async def locate_address(
    database: AsyncConnection, address: str
) -> tuple[ConnectSessionId, TenantId] | None:
    """Return which session an address is of, and whose; for a session without a tenant."""
    return await _located(database, _OF_ADDRESS, hash_of(address))


async def locate_state(
    database: AsyncConnection, state: str
) -> tuple[ConnectSessionId, TenantId] | None:
    """Return which session a state is of, and whose; for a session without a tenant."""
    return await _located(database, _OF_STATE, hash_of(state))


async def locate_id(
    database: AsyncConnection, id_: ConnectSessionId
) -> tuple[ConnectSessionId, TenantId] | None:
    """Return whose session this is; for a session without a tenant."""
    return await _located(database, _OF_ID, id_)


async def tenants_with_late_secrets(
    database: AsyncConnection, *, now: datetime
) -> Sequence[TenantId]:
    """Return whose sessions expired with a secret; for a session without a tenant."""
    return (await database.execute(_LATE, {"now": now})).scalars().all()


async def forget_secrets(database: AsyncConnection, *, now: datetime) -> int:
    """Forget what sessions that expired have sealed; return of how many."""
    done = await database.execute(
        update(connect_sessions)
        .where(connect_sessions.c.expires_at <= now, connect_sessions.c.key_id.is_not(None))
        .values(sealed=None, key_id=None, companies=None, state_hash=None)
    )
    return done.rowcount


async def _located(
    database: AsyncConnection, query: TextClause, key: bytes | UUID
) -> tuple[ConnectSessionId, TenantId] | None:
    row = (await database.execute(query, {"key": key})).one_or_none()
    return (ConnectSessionId(row.id), TenantId(row.tenant_id)) if row else None


def _purpose(id_: ConnectSessionId) -> str:
    return f"secret of connect session {id_}"


def _token_as_dict(token: Token) -> dict[str, Any]:
    return {
        "access": token.access,
        "refresh": token.refresh,
        "expires_at": token.expires_at.isoformat(),
        "refresh_expires_at": token.refresh_expires_at.isoformat(),
        "scopes": list(token.scopes),
    }


def _token_of(said: Mapping[str, Any]) -> Token:
    return Token(
        access=said["access"],
        refresh=said["refresh"],
        expires_at=datetime.fromisoformat(said["expires_at"]),
        refresh_expires_at=datetime.fromisoformat(said["refresh_expires_at"]),
        scopes=tuple(said["scopes"]),
    )


def _to_session(row: RowMapping) -> ConnectSession:
    return ConnectSession(
        id=ConnectSessionId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        return_url=row["return_url"],
        provider=ProviderName(row["provider"]) if row["provider"] else None,
        connection_id=ConnectionId(row["connection_id"]) if row["connection_id"] else None,
        replaces=row["replaces"],
        browser_hash=row["browser_hash"],
        state_expires_at=row["state_expires_at"],
        chosen_provider=(
            ProviderName(row["chosen_provider"]) if row["chosen_provider"] else None
        ),
        companies=[GrantedRealm(RealmId(id_), name) for id_, name in row["companies"] or ()],
        outcome=ConnectOutcome(row["outcome"]) if row["outcome"] else None,
        detail=row["detail"] or "",
        connected=[ConnectionId(one) for one in row["connected"]],
        expires_at=row["expires_at"],
    )
