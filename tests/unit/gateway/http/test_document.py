"""The OpenAPI document and the page made from it, and the limit told with every answer."""

import json
import re

import pytest

from gateway.docs.api_document import PAGE, api_document
from gateway.http.problem_codes import problem_codes
from gateway.http.reference_page import reference_page
from schemas.documents.document import DocumentType
from tests.unit.docs.pages import ROOT
from tests.unit.gateway.http.test_app import AUTHORISED, Service, assert_problem, calling

DOCUMENT = json.loads(api_document())


def test_the_file_is_the_document_of_the_code() -> None:
    assert (ROOT / PAGE).read_text("utf-8") == api_document(), "run `ledgerlane docs`"


async def test_the_document_is_served_as_it_is_committed() -> None:
    async with calling(Service().app()) as api:
        assert (await api.get("/openapi.json")).json() == DOCUMENT


def test_every_guarded_operation_tells_its_key_its_name_and_its_problems() -> None:
    names = []
    for path, operations in DOCUMENT["paths"].items():
        for operation in operations.values():
            names.append(operation["operationId"])
            if path.startswith("/v1"):
                assert operation["security"] == [{"key": []}]
                assert {"401", "403", "404", "405", "413", "422", "429", "500"} <= set(
                    operation["responses"]
                )
    assert len(names) == len(set(names))


def test_every_problem_of_the_table_is_told_of_by_some_operation() -> None:
    told = json.dumps(DOCUMENT["paths"])
    assert [one.code for one in problem_codes() if f"`{one.code}`" not in told] == []


def test_a_code_stands_in_the_table_once_and_its_fix_names_no_detail_of_its_own() -> None:
    codes = [one.code for one in problem_codes()]
    assert len(codes) == len(set(codes))
    assert [one.code for one in problem_codes() if not one.fix.endswith(".")] == []


async def test_the_page_has_every_operation_shape_and_problem_and_nothing_from_elsewhere() -> (
    None
):
    async with calling(Service().app()) as api:
        answer = await api.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    page = answer.text
    for operations in DOCUMENT["paths"].values():
        for operation in operations.values():
            assert f'<section id="{operation["operationId"]}">' in page
    for name in DOCUMENT["components"]["schemas"]:
        assert f'<section id="{name}">' in page
    for one in problem_codes():
        assert f'<tr id="{one.code}">' in page
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(re.findall(r'id="([^"]+)"', page))
    assert re.findall(r'(?:src|href)="(?!#)([^"]*)"', page) == ["/openapi.json"]
    assert "<script" not in page


def test_what_the_document_says_is_no_markup_of_the_page() -> None:
    bent = json.loads(api_document())
    bent["info"]["description"] = "<script>"
    assert "<script>" not in reference_page(bent)


@pytest.mark.parametrize("kind", DocumentType)
def test_the_page_names_the_values_that_may_be_sent(kind: DocumentType) -> None:
    assert kind.value in reference_page(DOCUMENT)


async def test_every_answer_tells_what_is_left_and_the_last_one_when_to_come_again() -> None:
    service = Service()
    service.calls_per_minute = 2
    async with calling(service.app()) as api:
        path = "/v1/tenants/t1/providers/sage/sync"
        answers = [await api.post(path, headers=AUTHORISED) for _ in range(3)]
        assert "ratelimit" not in (await api.post(path)).headers
    assert [one.headers["ratelimit"].partition(";t=")[0] for one in answers] == [
        '"api";r=1',
        '"api";r=0',
        '"api";r=0',
    ]
    assert_problem(answers[2], 429, "too_many_requests")
    assert int(answers[2].headers["retry-after"]) in range(1, 61)
    assert "retry-after" not in answers[1].headers
