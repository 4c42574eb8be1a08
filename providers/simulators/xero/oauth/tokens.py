"""Consents, codes and tokens: what is alive, for whom, and until when.

A consent belongs to a user and an app. Refresh tokens rotate; the one before stays good for a
grace time after its first use.

Source: Xero "OAuth 2.0 FAQ" and "The PKCE flow", read 2026-09.
"""

import secrets
from collections.abc import Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from providers.simulators.clock import SimulatorClock
from providers.simulators.credentials import verifier_fits
from providers.simulators.xero.config import TokenRules
from providers.simulators.xero.oauth import identity
from providers.simulators.xero.oauth.consents import Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroAuthorizationCode:
    """An authorisation code; good once.

    Attributes:
        consent: What was granted.
        redirect_uri: Address that the code was sent to; the exchange must name the same.
        challenge: S256 challenge of PKCE; None when the app sent none.
        nonce: Value that goes into the id token unchanged; None when the app sent none.
        expires_at: Moment from which the code is refused, UTC.
    """

    consent: Consent
    redirect_uri: str
    challenge: str | None
    nonce: str | None
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
        id_token: Who gave the consent; None without the scope ``openid``.
    """

    access: AccessToken
    refresh: str | None = field(repr=False)
    id_token: str | None = field(repr=False)


class InvalidGrant(Exception):
    """A code or refresh token that is unknown, used up, too old, or another app's."""


class XeroTokenStore:
    """Every code and token that was issued."""

    def __init__(self, rules: TokenRules, clock: SimulatorClock) -> None:
        self._rules = rules
        self._clock = clock
        self._codes: dict[str, XeroAuthorizationCode] = {}
        self._access: dict[str, AccessToken] = {}
        self._refresh: dict[str, RefreshToken] = {}

    def issue_code(
        self,
        consent: Consent,
        redirect_uri: str,
        *,
        challenge: str | None = None,
        nonce: str | None = None,
    ) -> str:
        """Return a new code for a consent that was given."""
        value = secrets.token_urlsafe(32)
        expires_at = self._clock.now() + self._rules.code
        self._codes[value] = XeroAuthorizationCode(
            consent=consent,
            redirect_uri=redirect_uri,
            challenge=challenge,
            nonce=nonce,
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
        return self._issue(code.consent, nonce=code.nonce)

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

    def _issue(self, consent: Consent, *, nonce: str | None = None) -> TokenPair:
        now = self._clock.now()
        expires_at = now + self._rules.access
        value = identity.access_token(consent, now=now, expires_at=expires_at)
        access = AccessToken(value, consent, expires_at)
        self._access[value] = access
        refresh = None
        if "offline_access" in consent.scopes:
            refresh = secrets.token_urlsafe(48)
            self._refresh[refresh] = RefreshToken(consent, now)
        who = None
        if "openid" in consent.scopes:
            # An id token lives as long as a code.
            until = now + self._rules.code
            who = identity.id_token(consent, value, nonce=nonce, now=now, expires_at=until)
        return TokenPair(access, refresh, who)

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
