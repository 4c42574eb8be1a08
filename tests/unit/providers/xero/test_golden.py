"""Each document there and back: what is sent for it, and what is read from Xero's answer.

A golden file has the document, the element that is sent, Xero's answer to it, and what the
ledger holds then. Answers are shaped like the examples of Xero's own API definition.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.base import External, Figures, Operation, Written
from providers.wire import to_json
from providers.xero.mapping.catalogue import resource_of
from providers.xero.requests import requests_for
from schemas.documents.document import DocumentType
from tests.unit.providers.xero.samples import REALM, write_of

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.json"))


def loaded(path: Path) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads(path.read_text(), parse_float=Decimal)
    return golden


def expected(written: dict[str, Any]) -> Written:
    figures = written.get("figures")
    return Written(
        external=External(**written["external"]),
        figures=Figures(**{k: Decimal(v) for k, v in figures.items()}) if figures else None,
        voided=written.get("voided", False),
        known_as=written.get("known_as", ""),
        account_number=written.get("account_number"),
    )


@pytest.mark.accepts("TST-01")
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_document_becomes_its_element_and_the_answer_is_read(path: Path) -> None:
    golden = loaded(path)
    external = External(**golden["external"]) if "external" in golden else None
    write = write_of(
        DocumentType(golden["type"]),
        golden["document"],
        external=external,
        changed=golden.get("changed", ()),
    )
    requests, refusals = requests_for(Operation(golden["operation"]), [write], REALM)
    assert not refusals
    sent = [
        json.loads(to_json(e.body), parse_float=Decimal) for r in requests for e in r.entries
    ]
    assert sent == golden["sent"]
    assert resource_of(write).read(golden["answered"]) == expected(golden["written"])


def test_every_kind_of_document_has_a_golden_file() -> None:
    assert {loaded(path)["type"] for path in GOLDEN} == {t.value for t in DocumentType}
