"""Documents that change back while the ledger may hold what they were in between."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from consumers.store.observed_states import ObservedDocument, ObservedState
from providers.base import External, Figures
from providers.errors import Down, ProviderError, Rejected, Unavailable, Uncertain
from schemas.documents.catalogue import DOCUMENTS, encode
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.simulation.books import Page, Rules, reason
from tests.unit.consumers.sync.worker_harness import INVOICE, RULES, WorkerHarness

LOST, AWAY = Uncertain(reason("no_answer")), Unavailable(reason("away"))
REFUSED = Rejected(reason("refused"))
DOWN = Down(reason("down"), in_doubt=True)


async def with_invoice(rules: Rules = RULES) -> tuple[WorkerHarness, RecordId]:
    """Return a worker and an invoice that both sides agree on."""
    harness = WorkerHarness(rules)
    await harness.take_lease()
    customer = await harness.announce(DocumentType.CUSTOMER, 1, id="c", name="C", phone="v1")
    await harness.handle(customer, DocumentType.CUSTOMER)
    invoice = await harness.invoice(1)
    assert await harness.handle(invoice) is SyncState.AGREED
    return harness, invoice


def in_ledger(harness: WorkerHarness) -> str:
    [page] = harness.invoices()
    return str(page.fields["reference"])


async def back(harness: WorkerHarness, version: int) -> RecordId:
    """Announce the first version's content under a newer version."""
    return await harness.invoice(version, reference="v1")


async def see(harness: WorkerHarness, page: Page, invoice: RecordId) -> None:
    """Let a feed tell of what the ledger holds."""
    one = harness.connection
    document = DOCUMENTS[INVOICE].model_validate(page.fields)
    state = ObservedState(
        record_id=invoice,
        connection_id=one.id,
        tenant_id=one.tenant_id,
        realm_id=one.realm_id,
        provider=one.provider,
        document_type=INVOICE,
        document_id="i",
        external=External(page.id, str(page.token)),
        seen=ObservedDocument(encode(document).decode(), page.token),
    )
    async with harness.store.transaction() as tx:
        await tx.records.observe([state], now=harness.now)


async def edit_in_ledger(harness: WorkerHarness, invoice: RecordId) -> None:
    """Let a bookkeeper change the due date, and a feed see it."""
    [page] = harness.invoices()
    changed = DOCUMENTS[INVOICE].model_validate({**page.fields, "due_on": "2026-09-01"})
    page.fields, page.token = changed.model_dump(), page.token + 1
    await see(harness, page, invoice)
    assert await harness.handle(invoice) is SyncState.AGREED


@pytest.mark.parametrize("edited", [False, True])
async def test_a_document_that_changes_back_is_written_over_one_held_for_its_total(
    edited: bool,
) -> None:
    harness, invoice = await with_invoice()
    if edited:
        await edit_in_ledger(harness, invoice)
    cent_more = Figures(Decimal("10.01"), Decimal(0), Decimal("10.01"))
    harness.ledger.figures = [cent_more]
    await harness.invoice(2)
    assert await harness.handle(invoice) is SyncState.HELD
    assert in_ledger(harness) == "v2"
    await back(harness, 3)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert in_ledger(harness) == "v1"


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize(
    "failures",
    [
        ([LOST], [AWAY]),
        ([DOWN], []),
        # The first repeat is refused, which says nothing of the write before it.
        ([REFUSED, LOST], []),
    ],
    ids=["no answer", "down", "repeat refused"],
)
async def test_a_document_that_changes_back_is_written_over_an_update_in_doubt(
    failures: tuple[Sequence[ProviderError], Sequence[ProviderError]], edited: bool
) -> None:
    harness, invoice = await with_invoice()
    if edited:
        await edit_in_ledger(harness, invoice)
    harness.ledger.writes, harness.ledger.finds = list(failures[0]), list(failures[1])
    await harness.invoice(2)
    assert await harness.handle(invoice) is not SyncState.AGREED
    assert in_ledger(harness) == "v2"
    await back(harness, 3)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert in_ledger(harness) == "v1"
    assert not harness.database.intents.rows


@pytest.mark.parametrize(
    ("then", "state"),
    [
        (REFUSED, SyncState.DEAD),
        (AWAY, SyncState.RETRYING),
        (Down(AWAY.reason), SyncState.PENDING),
    ],
    ids=["refused", "away", "down"],
)
async def test_what_becomes_of_a_later_write_does_not_end_the_doubt_of_an_older(
    then: ProviderError, state: SyncState
) -> None:
    harness, invoice = await with_invoice()
    harness.ledger.writes, harness.ledger.finds = [LOST], [AWAY]
    await harness.invoice(2)
    assert await harness.handle(invoice) is SyncState.RETRYING
    harness.ledger.refusals = [then]
    await harness.invoice(3)
    assert await harness.handle(invoice) is state
    await back(harness, 4)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert in_ledger(harness) == "v1"


async def test_a_document_that_changes_back_is_written_where_answers_name_no_version() -> None:
    harness, invoice = await with_invoice(replace(RULES, sync_tokens=False))
    await edit_in_ledger(harness, invoice)
    await harness.invoice(2)
    assert await harness.handle(invoice) is SyncState.AGREED
    await back(harness, 3)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert in_ledger(harness) == "v1"


async def test_a_draft_in_between_does_not_end_the_doubt_of_an_update() -> None:
    harness, invoice = await with_invoice()
    harness.ledger.writes, harness.ledger.finds = [LOST], [AWAY]
    await harness.invoice(2)
    await harness.handle(invoice)
    await harness.invoice(3, status="draft")
    assert await harness.handle(invoice) is SyncState.HELD
    await back(harness, 4)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert in_ledger(harness) == "v1"


async def test_what_waits_does_not_end_the_doubt_of_an_update() -> None:
    harness, invoice = await with_invoice()
    harness.ledger.writes, harness.ledger.finds = [LOST], [AWAY]
    await harness.invoice(2)
    await harness.handle(invoice)
    await harness.invoice(3, customer_id="other")
    assert await harness.handle(invoice) is SyncState.WAITING
    await back(harness, 4)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert in_ledger(harness) == "v1"


async def test_an_update_that_was_refused_leaves_no_doubt() -> None:
    harness, invoice = await with_invoice()
    harness.ledger.refusals = [REFUSED]
    await harness.invoice(2)
    assert await harness.handle(invoice) is SyncState.DEAD
    assert not harness.database.intents.rows
    await back(harness, 3)
    assert await harness.handle(invoice) is SyncState.AGREED
    [page] = harness.invoices()
    assert page.versions["i"] == [1], "nothing was written, and nothing is to be undone"


async def test_a_part_that_was_written_before_a_refusal_is_written_over() -> None:
    harness, invoice = await with_invoice()
    in_part = Rejected(reason("refused"))
    in_part.written_in_part = True
    harness.ledger.writes = [in_part]
    await harness.invoice(2)
    assert await harness.handle(invoice) is SyncState.DEAD
    await back(harness, 3)
    assert await harness.handle(invoice) is SyncState.AGREED
    assert in_ledger(harness) == "v1"
