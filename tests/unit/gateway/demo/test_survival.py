"""How faults were survived is told from measured counts."""

from gateway.demo.business.scenario import QBO, XERO
from gateway.demo.environment.simulators import Thrown
from gateway.demo.faults.fault_plan import Target
from gateway.demo.verification.recovery_report import Evidence, Struck, report


def test_what_never_struck_is_left_out() -> None:
    found = report([Thrown(QBO, "server_error", 0)], [], {}, Evidence(), settled=0)
    assert (found.survivals, found.thrown) == ((), 0)


def test_faults_of_one_kind_are_counted_together() -> None:
    thrown = [Thrown(QBO, "rate_limited", 2), Thrown(XERO, "rate_limited", 1)]
    found = report(thrown, [], {}, Evidence(throttled=3), settled=0)
    [survival] = found.survivals
    assert (survival.times, found.thrown) == (3, 3)
    assert survival.answer.startswith("saw 3,")


def test_a_lost_answer_is_told_with_its_look_ups_and_what_is_left_in_doubt() -> None:
    evidence = Evidence(unanswered=2, looked_up=5, in_doubt=1)
    [survival] = report(
        [Thrown(QBO, "drop_after_commit", 2)], [], {}, evidence, settled=0
    ).survivals
    assert survival.answer == (
        "noticed 2, looked up before writing again (5 reads); 1 writes left in doubt"
    )


def test_a_killed_process_is_told_with_what_was_done_since() -> None:
    struck = [Struck(Target.QBO_WORKER, settled=40, back_after_s=2.14)]
    [survival] = report([], struck, {}, Evidence(), settled=100).survivals
    assert survival.fault == "worker qbo killed by SIGKILL"
    assert survival.answer == "back at work after 2.1 s; 60 more documents settled since"


def test_a_process_that_ended_by_itself_is_told() -> None:
    [survival] = report([], [], {"relay": 2}, Evidence(), settled=0).survivals
    assert (survival.fault, survival.times) == ("relay ended by itself", 2)
