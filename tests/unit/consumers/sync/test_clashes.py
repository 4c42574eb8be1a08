"""A name or number that is taken: asked or changed by policy, and never written twice."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from consumers.sync.clashes import already_linked, without_linked
from consumers.sync.loaded_record import load_records
from providers.base import External, Figures, Operation, Result, Write, Written
from providers.errors import Duplicate, ProviderError, Taken, Unavailable, Uncertain
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import DocumentType
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.fakes.sync_records import MemorySyncRecords
from tests.simulation.books import Rules, reason
from tests.unit.consumers.sync.worker_harness import INVOICE, RULES, WorkerHarness

CUSTOMER = DocumentType.CUSTOMER
RENAMING = replace(RULES, renames=True, unique_numbers=True)
ASKING = replace(RULES, unique_numbers=True)
LOST, AWAY = Uncertain(reason("no_answer")), Unavailable(reason("away"))


class Sent:
    """Keeps what a harness's ledger is sent."""

    def __init__(self, harness: WorkerHarness) -> None:
        self.writes: list[tuple[Operation, Write]] = []
        self._write = harness.ledger.books.write
        harness.ledger.books.write = self  # type: ignore[method-assign]

    def __call__(self, operation: Operation, write: Write) -> Result:
        self.writes.append((operation, write))
        return self._write(operation, write)

    @property
    def renamed(self) -> list[bool]:
        return [write.renamed for _, write in self.writes]


async def with_customer(rules: Rules = RENAMING) -> WorkerHarness:
    harness = WorkerHarness(rules)
    await harness.take_lease()
    one = await harness.announce(CUSTOMER, 1, id="c", name="C", phone="v1")
    assert await harness.handle(one, CUSTOMER) is SyncState.AGREED
    return harness


async def second_customer(harness: WorkerHarness, version: int = 1) -> RecordId:
    return await harness.announce(CUSTOMER, version, id="d", name="C", phone=f"v{version}")


async def clashing_invoice(harness: WorkerHarness) -> RecordId:
    """Announce an invoice whose number another one in the ledger has."""
    first = await harness.invoice(1)
    assert await harness.handle(first) is SyncState.AGREED
    return await harness.invoice(1, id="j")


def names(harness: WorkerHarness, kind: DocumentType = CUSTOMER) -> list[str]:
    return [page.name for page in harness.ledger.books.pages.values() if page.kind is kind]


def reason_of(harness: WorkerHarness, id_: RecordId) -> str:
    found = harness.database.records.rows[id_].reason
    return found.code if found else ""


async def test_a_customer_whose_name_is_linked_to_another_gets_its_own() -> None:
    harness = await with_customer()
    sent = Sent(harness)
    second = await second_customer(harness)
    assert await harness.handle(second, CUSTOMER) is SyncState.AGREED
    assert names(harness) == ["C", "C ~d"]
    assert sent.renamed == [False, True]
    assert sent.writes[0][1].idempotency_key != sent.writes[1][1].idempotency_key


async def test_without_the_policy_a_person_is_asked() -> None:
    harness = await with_customer(ASKING)
    second = await second_customer(harness)
    assert await harness.handle(second, CUSTOMER) is SyncState.HELD
    assert reason_of(harness, second) == "already_linked"
    assert names(harness) == ["C"]


async def test_an_invoice_whose_number_is_taken_gets_its_own() -> None:
    harness = await with_customer()
    second = await clashing_invoice(harness)
    sent = Sent(harness)
    assert await harness.handle(second) is SyncState.AGREED
    assert names(harness, INVOICE) == ["INV-1", "INV-1 ~j"]
    assert sent.renamed == [False, True]


async def test_an_invoice_whose_number_is_taken_is_asked_about_without_the_policy() -> None:
    harness = await with_customer(ASKING)
    second = await clashing_invoice(harness)
    assert await harness.handle(second) is SyncState.HELD
    assert harness.in_ledger() == 1


async def test_two_of_one_name_in_one_try_are_told_apart_before_either_is_stored() -> None:
    harness = await with_customer()
    ids = [
        await harness.announce(CUSTOMER, 1, id=id_, name="Twin", phone="v1") for id_ in "efg"
    ]
    states = await harness.handle_all(*ids, kind=CUSTOMER)
    assert states == [SyncState.AGREED] * 3
    assert names(harness) == ["C", "Twin", "Twin ~f", "Twin ~g"]


async def test_two_that_find_one_record_of_a_person_share_it_not() -> None:
    harness = await with_customer()
    ids = [await harness.announce(CUSTOMER, 1, id=id_, name="Twin", phone="v1") for id_ in "ef"]
    typed = DOCUMENTS[CUSTOMER].model_validate({"id": "typed", "name": "Twin"})
    harness.ledger.books.add(CUSTOMER, typed)
    await harness.handle_all(*ids, kind=CUSTOMER)
    states = await harness.handle_all(*ids, kind=CUSTOMER)
    assert states == [SyncState.AGREED] * 2
    assert names(harness) == ["C", "Twin", "Twin ~f"]


async def test_of_two_in_doubt_that_find_one_record_it_is_that_one_s_whose_figures_it_has() -> (
    None
):
    """Where a ledger has no room for our mark, as invoices at Xero have none."""
    harness = await with_customer()
    first = await harness.invoice(1, id="i")
    lines = [{"id": "1", "unit_price": "25.00"}]
    second = await harness.invoice(1, id="j", lines=lines)
    async with harness.store.transaction() as tx:
        loaded = await load_records(tx, harness.connection.id, [first, second])
    seen = Written(External("58"), Figures(Decimal(25), Decimal(0), Decimal(25)))
    looked = [(loaded[first], seen), (loaded[second], seen)]
    one, two = await without_linked(harness.store, harness.ledger, looked, set())
    assert isinstance(one, Taken)
    assert one.foreign
    assert two is seen


async def test_a_name_that_is_linked_after_the_look_up_is_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tries of one realm overlap: the other one settles between look-up and settlement."""
    harness = await with_customer()
    second = await second_customer(harness)
    real, late = MemorySyncRecords.linked_elsewhere, [True]

    async def not_yet(
        records: MemorySyncRecords, externals: Mapping[RecordId, str]
    ) -> set[RecordId]:
        return set() if late.pop() else await real(records, externals)

    with monkeypatch.context() as patched:
        patched.setattr(MemorySyncRecords, "linked_elsewhere", not_yet)
        assert await harness.handle(second, CUSTOMER) is SyncState.PENDING
    assert await harness.handle(second, CUSTOMER) is SyncState.AGREED
    assert names(harness) == ["C", "C ~d"]


# Answers that are lost


@pytest.mark.parametrize("finds", [0, 1, 2])
async def test_a_renamed_create_whose_answer_was_lost_is_found_under_its_own_name(
    finds: int,
) -> None:
    """The first answer says that the name is taken; that of the renamed create is lost."""
    harness = await with_customer()
    second = await second_customer(harness)

    async def lose_the_next() -> None:
        harness.ledger.writes, harness.ledger.on_find = [LOST], None

    harness.ledger.on_find = lose_the_next
    assert await harness.handle(second, CUSTOMER) is SyncState.RETRYING
    assert second in harness.database.intents.rows
    for _ in range(finds):
        harness.ledger.finds = [AWAY]
        assert await harness.handle(second, CUSTOMER) is SyncState.RETRYING
    await harness.handle(second, CUSTOMER)
    assert await harness.handle(second, CUSTOMER) is SyncState.AGREED
    assert names(harness) == ["C", "C ~d"]
    assert not harness.database.intents.rows


async def test_a_renamed_invoice_whose_answer_was_lost_is_not_written_again() -> None:
    harness = await with_customer()
    second = await clashing_invoice(harness)

    async def lose_the_next() -> None:
        harness.ledger.writes, harness.ledger.on_find = [LOST], None

    harness.ledger.on_find = lose_the_next
    assert await harness.handle(second) is SyncState.RETRYING
    sent = Sent(harness)
    assert await harness.handle(second) is SyncState.AGREED
    assert sent.writes == []
    assert names(harness, INVOICE) == ["INV-1", "INV-1 ~j"]


async def test_a_lost_refusal_is_as_good_as_one_where_the_name_is_certainly_another_s() -> None:
    harness = await with_customer()
    second = await second_customer(harness)
    harness.ledger.writes = [LOST]
    assert await harness.handle(second, CUSTOMER) is SyncState.AGREED
    assert names(harness) == ["C", "C ~d"]


async def test_what_may_be_the_document_s_own_is_never_written_beside() -> None:
    """The look-up can't tell whose the record is: it may be of the create in doubt."""
    harness = await with_customer()
    invoice = await harness.invoice(1)
    harness.ledger.writes = [LOST]
    harness.ledger.finds = [Taken(reason("number_taken"), foreign=False)]
    assert await harness.handle(invoice) is SyncState.HELD
    assert harness.in_ledger() == 1


async def test_what_is_known_to_be_refused_is_written_beside_whoever_has_the_name() -> None:
    harness = await with_customer()
    invoice = await harness.invoice(1)
    harness.ledger.refusals = [Duplicate(reason("number_taken"))]
    harness.ledger.finds = [Taken(reason("number_taken"), foreign=False)]
    assert await harness.handle(invoice) is SyncState.AGREED
    assert names(harness, INVOICE) == ["INV-1 ~i"]


async def test_a_doubt_that_ends_at_another_s_name_makes_no_blind_try() -> None:
    """What a look-up knows to be taken is not sent again to be refused once more."""
    harness = await with_customer()
    second = await second_customer(harness)
    harness.ledger.writes, harness.ledger.finds = [LOST], [AWAY]
    assert await harness.handle(second, CUSTOMER) is SyncState.RETRYING
    sent = Sent(harness)
    assert await harness.handle(second, CUSTOMER) is SyncState.AGREED
    assert sent.renamed == [True]
    assert names(harness) == ["C", "C ~d"]


# Changes


async def renamed_customer() -> tuple[WorkerHarness, RecordId]:
    harness = await with_customer()
    other = await harness.announce(CUSTOMER, 1, id="d", name="D", phone="v1")
    assert await harness.handle(other, CUSTOMER) is SyncState.AGREED
    return harness, await second_customer(harness, 2)


async def test_a_change_to_a_taken_name_gets_its_own() -> None:
    harness, second = await renamed_customer()
    sent = Sent(harness)
    assert await harness.handle(second, CUSTOMER) is SyncState.AGREED
    assert names(harness) == ["C", "C ~d"]
    assert sent.renamed == [False, True]


async def test_a_renamed_change_whose_answer_was_lost_is_made_once() -> None:
    harness, second = await renamed_customer()
    real = harness.ledger.books.write
    answers: list[ProviderError] = [LOST]

    def lose_the_renamed(operation: Operation, write: Write) -> Result:
        result = real(operation, write)
        return answers.pop() if write.renamed and answers else result

    harness.ledger.books.write = lose_the_renamed  # type: ignore[method-assign]
    assert await harness.handle(second, CUSTOMER) is SyncState.RETRYING
    assert await harness.handle(second, CUSTOMER) is SyncState.AGREED
    assert names(harness) == ["C", "C ~d"]


async def test_a_stale_change_to_a_taken_name_gets_its_own_on_the_new_version() -> None:
    harness, second = await renamed_customer()
    page = next(p for p in harness.ledger.books.pages.values() if p.mark == "d")
    page.token += 3
    sent = Sent(harness)
    assert await harness.handle(second, CUSTOMER) is SyncState.AGREED
    assert names(harness) == ["C", "C ~d"]
    assert sent.renamed == [False, False, True]  # stale, taken, and under its own


async def test_a_document_that_is_renamed_stays_one_record_over_its_life() -> None:
    harness = await with_customer()
    second = await second_customer(harness)
    await harness.handle(second, CUSTOMER)
    for version in range(2, 6):
        await harness.announce(CUSTOMER, version, id="d", name="C", phone=f"v{version}")
        assert await harness.handle(second, CUSTOMER) is SyncState.AGREED
    assert names(harness) == ["C", "C ~d"]


@pytest.mark.parametrize(
    ("found", "named"),
    [
        (Written(External("7", code="W-1"), known_as="Heron"), "record 'Heron' (id 7) belongs"),
        (Written(External("7", code="W-1")), "record 'W-1' (id 7) belongs"),
        (Written(External("8")), "record with the id 8 belongs"),
        (None, "record of this name or number belongs"),
    ],
)
def test_the_record_of_another_document_is_named(found: Written | None, named: str) -> None:
    assert named in already_linked(found).cause
