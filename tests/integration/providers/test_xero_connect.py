"""Consent, organisations and profile, against the Xero simulator over HTTP."""

from decimal import Decimal

import httpx
import pytest

from providers.errors import TokenExpired
from providers.oauth import Token
from providers.simulators.xero.app import create_app
from providers.xero.oauth import XeroOAuth
from tests.eventually import PATIENCE_S
from tests.fakes.listening import listening
from tests.integration.providers.xero_organisation import (
    ORGANISATION,
    SECOND,
    config,
    connected,
    consented,
    oauth_app,
)


async def test_a_consent_names_its_organisations() -> None:
    with listening(create_app(config())) as url:
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            app = oauth_app(url)
            token = await consented(client, app)
            realms = await XeroOAuth().realms(client, app, token, said=None)
    assert {(realm.realm_id, realm.name) for realm in realms} == {
        (ORGANISATION, "Maple Florist"),
        (SECOND, "Harbour Cafe"),
    }
    assert "offline_access" in token.scopes


async def test_an_unknown_token_lists_nothing() -> None:
    with listening(create_app(config())) as url:
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            app = oauth_app(url)
            good = await consented(client, app)
            bad = Token("nonsense", "", good.expires_at, good.refresh_expires_at, ())
            with pytest.raises(TokenExpired):
                await XeroOAuth().realms(client, app, bad, said=None)


async def test_a_profile_says_what_the_mapping_needs() -> None:
    async with connected() as books:
        await books.control(f"organisations/{ORGANISATION}", {"period_lock_date": "2026-03-31"})
        profile = await books.ledger.describe()
    assert (profile.company_name, profile.country, profile.currency) == (
        "Maple Florist",
        "NZ",
        "NZD",
    )
    rates = {rate["code"]: rate for rate in profile.data["tax_rates"]}
    assert rates["OUTPUT2"]["sides"] == ["sales"]
    assert rates["INPUT2"]["sides"] == ["purchases"]
    assert Decimal(rates["OUTPUT2"]["rate"]) == 15
    assert profile.data["period_locked_until"] == "2026-03-31"
    assert profile.data["year_locked_until"] is None
    assert profile.data["system_accounts"]["ROUNDING"]["code"] == "860"
