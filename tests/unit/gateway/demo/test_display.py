"""What people see: every figure of the result, and what is wrong when something is."""

from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from gateway.demo.display import PlainReporter, outcome, screen, summary
from gateway.demo.progress import Progress, RealmProgress
from gateway.demo.reporter import DemoView
from gateway.demo.verification.comparison import (
    Comparison,
    ComparisonRow,
    DocumentDifference,
    DocumentSums,
)
from gateway.demo.verification.recovery_report import FaultRecovery, RecoveryReport
from gateway.demo.verification.result import DemoResult, RealmResult
from schemas.documents.document import DocumentType
from schemas.result import SyncState
from tests.unit.gateway.demo.samples import CONNECTION

SUMS = DocumentSums(3, Decimal("1234.50"), Decimal("98.76"), Decimal("10.00"))
AGREEING = Comparison((ComparisonRow(DocumentType.INVOICE, "USD", SUMS, SUMS),), (), (), ())
REALM = RealmResult("larkspur", "qbo", "1", "Larkspur Supply Co", "USD", AGREEING, {}, ())
RESULT = DemoResult(
    realms=(REALM,),
    recovery_report=RecoveryReport((FaultRecovery("too many calls (429)", 2, "saw 2"),)),
    documents=400,
    events=500,
    refused=0,
    seconds=61.2,
)
VIEW = DemoView(
    progress=Progress(
        [RealmProgress(CONNECTION, states={SyncState.AGREED: 7}, errors={"429": 1})]
    ),
    expected=10,
    done=5,
    actions=9,
    per_second=3.2,
    seconds=12.4,
    notes=("worker qbo is killed by SIGKILL",),
)


def drawn(what: RenderableType, width: int = 140) -> str:
    console = Console(file=StringIO(), width=width, record=True)
    console.print(what)
    return console.export_text()


@pytest.mark.parametrize("width", [80, 140])
def test_equal_books_are_shown_with_both_sides_and_the_verdict(width: int) -> None:
    """In 80 columns too, every figure can be read to the cent."""
    text = drawn(outcome(RESULT, width=width), width)
    assert text.count("1,234.50") == 2
    assert "agree to the cent" in text
    assert "saw 2" in text


def test_figures_have_the_decimals_of_their_currency() -> None:
    sums = DocumentSums(1, Decimal("1352"), Decimal("225"), Decimal("0"))
    rows = [ComparisonRow(DocumentType.INVOICE, code, sums, sums) for code in ("JPY", "KWD")]
    shown = replace(REALM, comparison=replace(AGREEING, rows=tuple(rows)))
    text = drawn(outcome(replace(RESULT, realms=(shown,)), width=140))
    assert "invoice JPY" in text
    assert text.count("1,352 ") == 2
    assert text.count("1,352.000") == 2


def test_what_differs_is_named() -> None:
    wrong = replace(
        AGREEING,
        differences=(
            DocumentDifference(DocumentType.INVOICE, "inv-1", "LARK-1", "is missing"),
        ),
        duplicates=("bill b-1",),
    )
    result = replace(
        RESULT, realms=(replace(REALM, comparison=wrong, unsettled={"held": 2}),), refused=1
    )
    text = drawn(outcome(result, width=140))
    for said in ("LARK-1 (inv-1) is missing", "bill b-1 is there twice", "2 held"):
        assert said in text
    assert "do not agree: 1 differences, 1 duplicates" in text
    assert not result.agrees


def test_the_screen_shows_realms_and_faults() -> None:
    text = drawn(screen(VIEW))
    for said in ("Larkspur Supply Co", "429", "worker qbo is killed", "settled 7 of 10"):
        assert said in text


def test_a_view_fits_into_one_line() -> None:
    assert summary(VIEW) == "   12 s  settled 7/10  outbox 0  3 events/s  7 agreed"


def test_plain_lines_come_every_few_seconds_only() -> None:
    console = Console(file=StringIO(), width=140, record=True)
    reporter = PlainReporter(console)
    for seconds in (0.0, 0.5, 1.0, 3.5):
        reporter.show(replace(VIEW, seconds=seconds))
    assert len(console.export_text().splitlines()) == 2


def test_the_json_has_the_figures_as_text() -> None:
    answered = RESULT.as_dict()
    assert answered["agrees"] is True
    assert answered["faults"]["thrown"] == 2
    [invoice] = answered["realms"][0]["document_types"]["invoice"]
    assert invoice["currency"] == "USD"
    assert invoice["platform"] == {
        "count": 3,
        "total": "1234.50",
        "tax": "98.76",
        "balance": "10.00",
    }
