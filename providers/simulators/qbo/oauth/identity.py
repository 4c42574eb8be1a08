"""Signed id tokens and the key that proves them, for apps that ask for ``openid``.

Source: Intuit OpenID Connect discovery document: RS256, ``aud`` an array, ``realmid``.
"""

import json
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from providers.simulators.credentials import base64url

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


def _number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8))


class IdentityProvider:
    """Signs id tokens with a key of its own, made when it is first needed."""

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwks(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key Set."""
        public = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID}
        return {"keys": [key | {"n": _number(public.n), "e": _number(public.e)}]}

    def id_token(
        self, *, issuer: str, client_id: str, realm: str, now: datetime, life_s: int = 3600
    ) -> str:
        """Return a signed token that says who consented, to whom and for which company."""
        issued = int(now.timestamp())
        claims = {
            "sub": USER["sub"],
            "aud": [client_id],
            "realmid": realm,
            "auth_time": issued,
            "iss": issuer,
            "exp": issued + life_s,
            "iat": issued,
        }
        header = {"kid": KEY_ID, "alg": "RS256"}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64url(signature)}"
