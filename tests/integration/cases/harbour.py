"""The demo's tenant harbour on a real database, and its two companies at both simulators.

Companies, accounts and items are those of `ledgerlane demo --keep`; events go through the real
intake, and workers wired as in production bring them to the ledgers. Kafka is left out.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.position import Position
from consumers.store.postgres import PostgresStore
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.sessions import Sessions
from gateway.demo.business.scenario import TENANTS, Company
from gateway.demo.business.traffic import traffic
from gateway.demo.environment.simulators import Simulator
from gateway.demo.verification.entry import Record
from gateway.demo.verification.ledger_books import records_of, repeats_of
from gateway.wiring.providers import open_registrations, vaulted_tokens
from gateway.wiring.worker import ledger_opener
from providers.base import Provider
from providers.connections import Connection
from providers.qbo.mapping.catalogue import ENTITIES
from providers.simulators.xero.config import XeroQuotas
from schemas.documents.catalogue import encode
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope
from schemas.ids import ProviderName, TenantId
from tests.eventually import PATIENCE_S
from tests.fakes.environment import environment
from tests.fakes.served import QBO, XERO, Simulated
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.gateway.connecting import connect, unheard

HARBOUR: Final = TenantId("harbour")
FOLDER: Final = Path(__file__).parents[2] / "cases"
UNLIMITED: Final = XeroQuotas(
    in_flight=100,
    calls_per_minute=1_000_000,
    calls_per_day=10_000_000,
    app_calls_per_minute=1_000_000,
)
_XERO_PATHS: Final = {
    DocumentType.CUSTOMER: "Contacts",
    DocumentType.VENDOR: "Contacts",
    DocumentType.ITEM: "Items",
    DocumentType.ACCOUNT: "Accounts",
    DocumentType.INVOICE: "Invoices",
    DocumentType.BILL: "Invoices",
    DocumentType.PAYMENT: "Payments",
}
# Where each ledger shows a field of a document.
_SHOWN: Final[Mapping[ProviderName, Mapping[str, str]]] = {
    QBO: {
        "name": "DisplayName",
        "item": "Name",
        "code": "Sku",
        "email": "PrimaryEmailAddr.Address",
        "phone": "PrimaryPhone.FreeFormNumber",
        "account_number": "AcctNum",
        "number": "DocNumber",
        "issued_on": "TxnDate",
        "due_on": "DueDate",
        "reference": "PaymentRefNum",
        "text": "Line.0.Description",
    },
    XERO: {
        "name": "Name",
        "item": "Name",
        "code": "Code",
        "email": "EmailAddress",
        "phone": "Phones.0.PhoneNumber",
        "account_number": "AccountNumber",
        "number": "InvoiceNumber",
        "issued_on": "DateString",
        "due_on": "DueDateString",
        "reference": "Reference",
        "text": "LineItems.0.Description",
    },
}


@dataclass(frozen=True)
class Branch:
    """One of the two companies.

    Attributes:
        sync: What works on its records.
        simulated: The simulator that has its books.
    """

    sync: SyncHarness
    simulated: Simulated

    @property
    def name(self) -> ProviderName:
        return self.simulated.name

    def ledger(self) -> list[Record]:
        """Return what the ledger holds."""
        url = f"{self.simulated.url}/_simulator/ledger/{self.sync.realm}"
        told = httpx.get(url, timeout=PATIENCE_S).text
        return records_of(self.name, json.loads(told, parse_float=Decimal))

    def repeats(self) -> list[str]:
        """Return what was created more than once."""
        return list(repeats_of(self.simulated.control("stats"), self.sync.realm))

    async def records(self, documents: Iterable[str]) -> list[dict[str, Any]]:
        """Return the sync records of some documents."""
        wanted = set(documents)
        rows = await self.sync.rows(
            f"SELECT * FROM sync_records WHERE provider = '{self.name}'"  # noqa: S608 - our own
        )
        return [row for row in rows if row["document_id"] in wanted]

    async def tasks(self) -> dict[str, list[str]]:
        """Return the codes of the open tasks, by document."""
        found: dict[str, list[str]] = {}
        for row in await self.sync.rows("SELECT * FROM tasks WHERE closed_at IS NULL"):
            if row["provider"] == self.name:
                found.setdefault(row["document_id"], []).append(row["code"])
        return found

    async def results(self) -> dict[str, dict[str, Any]]:
        """Return the last result event of each document."""
        rows = await self.sync.rows(
            "SELECT headers ->> 'ce_realmid' AS realm,"
            " convert_from(payload, 'UTF8')::jsonb AS said"
            " FROM ledgerlane_outbox WHERE topic = 'sync.results' ORDER BY seq"
        )
        return {
            row["said"]["document_id"]: row["said"]
            for row in rows
            if row["realm"] == self.sync.realm
        }

    def shows(self, document_type: DocumentType, external_id: str, field: str) -> str:
        """Return a field as the ledger's own people see it; empty where there is none."""
        entity = ENTITIES[document_type]
        path = (
            f"{entity.lower()}/{external_id}"
            if self.name == QBO
            else f"{_XERO_PATHS[document_type]}/{external_id}"
        )
        body = self.simulated.control(f"books/{self.sync.realm}/{path}")
        found: Any = body[entity] if self.name == QBO else body[path.partition("/")[0]][0]
        for step in _SHOWN[self.name][field].split("."):
            found = found[int(step)] if step.isdigit() else found.get(step, "")
        return str(found).removesuffix("T00:00:00")


@dataclass
class Harbour:
    """The tenant, with its accounts and items at both ledgers."""

    branches: tuple[Branch, Branch]
    offset: int = 0

    async def play(self, case: str) -> None:
        """Announce the events of a case; at each pause and at the end, all comes to rest."""
        for event in json.loads((FOLDER / f"{case}.json").read_text())["events"]:
            if "pause" in event:
                await self.rest()
            else:
                await self.announce(event)
        await self.rest()

    def add_tax_rate(self, name: str, per_cent: str) -> None:
        """Add a tax rate of one component in Xero, as a person does."""
        _, xero = self.branches
        rate = {
            "Name": name,
            "ReportTaxType": "OUTPUT",
            "TaxComponents": [{"Name": "Tax", "Rate": per_cent}],
        }
        url = f"{xero.simulated.url}/_simulator/books/{xero.sync.realm}/TaxRates"
        httpx.put(url, json=rate, timeout=PATIENCE_S).raise_for_status()

    async def announce(self, event: Mapping[str, Any]) -> None:
        """Let intake take an event in, as the relay publishes it."""
        payload = event["raw"] if "raw" in event else json.dumps(event["doc"])
        document_id = event["id"] if "raw" in event else event["doc"]["id"]
        version = event.get("version", 1)
        self.offset += 1
        envelope = Envelope(
            id=f"e{self.offset}",
            source="/cases",
            type=event["type"],
            tenant_id=HARBOUR,
            entity_version=version,
            subject=f"{event['type'].partition('.')[0]}/{document_id}",
        )
        position = Position("platform.events", 0, self.offset)
        sync = self.branches[0].sync
        store = PostgresStore(Sessions(sync.database).session)
        received = Received(position, envelope.headers(), payload.encode())
        await Intake(store, now=sync.now).accept([received])

    async def letters(self) -> list[str]:
        """Return the codes of the dead letters, in their order."""
        rows = await self.branches[0].sync.rows(
            "SELECT code FROM dead_letters ORDER BY died_at"
        )
        return [row["code"] for row in rows]

    async def rest(self) -> None:
        """Let the workers of both ledgers work until nothing is due."""
        for branch in self.branches:
            await branch.sync.work()


@asynccontextmanager
async def open_harbour(
    database_url: str, simulators: Iterable[Simulated]
) -> AsyncIterator[Harbour]:
    """Open both companies, and bring the demo's accounts and its first item to them."""
    async with open_branches(database_url, simulators) as (quickbooks, xero):
        harbour = Harbour((quickbooks, xero))
        await _stock(harbour)
        yield harbour


@asynccontextmanager
async def open_branches(
    database_url: str, simulators: Iterable[Simulated]
) -> AsyncIterator[Sequence[Branch]]:
    """Found and connect the company at each of these simulators as the demo does."""
    found = {simulated.name: simulated for simulated in simulators}
    said = {"DATABASE_URL": database_url}
    for simulated in found.values():
        said |= simulated.variables()
    settings = Settings.from_environ(environment(**said))
    (tenant,) = (one for one in TENANTS if one.id == HARBOUR)
    async with (
        open_database(database_url, pool=20) as database,
        open_registrations(settings, audit=unheard) as registrations,
    ):
        tokens = vaulted_tokens(settings, Sessions(database), registrations)
        branches = []
        for company in tenant.companies:
            if company.provider in found:
                simulated = found[company.provider]
                connection = await _connect(settings, simulated, company)
                client = registrations[company.provider].client
                opener = ledger_opener(simulated.provider, client, tokens, unheard)
                sync = SyncHarness(
                    database,
                    _unhurried(simulated.provider),
                    opener,
                    HARBOUR,
                    connection.realm_id,
                    connection.id,
                )
                branches.append(Branch(sync, simulated))
        yield branches


async def _connect(settings: Settings, simulated: Simulated, company: Company) -> Connection:
    realm = await Simulator(simulated.name, simulated.url).found(company)
    (connection,) = await connect(settings, simulated, realm, tenant=HARBOUR, make_default=True)
    return connection


def _unhurried(provider: Provider) -> Provider:
    """Return the provider without quotas, so that a test need not wait for them."""
    quota = replace(
        provider.quota,
        per_minute=100_000,
        per_second=None,
        per_day=None,
        app_per_minute=None,
    )
    return replace(provider, quota=quota)


async def _stock(harbour: Harbour) -> None:
    """Announce the demo's accounts of harbour and the item that the cases sell."""
    wanted = (DocumentType.ACCOUNT, DocumentType.ITEM)
    for action in traffic(TENANTS, documents=60, seed=1, today=date(2026, 11, 2)):
        for change in action.changes:
            if action.tenant_id == HARBOUR and change.type in wanted:
                document = json.loads(encode(change.document))
                await harbour.announce({"type": change.event_type, "doc": document})
    await harbour.rest()
