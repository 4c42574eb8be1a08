"""The HTTP side of Intuit's OAuth: discovery, consent, tokens, revocation, identity.

Source: Intuit discovery documents and "OAuth 2.0" pages, as of 2026.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from providers.simulators.credentials import basic_credentials, bearer_token
from providers.simulators.qbo.config import QboAppSpec
from providers.simulators.qbo.html import PAGES
from providers.simulators.qbo.http.responses import unauthorized
from providers.simulators.qbo.oauth.identity import ISSUER, USER, id_token, jwks
from providers.simulators.qbo.oauth.tokens import (
    ACCESS_LIFE,
    ACCOUNTING,
    IssuedTokens,
    QboAuthorizationRequest,
    QboTokenRefused,
)
from providers.simulators.qbo.state import QboState
from providers.simulators.sent_fields import as_texts, sent_fields

HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"
REALM_SCOPES = frozenset({ACCOUNTING, "com.intuit.quickbooks.payment"})


class QboInvalidAuthorization(Exception):
    """An authorize request that can't be answered at its redirect URI."""


class QboOAuthEndpoints:
    """The endpoints, over the tokens of one simulator."""

    def __init__(self, state: QboState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the endpoints under Intuit's own paths."""
        spellings = (
            "openid_configuration",
            "openid-configuration",
            "openid_sandbox_configuration",
        )
        discovery = [
            Route(f"/.well-known/{spelling}{slash}", self.discover)
            for spelling in spellings
            for slash in ("", "/")
        ]
        return [
            *discovery,
            Route("/connect/oauth2", self.ask_consent, methods=["GET"]),
            Route("/connect/oauth2", self.take_consent, methods=["POST"]),
            Route("/oauth2/v1/tokens/bearer", self.issue_tokens, methods=["POST"]),
            Route("/v2/oauth2/tokens/revoke", self.revoke, methods=["POST"]),
            Route("/v1/openid_connect/userinfo", self.show_user),
            Route("/op/v1/jwks", self.show_keys),
        ]

    async def discover(self, request: Request) -> Response:
        """Return the discovery document, with the addresses of this simulator."""
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": ISSUER,
                "authorization_endpoint": f"{base}/connect/oauth2",
                "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
                "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
                "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
                "jwks_uri": f"{base}/op/v1/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile", "address", "phone"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
                "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
            }
        )

    async def ask_consent(self, request: Request) -> Response:
        """Show the page on which a person chooses a company and approves or denies."""
        try:
            asked = self._read(request.query_params)
        except QboInvalidAuthorization as exc:
            return PAGES.page("refused.html", status=400, reason=str(exc))
        return PAGES.page(
            "consent.html",
            parameters=dict(request.query_params),
            asked=asked,
            companies=self._state.companies.values(),
        )

    async def take_consent(self, request: Request) -> Response:
        """Take the decision and send the browser back to the app.

        Parameters may come in the form or in the address: those of the authorize request,
        ``realm`` (the first company when absent) and ``decision``, ``approve`` or ``deny``.
        """
        sent = dict(request.query_params) | as_texts(await sent_fields(request))
        try:
            asked = self._read(sent)
            back = self._decided(asked, sent)
        except QboInvalidAuthorization as exc:
            return PAGES.page("refused.html", status=400, reason=str(exc))
        separator = "&" if "?" in asked.redirect_uri else "?"
        return RedirectResponse(f"{asked.redirect_uri}{separator}{urlencode(back)}", 302)

    def _read(self, sent: Mapping[str, str]) -> QboAuthorizationRequest:
        app = self._state.tokens.app(sent.get("client_id", ""))
        if app is None:
            raise QboInvalidAuthorization("The client id is not known.")
        redirect_uri = sent.get("redirect_uri", "")
        if not redirect_uri or (app.redirect_uris and redirect_uri not in app.redirect_uris):
            raise QboInvalidAuthorization("The redirect URI is not registered.")
        if sent.get("response_type") != "code":
            raise QboInvalidAuthorization("The response type must be code.")
        scopes = tuple(sent.get("scope", "").split())
        if not scopes or not sent.get("state"):
            raise QboInvalidAuthorization("Scope and state are needed.")
        challenge = sent.get("code_challenge") or None
        return QboAuthorizationRequest(
            client_id=app.client_id,
            redirect_uri=redirect_uri,
            scopes=scopes,
            state=sent["state"],
            code_challenge=challenge,
            nonce=sent.get("nonce") or None,
        )

    def _decided(
        self, asked: QboAuthorizationRequest, sent: Mapping[str, str]
    ) -> dict[str, str]:
        """Return the parameters of the callback."""
        if sent.get("decision", "approve") != "approve":
            return {"error": "access_denied", "state": asked.state}
        realm = sent.get("realm") or next(iter(self._state.companies), "")
        if realm not in self._state.companies:
            raise QboInvalidAuthorization("There is no such company.")
        back = {"code": self._state.tokens.issue_code(asked, realm), "state": asked.state}
        if REALM_SCOPES.intersection(asked.scopes):
            back["realmId"] = realm
        return back

    async def issue_tokens(self, request: Request) -> Response:
        """Exchange a code or a refresh token."""
        form = as_texts(await sent_fields(request))
        try:
            app = self._authenticate(request, form)
            issued = self._issue(app, form)
        except QboTokenRefused as exc:
            return _oauth_error(exc)
        return JSONResponse(self._token_body(request, issued))

    def _authenticate(self, request: Request, form: Mapping[str, str]) -> QboAppSpec:
        client_id, secret = basic_credentials(request.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        return self._state.tokens.authenticate(client_id, secret)

    def _issue(self, app: QboAppSpec, form: Mapping[str, str]) -> IssuedTokens:
        tokens, switches = self._state.tokens, self._state.switches
        match form.get("grant_type"):
            case "authorization_code":
                return tokens.exchange(
                    app,
                    _needed(form, "code"),
                    redirect_uri=_needed(form, "redirect_uri"),
                    verifier=form.get("code_verifier"),
                    pkce=switches.pkce == "check",
                )
            case "refresh_token":
                return tokens.refresh(app, _needed(form, "refresh_token"), switches)
            case None:
                raise QboTokenRefused("invalid_request", "grant_type is missing")
        raise QboTokenRefused("unsupported_grant_type", "grant_type is not supported")

    def _token_body(self, request: Request, issued: IssuedTokens) -> dict[str, Any]:
        body: dict[str, Any] = {
            "token_type": "bearer",
            "access_token": issued.access_token,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "refresh_token": issued.refresh_token,
            "x_refresh_token_expires_in": issued.refresh_s,
        }
        asked = request.headers.get(HARD_EXPIRY_HEADER, "").lower() == "true"
        if asked or self._state.switches.hard_expiry_always:
            body["x_refresh_token_hard_expires_in"] = issued.hard_s
        if "openid" in issued.grant.scopes:
            body["id_token"] = id_token(
                client_id=issued.grant.client_id,
                realm=issued.grant.realm,
                nonce=issued.nonce,
                now=self._state.clock.now(),
            )
        return body

    async def revoke(self, request: Request) -> Response:
        """End a grant by either of its tokens."""
        form = as_texts(await sent_fields(request))
        try:
            app = self._authenticate(request, form)
            ended = self._state.tokens.revoke(app, _needed(form, "token"))
        except QboTokenRefused as exc:
            return _oauth_error(exc)
        if not ended:
            return _oauth_error(QboTokenRefused("invalid_request", "Token invalid"))
        return Response(status_code=200)

    async def show_user(self, request: Request) -> Response:
        """Return who gave the consent."""
        token = bearer_token(request.headers.get("authorization", ""))
        if token is None or self._state.tokens.bearer(token) is None:
            return unauthorized(self._state, "Token expired")
        return JSONResponse(USER)

    async def show_keys(self, _request: Request) -> Response:
        """Return the keys that prove id tokens."""
        return JSONResponse(jwks())


def _needed(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise QboTokenRefused("invalid_request", f"{name} is missing")
    return value


def _oauth_error(refused: QboTokenRefused) -> Response:
    body = {"error": refused.error, "error_description": str(refused)}
    return JSONResponse(body, refused.status)
