import base64

import pytest

from providers.simulators.credentials import (
    base64url,
    basic_credentials,
    bearer_token,
    verifier_fits,
)

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_verifier_of_the_standard_fits_its_challenge_and_no_other() -> None:
    assert verifier_fits(CHALLENGE, VERIFIER)
    assert not verifier_fits(CHALLENGE, VERIFIER[:-1])
    assert not verifier_fits(CHALLENGE, None)
    assert verifier_fits(None, None)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "abc"])
def test_a_header_without_a_bearer_token_holds_none(header: str) -> None:
    assert bearer_token(header) is None


def test_the_scheme_of_a_header_is_read_in_any_case() -> None:
    basic = base64.b64encode(b"app:s:cret").decode()
    assert bearer_token("bearer abc") == "abc"
    assert basic_credentials(f"BASIC {basic}") == ("app", "s:cret")


def test_an_id_and_a_secret_may_be_encoded_as_oauth_asks_for() -> None:
    basic = base64.b64encode(b"my%2Dapp:s%3Acr%2Bet").decode()
    assert basic_credentials(f"Basic {basic}") == ("my-app", "s:cr+et")


def test_basic_that_can_not_be_read_names_no_app_and_does_not_fall_back() -> None:
    assert basic_credentials("Basic !") == ("", "")
    assert basic_credentials("Bearer abc") is None


def test_base64url_has_no_padding() -> None:
    assert base64url(b"\xfb\xff") == "-_8"
