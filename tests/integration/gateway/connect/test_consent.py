"""A consent in a browser, step by step: the gateway and the simulators over HTTP."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.fakes.served import QBO_REALMS, XERO_REALMS, Simulated
from tests.integration.gateway.connect.conftest import THIRD
from tests.integration.gateway.connect.served_gateway import (
    RETURN_URL,
    Admin,
    MakeSettings,
    ServedGateway,
    host_of,
    served_gateway,
)

REALMS = {"qbo": QBO_REALMS[0], "xero": XERO_REALMS[0]}
each_provider = pytest.mark.parametrize("name", ["qbo", "xero"])


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def with_query(address: str, **changes: str | None) -> str:
    """Return an address with other values in its query; ``None`` leaves one out."""
    query = {**query_of(address), **changes}
    said = urlencode({name: value for name, value in query.items() if value is not None})
    return urlsplit(address)._replace(query=said).geturl()


def back_of(page: str) -> str:
    """Return the way back that a page of ours shows."""
    found = re.search(r'class="button" href="([^"]+)"', page)
    assert found is not None, page
    return found[1].replace("&amp;", "&")


async def answer_of(
    gateway: ServedGateway, admin: Admin, name: str, *realms: str, **asked: Any
) -> str:
    """Consent at a provider; return the address that it sends the browser to."""
    session = await gateway.open_session(provider=name, **asked)
    consent = await admin.begin(session, name)
    return await admin.decide(consent, realm=realms[0], organisations=",".join(realms))


@pytest.mark.accepts("API-03", "CON-03")
@each_provider
async def test_the_consent_is_asked_for_with_state_and_challenge(
    gateway: ServedGateway, admin: Admin, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    session = await gateway.open_session(provider=name)
    assert host_of(session["url"]) == gateway.url
    consent = await admin.begin(session, name)
    query = query_of(consent)
    assert host_of(consent) == simulator.url
    assert query["redirect_uri"] == f"{gateway.url}/connect/callback/{name}"
    assert query["scope"].split() == list(simulator.provider.oauth.scopes)
    assert query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == 43
    assert len(query["state"]) >= 43


@pytest.mark.accepts("API-04", "CON-05")
@each_provider
async def test_a_consent_becomes_a_connection_and_the_platform_is_told(
    gateway: ServedGateway, admin: Admin, name: str
) -> None:
    session = await gateway.open_session(provider=name)
    consent = await admin.begin(session, name)
    realm = REALMS[name]
    page = await admin.follow(await admin.decide(consent, realm=realm, organisations=realm))
    assert page.status_code == 200
    assert "is connected" in page.text
    back = back_of(page.text)
    assert back.startswith(f"{RETURN_URL}?")
    assert query_of(back) == {"outcome": "connected", "connect_session": session["id"]}
    told = await gateway.session(session["id"])
    assert told["outcome"] == "connected"
    (stored,) = await gateway.rows("SELECT * FROM connections")
    assert told["connection_ids"] == [str(stored["id"])]
    assert (stored["realm_id"], stored["tenant_id"]) == (realm, "t1")
    assert await gateway.count("grants") == 1


@pytest.mark.accepts("CON-03")
@each_provider
async def test_another_verifier_than_the_one_of_the_challenge_is_refused(
    gateway: ServedGateway, admin: Admin, name: str
) -> None:
    """The challenge is swapped on its way, so that our verifier is not the one behind it."""
    session = await gateway.open_session(provider=name)
    consent = with_query(await admin.begin(session, name), code_challenge="x" * 43)
    realm = REALMS[name]
    page = await admin.follow(await admin.decide(consent, realm=realm, organisations=realm))
    assert "nothing was connected" in page.text
    assert await gateway.count("grants") == 0


async def test_a_provider_that_ignores_the_challenge_connects_all_the_same(
    gateway: ServedGateway, admin: Admin, qbo: Simulated
) -> None:
    qbo.control("switches", {"pkce": "ignore"})
    page = await admin.follow(await answer_of(gateway, admin, "qbo", REALMS["qbo"]))
    assert "is connected" in page.text


def _altered(address: str) -> str:
    state = query_of(address)["state"]
    return with_query(address, state=("B" if state[0] == "A" else "A") + state[1:])


WRONG_STATES: list[tuple[str, Callable[[str], str]]] = [
    ("missing", lambda address: with_query(address, state=None)),
    ("empty", lambda address: with_query(address, state="")),
    ("altered", _altered),
    ("zero", lambda address: with_query(address, state="\x00")),
]


@pytest.mark.accepts("CON-02", "API-04")
@each_provider
@pytest.mark.parametrize(("what", "changed"), WRONG_STATES, ids=[w for w, _ in WRONG_STATES])
async def test_a_wrong_state_writes_nothing(
    gateway: ServedGateway,
    admin: Admin,
    name: str,
    what: str,
    changed: Callable[[str], str],
) -> None:
    address = await answer_of(gateway, admin, name, REALMS[name])
    refused = await admin.http.get(changed(address))
    assert refused.status_code == (422 if what == "zero" else 400)
    assert refused.headers["content-type"] == "application/problem+json"
    assert "state" in refused.json()["detail"]
    assert await gateway.count("grants") == await gateway.count("connections") == 0
    assert "is connected" in (await admin.follow(address)).text, "the right one is good still"


@pytest.mark.accepts("CON-02", "API-04")
@each_provider
async def test_a_state_is_taken_once(gateway: ServedGateway, admin: Admin, name: str) -> None:
    address = await answer_of(gateway, admin, name, REALMS[name])
    await admin.follow(address)
    before = await gateway.rows("SELECT revision, updated_at FROM grants")
    refused = await admin.http.get(address)
    assert (refused.status_code, refused.json()["code"]) == (400, "state_not_known")
    assert await gateway.rows("SELECT revision, updated_at FROM grants") == before


@pytest.mark.accepts("CON-02", "CON-06", "API-04")
@each_provider
async def test_a_state_is_good_for_ten_minutes(
    gateway: ServedGateway, admin: Admin, name: str
) -> None:
    address = await answer_of(gateway, admin, name, REALMS[name])
    (row,) = await gateway.rows("SELECT state_expires_at FROM connect_sessions")
    left = row["state_expires_at"] - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    await gateway.execute("UPDATE connect_sessions SET state_expires_at = now()")
    refused = await admin.http.get(address)
    assert (refused.status_code, refused.json()["code"]) == (400, "consent_expired")
    assert await gateway.count("grants") == 0
    assert (await admin.http.get(address)).status_code == 400
    (ended,) = await gateway.rows("SELECT outcome FROM connect_sessions")
    assert ended == {"outcome": "expired"}


@pytest.mark.accepts("CON-02")
async def test_a_state_belongs_to_the_browser_that_asked_for_it(
    gateway: ServedGateway, admin: Admin
) -> None:
    address = await answer_of(gateway, admin, "qbo", REALMS["qbo"])
    stranger = Admin()
    async with stranger.http:
        without = await stranger.http.get(address)
        stranger.http.cookies.set("ledgerlane-connect", "x" * 43, domain="127.0.0.1")
        other = await stranger.http.get(address)
    for refused in (without, other):
        assert (refused.status_code, refused.json()["code"]) == (400, "foreign_browser")
    assert await gateway.count("grants") == 0
    assert "is connected" in (await admin.follow(address)).text


async def test_a_state_is_of_its_provider(gateway: ServedGateway, admin: Admin) -> None:
    address = await answer_of(gateway, admin, "qbo", REALMS["qbo"])
    refused = await admin.http.get(address.replace("/callback/qbo", "/callback/xero"))
    assert refused.status_code == 400
    assert await gateway.count("grants") == 0


async def test_secrets_of_a_session_are_stored_as_hashes_and_sealed(
    gateway: ServedGateway, admin: Admin
) -> None:
    session = await gateway.open_session(provider="xero")
    consent = await admin.begin(session, "xero")
    cookie = admin.http.cookies["ledgerlane-connect"]
    secrets = [session["url"].rpartition("/")[2], query_of(consent)["state"], cookie]
    both = ",".join(XERO_REALMS)
    await admin.follow(await admin.decide(consent, organisations=both))
    (row,) = await gateway.rows("SELECT t::text AS dumped, sealed FROM connect_sessions t")
    assert row["sealed"], "the token waits for the choice"
    assert [one for one in secrets if one in row["dumped"]] == []
    assert await gateway.count("grants") == 0


@pytest.mark.accepts("CON-06")
async def test_each_end_has_words_of_its_own(
    gateway: ServedGateway, admin: Admin, qbo: Simulated
) -> None:
    said: dict[str, str] = {}

    async def ended(page_text: str) -> None:
        outcome = query_of(back_of(page_text))["outcome"]
        found = re.search(r'<p role="status">(.*?)</p>', page_text, re.S)
        assert found is not None
        said[outcome] = found[1]

    session = await gateway.open_session(provider="qbo")
    denied = await admin.decide(await admin.begin(session, "qbo"), decision="deny")
    await ended((await admin.follow(denied)).text)

    late = await answer_of(gateway, admin, "qbo", REALMS["qbo"])
    qbo.control("clock", {"advance_s": 301})
    await ended((await admin.follow(late)).text)

    first = await answer_of(gateway, admin, "qbo", QBO_REALMS[0])
    await ended((await admin.follow(first)).text)
    (stored,) = await gateway.rows("SELECT id FROM connections")

    again = {"connection_id": str(stored["id"])}
    wrong = await answer_of(gateway, admin, "qbo", QBO_REALMS[1], **again)
    await ended((await admin.follow(wrong)).text)

    assert set(said) == {"denied", "expired", "connected", "wrong_company"}
    assert len(set(said.values())) == len(said)
    assert await gateway.count("connections") == 1


@pytest.mark.accepts("CON-04")
async def test_of_three_organisations_the_chosen_two_are_connected(
    gateway: ServedGateway, admin: Admin
) -> None:
    every = (*XERO_REALMS, THIRD)
    page = await admin.follow(await answer_of(gateway, admin, "xero", *every))
    assert [f"Org {realm[0]}" in page.text for realm in every] == [True] * 3
    done = await admin.http.post(
        str(page.url), data={"company": list(XERO_REALMS)}, follow_redirects=True
    )
    assert "is connected" in done.text
    stored = await gateway.rows("SELECT realm_id, company_name FROM connections ORDER BY 1")
    assert [row["realm_id"] for row in stored] == list(XERO_REALMS)
    assert [row["company_name"] for row in stored] == ["Org 1", "Org 2"]
    again = await admin.http.post(str(page.url), data={"company": [THIRD]})
    assert again.status_code == 404, "a choice is made once"
    assert await gateway.count("connections") == 2


@pytest.mark.parametrize("chosen", [[], ["00000000-0000-4000-8000-000000000000"]])
async def test_a_choice_of_nothing_or_of_what_was_not_offered_is_asked_again(
    gateway: ServedGateway, admin: Admin, chosen: list[str]
) -> None:
    page = await admin.follow(await answer_of(gateway, admin, "xero", *XERO_REALMS))
    refused = await admin.http.post(str(page.url), data={"company": chosen})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert await gateway.count("connections") == 0
    done = await admin.http.post(str(page.url), data={"company": [XERO_REALMS[0]]})
    assert done.status_code == 303


async def test_who_connects_nothing_gives_the_consent_back(
    gateway: ServedGateway, admin: Admin, xero: Simulated
) -> None:
    page = await admin.follow(await answer_of(gateway, admin, "xero", *XERO_REALMS))
    done = await admin.http.post(
        str(page.url), data={"decision": "cancel"}, follow_redirects=True
    )
    assert query_of(back_of(done.text))["outcome"] == "denied"
    assert ("POST", "/connect/revocation") in xero.requests
    assert await gateway.count("grants") == 0


async def test_another_company_than_the_one_to_connect_again_changes_nothing(
    gateway: ServedGateway, admin: Admin
) -> None:
    await admin.follow(await answer_of(gateway, admin, "xero", XERO_REALMS[0]))
    (before,) = await gateway.rows("SELECT id, grant_id, updated_at FROM connections")
    other = {"user": "other@example.com"}
    session = await gateway.open_session(connection_id=str(before["id"]))
    consent = await admin.begin(session, "xero")
    page = await admin.follow(
        await admin.decide(consent, organisations=XERO_REALMS[1], **other)
    )
    assert query_of(back_of(page.text))["outcome"] == "wrong_company"
    assert await gateway.rows("SELECT id, grant_id, updated_at FROM connections") == [before]


@each_provider
async def test_to_connect_again_keeps_the_connection_with_its_settings(
    gateway: ServedGateway, admin: Admin, name: str
) -> None:
    await admin.follow(await answer_of(gateway, admin, name, REALMS[name]))
    await gateway.execute(
        "UPDATE connections SET state = 'expired', settings = '{\"classes\": {}}'"
    )
    (before,) = await gateway.rows("SELECT id, settings FROM connections")
    again = {"connection_id": str(before["id"])}
    await admin.follow(await answer_of(gateway, admin, name, REALMS[name], **again))
    (after,) = await gateway.rows("SELECT id, settings, state FROM connections")
    assert after == {**before, "state": "connected"}


async def test_a_company_of_another_tenant_is_not_taken_over(
    gateway: ServedGateway, admin: Admin
) -> None:
    await admin.follow(await answer_of(gateway, admin, "qbo", REALMS["qbo"]))
    address = await answer_of(gateway, admin, "qbo", REALMS["qbo"], tenant_id="t2")
    page = await admin.follow(address)
    assert query_of(back_of(page.text))["outcome"] == "already_connected"
    assert "another customer" in page.text
    assert await gateway.rows("SELECT tenant_id FROM connections") == [{"tenant_id": "t1"}]


@pytest.mark.accepts("DRV-13")
async def test_scopes_are_those_of_the_app_and_a_refused_one_is_explained(
    make_settings: MakeSettings,
    engine: AsyncEngine,
    kafka_bootstrap: str,
    admin: Admin,
    xero: Simulated,
) -> None:
    fewer = "offline_access accounting.contacts accounting.settings"
    async with served_gateway(
        make_settings, engine, kafka_bootstrap, xero, XERO_SCOPES=fewer
    ) as gateway:
        session = await gateway.open_session(provider="xero")
        consent = await admin.begin(session, "xero")
        assert query_of(consent)["scope"] == fewer
        await admin.follow(await admin.decide(consent, organisations=XERO_REALMS[0]))
        (row,) = await gateway.rows("SELECT scopes FROM grants")
        assert set(row["scopes"]) == set(fewer.split())

    broad = "offline_access accounting.transactions"
    async with served_gateway(
        make_settings, engine, kafka_bootstrap, xero, XERO_SCOPES=broad
    ) as gateway:
        session = await gateway.open_session(provider="xero")
        consent = await admin.begin(session, "xero")
        sent_back = await admin.http.get(consent)
        page = await admin.follow(sent_back.headers["location"])
        told = await gateway.session(session["id"])
    assert "granular scopes only" in page.text
    assert told["outcome"] == "failed"
    assert "scopes in their settings" in told["message"]
