"""The simulator's whole state: organisations, consents, quotas, faults, and what was seen."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from providers.simulators.clock import SimulatorClock
from providers.simulators.faults import FaultMenu
from providers.simulators.write_log import WriteLog
from providers.simulators.xero.books.history import XeroChangeEvent
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.calls.idempotency import IdempotencyKeys
from providers.simulators.xero.calls.throttle import XeroThrottle
from providers.simulators.xero.calls.traffic import XeroTraffic
from providers.simulators.xero.config import (
    OrganisationSpec,
    XeroAppSpec,
    XeroSimulatorConfig,
    XeroSwitches,
)
from providers.simulators.xero.oauth.connections import TenantConnections
from providers.simulators.xero.oauth.tokens import XeroTokenStore


class TenantExists(ValueError):
    """An organisation with that tenant id exists."""


class XeroState:
    """The organisations, consents, counts and rules of one simulator.

    Attributes:
        changes: Changes that wait for delivery to the webhook.
        logs: Committed writes by tenant id.
    """

    def __init__(self, config: XeroSimulatorConfig, clock: SimulatorClock) -> None:
        self.config = config
        self.clock = clock
        self.faults = FaultMenu()
        self.changes: asyncio.Queue[XeroChangeEvent] = asyncio.Queue()
        self.webhook_status = "Intent to receive required"
        self.reset()

    def reset(self) -> None:
        """Go back to the state before the first call; the clock and its setting stay."""
        config, clock = self.config, self.clock
        self.switches = config.switches
        self.faults.clear()
        for rule in config.faults:
            self.faults.add(rule)
        self.tokens = XeroTokenStore(config.tokens, clock)
        self.connections = TenantConnections(clock)
        self.throttle = XeroThrottle(config.quotas, clock)
        self.idempotency = IdempotencyKeys(config.idempotency, clock)
        self.traffic = XeroTraffic(clock)
        self.logs: defaultdict[str, WriteLog] = defaultdict(WriteLog)
        while not self.changes.empty():
            self.changes.get_nowait()
        self.organisations: dict[str, OrganisationBooks] = {}
        for seed in config.organisations:
            self.add_organisation(seed)

    def add_organisation(self, seed: OrganisationSpec) -> OrganisationBooks:
        """Create an organisation.

        Raises:
            TenantExists: the seed names one that exists.
        """
        org = OrganisationBooks(seed, self.switches, self.clock, on_change=self._changed)
        if org.tenant_id in self.organisations:
            raise TenantExists(org.tenant_id)
        self.organisations[org.tenant_id] = org
        return org

    def _changed(self, change: XeroChangeEvent) -> None:
        if self.config.webhook is not None:
            self.changes.put_nowait(change)

    def change_switches(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change some switches for every organisation, and return all of them.

        Raises:
            pydantic.ValidationError: no such switch or position; nothing is changed.
        """
        changed = {**asdict(self.switches), **changes}
        self.switches = TypeAdapter(XeroSwitches).validate_python(changed, extra="forbid")
        for org in self.organisations.values():
            org.switches = self.switches
        return asdict(self.switches)

    def app(self, client_id: str) -> XeroAppSpec | None:
        """Return a registered app."""
        return next((app for app in self.config.apps if app.client_id == client_id), None)
