"""What the Xero ledger makes of trouble that other ledgers do not have, over HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from providers.base import Operation
from providers.errors import Bucket, NeedsPerson, RateLimited, Unauthorized, Unavailable
from providers.simulators.xero.config import IdempotencyRules, XeroQuotas, XeroSwitches
from schemas.documents.document import DocumentType
from tests.contracts.ledger_harness import (
    BILL,
    CUSTOMER,
    EVERY,
    INVOICE,
    ITEM,
    TRADE,
    LedgerHarness,
)
from tests.integration.providers.xero_organisation import XeroOrganisation, config, connected


@pytest_asyncio.fixture
async def company() -> AsyncIterator[XeroOrganisation]:
    async with connected() as opened:
        yield opened


@pytest.fixture
def ledger(company: XeroOrganisation) -> LedgerHarness:
    return LedgerHarness(company)


async def test_a_batch_repeated_in_another_order_is_the_same_request(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    writes = [await ledger.prepared(BILL, id=f"b{n}") for n in range(5)]
    first = await company.ledger.write(Operation.CREATE, writes)
    second = await company.ledger.write(Operation.CREATE, writes[::-1])
    assert list(second) == list(first)[::-1]
    assert await company.count(BILL) == 5


@pytest.mark.parametrize("kind", ["drop_before_commit", "unavailable"])
async def test_a_look_up_that_fails_may_be_repeated(
    company: XeroOrganisation, ledger: LedgerHarness, kind: str
) -> None:
    write = await ledger.prepared(INVOICE)
    await company.fault(kind)
    with pytest.raises(Unavailable):
        await ledger.found(write)
    assert await ledger.found(write) is None


@pytest.mark.accepts("GWY-15")
@pytest.mark.parametrize(
    ("problem", "retry_after_s", "bucket", "pause"),
    [
        ("minute", 22, Bucket.MINUTE, timedelta(seconds=22)),
        ("day", 66_975, Bucket.DAY, timedelta(seconds=66_975)),
        ("concurrent", None, Bucket.CONCURRENT, timedelta(seconds=1)),
        ("appminute", 3, Bucket.APP_MINUTE, timedelta(seconds=3)),
    ],
)
async def test_a_429_says_which_allowance_is_used_up(
    company: XeroOrganisation,
    ledger: LedgerHarness,
    problem: str,
    retry_after_s: int | None,
    bucket: Bucket,
    pause: timedelta,
) -> None:
    write = await ledger.prepared(INVOICE)
    await company.fault("rate_limited", problem=problem, retry_after_s=retry_after_s)
    with pytest.raises(RateLimited) as caught:
        await ledger.found(write)
    assert caught.value.bucket is bucket
    assert caught.value.retry_after == pause


async def test_a_real_quota_is_read_from_the_headers() -> None:
    quotas = XeroQuotas(calls_per_minute=5, window="fixed")
    async with connected(config(quotas=quotas)) as company:
        write = LedgerHarness(company).write(LedgerHarness(company).document(CUSTOMER))
        await company.ledger.find([write])  # two calls, after the three of the profile
        with pytest.raises(RateLimited) as caught:
            await company.ledger.find([write])
    assert caught.value.bucket is Bucket.MINUTE
    assert timedelta(0) < caught.value.retry_after <= timedelta(minutes=1)


async def test_a_token_of_more_than_half_an_hour_is_replaced(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    await company.control("clock", {"advance_s": 1_801})
    await ledger.stocked(CUSTOMER)
    assert company.tokens.refresh_count == 1


async def test_a_disconnected_organisation_must_be_connected_again(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    await company.control(f"connections/{company.tenant}/disconnect", {})
    with pytest.raises(Unauthorized) as caught:
        await ledger.stocked(CUSTOMER)
    assert caught.value.reason.code == "tenant_disconnected"
    assert company.tokens.refresh_count == 0


async def test_a_consent_without_the_scope_is_no_reason_to_refresh() -> None:
    async with connected(scopes=("offline_access", "accounting.contacts")) as company:
        ledger = LedgerHarness(company)
        await ledger.stocked(CUSTOMER)
        with pytest.raises(Unauthorized) as caught:
            await ledger.found(ledger.write(ledger.document(ITEM, income_account_id=None)))
        assert caught.value.reason.code == "scope_missing"
        assert company.tokens.refresh_count == 0


async def test_a_contact_that_was_archived_meanwhile_waits_for_a_person(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    invoice = await ledger.prepared(INVOICE)
    customer = ledger.links[invoice.document.references()[0]]
    await company.person_does(f"Contacts/{customer.id}", {"ContactStatus": "ARCHIVED"})
    held = await ledger.error(Operation.CREATE, invoice)
    assert isinstance(held, NeedsPerson)
    assert held.reason.code == "archived"


@pytest.mark.parametrize("rounding", ["half_up", "half_even", "down"])
@pytest.mark.parametrize("document_type", TRADE)
async def test_the_figures_do_not_hang_on_how_xero_rounds(
    rounding: str, document_type: DocumentType
) -> None:
    lines = [
        {"id": "1", "quantity": "3.3333", "unit_price": "9.9999", "tax_rate": "15"},
        {"id": "2", "quantity": "12", "unit_price": "0.1250", "tax_rate": "15"},
    ]
    switches = XeroSwitches(line_rounding=rounding)  # type: ignore[arg-type]  # a Literal, parametrised
    async with connected(config(switches=switches)) as company:
        written = await LedgerHarness(company).stocked(
            document_type, tax_mode="exclusive", lines=lines, discount={"percent": "7.5"}
        )
    assert written.figures is not None
    assert written.figures.tax == Decimal("4.83")  # 4.62 and 0.21
    assert written.figures.total == Decimal("37.05")  # 32.22 of goods


@pytest.mark.parametrize("document_type", EVERY)
async def test_a_large_organisation_with_forgetful_keys_answers_every_look_up(
    document_type: DocumentType,
) -> None:
    settings = config(high_volume_wall=0, idempotency=IdempotencyRules(scope="off"))
    async with connected(settings) as company:
        ledger = LedgerHarness(company)
        write = await ledger.prepared(document_type)
        written = await ledger.done(Operation.CREATE, write)
        assert await ledger.found(write) == written
