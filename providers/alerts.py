"""The table ``connection_alerts``: what people were told about connections and still holds.

A connection has at most one open alert for each cause. That of a coming end is told anew at
each lower threshold; it is closed when the end has moved away, or the consent has ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from providers.connections import ConnectionState
from providers.expiry import CONSENT_WARNINGS, REFRESH_WARNINGS, ConsentEnds, days_left, warning
from providers.reasons import CONSENT_ENDING, REFRESH_TOKEN_ENDING
from schemas.errors import Reason, ReasonCode, link_to
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId
from schemas.reasons import CONNECTION_REQUIRED


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at to tell whether somebody is to be told. Times are UTC.

    Attributes:
        id: The connection.
        tenant_id: The tenant whom the company belongs to.
        provider: The kind of ledger.
        realm_id: The provider's id of the company.
        company_name: The company's name in the ledger.
        state: Whether the connection can be used, and if not, in which way.
        reason: Why the provider no longer lets us in; ``None`` where it was not said.
        ends: When the consent ends; ``None`` without one.
        told: The open alerts by code, each with the lowest threshold that was told, in days;
            ``None`` where there are no thresholds.
    """

    id: ConnectionId
    tenant_id: TenantId
    provider: ProviderName
    realm_id: RealmId
    company_name: str
    state: ConnectionState
    reason: Reason | None
    ends: ConsentEnds | None
    told: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell people about a connection.

    Attributes:
        reason: What it is, and who can do what about it.
        ends_at: When the consent ends; ``None`` where it has ended.
        days_left: Whole days until then; ``None`` where it has ended.
        threshold: The number of days left at which it is told; ``None`` where it has ended.
    """

    reason: Reason
    ends_at: datetime | None = None
    days_left: int | None = None
    threshold: int | None = None


def alerts_of(one: Watched, *, now: datetime) -> Sequence[Alert]:
    """Return what holds of a connection now, told before or not."""
    if one.state in (ConnectionState.EXPIRED, ConnectionState.ERROR):
        return (Alert(one.reason or CONNECTION_REQUIRED.reason()),)
    if one.state is not ConnectionState.CONNECTED or one.ends is None:
        return ()
    found = []
    # What ends with the consent is told by the consent's own thresholds.
    if one.ends.renewable:
        found.append(_ending(one, REFRESH_TOKEN_ENDING, one.ends.refresh_at, now))
    if one.ends.consent_at is not None:
        found.append(_ending(one, CONSENT_ENDING, one.ends.consent_at, now))
    return [alert for alert in found if alert is not None]


def news(one: Watched, *, now: datetime) -> Sequence[Alert]:
    """Return what holds of a connection and was not told yet."""
    return [alert for alert in alerts_of(one, now=now) if not _was_told(alert, one.told)]


def is_up_to_date(one: Watched, *, now: datetime) -> bool:
    """Return whether what holds was told, and nothing is open that does not hold."""
    holding = {alert.reason.code for alert in alerts_of(one, now=now)}
    return holding == set(one.told) and not news(one, now=now)


def _ending(one: Watched, code: ReasonCode, end: datetime, now: datetime) -> Alert | None:
    thresholds = CONSENT_WARNINGS if code is CONSENT_ENDING else REFRESH_WARNINGS
    left = days_left(end, now=now)
    threshold = warning(left, thresholds)
    if threshold is None:
        return None
    reason = code.reason(company=one.company_name, days=left, day=f"{end:%Y-%m-%d}")
    return Alert(reason, end, left, threshold)


def _was_told(alert: Alert, told: Mapping[str, int | None]) -> bool:
    if alert.reason.code not in told:
        return False
    before = told[alert.reason.code]
    return alert.threshold is None or (before is not None and before <= alert.threshold)


_WATCHED: Final = """
    SELECT c.id, c.tenant_id, c.provider, c.realm_id, c.company_name, c.state, c.reason,
           g.refresh_expires_at, g.consent_expires_at,
           (SELECT jsonb_object_agg(a.code, a.threshold_days) FROM connection_alerts a
             WHERE a.connection_id = c.id AND a.closed_at IS NULL) AS told
      FROM connections c LEFT JOIN grants g ON g.id = c.grant_id
"""
LOOK: Final = text(f"""{_WATCHED}
     WHERE c.state IN ('expired', 'error')
        OR c.state = 'connected' AND (g.refresh_expires_at < :refresh_before
                                      OR g.consent_expires_at < :consent_before)
        OR EXISTS (SELECT FROM connection_alerts a
                    WHERE a.connection_id = c.id AND a.closed_at IS NULL)
""")
ONE: Final = text(f"{_WATCHED} WHERE c.id = :id")
LOCK: Final = text("SELECT id FROM connections WHERE id = :id FOR NO KEY UPDATE")
TELL: Final = text("""
    INSERT INTO connection_alerts AS a (
        id, tenant_id, connection_id, provider, realm_id, code, cause, fix, solver,
        threshold_days, ends_at, opened_at, told_at)
    VALUES (:id, :tenant_id, :connection_id, :provider, :realm_id, :code, :cause, :fix, :solver,
            :threshold, :ends_at, :now, :now)
        ON CONFLICT (connection_id, code) WHERE closed_at IS NULL DO UPDATE
       SET cause = excluded.cause, fix = excluded.fix, solver = excluded.solver,
           threshold_days = excluded.threshold_days, ends_at = excluded.ends_at,
           told_at = excluded.told_at
""")
CLOSE: Final = text("""
    UPDATE connection_alerts SET closed_at = :now
     WHERE connection_id = :connection_id AND closed_at IS NULL AND NOT code = ANY(:holding)
""")
OPEN: Final = text("""
    SELECT a.tenant_id, a.provider, a.realm_id, c.company_name, a.code, a.cause, a.fix,
           a.solver, a.threshold_days, a.ends_at, a.opened_at, a.told_at, a.connection_id
      FROM connection_alerts a JOIN connections c ON c.id = a.connection_id
     WHERE a.closed_at IS NULL AND (CAST(:tenant AS text) IS NULL OR a.tenant_id = :tenant)
     ORDER BY a.ends_at NULLS FIRST, a.opened_at, a.id
""")
# Over all tenants, by functions that tell whose rows to read, and numbers.
_TENANTS: Final = text("SELECT ledgerlane_tenants_to_watch(:refresh_before, :consent_before)")
_COUNTED: Final = text("SELECT provider, code, alerts FROM ledgerlane_open_alerts()")
_NEXT_ENDS: Final = text("SELECT provider, refresh_at, consent_at FROM ledgerlane_next_ends()")


class AlertStore:
    """Every statement on the table ``connection_alerts``; takes part in a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def to_look_at(self, *, now: datetime) -> Sequence[Watched]:
        """Return the connections that need somebody or soon will, or have open alerts."""
        found = await self._connection.execute(LOOK, _soon(now))
        return [_watched(row) for row in found.mappings()]

    async def lock(self, connection_id: ConnectionId) -> Watched | None:
        """Return a connection as it stands, and keep it so until the transaction ends."""
        # Two statements: one alone would see the alerts as they were before it had waited.
        await self._connection.execute(LOCK, {"id": connection_id})
        found = await self._connection.execute(ONE, {"id": connection_id})
        row = found.mappings().one_or_none()
        return _watched(row) if row else None

    async def record(self, one: Watched, told: Sequence[Alert], *, now: datetime) -> None:
        """Store what is told of a locked connection now, and close what no longer holds."""
        holding = [alert.reason.code for alert in alerts_of(one, now=now)]
        given = {"connection_id": one.id, "holding": holding, "now": now}
        await self._connection.execute(CLOSE, given)
        for alert in told:
            await self._connection.execute(TELL, _columns(one, alert, now))

    async def open_ones(self, tenant: TenantId | None) -> Sequence[Mapping[str, Any]]:
        """Return the open alerts of a tenant or of all, the most urgent first."""
        rows = (await self._connection.execute(OPEN, {"tenant": tenant})).mappings()
        return [{**row, "link": link_to(row["code"])} for row in rows]


async def tenants_to_watch(database: AsyncConnection, *, now: datetime) -> Sequence[TenantId]:
    """Return the tenants who have connections to look at."""
    found = await database.execute(_TENANTS, _soon(now))
    return [TenantId(tenant) for tenant in found.scalars()]


async def count_open_alerts(database: AsyncConnection) -> Sequence[tuple[str, str, int]]:
    """Return how many alerts are open, by provider and code."""
    found = await database.execute(_COUNTED)
    return [(provider, code, count) for provider, code, count in found]


async def next_ends(
    database: AsyncConnection,
) -> Sequence[tuple[str, datetime, datetime | None]]:
    """Return the first ends of connected companies, by provider.

    The first of all refresh tokens, and the first of all consents that have an end.
    """
    found = await database.execute(_NEXT_ENDS)
    return [(provider, refresh, consent) for provider, refresh, consent in found]


def _soon(now: datetime) -> dict[str, datetime]:
    return {
        "refresh_before": now + timedelta(days=max(REFRESH_WARNINGS) + 1),
        "consent_before": now + timedelta(days=max(CONSENT_WARNINGS) + 1),
    }


def _watched(row: RowMapping) -> Watched:
    refresh_at = row["refresh_expires_at"]
    return Watched(
        id=ConnectionId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        provider=ProviderName(row["provider"]),
        realm_id=RealmId(row["realm_id"]),
        company_name=row["company_name"],
        state=ConnectionState(row["state"]),
        reason=Reason.from_dict(row["reason"]) if row["reason"] else None,
        ends=ConsentEnds(refresh_at, row["consent_expires_at"]) if refresh_at else None,
        told=row["told"] or {},
    )


def _columns(one: Watched, alert: Alert, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "tenant_id": one.tenant_id,
        "connection_id": one.id,
        "provider": one.provider,
        "realm_id": one.realm_id,
        "code": alert.reason.code,
        "cause": alert.reason.cause,
        "fix": alert.reason.fix,
        "solver": alert.reason.solver.value,
        "threshold": alert.threshold,
        "ends_at": alert.ends_at,
        "now": now,
    }
