"""The API that opens connect sessions, what it refuses, and the policy of a single company."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.sessions import Sessions
from gateway.identity.principal import ALL_SCOPES
from gateway.operations.keys import create_key
from gateway.runtime.lifecycle import utc_now
from schemas.ids import TenantId
from tests.fakes.served import QBO_REALMS, XERO_REALMS, Simulated
from tests.integration.gateway.connect.served_gateway import (
    RETURN_URL,
    Admin,
    MakeSettings,
    ServedGateway,
    served_gateway,
)
from tests.integration.gateway.connect.test_consent import answer_of, back_of, query_of

FOREIGN = [
    "https://elsewhere.example/settings",
    "http://127.0.0.1:1/settings",
    "http://127.0.0.1:1/settings/integrations/../../x",
    "http://127.0.0.1:1/settings/integrations#x",
    "http://user@127.0.0.1:1/settings/integrations",
    "http://127.0.0.1:1@elsewhere.example/settings/integrations",
    "//127.0.0.1:1/settings/integrations",
    "javascript:alert(1)",
    "http://127.0.0.1:1\\@elsewhere.example/settings/integrations",
    " ",
]


@pytest.mark.parametrize("address", FOREIGN)
async def test_a_browser_is_sent_to_registered_addresses_only(
    gateway: ServedGateway, address: str
) -> None:
    asked = {"tenant_id": "t1", "return_url": address}
    refused = await gateway.api.post("/v1/connect-sessions", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "return_url_not_registered")
    assert "LEDGERLANE_RETURN_URLS" in refused.json()["detail"]
    assert await gateway.count("connect_sessions") == 0


async def test_the_platforms_own_query_is_kept(gateway: ServedGateway, admin: Admin) -> None:
    with_query = f"{RETURN_URL}?tab=ledgers"
    address = await answer_of(gateway, admin, "qbo", QBO_REALMS[0], return_url=with_query)
    back = query_of(back_of((await admin.follow(address)).text))
    assert (back["tab"], back["outcome"]) == ("ledgers", "connected")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"provider": "sage"}, 424, "provider_not_configured"),
        ({"connection_id": "00000000-0000-4000-8000-000000000000"}, 404, "unknown_connection"),
        ({"connection_id": "x"}, 422, "invalid_request"),
        ({"tenant_id": ""}, 422, "invalid_request"),
        ({"tenant_id": "a\x00b"}, 422, "invalid_request"),
        ({"surprise": 1}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_opened_is_refused_by_name(
    gateway: ServedGateway, changes: dict[str, object], status: int, code: str
) -> None:
    asked = {"tenant_id": "t1", "return_url": RETURN_URL, **changes}
    refused = await gateway.api.post("/v1/connect-sessions", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await gateway.count("connect_sessions") == 0


async def test_a_connection_of_another_tenant_is_not_there(
    gateway: ServedGateway, admin: Admin
) -> None:
    await admin.follow(await answer_of(gateway, admin, "qbo", QBO_REALMS[0]))
    (stored,) = await gateway.rows("SELECT id FROM connections")
    asked = {
        "tenant_id": "t2",
        "return_url": RETURN_URL,
        "connection_id": str(stored["id"]),
    }
    refused = await gateway.api.post("/v1/connect-sessions", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_connection")


async def test_the_api_wants_a_key_and_the_pages_do_not(gateway: ServedGateway) -> None:
    session = await gateway.open_session()
    async with httpx.AsyncClient(base_url=gateway.url) as nobody:
        asked = {"tenant_id": "t1", "return_url": RETURN_URL}
        assert (await nobody.post("/v1/connect-sessions", json=asked)).status_code == 401
        assert (await nobody.get(f"/v1/connect-sessions/{session['id']}")).status_code == 401
        assert (await nobody.get(session["url"])).status_code == 200


async def test_a_key_of_one_tenant_opens_and_sees_sessions_of_that_tenant_alone(
    gateway: ServedGateway,
) -> None:
    theirs = await gateway.open_session(tenant_id="t2")
    _, key = await create_key(
        Sessions(gateway.engine),
        "platform of t1",
        tenant=TenantId("t1"),
        scopes=ALL_SCOPES,
        lasts=timedelta(days=1),
        now=utc_now(),
    )
    async with httpx.AsyncClient(
        base_url=gateway.url, headers={"Authorization": f"Bearer {key}"}
    ) as api:
        asked = {"tenant_id": "t2", "return_url": RETURN_URL}
        refused = await api.post("/v1/connect-sessions", json=asked)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_tenant")
        hidden = await api.get(f"/v1/connect-sessions/{theirs['id']}")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "unknown_connect_session")
        own = await api.post("/v1/connect-sessions", json={**asked, "tenant_id": "t1"})
        assert own.status_code == 201
        assert (await api.get(own.headers["location"])).json()["tenant_id"] == "t1"


async def test_an_address_that_is_unknown_or_too_old_leads_nowhere(
    gateway: ServedGateway, admin: Admin
) -> None:
    unknown = await admin.http.get(f"{gateway.url}/connect/nothing")
    assert unknown.status_code == 404
    session = await gateway.open_session()
    await gateway.execute("UPDATE connect_sessions SET expires_at = now()")
    page = await admin.http.get(session["url"])
    assert page.status_code == 410
    assert query_of(back_of(page.text))["outcome"] == "expired"
    refused = await admin.http.post(session["url"], data={"provider": "qbo"})
    assert refused.status_code in (404, 410)
    assert (await gateway.session(session["id"]))["outcome"] == "expired"


async def test_who_began_the_consent_is_the_only_one_to_go_on(
    gateway: ServedGateway, admin: Admin
) -> None:
    session = await gateway.open_session()
    await admin.begin(session, "qbo")
    stranger = Admin()
    async with stranger.http:
        await stranger.http.get(session["url"])
        refused = await stranger.http.post(session["url"], data={"provider": "qbo"})
        assert refused.status_code == 403
        for step in ("result", "companies"):
            page = f"{gateway.url}/connect/sessions/{session['id']}/{step}"
            assert (await stranger.http.get(page)).status_code == 403


@pytest.mark.accepts("CON-10")
async def test_a_single_company_stays_unless_it_is_given_up(
    make_settings: MakeSettings,
    engine: AsyncEngine,
    kafka_bootstrap: str,
    admin: Admin,
    qbo: Simulated,
    xero: Simulated,
) -> None:
    async with served_gateway(
        make_settings, engine, kafka_bootstrap, qbo, xero, COMPANIES_PER_PROVIDER="single"
    ) as gateway:
        await admin.follow(await answer_of(gateway, admin, "qbo", QBO_REALMS[0]))
        asked = {"tenant_id": "t1", "return_url": RETURN_URL, "provider": "qbo"}
        refused = await gateway.api.post("/v1/connect-sessions", json=asked)
        assert (refused.status_code, refused.json()["code"]) == (409, "already_connected")
        assert f"Co {QBO_REALMS[0]}" in refused.json()["detail"]

        # Without a provider the page itself asks, once the company is known.
        session = await gateway.open_session()
        consent = await admin.begin(session, "qbo")
        page = await admin.follow(await admin.decide(consent, realm=QBO_REALMS[1]))
        assert f"Co {QBO_REALMS[0]}" in page.text
        form = {"company": QBO_REALMS[1]}
        asked_again = await admin.http.post(str(page.url), data=form)
        assert asked_again.status_code == 422
        assert await gateway.count("connections") == 1

        done = await admin.http.post(
            str(page.url), data={**form, "replace": "yes"}, follow_redirects=True
        )
        assert "is connected" in done.text
        states = await gateway.rows("SELECT realm_id, state FROM connections ORDER BY realm_id")
        assert [tuple(row.values()) for row in states] == [
            (QBO_REALMS[0], "disconnected"),
            (QBO_REALMS[1], "connected"),
        ]
        assert qbo.requests.count(("POST", "/v2/oauth2/tokens/revoke")) == 1
        await admin.follow(await answer_of(gateway, admin, "xero", XERO_REALMS[0]))
        assert await gateway.count("grants") == 2, "one at each provider"


@pytest.mark.accepts("CON-10")
async def test_the_database_itself_keeps_a_single_company(
    make_settings: MakeSettings,
    engine: AsyncEngine,
    kafka_bootstrap: str,
    admin: Admin,
    qbo: Simulated,
) -> None:
    async with served_gateway(
        make_settings, engine, kafka_bootstrap, qbo, COMPANIES_PER_PROVIDER="single"
    ) as gateway:
        await admin.follow(await answer_of(gateway, admin, "qbo", QBO_REALMS[0]))
        with pytest.raises(IntegrityError, match="connections_single"):
            async with engine.begin() as database:
                await database.execute(
                    text("""
                        INSERT INTO connections
                        SELECT (jsonb_populate_record(c, jsonb_build_object(
                            'id', gen_random_uuid(), 'realm_id', 'another',
                            'is_default', false))).*
                          FROM connections c""")
                )


@pytest.mark.accepts("CON-10")
async def test_of_two_consents_at_once_one_company_is_connected(
    make_settings: MakeSettings,
    engine: AsyncEngine,
    kafka_bootstrap: str,
    qbo: Simulated,
) -> None:
    admins = Admin(), Admin()
    async with served_gateway(
        make_settings, engine, kafka_bootstrap, qbo, COMPANIES_PER_PROVIDER="single"
    ) as gateway:
        addresses = [
            await answer_of(gateway, admin, "qbo", realm)
            for admin, realm in zip(admins, QBO_REALMS, strict=False)
        ]
        pages = await asyncio.gather(
            *(one.follow(to) for one, to in zip(admins, addresses, strict=True))
        )
        for one in admins:
            await one.http.aclose()
        connected = ["is connected." in page.text for page in pages]
        assert sum(connected) == 1
        assert await gateway.count("connections") == 1
