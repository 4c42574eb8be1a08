"""The watch over connections: people are told of consents that end, and of those that ended.

What is to be told follows from how a connection stands, not from what happened: so it makes no
difference who found a consent gone, and nothing is missed while the watch did not run. Any
number of processes may watch: each tells what it locked and nobody told before.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from consumers.store.dead_letters import SOURCE
from gateway.database.sessions import Sessions
from gateway.metrics import CONNECTION_ALERTS_OPEN, CONNECTION_DAYS_LEFT
from gateway.runtime.periodic import repeat
from ledgerlane_outbox import OutboxMessage, append
from providers.alerts import (
    Alert,
    AlertStore,
    Watched,
    count_open_alerts,
    is_up_to_date,
    news,
    next_ends,
    tenants_to_watch,
)
from providers.expiry import days_left
from schemas.connection_alert import ConnectionAlert, alert_reason
from schemas.ids import lane_key
from schemas.topics import SYNC_RESULTS

EVERY: Final = timedelta(seconds=15)
"""How often connections are looked at: people are told of a lost consent within a minute."""

log: Final = structlog.get_logger("connections")


class ConnectionWatch:
    """Alerts people to connections that need them, once for each cause and threshold.

    An alert is a row, an event on ``sync.results`` by the gateway's own outbox, both of one
    transaction, and a line of the log.
    """

    def __init__(self, sessions: Sessions, *, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._now = now

    async def run(self) -> None:
        """Look and count periodically, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(repeat(self.look, EVERY))
            group.create_task(repeat(self.count, EVERY))

    async def look(self) -> None:
        """Record and send what is new of every connection, and close what no longer holds."""
        now = self._now()
        async with self._sessions.system_session() as database:
            tenants = await tenants_to_watch(database, now=now)
        async with self._sessions.session(*tenants) as database:
            found = await AlertStore(database).to_look_at(now=now)
        for one in found:
            if not is_up_to_date(one, now=now):
                await self._tell(one, now)

    async def _tell(self, seen: Watched, now: datetime) -> None:
        """Record and send what is new of a connection as it stands by now."""
        async with self._sessions.tenant_session(seen.tenant_id) as database:
            store = AlertStore(database)
            one = await store.lock(seen.id)
            if one is None:
                return
            told = news(one, now=now)
            await store.record(one, told, now=now)
            await append(database, *(alert_message(one, alert, now=now) for alert in told))
        for alert in told:
            log.warning(
                "connection.alert",
                tenant=one.tenant_id,
                realm=one.realm_id,
                provider=one.provider,
                code=alert.reason.code,
                days_left=alert.days_left,
                solver=alert.reason.solver.value,
            )

    async def count(self) -> None:
        """Set the metrics of open alerts, and of the days until the first end."""
        async with self._sessions.system_session() as database:
            counted, ends = await count_open_alerts(database), await next_ends(database)
        CONNECTION_ALERTS_OPEN.clear()
        for provider, code, count in counted:
            CONNECTION_ALERTS_OPEN.labels(provider, code).set(count)
        CONNECTION_DAYS_LEFT.clear()
        for provider, refresh, consent in ends:
            for end, at in (("refresh_token", refresh), ("consent", consent)):
                if at is not None:
                    left = days_left(at, now=self._now())
                    CONNECTION_DAYS_LEFT.labels(provider, end).set(left)


def alert_message(one: Watched, alert: Alert, *, now: datetime) -> OutboxMessage:
    """Return the event that tells the platform's services, and with them the admin."""
    told = ConnectionAlert(
        connection_id=one.id,
        provider=one.provider,
        realm_id=one.realm_id,
        company_name=one.company_name,
        state=one.state.value,
        ends_at=alert.ends_at,
        days_left=alert.days_left,
        threshold_days=alert.threshold,
        reason=alert_reason(alert.reason),
    )
    return OutboxMessage(
        type=told.event_type,
        source=SOURCE,
        subject=f"connection/{one.id}",
        tenant_id=one.tenant_id,
        realm_id=one.realm_id,
        partition_key=lane_key(one.tenant_id, one.realm_id),
        topic=SYNC_RESULTS,
        time=now,
        payload=told.model_dump_json().encode(),
    )
