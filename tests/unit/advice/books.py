"""Companies at both simulators, in this process, with what a person can do to their books."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import httpx

from consumers.intake.platform_events import Intake
from providers.connections import ConnectionState
from providers.qbo.provider import QBO
from providers.simulators.clock import SimulatorClock
from providers.simulators.qbo.app import app_of as qbo_app_of
from providers.simulators.qbo.books import seed
from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.config import CompanySpec
from providers.simulators.qbo.state import QboState
from providers.simulators.xero.app import app_of as xero_app_of
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.state import XeroState
from providers.xero.provider import XERO
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RealmId, RecordId
from tests.integration.providers import qbo_company, xero_organisation
from tests.unit.advice.world import LEDGER_URL, Consent, Edge, Fields, World

ACCOUNT: Final = DocumentType.ACCOUNT
CUSTOMER: Final = DocumentType.CUSTOMER
VENDOR: Final = DocumentType.VENDOR
ITEM: Final = DocumentType.ITEM
INVOICE: Final = DocumentType.INVOICE
BILL: Final = DocumentType.BILL
PAYMENT: Final = DocumentType.PAYMENT
QBO_REALM: Final = RealmId("9341450000000001")
XERO_REALM: Final = RealmId(xero_organisation.ORGANISATION)


def line(**fields: Any) -> dict[str, Any]:
    """Return a line of 10.00."""
    return {"id": "1", "description": "Work", "item_id": "t", "unit_price": "10.00", **fields}


def documents(currency: str) -> Mapping[DocumentType, Fields]:
    """Return a document of each kind that a ledger of this currency takes."""
    trade = {
        "issued_on": "2026-07-06",
        "due_on": "2026-08-20",
        "currency": currency,
        "tax_mode": "none",
        "lines": [line()],
    }
    return {
        ACCOUNT: {"id": "a", "code": "4711", "name": "Field work", "kind": "revenue"},
        CUSTOMER: {"id": "c", "name": "Heron & Co"},
        VENDOR: {"id": "v", "name": "Nordic Steel Ltd"},
        ITEM: {"id": "t", "code": "WRK-1", "name": "Work, hour", "sales_price": "10.00"},
        INVOICE: {"id": "i", "number": "INV-1", "customer_id": "c", **trade},
        BILL: {"id": "b", "number": "NS-1", "vendor_id": "v", **trade},
        PAYMENT: {
            "id": "p",
            "customer_id": "c",
            "paid_on": "2026-07-31",
            "currency": currency,
            "amount": "10.00",
            "allocations": [{"invoice_id": "i", "amount": "10.00"}],
            "reference": "cheque 9",
        },
    }


async def stocked(world: World) -> World:
    """Bring a customer, a vendor and an item to the ledger."""
    named = [await world.announce(kind) for kind in (CUSTOMER, VENDOR, ITEM)]
    await world.work()
    for id_ in named:
        world.goes_on(id_)
    return world


async def external(world: World, id_: RecordId) -> str:
    """Return the ledger's id of a record."""
    found = world.record(id_).external
    assert found is not None
    return found.id


class QboWorld(World):
    """A QuickBooks company."""

    state: QboState

    @property
    def books(self) -> CompanyBooks:
        """The company's own books."""
        return self.state.companies[self.realm_id]

    def respec(self, **fields: Any) -> None:
        """Switch something on or off in the company's settings, as a person does."""
        spec = self.books.spec
        self.books.spec = CompanySpec.model_validate({**spec.model_dump(), **fields})
        self.books.record("Preferences", "1").body = seed.preferences(self.books)

    async def moved_to(self, realm: str) -> None:
        """Connect a new company in the place of this one, which is disconnected."""
        self.change(state=ConnectionState.DISCONNECTED, is_default=False)
        self.state.add_company(CompanySpec(realm=realm))
        self.realm_id, self.id = RealmId(realm), ConnectionId(UUID(int=8))
        self.intake = Intake(self.store, now=self.clock)
        await self.connect()

    async def person(self, entity: str, body: Fields, **options: str) -> dict[str, Any]:
        """Write as a person does at QuickBooks' own pages."""
        path = f"/_simulator/books/{self.realm_id}/{entity.lower()}"
        answer = await self.client.post(path, json=body, params=options)
        assert answer.is_success, answer.text
        return dict(answer.json()[entity])

    async def seen(self, entity: str, external_id: str) -> dict[str, Any]:
        """Read as a person does."""
        path = f"/_simulator/books/{self.realm_id}/{entity.lower()}/{external_id}"
        return dict((await self.client.get(path)).json()[entity])

    async def control(self, path: str, body: Fields) -> None:
        """Set something of the simulator."""
        answer = await self.client.post(f"/_simulator/{path}", json=body)
        assert answer.is_success, answer.text


class XeroWorld(World):
    """A Xero organisation."""

    state: XeroState

    @property
    def books(self) -> OrganisationBooks:
        """The organisation's own books."""
        return self.state.organisations[self.realm_id]

    async def person(self, path: str, body: Fields, method: str = "POST") -> dict[str, Any]:
        """Write as a person does at Xero's own pages."""
        url = f"/_simulator/books/{self.realm_id}/{path}"
        answer = await self.client.request(method, url, json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def seen(self, path: str, **params: str) -> list[dict[str, Any]]:
        """Read as a person does."""
        url = f"/_simulator/books/{self.realm_id}/{path}"
        answer = await self.client.get(url, params=params)
        return list(json.loads(answer.content)[path.split("/")[0]])

    async def control(self, path: str, body: Fields) -> None:
        """Set something of the simulator."""
        answer = await self.client.post(f"/_simulator/{path}", json=body)
        assert answer.is_success, answer.text


@asynccontextmanager
async def qbo(**company: Any) -> AsyncIterator[QboWorld]:
    """Connect a QuickBooks company, of which some settings are otherwise."""
    spec = CompanySpec(realm=QBO_REALM, **company)
    simulator = replace(qbo_company.SIMULATOR, companies=(spec,))
    state = QboState(simulator)
    edge = Edge(qbo_app_of(state))
    async with httpx.AsyncClient(transport=edge, base_url=LEDGER_URL) as client:
        app = qbo_company.oauth_app(LEDGER_URL)

        async def consents(realm: RealmId) -> Consent:
            token = await qbo_company.consented(client, app, realm)
            return Consent(client, app, QBO, token)

        currency = state.companies[QBO_REALM].home_currency
        settings = json.loads(json.dumps(dict(qbo_company.SETTINGS)))
        world = QboWorld(QBO, client, edge, QBO_REALM, documents(currency), consents, settings)
        world.state = state
        await world.connect()
        yield world


@asynccontextmanager
async def xero(**simulator: Any) -> AsyncIterator[XeroWorld]:
    """Connect a Xero organisation of New Zealand."""
    state = XeroState(xero_organisation.config(**simulator), SimulatorClock())
    edge = Edge(xero_app_of(state))
    async with httpx.AsyncClient(transport=edge, base_url=LEDGER_URL) as client:
        app = xero_organisation.oauth_app(LEDGER_URL)

        async def consents(_: RealmId) -> Consent:
            return Consent(client, app, XERO, await xero_organisation.consented(client, app))

        settings = json.loads(json.dumps(dict(xero_organisation.SETTINGS)))
        world = XeroWorld(XERO, client, edge, XERO_REALM, documents("NZD"), consents, settings)
        world.state = state
        await world.connect()
        yield world
