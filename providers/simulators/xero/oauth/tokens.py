"""Consents, codes and tokens: what is alive, for whom, and until when.

A consent belongs to a user and an app. Refresh tokens rotate; the one before stays good for a
grace time after its first use.

Source: Xero "OAuth 2.0 FAQ" and "The PKCE flow", read 2026-09.
"""

import hmac
import json
import secrets
import uuid
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from providers.simulators.clock import SimulatorClock
from providers.simulators.credentials import base64url, verifier_fits
from providers.simulators.xero.config import TokenRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a user granted an app.

    Attributes:
        client_id: App that was granted.
        user_id: User who granted, by email address.
        scopes: Scopes granted, those of earlier consents included.
        adviser: Whether the user has the adviser role, which the period lock does not stop.
        event_id: ``authEventId`` of the connections made with it.
    """

    client_id: str
    user_id: str
    scopes: frozenset[str]
    adviser: bool
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroAuthorizationCode:
    """An authorisation code; good once.

    Attributes:
        consent: What was granted.
        redirect_uri: Address that the code was sent to; the exchange must name the same.
        challenge: S256 challenge of PKCE; None when the app sent none.
        expires_at: Moment from which the code is refused, UTC.
    """

    consent: Consent
    redirect_uri: str
    challenge: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token.

    Attributes:
        value: The token, a JWT.
        consent: Consent that it acts for.
        expires_at: Moment from which the token is refused, UTC.
    """

    value: str = field(repr=False)
    consent: Consent
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token.

    Attributes:
        consent: Consent that it renews.
        issued_at: Moment of issue, UTC.
        rotated_at: Moment of the first use, UTC, from which the grace time counts; None
            until then.
    """

    consent: Consent
    issued_at: datetime
    rotated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a token answer carries.

    Attributes:
        access: New access token.
        refresh: New refresh token; None without the scope ``offline_access``.
    """

    access: AccessToken
    refresh: str | None = field(repr=False)


class InvalidGrant(Exception):
    """A code or refresh token that is unknown, used up, too old, or another app's."""


class XeroTokenStore:
    """Every code and token that was issued."""

    def __init__(self, rules: TokenRules, clock: SimulatorClock) -> None:
        self._rules = rules
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._codes: dict[str, XeroAuthorizationCode] = {}
        self._access: dict[str, AccessToken] = {}
        self._refresh: dict[str, RefreshToken] = {}

    def issue_code(self, consent: Consent, redirect_uri: str, challenge: str | None) -> str:
        """Return a new code for a consent that was given."""
        value = secrets.token_urlsafe(32)
        expires_at = self._clock.now() + self._rules.code
        self._codes[value] = XeroAuthorizationCode(
            consent=consent,
            redirect_uri=redirect_uri,
            challenge=challenge,
            expires_at=expires_at,
        )
        return value

    def redeem_code(
        self, value: str, *, client_id: str, redirect_uri: str, verifier: str | None
    ) -> TokenPair:
        """Change a code for tokens; whatever comes of it, the code is used up.

        Raises:
            InvalidGrant: it isn't good, or the redirect URI or the PKCE verifier doesn't fit.
        """
        # Popped first: a code is used up by a failed exchange as well.
        code = self._codes.pop(value, None)
        fits = (
            code is not None
            and code.expires_at > self._clock.now()
            and code.consent.client_id == client_id
            and code.redirect_uri == redirect_uri
            and verifier_fits(code.challenge, verifier)
        )
        if code is None or not fits:
            raise InvalidGrant
        return self._issue(code.consent)

    def refresh(self, value: str, *, client_id: str) -> TokenPair:
        """Change a refresh token for a new pair.

        Raises:
            InvalidGrant: it isn't good any more.
        """
        token, now = self._refresh.get(value), self._clock.now()
        if token is None or token.consent.client_id != client_id or self._is_dead(token, now):
            raise InvalidGrant
        # Only the first use starts the grace time; later ones don't prolong it.
        if token.rotated_at is None:
            self._refresh[value] = replace(token, rotated_at=now)
        return self._issue(token.consent)

    def _is_dead(self, token: RefreshToken, now: datetime) -> bool:
        if token.rotated_at is None:
            return now >= token.issued_at + self._rules.refresh_unused
        grace = self._rules.refresh_grace
        return grace is None or now >= token.rotated_at + grace

    def _issue(self, consent: Consent) -> TokenPair:
        now = self._clock.now()
        access = AccessToken(self._access_jwt(consent, now), consent, now + self._rules.access)
        self._access[access.value] = access
        if "offline_access" not in consent.scopes:
            return TokenPair(access, None)
        refresh = secrets.token_urlsafe(48)
        self._refresh[refresh] = RefreshToken(consent, now)
        return TokenPair(access, refresh)

    def _access_jwt(self, consent: Consent, now: datetime) -> str:
        """Write an access token as the JWT that Xero's is."""
        claims = {
            "exp": int((now + self._rules.access).timestamp()),
            "client_id": consent.client_id,
            "xero_userid": consent.user_id,
            "authentication_event_id": consent.event_id,
            "scope": sorted(consent.scopes),
            "jti": uuid.uuid4().hex,
        }
        return self._signed(claims)

    def id_token(self, consent: Consent) -> str:
        """Return who gave a consent, as a JWT that lives as long as a code."""
        claims = {
            "aud": consent.client_id,
            "exp": int((self._clock.now() + self._rules.code).timestamp()),
            "xero_userid": consent.user_id,
            "email": consent.user_id,
        }
        return self._signed(claims)

    def _signed(self, claims: Mapping[str, Any]) -> str:
        signed = ".".join(
            base64url(json.dumps(part).encode())
            for part in ({"alg": "HS256", "typ": "JWT"}, claims)
        )
        signature = hmac.digest(self._key, signed.encode(), "sha256")
        return f"{signed}.{base64url(signature)}"

    def access_token(self, value: str) -> AccessToken | None:
        """Return an access token that was issued, expired or not."""
        return self._access.get(value)

    def granted(self, client_id: str, user_id: str) -> frozenset[str]:
        """Return the scopes that a user's living consents give an app."""
        tokens: tuple[AccessToken | RefreshToken, ...] = (
            *self._refresh.values(),
            *self._access.values(),
        )
        holder = (client_id, user_id)
        consents = (token.consent for token in tokens)
        return frozenset().union(
            *(c.scopes for c in consents if (c.client_id, c.user_id) == holder)
        )

    def expire(self, value: str) -> None:
        """End an access token now; an unknown one changes nothing."""
        if token := self._access.get(value):
            self._access[value] = replace(token, expires_at=self._clock.now())

    def expire_of(self, holders: Set[tuple[str, str]]) -> int:
        """End the access tokens of apps and users now; return how many."""
        ended = [
            value
            for value, token in self._access.items()
            if (token.consent.client_id, token.consent.user_id) in holders
        ]
        for value in ended:
            self.expire(value)
        return len(ended)

    def owner_of_refresh(self, value: str) -> Consent | None:
        """Return the consent behind a refresh token."""
        token = self._refresh.get(value)
        return token.consent if token else None

    def revoke(self, client_id: str, user_id: str) -> None:
        """End every token that a user's consents gave an app."""

        def stays(consent: Consent) -> bool:
            return (consent.client_id, consent.user_id) != (client_id, user_id)

        self._access = {v: t for v, t in self._access.items() if stays(t.consent)}
        self._refresh = {v: t for v, t in self._refresh.items() if stays(t.consent)}
