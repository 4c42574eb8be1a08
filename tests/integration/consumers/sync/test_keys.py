"""The key that a create carries, and what keeps creates single where a key does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest

from schemas.documents.document import DocumentType
from tests.contracts.ledger_harness import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    VENDOR,
    LedgerHarness,
)
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


@contextmanager
def keys_ignored(client: httpx.AsyncClient) -> Iterator[None]:
    """Let the provider know no key again: each call meanwhile arrives with one of its own."""

    async def replace(request: httpx.Request) -> None:
        if "requestid" in request.url.params:
            request.url = request.url.copy_set_param("requestid", uuid4())
        if "Idempotency-Key" in request.headers:
            request.headers["Idempotency-Key"] = str(uuid4())

    client.event_hooks["request"].append(replace)
    try:
        yield
    finally:
        client.event_hooks["request"].remove(replace)


@pytest.mark.accepts("GWY-20")
@pytest.mark.parametrize("kind", [INVOICE, BILL, PAYMENT], ids=lambda kind: kind.value)
async def test_a_create_in_doubt_is_made_once_by_a_provider_that_ignores_its_key(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, kind: DocumentType
) -> None:
    """The worker dies after its call; of these kinds, nothing but a look-up tells that."""
    needed = [k for k in (ACCOUNT, ITEM, CUSTOMER, VENDOR, INVOICE) if k is not kind]
    for one in needed:
        await harness.announce(one, ledger.document(one))
    await harness.work()
    before = await company.count(kind)
    with keys_ignored(company.client):
        await harness.announce(kind, ledger.document(kind))
        await harness.killed_at("after_call_before_settle")
        assert await company.count(kind) == before + 1
        await harness.work()
    assert await company.count(kind) == before + 1
    assert (await harness.record(kind.value))["state"] == "agreed"


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
