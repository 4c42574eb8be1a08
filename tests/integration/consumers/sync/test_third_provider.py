"""A provider that the core has never heard of: a folder's worth of code, and nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from consumers.sync.realm_lanes import realm_lanes
from providers.base import (
    External,
    Ledger,
    Operation,
    Profile,
    Provider,
    Result,
    Write,
    Written,
)
from providers.qbo.provider import QBO
from providers.quotas import Quota
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName
from schemas.topics import catalogue
from tests.contracts.ledger_harness import ACCOUNT, CUSTOMER, INVOICE, ITEM, LedgerHarness
from tests.integration.consumers.sync_harness import SyncHarness, open_sync_harness


@dataclass
class Notebook:
    """The third ledger: a book in memory that numbers what is written into it."""

    records: dict[tuple[DocumentType, str], Written] = field(default_factory=dict)

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        return [self._written(operation, write) for write in writes]

    def _written(self, operation: Operation, write: Write) -> Written:
        key = (write.document_type, write.document.id)
        number = write.external.id if write.external else str(len(self.records) + 1)
        void = operation is Operation.VOID
        self.records[key] = Written(External(number), voided=void)
        return self.records[key]

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        return [self.records.get((w.document_type, w.document.id)) for w in writes]

    @property
    def naming(self) -> Mapping[str, Any]:
        return {}

    def renames(self, document_type: DocumentType) -> bool:
        return False

    async def describe(self) -> Profile:
        return Profile("Notebook", "NZ", "NZD", {})


@dataclass
class NotebookCompany:
    provider: Provider
    ledger: Ledger
    currency: str = "NZD"
    tax_rate: str = "15"
    unknown_id: str = "0"
    immutable: frozenset[DocumentType] = frozenset()
    has_versions: bool = False
    voids_paid: bool = True

    async def strike(self, trouble: object, *, times: int = 1) -> None:
        """Nothing strikes a notebook."""

    async def count(self, document_type: DocumentType) -> int:
        raise AssertionError("the test looks into the notebook itself")

    async def classes(self, document_type: DocumentType, record_id: str) -> list[str]:
        raise AssertionError("a notebook knows no classes")


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def provider(notebook: Notebook) -> Provider:
    return Provider(
        name=ProviderName("notebook"),
        title="Notebook",
        quota=Quota(per_minute=600, in_flight=2),
        oauth=QBO.oauth,
        dialect=QBO.dialect,
        open_ledger=lambda _session: notebook,
        batch_limit=lambda _kind, _operation: 3,
        documents=frozenset(DOCUMENTS),
    )


@pytest_asyncio.fixture
async def harness(
    migrated_database_url: str, provider: Provider, notebook: Notebook
) -> AsyncIterator[SyncHarness]:
    company = NotebookCompany(provider, notebook)
    async with open_sync_harness(migrated_database_url, company, realm="book-1") as opened:
        yield opened


async def test_documents_reach_a_third_ledger_without_a_change_of_the_core(
    harness: SyncHarness, provider: Provider, notebook: Notebook
) -> None:
    ledger = LedgerHarness(NotebookCompany(provider, notebook))
    for kind in (INVOICE, ACCOUNT, ITEM, CUSTOMER):
        signals = await harness.announce(kind, ledger.document(kind))
        assert {topic for topic, _ in signals} == {"notebook.work"}
    await harness.work()
    assert set((await harness.states()).values()) == {"agreed"}
    assert {kind for kind, _ in notebook.records} == {INVOICE, ACCOUNT, ITEM, CUSTOMER}
    topics = {topic.name for topic in catalogue((provider.name,))}
    assert set(realm_lanes(provider).topics) <= topics
