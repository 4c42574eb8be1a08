"""What clients prove themselves with: bearer tokens, HTTP Basic, PKCE verifiers.

Source: RFC 6749 section 2.3.1, RFC 6750 section 2.1, RFC 7617 section 2, RFC 7636 section 4.6.
"""

import base64
import binascii
import hashlib
import hmac
from urllib.parse import unquote


def base64url(raw: bytes) -> str:
    """Return bytes in base64url without padding, as JWTs and PKCE challenges have them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bearer_token(authorization: str) -> str | None:
    """Return the token of an Authorization header; None when it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Return client id and secret of an Authorization header.

    A client may have percent-encoded both before, as OAuth asks for and some libraries do.

    None when it is not HTTP Basic. Two empty strings, which no app has, when it is but can't
    be read: a client that tried Basic is not asked for its form fields instead.
    """
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(client_id), unquote(secret)


def verifier_fits(challenge: str | None, verifier: str | None) -> bool:
    """Return whether a PKCE verifier is the one behind its S256 challenge.

    A consent without a challenge needs no verifier.
    """
    if challenge is None:
        return True
    digest = hashlib.sha256((verifier or "").encode()).digest()
    return hmac.compare_digest(challenge.encode(), base64url(digest).encode())
