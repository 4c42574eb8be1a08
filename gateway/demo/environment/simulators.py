"""A client of the simulators: companies, consents, faults, and their books."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx

from gateway.demo.business.scenario import QBO, XERO, Company
from gateway.demo.faults.fault_plan import ProviderFault
from gateway.demo.verification.entry import Record
from gateway.demo.verification.ledger_books import records_of, repeats_of
from schemas.ids import ProviderName, RealmId

_TIMEOUT: Final = httpx.Timeout(10.0)
_RULES: Final = "/_simulator/faults"
_COMPANIES: Final = {QBO: "/_simulator/companies", XERO: "/_simulator/organisations"}


@dataclass(frozen=True, slots=True)
class FaultCount:
    """How often a fault rule of a simulator was applied.

    Attributes:
        kind: The kind of fault, in the simulators' words.
        times: The number of calls that it was applied to.
    """

    provider: ProviderName
    kind: str
    times: int


class Simulator:
    """One provider's simulator, reached over HTTP."""

    def __init__(self, provider: ProviderName, address: str) -> None:
        self.provider = provider
        self.address = address

    async def answers(self) -> bool:
        """Return whether the simulator answers."""
        try:
            await self._get("/_simulator/stats")
        except httpx.TransportError:
            return False
        return True

    async def found(self, company: Company) -> RealmId:
        """Create a company and return its realm."""
        spec = {"name": company.name, "country": company.country, **self._currencies(company)}
        answered = await self._post(_COMPANIES[self.provider], spec)
        return RealmId(answered["realm"])

    def _currencies(self, company: Company) -> Mapping[str, Any]:
        """Return what the simulator is told of currencies; QuickBooks has all or one."""
        if not company.foreign:
            return {}
        if self.provider == QBO:
            return {"multicurrency": True}
        return {"foreign_currencies": {one.code: str(one.rate) for one in company.foreign}}

    async def consent(self, authorize_url: str, realm: RealmId, *, user: str) -> str:
        """Approve what an app asks for, as a person on the consent page; return the code."""
        form = {"decision": "approve", "realm": realm, "organisations": realm, "user": user}
        async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
            answer = await client.post(authorize_url, data=form)
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    async def set_faults(self, faults: Sequence[ProviderFault]) -> None:
        """Set the fault rules that are in force."""
        await self._post(_RULES, [fault.rule(i) for i, fault in enumerate(faults, start=1)])

    async def fault_counts(self) -> list[FaultCount]:
        """Return how often each fault was applied."""
        answered = await self._get(_RULES)
        return [
            FaultCount(self.provider, one["kind"], one["thrown"]) for one in answered.values()
        ]

    async def records(self, realm: RealmId) -> list[Record]:
        """Read the books of a company."""
        return records_of(self.provider, await self._get(f"/_simulator/ledger/{realm}"))

    async def repeats(self, realm: RealmId) -> Sequence[str]:
        """Return what was created more than once, by the simulator's log of writes."""
        return repeats_of(await self._get("/_simulator/stats"), realm)

    async def _get(self, path: str) -> Mapping[str, Any]:
        async with httpx.AsyncClient(base_url=self.address, timeout=_TIMEOUT) as client:
            return _read(await client.get(path))

    async def _post(self, path: str, body: object) -> Mapping[str, Any]:
        async with httpx.AsyncClient(base_url=self.address, timeout=_TIMEOUT) as client:
            return _read(await client.post(path, json=body))


def _read(answer: httpx.Response) -> Mapping[str, Any]:
    answer.raise_for_status()
    answered: Mapping[str, Any] = json.loads(answer.text, parse_float=Decimal)
    return answered
