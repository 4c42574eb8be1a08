"""The whole consent in a real browser, Debian's Chromium, with scripts switched off."""

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route

from tests.eventually import eventually
from tests.fakes.served import QBO_REALMS, XERO_REALMS, Simulated
from tests.integration.gateway.connect.browser import open_browser
from tests.integration.gateway.connect.conftest import THIRD
from tests.integration.gateway.connect.served_gateway import RETURN_URL, ServedGateway

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
}


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Page]:
    async with open_browser() as context:
        # The platform is nobody's server here: what it is asked for is looked at below.
        await context.route(f"{RETURN_URL}**", _platform)
        yield await context.new_page()


async def _platform(route: Route) -> None:
    await route.fulfill(body="<h1>Settings of the platform</h1>", content_type="text/html")


async def consent_page(page: Page, gateway: ServedGateway, title: str) -> str:
    """Go from a new session's address to a provider's consent page; return the session."""
    session = await gateway.open_session()
    await page.goto(session["url"])
    await page.get_by_label(title).check()
    await page.get_by_role("button", name="Continue to the consent").click()
    found: str = session["id"]
    return found


async def back_at_the_platform(page: Page) -> dict[str, str]:
    """Go back to the platform; return the query that it is called with."""
    await page.get_by_role("link", name=re.compile("^Back to")).click()
    assert await page.get_by_role("heading").inner_text() == "Settings of the platform"
    assert page.url.startswith(f"{RETURN_URL}?")
    return {name: one for name, (one,) in parse_qs(urlsplit(page.url).query).items()}


@pytest.mark.accepts("CON-01", "CON-06", "API-03", "API-04")
async def test_an_admin_connects_quickbooks(
    page: Page, gateway: ServedGateway, qbo: Simulated
) -> None:
    session = await consent_page(page, gateway, "QuickBooks")
    assert page.url.startswith(f"{qbo.url}/connect/oauth2?")
    asked = {name: one for name, (one,) in parse_qs(urlsplit(page.url).query).items()}
    assert asked["client_id"] == qbo.client_id
    assert asked["scope"] == "com.intuit.quickbooks.accounting"
    assert asked["redirect_uri"] == f"{gateway.url}/connect/callback/qbo"
    await page.get_by_label(f"Co {QBO_REALMS[1]}").check()
    await page.get_by_role("button", name="Connect").click()
    assert await page.get_by_role("heading").inner_text() == "Connected"
    assert "code=" not in page.url
    told = await back_at_the_platform(page)
    assert told == {"outcome": "connected", "connect_session": session}
    (stored,) = await gateway.rows("SELECT realm_id, state FROM connections")
    assert stored == {"realm_id": QBO_REALMS[1], "state": "connected"}


@pytest.mark.accepts("CON-01", "CON-04", "CON-06")
async def test_of_three_organisations_of_xero_two_are_chosen(
    page: Page, gateway: ServedGateway, xero: Simulated
) -> None:
    await consent_page(page, gateway, "Xero")
    assert page.url.startswith(f"{xero.url}/identity/connect/authorize?")
    for realm in (*XERO_REALMS, THIRD):
        await page.get_by_label(f"Org {realm[0]}").check()
    await page.get_by_role("button", name="Allow access").click()
    offered = await page.locator("fieldset label").all_inner_texts()
    assert [one.strip() for one in offered] == ["Org 1", "Org 2", "Org 3"]
    await page.get_by_label("Org 1").check()
    await page.get_by_label("Org 3").check()
    await page.get_by_role("button", name="Connect", exact=True).click()
    assert (await back_at_the_platform(page))["outcome"] == "connected"
    stored = await gateway.rows("SELECT realm_id FROM connections ORDER BY realm_id")
    assert [row["realm_id"] for row in stored] == [XERO_REALMS[0], THIRD]
    called = "SELECT DISTINCT realm_id FROM api_calls WHERE realm_id <> ''"

    async def audited() -> bool:
        return len(await gateway.rows(called)) == 2

    await eventually(audited)
    realms = {row["realm_id"] for row in await gateway.rows(called)}
    assert realms == {XERO_REALMS[0], THIRD}, "the second was never called"


@pytest.mark.accepts("CON-06")
@pytest.mark.parametrize(
    ("title", "button"), [("QuickBooks", "Deny"), ("Xero", "Cancel")], ids=["qbo", "xero"]
)
async def test_who_says_no_is_told_that_nothing_happened(
    page: Page, gateway: ServedGateway, title: str, button: str
) -> None:
    await consent_page(page, gateway, title)
    await page.get_by_role("button", name=button).click()
    assert await page.get_by_role("heading").inner_text() == "Not connected"
    assert (await back_at_the_platform(page))["outcome"] == "denied"
    assert await gateway.count("grants") == 0


@pytest.mark.accepts("CON-02", "CON-06")
async def test_an_answer_that_comes_too_late_leads_back_to_the_platform(
    page: Page, gateway: ServedGateway
) -> None:
    await consent_page(page, gateway, "QuickBooks")
    await gateway.execute("UPDATE connect_sessions SET state_expires_at = now()")
    async with page.expect_response(lambda one: "/connect/callback/" in one.url) as got:
        await page.get_by_role("button", name="Connect").click()
    assert (await got.value).status == 400
    assert (await back_at_the_platform(page))["outcome"] == "expired"
    assert await gateway.count("grants") == 0


@pytest.mark.accepts("CON-02")
async def test_an_answer_that_is_used_again_or_in_another_browser_is_refused(
    page: Page, gateway: ServedGateway
) -> None:
    await consent_page(page, gateway, "QuickBooks")
    async with page.expect_request(lambda one: "/connect/callback/" in one.url) as asked:
        await page.get_by_role("button", name="Connect").click()
    callback = (await asked.value).url
    again = await page.goto(callback)
    assert again is not None
    assert again.status == 400
    assert await page.get_by_role("heading").inner_text() == "This link is not good"
    assert await gateway.count("grants") == 1

    await consent_page(page, gateway, "QuickBooks")
    async with page.expect_request(lambda one: "/connect/callback/" in one.url) as asked:
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Connect").click()
    foreign = await (await asked.value).response()
    assert foreign is not None
    assert foreign.status == 400
    assert await page.get_by_role("heading").inner_text() == "Another browser"
    assert await gateway.count("grants") == 1


async def test_every_page_lets_nothing_in_and_nothing_out(
    page: Page, gateway: ServedGateway, qbo: Simulated, xero: Simulated
) -> None:
    seen: list[tuple[int, dict[str, str]]] = []
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on(
        "response",
        lambda one: (
            seen.append((one.status, one.headers))
            if one.url.startswith(f"{gateway.url}/connect/") and "style.css" not in one.url
            else None
        ),
    )
    await consent_page(page, gateway, "Xero")
    for realm in XERO_REALMS:
        await page.get_by_label(f"Org {realm[0]}").check()
    await page.get_by_role("button", name="Allow access").click()
    await page.get_by_role("button", name="Connect nothing").click()
    await page.goto(f"{gateway.url}/connect/nothing")
    assert [status for status, _ in seen] == [200, 303, 303, 200, 303, 200, 404]
    for _, headers in seen:
        assert {name: headers.get(name) for name in HEADERS} == HEADERS
        policy = dict(
            part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
        )
        assert policy.pop("form-action").split() == ["'self'", *sorted((qbo.url, xero.url))]
        assert policy == {
            "default-src": "'none'",
            "style-src": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }
    assert [one for one in complaints if "Content Security Policy" in one] == []
    (cookie,) = [
        one for one in await page.context.cookies() if one["name"] == "ledgerlane-connect"
    ]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/connect")


async def test_a_page_can_be_read_and_used_without_a_mouse(
    page: Page, gateway: ServedGateway
) -> None:
    session = await gateway.open_session(provider="qbo")
    await page.goto(session["url"])
    assert await page.locator("html").get_attribute("lang") == "en"
    assert await page.locator("main h1").count() == 1
    assert await page.title()
    unlabelled = page.locator("input:not([type=hidden])").filter(
        has_not=page.locator("xpath=ancestor::label")
    )
    for one in await unlabelled.all():
        assert await one.evaluate("input => input.labels.length > 0")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/connect/oauth2?**")


async def test_text_of_others_is_shown_and_never_run(
    page: Page, gateway: ServedGateway
) -> None:
    tenant = "<img src=x onerror=alert(1)>"
    session = await gateway.open_session(tenant_id=tenant)
    await page.goto(session["url"])
    assert await page.locator("main strong").first.inner_text() == tenant
    assert await page.locator("img").count() == 0
