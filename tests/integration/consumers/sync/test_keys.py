"""The key that a create carries: the one that was noted before its first try."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.contracts.ledger_harness import CUSTOMER, LedgerHarness
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation


@contextmanager
def keys_sent(client: httpx.AsyncClient) -> Iterator[list[str]]:
    """Yield the list of the idempotency keys of all creates that the client sends meanwhile."""
    found: list[str] = []

    async def note(request: httpx.Request) -> None:
        key = request.url.params.get("requestid") or request.headers.get("Idempotency-Key")
        if key is not None:
            found.append(key)

    client.event_hooks["request"].append(note)
    try:
        yield found
    finally:
        client.event_hooks["request"].remove(note)


@pytest.mark.accepts("ERR-14", "GWY-20")
async def test_a_create_that_is_repeated_carries_the_key_that_it_began_with(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    """The worker dies before its call; by the time of the repeat there is a newer version."""
    with keys_sent(company.client) as sent:
        await harness.announce(CUSTOMER, ledger.document(CUSTOMER))
        await harness.killed_at("after_intent_before_call")
        assert sent == []
        noted = await harness.value("SELECT idempotency_key FROM intents")
        await harness.announce(CUSTOMER, ledger.document(CUSTOMER, phone="555 0100"), 2)
        await harness.work()
    [first, *_] = sent
    assert first == str(noted)
    assert len(set(sent)) == len(sent), "another write has another key"
    assert (await harness.record("customer"))["state"] == "agreed"
