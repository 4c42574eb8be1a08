import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from providers.simulators.fault_edge import wait_out
from providers.simulators.faults import (
    FaultKind,
    FaultMenu,
    FaultRule,
    RequestFacts,
)

POST = RequestFacts("POST", "/v3/company/1/invoice?requestid=r", "1")
GET = RequestFacts("GET", "/v3/company/2/query", "2")
TOKEN = RequestFacts("POST", "/oauth2/v1/tokens/bearer", None)


def _rule(**fields: Any) -> FaultRule:
    held: dict[str, Any] = {"name": "r", "kind": FaultKind.SERVER_ERROR}
    return FaultRule(**(held | fields))


def _struck(menu: FaultMenu, *requests: RequestFacts) -> list[bool]:
    return [menu.draw(request).fault is not None for request in requests]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, [True, True, True]),
        ({"method": "post"}, [True, False, True]),
        ({"realm": "2"}, [False, True, False]),
        ({"path": r"/invoice\?"}, [True, False, False]),
        ({"path": "^/oauth2/"}, [False, False, True]),
        ({"at_most": 2}, [True, True, False]),
        ({"nth": 2}, [False, True, False]),
        ({"every": 2}, [False, True, False]),
        ({"probability": 0}, [False, False, False]),
    ],
)
def test_every_selector_that_is_set_must_agree(
    selector: dict[str, Any], expected: list[bool]
) -> None:
    assert _struck(FaultMenu([_rule(**selector)]), POST, GET, TOKEN) == expected


def test_counting_starts_with_the_requests_that_fit() -> None:
    menu = FaultMenu([_rule(realm="1", nth=2)])
    assert _struck(menu, POST, GET, GET, POST, POST) == [False, False, False, True, False]
    assert menu.describe() == {"r": {"kind": FaultKind.SERVER_ERROR, "matched": 3, "thrown": 1}}


def test_delays_add_up_and_the_first_other_rule_wins() -> None:
    menu = FaultMenu(
        [
            _rule(name="slow", kind=FaultKind.SLOW, slow_ms=20),
            _rule(name="slower", kind=FaultKind.SLOW, slow_ms=30),
            first := _rule(name="first", kind=FaultKind.DROP_AFTER),
            _rule(name="second"),
        ]
    )
    drawn = menu.draw(POST)
    assert [delay.longest_s for delay in drawn.delays] == [0.02, 0.03]
    assert drawn.fault == first
    assert menu.describe()["second"]["thrown"] == 0


@pytest.mark.parametrize("end", ["remove", "clear", "replace"])
async def test_a_delay_ends_with_its_rule(end: str) -> None:
    rule = _rule(kind=FaultKind.SLOW, slow_ms=3_600_000)
    menu = FaultMenu([rule])
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(wait_out(menu.draw(POST).delays))
        await asyncio.sleep(0)
        assert not waiting.done()
        if end == "remove":
            menu.remove(rule.name)
        elif end == "clear":
            menu.clear()
        else:
            menu.add(_rule(kind=FaultKind.SERVER_ERROR))


async def test_a_delay_whose_rule_stays_ends_with_its_time() -> None:
    menu = FaultMenu([_rule(kind=FaultKind.SLOW, slow_ms=1)])
    await wait_out(menu.draw(POST).delays)


async def test_a_rule_removed_before_its_delay_began_delays_nothing() -> None:
    menu = FaultMenu([_rule(kind=FaultKind.SLOW, slow_ms=3_600_000)])
    drawn = menu.draw(POST)
    menu.clear()
    await wait_out(drawn.delays)


@given(st.integers(), st.floats(min_value=0.05, max_value=0.95))
def test_a_seed_gives_the_same_faults_again(seed: int, probability: float) -> None:
    rule = _rule(seed=seed, probability=probability)
    first, second = (_struck(FaultMenu([rule]), *[POST] * 40) for _ in range(2))
    assert first == second


def test_a_probability_is_about_kept() -> None:
    struck = Counter(_struck(FaultMenu([_rule(probability=0.3, seed=7)]), *[POST] * 2000))
    assert 520 < struck[True] < 680


def test_a_rule_of_the_same_name_counts_from_zero() -> None:
    menu = FaultMenu([_rule()])
    menu.draw(POST)
    menu.add(_rule(at_most=0))
    assert menu.describe()["r"]["thrown"] == 0
    menu.remove("r")
    menu.remove("r")
    assert menu.rules == ()


@pytest.mark.parametrize("wrong", [{"kind": "explode"}, {"nth": 0}, {"chance": 1}])
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FaultRule.model_validate({"name": "r", "kind": "server_error"} | wrong)
