"""What is stored of the ledger's side by writes, and what becomes of what is seen there."""

from collections.abc import Sequence

import pytest

from consumers.store.observed_states import ObservedDocument, ObservedState
from providers.base import External
from schemas.documents.account import Account, AccountKind
from schemas.documents.catalogue import decode
from schemas.documents.document import Document, DocumentType
from schemas.ids import RecordId, ledger_document_id, record_id
from schemas.presence import Presence
from schemas.result import SyncState
from tests.fakes.database import Record
from tests.unit.consumers.sync.worker_harness import WorkerHarness

CUSTOMER, ACCOUNT = DocumentType.CUSTOMER, DocumentType.ACCOUNT


class Harness(WorkerHarness):
    """A worker, and what is seen in its ledger."""

    def row(self, id_: RecordId) -> Record:
        return self.database.records.rows[id_]

    def observed(self, id_: RecordId) -> ObservedDocument:
        seen = self.row(id_).observed
        assert seen is not None
        return seen

    def document(self, id_: RecordId) -> Document:
        text = self.observed(id_).document
        assert text is not None
        return decode(self.row(id_).announced.document_type, text)

    async def customer(self, version: int, **fields: str) -> RecordId:
        return await self.announce(
            CUSTOMER, version, id="c", name="Larkspur", **{"phone": f"v{version}", **fields}
        )

    async def see(self, external: str, version: int, document: Document) -> dict[RecordId, int]:
        one = self.connection
        id_ = ledger_document_id(one.id, CUSTOMER, external)
        state = ObservedState(
            record_id=record_id(one.id, CUSTOMER, id_),
            connection_id=one.id,
            tenant_id=one.tenant_id,
            realm_id=one.realm_id,
            provider=one.provider,
            document_type=CUSTOMER,
            document_id=id_,
            external=External(external, str(version)),
            seen=ObservedDocument(document.model_dump_json(), version),
        )
        async with self.store.transaction() as tx:
            return await tx.records.observe([state], now=self.now)

    def events(self) -> Sequence[object]:
        return list(self.database.outbox.rows.values())


@pytest.fixture
async def harness() -> Harness:
    harness = Harness()
    await harness.take_lease()
    return harness


async def test_what_was_written_is_observed_under_the_version_of_the_answer(
    harness: Harness,
) -> None:
    for version in (1, 2, 3):
        id_ = await harness.customer(version)
        assert await harness.handle(id_, CUSTOMER) is SyncState.AGREED
        row = harness.row(id_)
        assert (harness.observed(id_).version, row.base_ledger_version) == (version - 1,) * 2
        assert harness.document(id_) == decode(CUSTOMER, row.announced.document)
        assert row.revision == version, "a write of ours is no news"


async def test_a_void_is_observed_as_void(harness: Harness) -> None:
    await harness.handle(await harness.customer(1), CUSTOMER)
    id_ = await harness.invoice(1)
    await harness.handle(id_)
    await harness.invoice(2, status="voided")
    assert await harness.handle(id_) is SyncState.AGREED
    assert harness.observed(id_).presence is Presence.VOIDED
    assert harness.row(id_).base_ledger_version == harness.observed(id_).version


async def test_the_echo_of_our_own_write_changes_nothing(harness: Harness) -> None:
    id_ = await harness.customer(1)
    await harness.handle(id_, CUSTOMER)
    trimmed = harness.document(id_).model_copy(update={"name": "Lark"})
    assert await harness.see("1", 0, trimmed) == {}
    assert harness.row(id_).state is SyncState.AGREED


async def test_an_edit_in_the_ledger_costs_no_call_and_stays_known(harness: Harness) -> None:
    id_ = await harness.customer(1)
    await harness.handle(id_, CUSTOMER)
    told, before = len(harness.events()), harness.row(id_)
    page = harness.ledger.books.pages["1"]
    page.fields["email"], page.token = "a@example.com", 4
    edited = harness.document(id_).model_copy(update={"email": "a@example.com"})
    assert await harness.see("1", 4, edited) == {id_: 2}
    assert await harness.handle(id_, CUSTOMER) is SyncState.AGREED
    row = harness.row(id_)
    assert (page.token, row.base) == (4, before.base)
    assert row.base_ledger_version == 0, "nobody has dealt with the edit"
    assert len(harness.events()) == told + 1
    await harness.customer(2)
    assert await harness.handle(id_, CUSTOMER) is SyncState.AGREED
    assert page.fields["email"] == "a@example.com", "an update names only what has changed"
    assert harness.document(id_) == edited.model_copy(update={"phone": "v2"})
    assert harness.row(id_).base_ledger_version == 0, "the sides still differ"


async def test_a_record_born_in_the_ledger_rests_without_call_event_or_task(
    harness: Harness,
) -> None:
    await harness.customer(1)
    like = decode(CUSTOMER, '{"id": "x", "name": "Walk-in"}')
    [id_] = await harness.see("58", 3, like)
    assert await harness.handle(id_, CUSTOMER) is SyncState.AGREED
    assert (harness.row(id_).base, harness.row(id_).base_version) == (None, None)
    assert (harness.events(), harness.database.tasks.rows) == ([], {})
    assert harness.ledger.books.pages == {}
    assert harness.ledger.looked == 0


async def test_what_is_seen_while_a_write_is_made_keeps_the_record_pending(
    harness: Harness,
) -> None:
    id_ = await harness.customer(1)
    await harness.handle(id_, CUSTOMER)
    await harness.customer(2)

    async def seen_meanwhile() -> None:
        await harness.see("1", 9, decode(CUSTOMER, '{"id": "c", "name": "Larkspur"}'))

    # The stale version has the worker look, and write again: time for a change to be seen.
    harness.ledger.books.pages["1"].token = 5
    harness.ledger.on_find = seen_meanwhile
    assert await harness.handle(id_, CUSTOMER) is SyncState.PENDING
    assert harness.observed(id_).version == 9, "an answer replaces nothing newer"
    assert await harness.handle(id_, CUSTOMER) is SyncState.AGREED
    assert harness.row(id_).revision == 3


async def test_what_is_found_and_not_written_is_not_observed(harness: Harness) -> None:
    account = Account(id="a", name="Sales", code="400", kind=AccountKind.REVENUE)
    harness.ledger.books.add(ACCOUNT, account)
    id_ = await harness.announce(ACCOUNT, 1, **account.model_dump())
    assert await harness.handle(id_, ACCOUNT) is SyncState.AGREED
    row = harness.row(id_)
    assert (row.external, row.observed) == (External("1", "0"), None)
