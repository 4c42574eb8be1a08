import base64
import hashlib
import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from providers.simulators.xero.config import (
    DEMO_APP,
    TokenRules,
    XeroAppSpec,
    XeroSwitches,
)
from tests.unit.simulators.xero.harness import (
    OTHER_TENANT,
    REDIRECT,
    SCOPES,
    TENANT,
    XeroHarness,
    config,
)


def claims(token: str) -> dict[str, object]:
    body = token.split(".")[1]
    decoded: dict[str, object] = json.loads(
        base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    )
    return decoded


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def test_the_callback_carries_code_and_state() -> None:
    async with XeroHarness() as xero:
        answer = await xero.decide()
    assert answer.status_code == 302
    callback = urlsplit(answer.headers["location"])
    assert callback.geturl().startswith(REDIRECT)
    assert parse_qs(callback.query)["state"] == ["xyz"]
    assert parse_qs(callback.query)["code"]


async def test_the_consent_page_shows_app_scopes_and_organisations() -> None:
    async with XeroHarness() as xero:
        page = await xero.http.get(
            "/identity/connect/authorize",
            params={
                "response_type": "code",
                "client_id": DEMO_APP.client_id,
                "redirect_uri": REDIRECT,
                "scope": "accounting.contacts",
            },
        )
    assert page.status_code == 200
    for shown in (DEMO_APP.client_id, "accounting.contacts", "Maple Florist", "Harbour Cafe"):
        assert shown in page.text


async def test_a_denial_comes_back_as_access_denied() -> None:
    async with XeroHarness() as xero:
        answer = await xero.decide(decision="deny")
    assert "error=access_denied" in answer.headers["location"]


@pytest.mark.parametrize("scope", ["accounting.transactions", "accounting.everything"])
async def test_an_app_made_after_march_2026_gets_no_broad_or_unknown_scope(scope: str) -> None:
    async with XeroHarness() as xero:
        answer = await xero.decide(scopes=scope)
    assert "error=invalid_scope" in answer.headers["location"]


async def test_an_older_app_may_ask_for_a_broad_scope_and_use_it() -> None:
    old = XeroAppSpec(DEMO_APP.client_id, DEMO_APP.client_secret, broad_scopes=True)
    async with XeroHarness(config(apps=(old,))) as xero:
        await xero.connect(scopes="accounting.transactions")
        await xero.ok("GET", "Invoices")


@pytest.mark.parametrize(
    "wrong", [{"client_id": "nobody"}, {"redirect_uri": ""}, {"response_type": "token"}]
)
async def test_a_consent_request_of_nobody_is_shown_to_nobody(wrong: dict[str, str]) -> None:
    async with XeroHarness() as xero:
        answer = await xero.decide(**wrong)
    assert answer.status_code == 400


async def test_a_token_answer_has_xeros_members_and_the_token_its_claims() -> None:
    async with XeroHarness() as xero:
        await xero.connect(scopes=f"openid {SCOPES}")
        connections = (await xero.http.get("/connections", headers=xero.headers())).json()
    tokens = xero.tokens
    assert (tokens["expires_in"], tokens["token_type"]) == (1800, "Bearer")
    assert {"id_token", "refresh_token"} <= tokens.keys()
    event = claims(tokens["access_token"])["authentication_event_id"]
    assert {c["authEventId"] for c in connections} == {event}


async def test_a_code_is_good_once() -> None:
    async with XeroHarness() as xero:
        code = await xero.consent()
        assert (await xero.exchange(code)).status_code == 200
        again = await xero.exchange(code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


async def test_a_code_dies_after_five_minutes() -> None:
    async with XeroHarness() as xero:
        code = await xero.consent()
        xero.clock.advance(timedelta(minutes=5, seconds=1))
        assert (await xero.exchange(code)).json() == {"error": "invalid_grant"}


async def test_a_code_is_good_for_its_own_redirect_address_only() -> None:
    async with XeroHarness() as xero:
        code = await xero.consent()
        answer = await xero.exchange(code, redirect_uri="http://localhost/elsewhere")
    assert answer.json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(("sent", "status"), [("v" * 43, 200), ("w" * 43, 400), (None, 400)])
async def test_a_challenge_wants_its_verifier(sent: str | None, status: int) -> None:
    challenge = challenge_of("v" * 43)
    async with XeroHarness() as xero:
        code = await xero.consent(code_challenge=challenge, code_challenge_method="S256")
        more = {} if sent is None else {"code_verifier": sent}
        assert (await xero.exchange(code, **more)).status_code == status


async def test_a_pkce_app_has_no_secret_and_needs_a_challenge() -> None:
    native = XeroAppSpec("native")
    async with XeroHarness(config(apps=(native,))) as xero:
        assert (await xero.decide(client_id="native")).status_code == 400


async def test_a_pkce_app_takes_its_tokens_without_a_secret() -> None:
    challenge = challenge_of("v" * 43)
    async with XeroHarness(config(apps=(XeroAppSpec("native"),))) as xero:
        code = await xero.consent(
            client_id="native", code_challenge=challenge, code_challenge_method="S256"
        )
        form = {
            "grant_type": "authorization_code",
            "client_id": "native",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": "v" * 43,
        }
        assert (await xero.http.post("/connect/token", data=form)).status_code == 200


async def test_a_wrong_secret_is_invalid_client() -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    named = form | {"client_id": DEMO_APP.client_id, "client_secret": "wrong"}
    async with XeroHarness() as xero:
        answers = [
            await xero.http.post("/connect/token", data=named),
            await xero.http.post("/connect/token", data=form, auth=(DEMO_APP.client_id, "no")),
            await xero.http.post("/connect/token", data=form),
        ]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})


async def test_an_access_token_dies_after_thirty_minutes(xero: XeroHarness) -> None:
    xero.clock.advance(timedelta(minutes=30))
    answer = await xero.send("GET", "Organisation")
    assert answer.status_code == 401
    assert answer.json()["Detail"] == "TokenExpired: token expired at 08/01/2026 10:00:00"


async def test_a_refresh_rotates_and_the_old_token_has_a_grace_of_thirty_minutes(
    xero: XeroHarness,
) -> None:
    old = xero.tokens["refresh_token"]
    first = await xero.refresh(old)
    assert first.json()["refresh_token"] != old
    xero.clock.advance(timedelta(minutes=29))
    assert (await xero.refresh(old)).status_code == 200
    xero.clock.advance(timedelta(minutes=1))
    assert (await xero.refresh(old)).json() == {"error": "invalid_grant"}
    assert (await xero.refresh(first.json()["refresh_token"])).status_code == 200


async def test_without_grace_a_rotated_token_is_dead_at_once() -> None:
    async with XeroHarness(config(tokens=TokenRules(refresh_grace=None))) as xero:
        await xero.connect()
        old = xero.tokens["refresh_token"]
        assert (await xero.refresh(old)).status_code == 200
        assert (await xero.refresh(old)).json() == {"error": "invalid_grant"}


async def test_a_refresh_token_dies_after_sixty_days_without_use(xero: XeroHarness) -> None:
    xero.clock.advance(timedelta(days=59))
    used = (await xero.refresh(xero.tokens["refresh_token"])).json()["refresh_token"]
    xero.clock.advance(timedelta(days=59))
    used = (await xero.refresh(used)).json()["refresh_token"]
    xero.clock.advance(timedelta(days=60))
    assert (await xero.refresh(used)).json() == {"error": "invalid_grant"}


async def test_without_offline_access_there_is_no_refresh_token() -> None:
    async with XeroHarness() as xero:
        await xero.connect(scopes="accounting.contacts")
    assert "refresh_token" not in xero.tokens


async def test_revocation_ends_tokens_and_connections(xero: XeroHarness) -> None:
    auth = (DEMO_APP.client_id, DEMO_APP.client_secret or "")
    form = {"token": xero.tokens["refresh_token"]}
    answer = await xero.http.post("/connect/revocation", data=form, auth=auth)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await xero.send("GET", "Organisation")).status_code == 401
    assert (await xero.refresh(xero.tokens["refresh_token"])).status_code == 400
    await xero.connect(organisations=OTHER_TENANT)
    connections = (await xero.http.get("/connections", headers=xero.headers())).json()
    assert [c["tenantId"] for c in connections] == [OTHER_TENANT]


async def test_scopes_add_up_over_consents() -> None:
    async with XeroHarness() as xero:
        await xero.connect(scopes="offline_access accounting.contacts")
        await xero.connect(scopes="offline_access accounting.settings")
        await xero.ok("GET", "Contacts")
        await xero.ok("GET", "Accounts")


async def test_a_missing_scope_is_401_with_insufficient_scope() -> None:
    async with XeroHarness() as xero:
        await xero.connect(scopes="accounting.contacts.read")
        await xero.ok("GET", "Contacts")
        answer = await xero.send("PUT", "Contacts", {"Name": "Mia"})
    assert answer.status_code == 401
    assert answer.json()["Detail"] == "AuthorizationUnsuccessful"
    assert "insufficient_scope" in answer.headers["www-authenticate"]


async def test_items_open_with_either_of_two_scopes() -> None:
    for scope in ("accounting.settings", "accounting.invoices"):
        async with XeroHarness() as xero:
            await xero.connect(scopes=scope)
            await xero.ok("GET", "Items")


@pytest.mark.parametrize("tenant", ["", "33333333-3333-4333-8333-333333333333", OTHER_TENANT])
async def test_a_tenant_that_was_not_chosen_is_403(tenant: str) -> None:
    async with XeroHarness() as xero:
        await xero.connect(organisations=TENANT)
        answer = await xero.send("GET", "Organisation", tenant=tenant)
    assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


async def test_without_bulk_connections_a_consent_opens_one_organisation() -> None:
    async with XeroHarness(config(switches=XeroSwitches(bulk_connections=False))) as xero:
        both = await xero.decide(organisations=f"{TENANT},{OTHER_TENANT}")
        assert both.status_code == 400
        await xero.connect(organisations=TENANT)
        await xero.connect(organisations=OTHER_TENANT)
        connections = (await xero.http.get("/connections", headers=xero.headers())).json()
    assert {c["tenantId"] for c in connections} == {TENANT, OTHER_TENANT}
    assert len({c["authEventId"] for c in connections}) == 2


async def test_connections_are_written_as_xero_does(xero: XeroHarness) -> None:
    (connection, _) = (await xero.http.get("/Connections", headers=xero.headers())).json()
    assert connection["tenantType"] == "ORGANISATION"
    assert re.fullmatch(r"2026-08-01T09:30:00\.\d{7}", connection["createdDateUtc"])


async def test_a_disconnected_organisation_is_403_while_refresh_goes_on(
    xero: XeroHarness,
) -> None:
    await xero.control(f"connections/{TENANT}/disconnect", {})
    assert (await xero.send("GET", "Organisation")).status_code == 403
    xero.tokens = (await xero.refresh(xero.tokens["refresh_token"])).json()
    assert (await xero.send("GET", "Organisation")).status_code == 403
    assert (await xero.send("GET", "Organisation", tenant=OTHER_TENANT)).status_code == 200


async def test_a_connection_that_comes_back_keeps_its_id(xero: XeroHarness) -> None:
    url = "/connections"
    before = (await xero.http.get(url, headers=xero.headers())).json()[0]
    gone = await xero.http.delete(f"{url}/{before['id']}", headers=xero.headers())
    assert (gone.status_code, gone.content) == (204, b"")
    again = await xero.http.delete(f"{url}/{before['id']}", headers=xero.headers())
    assert again.status_code == 404
    xero.clock.advance(timedelta(minutes=1))
    await xero.connect()
    after = (await xero.http.get(url, headers=xero.headers())).json()[0]
    assert after["id"] == before["id"]
    assert after["updatedDateUtc"] > after["createdDateUtc"]


async def test_a_custom_connection_is_told_that_the_simulator_has_none() -> None:
    async with XeroHarness() as xero:
        answer = await xero.token({"grant_type": "client_credentials", "scope": "openid"})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "unsupported_grant_type",
        "error_description": "This simulator does not offer custom connections; Xero does.",
    }
