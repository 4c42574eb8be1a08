"""Every message and status of Xero: stopped by it, a record goes on as its advice says."""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson
import pytest

from providers.errors import Blocked
from providers.xero.error_codes import RULES
from providers.xero.errors import of_messages
from providers.xero.reasons import calls, documents
from schemas.errors import ReasonCode
from schemas.ids import RecordId
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import INVOICE, XeroWorld, stocked, xero
from tests.unit.advice.followed import follows
from tests.unit.advice.world import Answer
from tests.unit.providers.xero.test_errors import MESSAGES

pytestmark = pytest.mark.accepts("DRV-31")

REFUSED_NUMBER: Final = "REFUSED-1"
ENTRIES: Final = {rule.reason.code: rule.reason for rule in RULES} | {
    documents.REFUSED.code: documents.REFUSED
}


def saying(message: str, *, marked: str = "") -> Answer:
    """Answer writes of an invoice with a message; those that have a mark in them."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        written = request.url.path.endswith("/Invoices") and request.method in ("PUT", "POST")
        if not written or marked.encode() not in request.content:
            return None
        sent = orjson.loads(request.content)["Invoices"]
        refused = {"StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": message}]}
        return httpx.Response(200, json={"Invoices": [refused] * len(sent)})

    return answer


def answering(status: int, body: Any, method: str = "PUT", **headers: str) -> Answer:
    """Answer calls of one method about invoices in one way."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method != method or "/api.xro/2.0/Invoices" not in request.url.path:
            return None
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Response(status, json=body, headers=names)

    return answer


async def refused(world: XeroWorld, answer: Answer, **fields: Any) -> RecordId:
    """Have an invoice refused when it is created."""
    await stocked(world)
    world.edge.answer = answer
    id_ = await world.announce(INVOICE, **{"number": REFUSED_NUMBER, **fields})
    await world.work()
    return id_


async def refused_change(world: XeroWorld, answer: Answer) -> RecordId:
    """Have the change of an invoice refused."""
    await stocked(world)
    id_ = await world.announce(INVOICE)
    await world.work()
    world.goes_on(id_)
    world.edge.answer = answer
    await world.announce(INVOICE, due_on="2026-08-31")
    await world.work()
    return id_


async def follow(world: XeroWorld, id_: RecordId, entry: ReasonCode) -> None:
    """Do what the reason says: the cause is taken away, or the number is corrected."""

    async def put_right() -> None:
        world.edge.answer = lambda _: None

    async def correct() -> None:
        await world.announce(INVOICE, number="INV-1")

    await as_told(world, id_, entry, put_right=put_right, correct=correct)


@follows(*ENTRIES.values())
@pytest.mark.parametrize(
    "message", [message for message, _, code in MESSAGES if code != calls.TOTAL_MISMATCH.code]
)
async def test_what_xero_refuses_goes_on_as_its_advice_says(message: str) -> None:
    error = of_messages([message])
    async with xero() as world:
        if isinstance(error, Blocked):
            id_ = await refused_change(world, saying(message))
        else:
            id_ = await refused(world, saying(message, marked=REFUSED_NUMBER))
        await follow(world, id_, ENTRIES[error.reason.code])


STATUSES: Final[Mapping[str, tuple[ReasonCode, Answer]]] = {
    "a scope is missing": (
        calls.SCOPE_MISSING,
        answering(401, {"Detail": "AuthorizationUnsuccessful"}),
    ),
    "disconnected in Xero": (
        calls.TENANT_DISCONNECTED,
        answering(403, {"Detail": "AuthenticationUnsuccessful"}),
    ),
    "not understood": (
        calls.REQUEST_REFUSED,
        answering(400, {"Type": "PostDataInvalidException", "Message": "m"}),
    ),
}


@follows(*(entry for entry, _ in STATUSES.values()))
@pytest.mark.parametrize("status", STATUSES)
async def test_what_xero_answers_as_a_whole_goes_on_as_its_advice_says(status: str) -> None:
    entry, answer = STATUSES[status]
    async with xero() as world:
        id_ = await refused(world, answer)
        await follow(world, id_, entry)
