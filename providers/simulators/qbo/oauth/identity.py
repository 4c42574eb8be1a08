"""Signed id tokens and the key that proves them, for apps that ask for ``openid``.

Source: Intuit OpenID Connect discovery document: RS256, ``aud`` an array, ``realmid``.
"""

from datetime import datetime
from typing import Any, Final

from providers.simulators.signed_tokens import key_set, signed

ISSUER: Final = "https://oauth.platform.intuit.com/op/v1"
"""Whom id tokens come from: Intuit's own address, as clients compare it word for word."""

KEY_ID = "qbo-simulator"
USER = {
    "sub": "b0000000-0000-4000-8000-000000000001",
    "email": "admin@larkspur.example",
    "emailVerified": True,
    "givenName": "Robin",
    "familyName": "Lark",
    "phoneNumber": "+1 5550102299",
    "phoneNumberVerified": False,
    "address": {
        "streetAddress": "2 Dock St",
        "locality": "Oakland",
        "region": "CA",
        "postalCode": "94607",
        "country": "US",
    },
}


def jwks() -> dict[str, Any]:
    """Return the key that proves id tokens, as a JSON Web Key Set."""
    return key_set(KEY_ID)


def id_token(
    *, client_id: str, realm: str, nonce: str | None, now: datetime, life_s: int = 3600
) -> str:
    """Return a signed token that says who consented, to whom and for which company."""
    issued = int(now.timestamp())
    claims = {
        "sub": USER["sub"],
        "aud": [client_id],
        "realmid": realm,
        "auth_time": issued,
        "iss": ISSUER,
        "exp": issued + life_s,
        "iat": issued,
    }
    return signed(claims if nonce is None else claims | {"nonce": nonce}, key_id=KEY_ID)
