"""Intuit's `intuit-oauth`, against the simulator behind a socket."""

from collections.abc import Iterator

import pytest
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.exceptions import (
    AuthorizationException,
    QuickbooksException,
)
from quickbooks.objects import (
    CompanyInfo,
    Customer,
)

from tests.integration.simulators.qbo_server import CONFIG, GB, US, Connected, serve


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the client's OAuth layer to speak to a local server without TLS."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def connected() -> Iterator[Connected]:
    with serve(CONFIG) as base:
        yield Connected(base, US)


@pytest.fixture
def books(connected: Connected) -> QuickBooks:
    return connected.books


class TestConnecting:
    def test_the_callback_carries_code_state_and_realm(self, connected: Connected) -> None:
        assert connected.callback["realmId"] == US
        assert connected.callback["state"] == connected.auth.state_token
        assert connected.auth.realm_id == US
        assert connected.auth.expires_in == 3600
        assert connected.auth.x_refresh_token_expires_in == 8_726_400

    def test_a_refused_consent_comes_back_as_an_error(self, connected: Connected) -> None:
        assert connected.consent(decision="deny")["error"] == "access_denied"

    def test_a_refresh_gives_tokens_that_work(self, connected: Connected) -> None:
        before = connected.auth.access_token
        connected.auth.refresh()
        assert connected.auth.access_token != before
        assert CompanyInfo.get(1, qb=connected.client()).Country == "US"

    def test_a_code_works_once(self, connected: Connected) -> None:
        with pytest.raises(AuthClientError) as caught:
            connected.auth.get_bearer_token(connected.callback["code"])
        assert b"invalid_grant" in caught.value.content
        assert caught.value.intuit_tid

    def test_the_refresh_token_changes_after_a_day_and_the_old_one_dies_after_another(
        self, connected: Connected
    ) -> None:
        first = connected.auth.refresh_token
        connected.auth.refresh()
        assert connected.auth.refresh_token == first
        connected.control("clock", {"advance_s": 25 * 3600})
        connected.auth.refresh()
        second = connected.auth.refresh_token
        assert second != first
        connected.auth.refresh(refresh_token=first)
        assert connected.auth.refresh_token == second
        connected.control("clock", {"advance_s": 25 * 3600})
        with pytest.raises(AuthClientError, match="invalid_grant"):
            connected.auth.refresh(refresh_token=first)

    def test_an_expired_access_token_is_refused(self, connected: Connected) -> None:
        connected.control("clock", {"advance_s": 3600})
        with pytest.raises(AuthorizationException):
            Customer.all(qb=connected.books)

    def test_revoking_ends_access_and_refresh(self, connected: Connected) -> None:
        assert connected.auth.revoke()
        with pytest.raises(AuthorizationException):
            Customer.all(qb=connected.books)
        with pytest.raises(AuthClientError, match="invalid_grant"):
            connected.auth.refresh()

    def test_a_disconnect_by_the_customer_ends_the_grant(self, connected: Connected) -> None:
        assert connected.control(f"connections/{US}/disconnect", {}) == {"disconnected": 1}
        with pytest.raises(AuthClientError, match="invalid_grant"):
            connected.auth.refresh()

    @pytest.mark.filterwarnings("ignore:datetime:DeprecationWarning")
    def test_an_id_token_verifies_and_userinfo_answers(self) -> None:
        with serve(CONFIG) as base:
            connected = Connected(base, US, Scopes.OPENID, Scopes.ACCOUNTING)
            assert connected.auth.id_token is not None
            assert connected.auth.get_user_info().json()["givenName"] == "Robin"

    def test_wrong_credentials_are_refused(self, connected: Connected) -> None:
        connected.auth.client_secret = "wrong"  # noqa: S105 - wrong on purpose
        with pytest.raises(AuthClientError) as caught:
            connected.auth.refresh()
        assert caught.value.status_code == 401

    def test_a_token_does_not_reach_another_company(self, connected: Connected) -> None:
        connected.books.company_id = GB
        with pytest.raises(QuickbooksException, match="3100"):
            Customer.all(qb=connected.books)
