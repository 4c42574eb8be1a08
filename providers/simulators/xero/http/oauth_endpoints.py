"""The identity endpoints: discovery, consent page, tokens, revocation, who the user is.

Source: Xero "OAuth 2.0 FAQ", "The PKCE flow" and "Scopes", read 2026-09.
"""

import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from providers.simulators.credentials import basic_credentials
from providers.simulators.sent_fields import as_texts, sent_fields
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.config import XeroAppSpec
from providers.simulators.xero.html import PAGES
from providers.simulators.xero.http.accounting_api import authenticate, to_response
from providers.simulators.xero.oauth.consents import Consent
from providers.simulators.xero.oauth.identity import ISSUER, jwks, user_claims
from providers.simulators.xero.oauth.scopes import GRANULAR, is_askable
from providers.simulators.xero.oauth.tokens import InvalidGrant, TokenPair
from providers.simulators.xero.state import XeroState
from providers.simulators.xero.wire.errors import ApiError

_DISCOVERY = "/.well-known/openid-configuration"
_AUTHORISE = "/identity/connect/authorize"
_DEFAULT_USER = "owner@example.com"
_ASKED = (
    *("response_type", "client_id", "redirect_uri", "scope", "state"),
    *("code_challenge", "code_challenge_method", "nonce"),
)


@dataclass(frozen=True, slots=True)
class XeroAuthorizationRequest:
    """What an app asks a user for.

    Attributes:
        app: App that asks.
        redirect_uri: Address that the browser is sent back to.
        scopes: Scopes asked for.
        state: Value that goes back to the app unchanged; None when it sent none.
        challenge: S256 challenge of PKCE; None when the app sent none.
        nonce: Value that goes into the id token unchanged; None when the app sent none.
    """

    app: XeroAppSpec
    redirect_uri: str
    scopes: frozenset[str]
    state: str | None
    challenge: str | None
    nonce: str | None

    def redirect(self, answer: Mapping[str, str]) -> Response:
        """Send the browser back to the app with an answer."""
        query = dict(answer) | ({} if self.state is None else {"state": self.state})
        joint = "&" if "?" in self.redirect_uri else "?"
        return RedirectResponse(f"{self.redirect_uri}{joint}{urlencode(query)}", 302)


class XeroInvalidAuthorization(Exception):
    """A consent request that can't be shown to anyone; says why."""


class XeroTokenRefused(Exception):
    """A token request that is refused: the OAuth error, and why where Xero would not refuse."""

    def __init__(self, error: str, why: str = "") -> None:
        super().__init__(error)
        self.why = why


class XeroOAuthEndpoints:
    """The endpoints of login.xero.com and identity.xero.com."""

    def __init__(self, state: XeroState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the paths that these endpoints answer on."""
        return [
            Route(_DISCOVERY, self._discover),
            Route(f"{_DISCOVERY}/jwks", self._show_keys),
            Route(_AUTHORISE, self._show_consent, methods=["GET"]),
            Route(_AUTHORISE, self._decide, methods=["POST"]),
            Route("/connect/userinfo", self._show_user, methods=["GET", "POST"]),
            Route("/connect/token", self._token, methods=["POST"]),
            Route("/connect/revocation", self._revoke, methods=["POST"]),
        ]

    async def _show_consent(self, request: Request) -> Response:
        """Show the page on which a user chooses organisations and approves or denies."""
        try:
            ask = self._ask(request.query_params)
        except XeroInvalidAuthorization as invalid:
            return PAGES.page("refused.html", status=400, reason=str(invalid))
        if not is_askable(ask.scopes, broad=ask.app.broad_scopes):
            return ask.redirect({"error": "invalid_scope"})
        return PAGES.page(
            "consent.html",
            app=ask.app,
            scopes=sorted(ask.scopes),
            organisations=self._state.organisations.values(),
            bulk=self._state.switches.bulk_connections,
            asked={name: request.query_params.get(name) for name in _ASKED},
            user=_DEFAULT_USER,
        )

    async def _decide(self, request: Request) -> Response:
        """Take the decision: ``decision``, ``organisations``, ``user``, ``adviser``.

        The parameters of the consent request come along, in the form or in the query.
        """
        form = await sent_fields(request)
        try:
            ask = self._ask({**request.query_params, **as_texts(form)})
            if not is_askable(ask.scopes, broad=ask.app.broad_scopes):
                return ask.redirect({"error": "invalid_scope"})
            if form.get("decision", "approve") != "approve":
                return ask.redirect({"error": "access_denied"})
            chosen = self._chosen(form)
        except XeroInvalidAuthorization as invalid:
            return PAGES.page("refused.html", status=400, reason=str(invalid))
        return ask.redirect({"code": self._grant(ask, chosen, form)})

    def _ask(self, sent: Mapping[str, str]) -> XeroAuthorizationRequest:
        app = self._state.app(sent.get("client_id", ""))
        redirect_uri = sent.get("redirect_uri", "")
        if app is None:
            raise XeroInvalidAuthorization("unauthorized_client: unknown client")
        if not redirect_uri or (app.redirect_uris and redirect_uri not in app.redirect_uris):
            raise XeroInvalidAuthorization("unauthorized_client: invalid redirect_uri")
        if sent.get("response_type") != "code":
            raise XeroInvalidAuthorization("unsupported_response_type")
        challenge = sent.get("code_challenge")
        if challenge and sent.get("code_challenge_method") != "S256":
            raise XeroInvalidAuthorization("invalid_request: only S256 is supported")
        if app.client_secret is None and not challenge:
            raise XeroInvalidAuthorization("invalid_request: code challenge required")
        scopes = frozenset(sent.get("scope", "").split())
        return XeroAuthorizationRequest(
            app=app,
            redirect_uri=redirect_uri,
            scopes=scopes,
            state=sent.get("state"),
            challenge=challenge or None,
            nonce=sent.get("nonce") or None,
        )

    def _chosen(self, form: FormData) -> list[OrganisationBooks]:
        """Return the organisations to connect: those named, or all that may be at once."""
        known = self._state.organisations
        named = ",".join(str(v) for v in form.getlist("organisations")).lower().split(",")
        chosen = [known[tenant_id] for tenant_id in named if tenant_id in known]
        bulk = self._state.switches.bulk_connections
        if not any(named):
            chosen = list(known.values())[: None if bulk else 1]
        if len(chosen) > 1 and not bulk:
            raise XeroInvalidAuthorization("invalid_request: one organisation per consent")
        return chosen

    def _grant(
        self, ask: XeroAuthorizationRequest, chosen: list[OrganisationBooks], form: FormData
    ) -> str:
        """Connect the organisations and return a code; scopes add to those granted before."""
        user_id = str(form.get("user") or _DEFAULT_USER)
        consent = Consent(
            client_id=ask.app.client_id,
            user_id=user_id,
            scopes=ask.scopes | self._state.tokens.granted(ask.app.client_id, user_id),
            adviser=str(form.get("adviser", "")).lower() in {"true", "on", "1"},
            event_id=str(uuid.uuid4()),
        )
        for org in chosen:
            self._state.connections.connect(consent, org)
        return self._state.tokens.issue_code(
            consent, ask.redirect_uri, challenge=ask.challenge, nonce=ask.nonce
        )

    async def _token(self, request: Request) -> Response:
        """Change a code or a refresh token for tokens."""
        form = as_texts(await sent_fields(request))
        try:
            app = self._authenticated(request, form)
            pair = self._pair(app, form)
        except XeroTokenRefused as refused:
            why = {"error_description": refused.why} if refused.why else {}
            return JSONResponse({"error": str(refused), **why}, 400)
        except InvalidGrant:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(self._described(pair), headers={"Cache-Control": "no-store"})

    def _pair(self, app: XeroAppSpec, form: Mapping[str, str]) -> TokenPair:
        tokens = self._state.tokens
        match form.get("grant_type"):
            case "authorization_code":
                return tokens.redeem_code(
                    form.get("code", ""),
                    client_id=app.client_id,
                    redirect_uri=form.get("redirect_uri", ""),
                    verifier=form.get("code_verifier"),
                )
            case "refresh_token":
                value = form.get("refresh_token", "")
                return tokens.refresh(value, client_id=app.client_id)
            case "client_credentials":
                raise XeroTokenRefused(
                    "unsupported_grant_type",
                    "This simulator does not offer custom connections; Xero does.",
                )
        raise XeroTokenRefused("unsupported_grant_type")

    def _described(self, pair: TokenPair) -> dict[str, str | int]:
        consent = pair.access.consent
        answer: dict[str, str | int] = {
            "access_token": pair.access.value,
            "expires_in": int(self._state.config.tokens.access.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(sorted(consent.scopes)),
        }
        if pair.id_token is not None:
            answer["id_token"] = pair.id_token
        if pair.refresh is not None:
            answer["refresh_token"] = pair.refresh
        return answer

    def _authenticated(self, request: Request, form: Mapping[str, str]) -> XeroAppSpec:
        """Return the app, known by HTTP Basic or by form fields.

        Raises:
            XeroTokenRefused: unknown, or the wrong secret.
        """
        client_id, secret = basic_credentials(request.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        app = self._state.app(client_id)
        if app is None or not hmac.compare_digest(
            (app.client_secret or "").encode(), secret.encode()
        ):
            raise XeroTokenRefused("invalid_client")
        return app

    async def _revoke(self, request: Request) -> Response:
        """Revoke a refresh token: its tokens end and the user's connections are cut."""
        form = as_texts(await sent_fields(request))
        try:
            app = self._authenticated(request, form)
        except XeroTokenRefused as refused:
            return JSONResponse({"error": str(refused)}, 400)
        consent = self._state.tokens.owner_of_refresh(form.get("token", ""))
        if consent is not None and consent.client_id == app.client_id:
            self._state.tokens.revoke(app.client_id, consent.user_id)
            self._state.connections.disconnect_user(app.client_id, consent.user_id)
        return Response(status_code=200)

    async def _discover(self, request: Request) -> Response:
        """Return the discovery document, with the addresses of this simulator."""
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": ISSUER,
                "jwks_uri": f"{base}{_DISCOVERY}/jwks",
                "authorization_endpoint": f"{base}{_AUTHORISE}",
                "token_endpoint": f"{base}/connect/token",
                "userinfo_endpoint": f"{base}/connect/userinfo",
                "revocation_endpoint": f"{base}/connect/revocation",
                "scopes_supported": sorted(GRANULAR),
                "claims_supported": ["sub", "name", "email", "xero_userid"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _show_keys(self, _request: Request) -> Response:
        """Return the keys that prove access and id tokens."""
        return JSONResponse(jwks())

    async def _show_user(self, request: Request) -> Response:
        """Return who gave the consent behind an access token."""
        try:
            token = authenticate(self._state, request)
        except ApiError as error:
            return to_response(error)
        return JSONResponse(user_claims(token.consent))
