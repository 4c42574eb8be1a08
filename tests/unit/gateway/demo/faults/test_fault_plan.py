"""The fault plan: what goes wrong at which level."""

import pytest

from gateway.demo.business.scenario import QBO, XERO
from gateway.demo.faults.fault_plan import SERVICES, FaultKind, FaultLevel, Target, plan_faults
from providers.simulators.faults import FaultRule
from providers.simulators.xero.http.fault_answers import UNKNOWN_TO_XERO


def test_nothing_goes_wrong_where_nothing_shall() -> None:
    plan = plan_faults(FaultLevel.NONE)
    assert (plan.provider_faults, plan.process_faults) == ((), ())


@pytest.mark.parametrize("level", [FaultLevel.SOME, FaultLevel.MANY])
@pytest.mark.parametrize("provider", [QBO, XERO])
def test_both_providers_throw_every_common_fault(level: FaultLevel, provider: str) -> None:
    plan = plan_faults(level)
    thrown = {one.kind for one in plan.provider_faults if one.provider == provider}
    assert thrown >= {
        FaultKind.RATE_LIMITED,
        FaultKind.SERVER_ERROR,
        FaultKind.DROP_AFTER,
        FaultKind.EXPIRE_TOKEN,
    }


@pytest.mark.parametrize("level", [FaultLevel.SOME, FaultLevel.MANY])
def test_every_rule_is_one_that_the_simulator_knows(level: FaultLevel) -> None:
    for number, fault in enumerate(plan_faults(level).provider_faults):
        rule = FaultRule.model_validate(fault.rule(number))
        assert fault.provider != XERO or rule.kind not in UNKNOWN_TO_XERO


def test_many_faults_hit_every_process_and_both_services() -> None:
    assert {fault.target for fault in plan_faults(FaultLevel.MANY).process_faults} == set(
        Target
    )


def test_services_that_are_not_ours_are_left_alone() -> None:
    plan = plan_faults(FaultLevel.MANY, embedded=frozenset())
    assert not {fault.target for fault in plan.process_faults} & SERVICES


def test_blows_come_in_the_order_of_time() -> None:
    times = [fault.at for fault in plan_faults(FaultLevel.MANY).process_faults]
    assert times == sorted(times)
