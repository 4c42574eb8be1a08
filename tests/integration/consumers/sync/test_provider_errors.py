"""Trouble that passes is waited out, trouble that stays ends as a dead letter."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from schemas.topics import RETRY_DELAYS
from tests.contracts.ledger_harness import CUSTOMER, INVOICE, NEEDED, REFUSED, LedgerHarness
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation
CREATES = {"qbo": "POST", "xero": "PUT"}
PATIENCE_S = 0.3
PASSING: dict[str, dict[str, Any]] = {
    "an error of the server": {"kind": "server_error"},
    "a proxy's bad gateway": {"kind": "bad_gateway"},
    "unavailable": {"kind": "unavailable"},
    "a gateway's timeout": {"kind": "gateway_timeout"},
    "the connection is cut": {"kind": "drop_before_commit"},
    "no answer in time": {"kind": "slow", "slow_ms": int(3 * PATIENCE_S * 1000)},
}


async def strike(company: Company, **rule: Any) -> None:
    """Let every create fail, or the first ``at_most``; a try repeats a lost one once."""
    method = CREATES[company.provider.name]
    await company.control("faults", {"name": "trouble", "method": method, **rule})


async def announce_customer(harness: SyncHarness, ledger: LedgerHarness) -> None:
    await harness.announce(CUSTOMER, ledger.document(CUSTOMER))
    await harness.work()


@pytest.mark.accepts("ENT-01", "ENT-38", "ERR-16")
@pytest.mark.parametrize("trouble", PASSING.values(), ids=list(PASSING))
async def test_what_may_pass_is_tried_again_when_it_is_due(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, trouble: dict[str, Any]
) -> None:
    before = await company.count(CUSTOMER)
    usual, company.client.timeout = company.client.timeout, PATIENCE_S
    await strike(company, at_most=2, **trouble)
    begun = harness.now()
    await announce_customer(harness, ledger)
    failed = await harness.record("customer")
    assert (failed["state"], failed["attempts_this_version"]) == ("retrying", 1)
    assert failed["reason"]["category"] == "network"
    assert failed["reason"]["fix"]
    assert failed["next_attempt_at"] >= begun + timedelta(seconds=30)
    assert (failed["external_id"], failed["synced_at"]) == (None, None)
    # The little patience was for the trouble: a busy machine may answer well, and later.
    company.client.timeout = usual
    harness.clock_ahead += timedelta(seconds=31)
    await harness.work()
    agreed = await harness.record("customer")
    assert (agreed["state"], agreed["reason"], agreed["attempts_this_version"]) == (
        "agreed",
        None,
        0,
    )
    assert agreed["synced_at"] >= failed["updated_at"]
    assert agreed["external_id"]
    assert agreed["sync_token"] is not None or company.provider.name == "xero", "it has none"
    assert await company.count(CUSTOMER) == before + 1


@pytest.mark.accepts("ERR-02", "GWY-16")
async def test_five_more_tries_within_two_hours_and_then_it_is_dead(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await strike(company, kind="server_error")
    first = harness.now()
    await announce_customer(harness, ledger)
    due: list[datetime] = []
    while (record := await harness.record("customer"))["state"] == "retrying":
        assert record["attempts_this_version"] == len(due) + 1
        due.append(record["next_attempt_at"])
        harness.clock_ahead += due[-1] - harness.now() + timedelta(milliseconds=1)
        await harness.work()
    assert len(due) == len(RETRY_DELAYS) == 5
    assert due == sorted(due)
    assert due[-1] - first < timedelta(hours=2)
    assert record["state"] == "dead"
    [letter] = await harness.rows("SELECT * FROM dead_letters")
    assert (letter["attempts"], letter["category"]) == (6, "network")
    assert "Gave up after 6 tries" in letter["reason"]["cause"]
    assert letter["trace_id"] or company.provider.name == "xero", "Xero promises none"
    assert letter["documents"]["desired"]["id"] == "customer"


@pytest.mark.accepts("ERR-16")
async def test_what_the_ledger_will_not_accept_is_asked_for_once(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    for kind in NEEDED:
        await harness.announce(kind, ledger.document(kind))
    await harness.work()
    document = ledger.document(INVOICE, **REFUSED[company.provider.name])
    await harness.announce(INVOICE, document)
    calls = len(company.calls)
    await harness.work()
    assert len(company.calls) - calls <= 1
    [letter] = await harness.rows("SELECT * FROM dead_letters")
    assert (letter["attempts"], letter["category"]) == (1, "validation")
    assert (await harness.record("invoice"))["next_attempt_at"] is None
    assert harness.retried.signals == []


def counted(name: str, **labels: str) -> dict[str, float]:
    """Return the figures of a counter by the values of its labels that are not given."""
    return {
        "/".join(v for k, v in sample.labels.items() if k not in labels): sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    }


def added(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {k: n - before.get(k, 0) for k, n in after.items() if n != before.get(k, 0)}


@pytest.mark.accepts("ERR-07")
async def test_each_try_is_counted_once_by_outcome_and_each_failure_by_category(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    """One try that fails, its repeat after the look-up included, and one that succeeds."""
    provider = company.provider.name
    tries = {"provider": provider, "document_type": "customer"}
    outcomes = counted("ledgerlane_sync_outcomes_total", **tries)
    errors = counted("ledgerlane_sync_errors_total", provider=provider)
    await strike(company, kind="server_error", at_most=2)
    await announce_customer(harness, ledger)
    harness.clock_ahead += timedelta(seconds=31)
    await harness.work()
    assert (await harness.record("customer"))["state"] == "agreed"
    assert added(outcomes, counted("ledgerlane_sync_outcomes_total", **tries)) == {
        "retry": 1,
        "done": 1,
    }
    assert added(errors, counted("ledgerlane_sync_errors_total", provider=provider)) == {
        "network/no_answer": 1
    }


async def end_consent(company: Company) -> None:
    """Disconnect the company at the provider, as its admin does there."""
    realm = company.realm_id if isinstance(company, QboCompany) else company.tenant
    await company.control(f"connections/{realm}/disconnect", {})


@pytest.mark.accepts("ERR-07")
@pytest.mark.parametrize("category", ["auth", "validation", "rate_limit"])
async def test_a_failure_is_counted_under_its_category(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, category: str
) -> None:
    """The network's failures are in the test before."""
    provider = company.provider.name
    kind, fields = CUSTOMER, dict[str, Any]()
    match category:
        case "auth":
            await end_consent(company)
        case "validation":
            for needed in NEEDED:
                await harness.announce(needed, ledger.document(needed))
            await harness.work()
            kind, fields = INVOICE, dict(REFUSED[provider])
        case "rate_limit":
            await strike(company, kind="rate_limited", at_most=1)
    errors = counted("ledgerlane_sync_errors_total", provider=provider)
    await harness.announce(kind, ledger.document(kind, **fields))
    await harness.handled(kind.value)
    found = added(errors, counted("ledgerlane_sync_errors_total", provider=provider))
    assert [(key.partition("/")[0], times) for key, times in found.items()] == [(category, 1)]
