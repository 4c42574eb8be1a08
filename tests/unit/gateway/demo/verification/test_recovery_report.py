"""The report on faults, from measured counts."""

from gateway.demo.business.scenario import QBO, XERO
from gateway.demo.environment.simulators import FaultCount
from gateway.demo.faults.fault_plan import Target
from gateway.demo.verification.recovery_report import Evidence, InjectedFault, recovery_report


def test_a_fault_that_never_occurred_is_left_out() -> None:
    found = recovery_report([FaultCount(QBO, "server_error", 0)], [], {}, Evidence(), settled=0)
    assert (found.recoveries, found.thrown) == ((), 0)


def test_faults_of_one_kind_are_counted_together() -> None:
    thrown = [FaultCount(QBO, "rate_limited", 2), FaultCount(XERO, "rate_limited", 1)]
    found = recovery_report(thrown, [], {}, Evidence(throttled=3), settled=0)
    [recovery] = found.recoveries
    assert (recovery.times, found.thrown) == (3, 3)
    assert recovery.answer.startswith("saw 3,")


def test_a_lost_answer_is_told_with_its_look_ups_and_what_is_left_in_doubt() -> None:
    evidence = Evidence(unanswered=2, looked_up=5, in_doubt=1)
    [recovery] = recovery_report(
        [FaultCount(QBO, "drop_after_commit", 2)], [], {}, evidence, settled=0
    ).recoveries
    assert recovery.answer == (
        "noticed 2, looked up before writing again (5 reads); 1 writes left in doubt"
    )


def test_a_killed_process_is_told_with_what_was_done_since() -> None:
    injected = [InjectedFault(Target.QBO_WORKER, settled=40, back_after_s=2.14)]
    [recovery] = recovery_report([], injected, {}, Evidence(), settled=100).recoveries
    assert recovery.fault == "worker qbo killed by SIGKILL"
    assert recovery.answer == "back at work after 2.1 s; 60 more documents settled since"


def test_a_process_that_ended_unexpectedly_is_reported() -> None:
    [recovery] = recovery_report([], [], {"relay": 2}, Evidence(), settled=0).recoveries
    assert (recovery.fault, recovery.times) == ("relay ended unexpectedly", 2)
