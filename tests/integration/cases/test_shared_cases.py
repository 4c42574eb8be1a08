"""The shared cases, as people reported them: each ends at both ledgers as the table says."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import pytest
import pytest_asyncio

from consumers.metrics import UNKNOWN_FIELDS
from schemas.documents.document import DocumentType
from tests.cases.ends import End, Figures
from tests.cases.table import CASES, Case
from tests.fakes.served import Simulated, simulated_qbo, simulated_xero
from tests.integration.cases.harbour import (
    FOLDER,
    UNLIMITED,
    Branch,
    Harbour,
    open_harbour,
)

Row = Mapping[str, Any]
_WITH_FIGURES = (DocumentType.INVOICE, DocumentType.BILL, DocumentType.PAYMENT)


@pytest.fixture(scope="module")
def simulators() -> Iterator[Sequence[Simulated]]:
    with simulated_qbo() as qbo, simulated_xero(quotas=UNLIMITED) as xero:
        yield qbo, xero


@pytest_asyncio.fixture
async def harbour(
    migrated_database_url: str, simulators: Sequence[Simulated]
) -> AsyncIterator[Harbour]:
    async with open_harbour(migrated_database_url, simulators) as opened:
        yield opened


async def ends_of(branch: Branch, case: Case, at: int) -> dict[str, End]:
    """Return what the documents of a case ended as in one ledger, the cause as it is asked."""
    books = {one.id: one for one in branch.ledger()}
    tasks = await branch.tasks()
    found = {}
    for row in await branch.records(case.ends):
        kind, asked = DocumentType(row["document_type"]), case.ends[row["document_id"]][at]
        reason = row["reason"] or {"code": "", "cause": ""}
        cause = reason["cause"].casefold()
        record = books.get((kind, row["external_id"] or ""))
        figures = None
        if record is not None and kind in _WITH_FIGURES:
            figures = Figures(record.currency, record.total, record.tax, record.balance)
        remarks = row["remarks"] or ()
        found[row["document_id"]] = End(
            row["state"],
            reason["code"],
            tuple(part for part in asked.cause if part.casefold() in cause),
            figures,
            tuple(f"{one['field']} {one['code']}" for one in remarks),
            tuple(tasks.get(row["document_id"], ())),
            {name: branch.shows(kind, row["external_id"], name) for name in asked.shown},
        )
    return found


def same(found: dict[str, End], case: Case, at: int) -> dict[str, End]:
    """Return the ends that are expected, those of two that may change places as they came."""
    expected = {id_: ends[at] for id_, ends in case.ends.items()}
    if case.either and [found[id_].state for id_ in case.either] != [
        expected[id_].state for id_ in case.either
    ]:
        one, other = case.either
        expected |= {one: expected[other], other: expected[one]}
    return expected


async def check_told(branch: Branch, case: Case) -> None:
    """Check that the last result of each document says what its record says."""
    results = await branch.results()
    for row in await branch.records(case.ends):
        told = results[row["document_id"]]
        code = row["reason"] and row["reason"]["code"]
        assert (told["state"], told["reason"] and told["reason"]["code"]) == (
            row["state"],
            code,
        )
        assert told["remarks"] == (row["remarks"] or [])


def unknown_fields(case: Case) -> list[float]:
    """Return how often each field that the case has and nobody knows was counted."""
    return [
        float(UNKNOWN_FIELDS.labels("/cases", kind, name)._value.get())
        for kind, name in case.unknown
    ]


@pytest.mark.accepts("DRV-24", "DRV-25", "DRV-26", "DRV-28", "DRV-29", "DRV-32")
@pytest.mark.parametrize("name", CASES)
async def test_a_shared_case_ends_as_the_table_says(harbour: Harbour, name: str) -> None:
    case = CASES[name]
    before = unknown_fields(case)
    await harbour.play(name)
    for at, branch in enumerate(harbour.branches):
        found = await ends_of(branch, case, at)
        assert found == same(found, case, at), branch.name
        await check_told(branch, case)
        assert branch.repeats() == []
    assert await harbour.letters() == case.letters
    assert unknown_fields(case) == [count + 1 for count in before]


def test_the_table_has_cases_that_there_are() -> None:
    assert set(CASES) <= {path.stem for path in FOLDER.glob("*.json")}
