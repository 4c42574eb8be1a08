"""What tokens say of a user, and the key that proves it.

Source: Xero's discovery document and "Sign Up with Xero", read 2026-09: RS256, issuer
``https://identity.xero.com``, the user as ``xero_userid``.
"""

import hashlib
import uuid
from datetime import datetime
from typing import Any, Final

from providers.simulators.signed_tokens import half_hash, key_set, signed
from providers.simulators.xero.oauth.consents import Consent

ISSUER: Final = "https://identity.xero.com"
"""Whom tokens come from: Xero's own address, wherever the simulator is served."""
AUDIENCE: Final = "https://identity.xero.com/resources"
KEY_ID: Final = "xero-simulator"


def jwks() -> dict[str, Any]:
    """Return the key that proves access and id tokens, as a JSON Web Key Set."""
    return key_set(KEY_ID)


def user_claims(consent: Consent) -> dict[str, Any]:
    """Return who gave a consent, as far as its scopes show it."""
    address = consent.user_id
    claims: dict[str, Any] = {
        "sub": hashlib.sha256(address.encode()).hexdigest()[:32],
        "xero_userid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{address}")),
    }
    if "email" in consent.scopes:
        claims["email"] = address
    if "profile" in consent.scopes:
        name = address.partition("@")[0]
        claims |= {
            "preferred_username": address,
            "name": name,
            "given_name": name,
            "family_name": "Simulated",
        }
    return claims


def _times(now: datetime, expires_at: datetime) -> dict[str, int]:
    issued = int(now.timestamp())
    return {
        "nbf": issued,
        "iat": issued,
        "auth_time": issued,
        "exp": int(expires_at.timestamp()),
    }


def access_token(consent: Consent, *, now: datetime, expires_at: datetime) -> str:
    """Return an access token, the JWT that Xero's is."""
    who = user_claims(consent)
    claims = _times(now, expires_at) | {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "client_id": consent.client_id,
        "sub": who["sub"],
        "xero_userid": who["xero_userid"],
        "global_session_id": uuid.uuid4().hex,
        "authentication_event_id": consent.event_id,
        "scope": sorted(consent.scopes),
        "jti": uuid.uuid4().hex,
    }
    return signed(claims, key_id=KEY_ID)


def id_token(
    consent: Consent,
    access: str,
    *,
    nonce: str | None,
    now: datetime,
    expires_at: datetime,
) -> str:
    """Return who gave a consent; ``access`` is the access token that goes beside it."""
    claims = (
        _times(now, expires_at)
        | {"iss": ISSUER, "aud": consent.client_id, "at_hash": half_hash(access)}
        | user_claims(consent)
    )
    return signed(claims if nonce is None else claims | {"nonce": nonce}, key_id=KEY_ID)
