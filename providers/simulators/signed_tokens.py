"""Tokens that prove themselves: JWTs signed with RS256, and the key set to check them by.

Source: RFC 7515 section 3.1, RFC 7517, OpenID Connect Core section 3.1.3.6.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from providers.simulators.credentials import base64url

KEY_BITS: Final = 2048


@cache
def _key() -> rsa.RSAPrivateKey:
    # One key a process, made when it is first needed: making one takes longer than most tests.
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8))


def key_set(key_id: str) -> dict[str, Any]:
    """Return the public key as a JSON Web Key Set."""
    public = _key().public_key().public_numbers()
    key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id}
    return {"keys": [key | {"n": _number(public.n), "e": _number(public.e)}]}


def signed(claims: Mapping[str, Any], *, key_id: str) -> str:
    """Return the claims as a JWT that the key set proves."""
    header = {"alg": "RS256", "kid": key_id, "typ": "JWT"}
    text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    signature = _key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{base64url(signature)}"


def half_hash(value: str) -> str:
    """Return what an id token says of the access token beside it, as ``at_hash``."""
    return base64url(hashlib.sha256(value.encode()).digest()[:16])
