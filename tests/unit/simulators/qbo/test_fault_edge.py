import pytest

from providers.simulators.faults import FaultKind, FaultRule
from tests.unit.simulators.qbo.books import GB, US, Books, simulator

ACME = {"DisplayName": "Acme"}
WITH_FAULT = (
    FaultKind.RATE_LIMITED,
    FaultKind.SERVER_ERROR,
    FaultKind.SERVER_ERROR_AFTER,
    FaultKind.FAULT_IN_200,
)


async def _strike(books: Books, kind: FaultKind, **selector: object) -> None:
    await books.control("faults", {"name": "r", "kind": kind, "at_most": 1} | selector)


@pytest.mark.parametrize(
    ("kind", "status", "created"),
    [
        (FaultKind.RATE_LIMITED, 429, 0),
        (FaultKind.SERVER_ERROR, 500, 0),
        (FaultKind.UNAVAILABLE, 503, 0),
        (FaultKind.GATEWAY_TIMEOUT, 504, 0),
        (FaultKind.SERVER_ERROR_AFTER, 500, 1),
        (FaultKind.GATEWAY_TIMEOUT_AFTER, 504, 1),
        (FaultKind.EXPIRE_TOKEN, 401, 0),
        (FaultKind.FAULT_IN_200, 200, 0),
        (FaultKind.SLOW, 200, 1),
    ],
)
async def test_a_fault_is_answered_before_or_after_the_work(
    books: Books, kind: FaultKind, status: int, created: int
) -> None:
    await _strike(books, kind, path="/customer$", slow_ms=1)
    answer = await books.ask("POST", "customer", ACME)
    assert answer.status_code == status
    assert answer.headers["intuit_tid"]
    assert ("Fault" in answer.text) == (kind in WITH_FAULT)
    ledger = await books.control(f"ledger/{US}?documents=false")
    assert ledger["entities"]["Customer"]["count"] == created
    assert (await books.control("stats"))["faults"]["r"]["thrown"] == 1


@pytest.mark.parametrize(
    ("kind", "created"), [(FaultKind.DROP_BEFORE, 0), (FaultKind.DROP_AFTER, 1)]
)
async def test_without_a_socket_a_drop_is_the_error_that_it_would_give(
    books: Books, kind: FaultKind, created: int
) -> None:
    await _strike(books, kind)
    with pytest.raises(ConnectionResetError):
        await books.ask("POST", "customer", ACME)
    assert await books.query("select count(*) from Customer") == {"totalCount": created}


async def test_a_thrown_429_counts_and_can_announce_a_time(books: Books) -> None:
    await _strike(books, FaultKind.RATE_LIMITED, realm=US, retry_after_s=7)
    answer = await books.ask("GET", "companyinfo/1")
    assert answer.headers["retry-after"] == "7"
    assert (await books.control("stats"))["realms"][US]["throttled"] == 1


async def test_faults_reach_the_token_endpoint_but_not_the_control_api(books: Books) -> None:
    await books.control("faults", [{"name": "all", "kind": "unavailable"}])
    assert (await books.refresh("x")).status_code == 503
    assert set(await books.control("faults")) == {"all"}
    assert (await books.http.get("/")).status_code == 200
    await books.http.delete("/_simulator/faults/all")
    assert (await books.refresh("x")).status_code == 400


async def test_rules_of_the_configuration_come_back_with_a_reset() -> None:
    rule = FaultRule(name="r", kind=FaultKind.UNAVAILABLE, realm=GB)
    async with simulator(faults=(rule,)) as http:
        books = await Books(http, GB).connect()
        assert (await books.ask("GET", "companyinfo/1")).status_code == 503
        await http.delete("/_simulator/faults")
        assert (await books.ask("GET", "companyinfo/1")).status_code == 200
        await books.control("reset", {})
        assert (await books.ask("GET", "companyinfo/1")).status_code == 503


async def test_a_wrong_rule_is_refused_with_the_reason(books: Books) -> None:
    answer = await books.http.post("/_simulator/faults", json={"name": "r", "kind": "boom"})
    assert answer.status_code == 422
    assert "kind" in answer.text
