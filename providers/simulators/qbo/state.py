"""The simulator's whole state: companies, grants, quotas, faults, and what was observed."""

import asyncio
from collections.abc import Mapping
from typing import Any

from providers.simulators.clock import SimulatorClock
from providers.simulators.faults import FaultMenu
from providers.simulators.qbo.books import seed
from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.history import QboChangeEvent
from providers.simulators.qbo.calls.idempotency import RequestIds
from providers.simulators.qbo.calls.metering import BillingMeter
from providers.simulators.qbo.calls.throttle import QboThrottle
from providers.simulators.qbo.calls.traffic import QboTraffic
from providers.simulators.qbo.config import CompanySpec, QboSimulatorConfig
from providers.simulators.qbo.oauth.tokens import QboTokenStore

FIRST_REALM = 9_341_450_000_000_001


class RealmExists(ValueError):
    """A company with that realm id exists."""


class QboState:
    """Everything that one simulator remembers; `reset` makes it new.

    Attributes:
        changes: The changes that wait for delivery to the webhook.
    """

    def __init__(self, config: QboSimulatorConfig) -> None:
        self.config = config
        self.clock = SimulatorClock()
        self.faults = FaultMenu()
        self.changes: asyncio.Queue[QboChangeEvent] = asyncio.Queue()
        self.reset()

    def reset(self) -> None:
        """Forget everything but the clock, and start again from the configuration."""
        self.switches = self.config.switches
        self.quotas = self.config.quotas
        self.latency_ms = self.config.latency_ms
        self.faults.clear()
        for rule in self.config.faults:
            self.faults.add(rule)
        self.tokens = QboTokenStore(self.config.apps, self.clock)
        self.traffic = QboTraffic(self.clock)
        self.throttle = QboThrottle(self.clock)
        self.meter = BillingMeter(self.clock)
        self.request_ids = RequestIds()
        self.companies: dict[str, CompanyBooks] = {}
        for spec in self.config.companies:
            self.add_company(spec)

    def add_company(self, spec: CompanySpec) -> CompanyBooks:
        """Create a company, with the next free realm id unless the spec names one.

        Raises:
            RealmExists: the spec names one that exists.
        """
        realm = spec.realm or self._free_realm()
        if realm in self.companies:
            raise RealmExists(realm)
        company = seed.new_company(realm, spec, self.clock, self.switches)
        self.companies[realm] = company
        return company

    def _free_realm(self) -> str:
        number = FIRST_REALM + len(self.companies)
        while str(number) in self.companies:
            number += 1
        return str(number)

    def change_switches(self, changes: Mapping[str, Any]) -> None:
        """Change some switches, for every company.

        Raises:
            pydantic.ValidationError: no such switch or position; nothing is changed.
        """
        self.switches = self.switches.with_changes(dict(changes))
        for company in self.companies.values():
            company.switches = self.switches

    def change_quotas(self, changes: Mapping[str, Any]) -> None:
        """Change some quotas.

        Raises:
            pydantic.ValidationError: no such quota or value; nothing is changed.
        """
        self.quotas = self.quotas.with_changes(dict(changes))
