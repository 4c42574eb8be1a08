"""The shared cases, as people reported them: each ends at both ledgers as the table says."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import pytest
import pytest_asyncio

from consumers.metrics import UNKNOWN_FIELDS
from gateway.demo.verification.entry import Record, RecordId
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


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def simulators() -> Iterator[Sequence[Simulated]]:
    with simulated_qbo() as qbo, simulated_xero(quotas=UNLIMITED) as xero:
        yield qbo, xero


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harbour(
    shared_database_url: str, simulators: Sequence[Simulated]
) -> AsyncIterator[Harbour]:
    """Yield the tenant that all cases are announced to, as all went to one demo."""
    async with open_harbour(shared_database_url, simulators) as opened:
        yield opened


def expected(case: Case, at: int, rows: Sequence[Row]) -> dict[str, End]:
    """Return the ends of a case in one ledger, those of two that may change places as rows."""
    ends = {id_: of_both[at] for id_, of_both in case.ends.items()}
    states = {row["document_id"]: row["state"] for row in rows}
    if case.either and states.get(case.either[0]) != ends[case.either[0]].state:
        one, other = case.either
        ends |= {one: ends[other], other: ends[one]}
    return ends


async def found(
    branch: Branch, rows: Sequence[Row], asked: Mapping[str, End]
) -> Mapping[str, End]:
    """Return what documents ended as in one ledger, as far as the expected ends ask."""
    books = {one.id: one for one in branch.ledger()}
    tasks = await branch.tasks()
    return {
        (id_ := row["document_id"]): _end(
            branch, row, asked[id_], books.get(_record_id(row)), tasks.get(id_, ())
        )
        for row in rows
    }


def _record_id(row: Row) -> RecordId:
    return DocumentType(row["document_type"]), row["external_id"] or ""


def _end(
    branch: Branch, row: Row, asked: End, record: Record | None, tasks: Sequence[str]
) -> End:
    kind, external_id = _record_id(row)
    reason = row["reason"] or {"code": "", "cause": ""}
    figures = None
    if record is not None and record.currency:
        figures = Figures(record.currency, record.total, record.tax, record.balance)
    shown = {name: branch.shows(kind, external_id, name) for name in asked.shown if external_id}
    return End(
        state=row["state"],
        code=reason["code"],
        cause=tuple(
            part for part in asked.cause if part.casefold() in reason["cause"].casefold()
        ),
        figures=figures,
        remarks=tuple(f"{one['field']} {one['code']}" for one in row["remarks"] or ()),
        tasks=tuple(tasks),
        shown=shown,
    )


async def check_told(branch: Branch, rows: Sequence[Row]) -> None:
    """Check that the last result of each document says what its record says."""
    results = await branch.results()
    for row in rows:
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
    counted, letters = unknown_fields(case), await harbour.letters()
    for rate in case.tax_rates:
        harbour.add_tax_rate(*rate)
    await harbour.play(name)
    for at, branch in enumerate(harbour.branches):
        rows = await branch.records(case.ends)
        ends = expected(case, at, rows)
        assert await found(branch, rows, ends) == ends, branch.name
        await check_told(branch, rows)
        assert branch.repeats() == []
    assert await harbour.letters() == [*letters, *case.letters]
    assert unknown_fields(case) == [count + 1 for count in counted]


async def test_the_table_has_every_case() -> None:
    assert set(CASES) == {path.stem for path in FOLDER.glob("*.json")}
