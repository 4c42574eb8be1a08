"""Golden files: a document in, the body that is sent; an answer in, what is taken from it.

Each file has ``company``, ``settings``, ``links``, ``type`` and ``document``, the ``request``
that they make, a ``response`` as QuickBooks gives it, and the ``written`` that it makes.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.base import External, Written
from providers.parts import create_body
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.catalogue import ENTITIES, parts_of
from providers.qbo.results import to_written
from providers.wire import to_json
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Document, DocumentType, Reference
from tests.unit.providers.qbo.samples import CA, GB, US

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
COMPANIES = {"US": US, "GB": GB, "CA": CA}


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(path.read_text(), parse_float=Decimal)
    return case


def document_of(case: dict[str, Any]) -> Document:
    return DOCUMENTS[DocumentType(case["type"])].model_validate(case["document"])


def books_of(case: dict[str, Any]) -> QboBooks:
    links = {}
    for name, ledger_id in case["links"].items():
        document_type, _, document_id = name.partition("/")
        links[Reference(DocumentType(document_type), document_id)] = External(ledger_id)
    return QboBooks(COMPANIES[case["company"]], case["settings"], links)


def as_json(written: Written) -> dict[str, Any]:
    figures = written.figures
    return {
        "id": written.external.id,
        "sync_token": written.external.sync_token,
        "code": written.external.code,
        "figures": [str(figures.total), str(figures.tax), str(figures.balance)]
        if figures
        else None,
        "voided": written.voided,
    }


def test_every_document_has_its_file() -> None:
    assert {read(path)["type"] for path in GOLDEN} == {t.value for t in ENTITIES}


@pytest.mark.accepts("TST-01")
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_body_is_the_one_on_file(path: Path) -> None:
    case = read(path)
    body = create_body(parts_of(document_of(case), books_of(case)))
    assert json.loads(to_json(body), parse_float=Decimal) == case["request"]


@pytest.mark.accepts("TST-01")
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_answer_is_read_as_on_file(path: Path) -> None:
    case = read(path)
    record = case["response"][ENTITIES[DocumentType(case["type"])]]
    assert as_json(to_written(document_of(case), record)) == case["written"]
