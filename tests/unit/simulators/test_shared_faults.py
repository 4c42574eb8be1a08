"""Faults that no provider shapes: a proxy's 502, and totals of one cent more."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from providers.simulators.fault_edge import FaultEdge
from providers.simulators.faults import FaultKind, FaultMenu, FaultRule, RequestFacts

BOOKS = '{"Invoice": {"TotalAmt": 59.97, "Balance": 59.97, "TotalTax": 0, "Qty": 3}}'


class NoShapes:
    """A provider that has a shape for no fault."""

    def answer(self, rule: FaultRule, request: Request) -> Response:
        raise AssertionError("no provider shapes this fault")

    def expire_token(self, request: Request) -> None:
        raise AssertionError("no token ends")


async def answered(kind: FaultKind) -> tuple[httpx.Response, int]:
    """Return the answer to one request under a fault, and how often the work was done."""
    done = 0

    async def write(_request: Request) -> Response:
        nonlocal done
        done += 1
        return PlainTextResponse(BOOKS)

    app = FaultEdge(
        Starlette(routes=[Route("/", write)]),
        FaultMenu([FaultRule(name="r", kind=kind)]),
        NoShapes(),
        facts_of=lambda scope: RequestFacts(scope["method"], scope["path"], None),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.get("/"), done


async def test_a_bad_gateway_is_a_page_of_a_proxy_and_nothing_is_done() -> None:
    answer, done = await answered(FaultKind.BAD_GATEWAY)
    assert (answer.status_code, done) == (502, 0)
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("name", ["TotalAmt", "Balance"])
async def test_one_cent_more_is_answered_for_totals_and_for_nothing_else(name: str) -> None:
    answer, done = await answered(FaultKind.CENT_MORE)
    invoice = answer.json()["Invoice"]
    assert (answer.status_code, done) == (200, 1)
    assert invoice[name] == 59.98
    assert (invoice["TotalTax"], invoice["Qty"]) == (0, 3)
