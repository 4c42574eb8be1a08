"""Authorization codes, access tokens and refresh tokens: what they are good for, how long.

A refresh token's value changes when it is used a day after it was issued; the grant behind
it lives 100 days from its last use and five years at most.

Source: Intuit "OAuth 2.0" pages and "Refresh Token Expiration and Validity Policy", 2026.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from providers.simulators.clock import SimulatorClock
from providers.simulators.credentials import verifier_fits
from providers.simulators.qbo.config import QboAppSpec, QboSwitches

ACCESS_LIFE = timedelta(seconds=3600)
CODE_LIFE = timedelta(minutes=5)
ROLLING_LIFE = timedelta(days=100)
REPORTED_ROLLING_S = 8_726_400
HARD_LIFE = timedelta(days=5 * 365 + 1)
ACCOUNTING = "com.intuit.quickbooks.accounting"


class QboTokenRefused(Exception):
    """The token endpoint refuses. ``error`` is the OAuth error code."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


@dataclass(frozen=True, slots=True)
class QboAuthorizationRequest:
    """What an app asked for at the authorize page.

    Attributes:
        client_id: App that asks.
        redirect_uri: Address that the browser is sent back to.
        scopes: Scopes asked for, in the order sent.
        state: Value that goes back to the app unchanged.
        code_challenge: S256 challenge of PKCE; None when the app sent none.
        nonce: Value that goes into the id token unchanged; None when the app sent none.
    """

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    code_challenge: str | None = None
    nonce: str | None = None


@dataclass(slots=True)
class QboAuthorizationCode:
    """An issued authorization code, good for one exchange.

    Attributes:
        request: What consent was asked for.
        realm: Company that the consent is for.
        expires_at: Moment from which the code is refused, UTC.
        grant: Grant that the code was exchanged for; None until then.
    """

    request: QboAuthorizationRequest
    realm: str
    expires_at: datetime
    grant: "ConsentGrant | None" = None


@dataclass(slots=True)
class ConsentGrant:
    """A company's consent to an app, and the refresh token that stands for it.

    Attributes:
        client_id: App that holds the grant.
        realm: Company that gave it.
        scopes: Scopes that were granted.
        authorized_at: Moment of the consent, UTC; the hard end of its life counts from
            here.
        used_at: Moment of the last exchange or refresh, UTC; the rolling end of its life
            counts from here.
        value: Current value of the refresh token.
        value_issued_at: Moment at which that value was issued, UTC.
        revoked: Whether the grant has ended by revocation, disconnection or a newer
            consent.
        rotate_next: Whether the next refresh replaces the value whatever its age.
    """

    client_id: str
    realm: str
    scopes: tuple[str, ...]
    authorized_at: datetime
    used_at: datetime
    value: str = field(repr=False)
    value_issued_at: datetime
    revoked: bool = False
    rotate_next: bool = False


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What the token endpoint answers.

    Attributes:
        access_token: New access token.
        refresh_token: Refresh token to use from now on; often the same as before.
        refresh_s: Seconds until the refresh token ends when it is not used.
        hard_s: Seconds until the grant ends whatever is done.
        grant: Grant behind the tokens.
        nonce: What the app wants to find in the id token; None after a refresh.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    refresh_s: int
    hard_s: int
    grant: ConsentGrant
    nonce: str | None = None


class QboTokenStore:
    """Every code and token of the simulator."""

    def __init__(self, apps: tuple[QboAppSpec, ...], clock: SimulatorClock) -> None:
        self._apps = {app.client_id: app for app in apps}
        self._clock = clock
        self._codes: dict[str, QboAuthorizationCode] = {}
        self._access: dict[str, tuple[ConsentGrant, datetime]] = {}
        self._refresh: dict[str, tuple[ConsentGrant, datetime | None]] = {}
        self._live: dict[tuple[str, str], ConsentGrant] = {}

    def app(self, client_id: str) -> QboAppSpec | None:
        """Return the app with this id."""
        return self._apps.get(client_id)

    def authenticate(self, client_id: str, client_secret: str) -> QboAppSpec:
        """Return the app whose credentials these are.

        Raises:
            QboTokenRefused: 401, unknown id or wrong secret.
        """
        app = self._apps.get(client_id)
        known = app.client_secret if app else ""
        if app is None or not secrets.compare_digest(known.encode(), client_secret.encode()):
            raise QboTokenRefused("invalid_client", "Invalid client credentials", status=401)
        return app

    def issue_code(self, request: QboAuthorizationRequest, realm: str) -> str:
        """Return a code for a consent just given."""
        code = "AB11" + secrets.token_urlsafe(30)
        self._codes[code] = QboAuthorizationCode(request, realm, self._clock.now() + CODE_LIFE)
        return code

    def exchange(
        self, app: QboAppSpec, code: str, *, redirect_uri: str, verifier: str | None, pkce: bool
    ) -> IssuedTokens:
        """Turn a code into tokens, replacing an older grant of the app for the company.

        Raises:
            QboTokenRefused: unknown, used, expired or foreign code; another redirect URI; a
                missing or wrong verifier where ``pkce`` is checked.
        """
        held = self._codes.get(code)
        now = self._clock.now()
        if held is None or held.request.client_id != app.client_id or now >= held.expires_at:
            raise QboTokenRefused("invalid_grant", "Invalid authorization code")
        if held.grant is not None:
            raise QboTokenRefused("invalid_grant", "Authorization code was already used")
        if held.request.redirect_uri != redirect_uri:
            raise QboTokenRefused("invalid_request", "redirect_uri does not match")
        if pkce and not verifier_fits(held.request.code_challenge, verifier):
            raise QboTokenRefused("invalid_grant", "code_verifier does not match")
        # A company has one grant per app: a new consent ends the one before.
        older = self._live.get((app.client_id, held.realm))
        if older is not None:
            older.revoked = True
        value = _refresh_value(now)
        grant = ConsentGrant(
            app.client_id, held.realm, held.request.scopes, now, now, value, now
        )
        held.grant = grant
        self._live[app.client_id, held.realm] = grant
        self._refresh[value] = (grant, None)
        return replace(self._issue(grant), nonce=held.request.nonce)

    def refresh(self, app: QboAppSpec, value: str, switches: QboSwitches) -> IssuedTokens:
        """Turn a refresh token into tokens; its value may change.

        Raises:
            QboTokenRefused: unknown, replaced, expired, revoked or foreign token.
        """
        now = self._clock.now()
        grant, good_until = self._refresh.get(value, (None, None))
        if grant is None or grant.client_id != app.client_id or not self._lives(grant):
            raise QboTokenRefused("invalid_grant", "Incorrect or invalid refresh token")
        if good_until is not None and now >= good_until:
            raise QboTokenRefused("invalid_grant", "Incorrect or invalid refresh token")
        grant.used_at = now
        age = now - grant.value_issued_at
        due = grant.rotate_next or age >= timedelta(seconds=switches.rotates_after_s)
        # A value that was replaced already, and still works in its grace, is not replaced
        # again.
        if due and value == grant.value:
            self._rotate(grant, grace=timedelta(seconds=switches.old_value_grace_s))
        return self._issue(grant)

    def _rotate(self, grant: ConsentGrant, *, grace: timedelta) -> None:
        now = self._clock.now()
        self._refresh[grant.value] = (grant, now + grace)
        grant.value = _refresh_value(now)
        grant.value_issued_at = now
        grant.rotate_next = False
        self._refresh[grant.value] = (grant, None)

    def _lives(self, grant: ConsentGrant) -> bool:
        now = self._clock.now()
        rolling, hard = grant.used_at + ROLLING_LIFE, grant.authorized_at + HARD_LIFE
        return not grant.revoked and now < min(rolling, hard)

    def _issue(self, grant: ConsentGrant) -> IssuedTokens:
        now = self._clock.now()
        token = _access_value()
        self._access[token] = (grant, now + ACCESS_LIFE)
        hard_s = int((grant.authorized_at + HARD_LIFE - now).total_seconds())
        return IssuedTokens(token, grant.value, min(REPORTED_ROLLING_S, hard_s), hard_s, grant)

    def bearer(self, token: str) -> ConsentGrant | None:
        """Return the grant behind a live access token."""
        grant, expires_at = self._access.get(token, (None, None))
        if grant is None or expires_at is None or grant.revoked:
            return None
        return grant if self._clock.now() < expires_at else None

    def revoke(self, app: QboAppSpec, token: str) -> bool:
        """End the grant behind an access or refresh token; False when there is none."""
        found = self._access.get(token) or self._refresh.get(token)
        if found is None or found[0].client_id != app.client_id or found[0].revoked:
            return False
        found[0].revoked = True
        return True

    def disconnect(self, realm: str) -> int:
        """End every grant of a company, as its customer can; return how many."""
        ended = [grant for grant in self._of(realm) if not grant.revoked]
        for grant in ended:
            grant.revoked = True
        return len(ended)

    def expire_access(self, realm: str) -> int:
        """End every access token of a company now; return how many."""
        tokens = [token for token, (grant, _at) in self._access.items() if grant.realm == realm]
        for token in tokens:
            del self._access[token]
        return len(tokens)

    def expire_token(self, token: str) -> None:
        """End one access token now."""
        self._access.pop(token, None)

    def rotate_next(self, realm: str) -> int:
        """Make the next refresh of a company replace the value; return for how many grants."""
        grants = self._of(realm)
        for grant in grants:
            grant.rotate_next = True
        return len(grants)

    def _of(self, realm: str) -> list[ConsentGrant]:
        return [grant for (_client, held), grant in self._live.items() if held == realm]

    def is_connected(self, realm: str) -> bool:
        """Return whether an app holds a live grant for the company."""
        return any(self._lives(grant) for grant in self._of(realm))


def _access_value() -> str:
    """Return a random text of the shape of a JWE: five parts, the second one empty."""
    return (
        f"eyJlbmMiOiJBMTI4Q0JDIn0..{'.'.join(secrets.token_urlsafe(n) for n in (16, 200, 16))}"
    )


def _refresh_value(now: datetime) -> str:
    return f"RT1-39-H0-{int(now.timestamp())}{secrets.token_hex(10)}"
