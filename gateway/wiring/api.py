"""The HTTP API on the settings' database and broker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from gateway.config.settings import Settings
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from gateway.runtime.broker import check_broker
from gateway.runtime.connection_watch import ConnectionWatch
from gateway.runtime.lifecycle import running_beside, utc_now
from gateway.runtime.maintenance import DatabaseMaintenance
from gateway.wiring.connect import connecting, open_providers
from gateway.wiring.database import open_sessions
from gateway.wiring.role import checks_of
from gateway.wiring.signals import open_signals


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncIterator[FastAPI]:
    """Yield the API, with maintenance and the watch over connections beside it.

    Raises:
        DatabaseUnreachable, BrokerUnreachable, NotMigrated: it can't start.
    """
    async with open_sessions(settings) as sessions:
        await check_broker(settings.kafka_bootstrap)
        async with (
            open_signals(settings) as signals,
            open_providers(settings, sessions) as opened,
            running_beside(DatabaseMaintenance(sessions, now=utc_now).run()),
            running_beside(ConnectionWatch(sessions, now=utc_now).run()),
        ):
            yield create_app(
                ApiDependencies(
                    sessions=sessions,
                    signals=signals,
                    now=utc_now,
                    api_keys=settings.api_keys,
                    calls_per_minute=settings.api_calls_per_minute,
                    configured={
                        name: ours.configured for name, ours in settings.providers.items()
                    },
                    checks=checks_of(settings, sessions),
                    connecting=connecting(settings, sessions, opened),
                )
            )
