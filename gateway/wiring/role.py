"""What every long-running role does: logs, signals, health, and a log line at start and end."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import structlog

from gateway.config.settings import Settings
from gateway.database.sessions import Sessions
from gateway.http.dependencies import Check
from gateway.http.health import health_app
from gateway.http.serving import serving
from gateway.runtime.broker import check_broker
from gateway.runtime.lifecycle import collect_seldom, stop_signals
from gateway.runtime.telemetry import set_up_logging, switch_level_on_hangup

log: Final = structlog.get_logger("role")


@asynccontextmanager
async def role_lifecycle(
    role: str, settings: Settings, *, enabled: bool = True
) -> AsyncIterator[asyncio.Event]:
    """Set up logs, log the start, and yield an event that is set when the role has to stop.

    Args:
        enabled: Whether the role is switched on; the log says if it is not.
    """
    collect_seldom()
    set_up_logging(settings.log_level)
    async with stop_signals() as stop:
        switch_level_on_hangup(settings.log_level)
        log.info(
            "role.started" if enabled else "role.disabled",
            role=role,
            environment=settings.environment.value,
            settings=settings.shown(),
        )
        yield stop
        log.info("role.stopped", role=role)


@asynccontextmanager
async def showing_health(
    settings: Settings, checks: Mapping[str, Check]
) -> AsyncIterator[None]:
    """Serve health and metrics on the settings' port, for a role without an API.

    Raises:
        PortInUse: another program listens there.
    """
    async with serving(health_app(checks), settings.listen_host, settings.metrics_port):
        yield


def checks_of(settings: Settings, sessions: Sessions | None = None) -> dict[str, Check]:
    """Return the checks of a role's readiness: the broker, and its database if it has one."""
    checks: dict[str, Check] = {"broker": partial(check_broker, settings.kafka_bootstrap)}
    if sessions is not None:
        checks["database"] = sessions.check
    return checks
