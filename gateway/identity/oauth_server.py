"""The authorisation server's protocol, by Authlib: a function of a request and what is stored.

Authlib's server asks for what it needs in plain calls, and our database is asynchronous. So
what a request names is loaded before, the server answers from it alone, and what it decided is
returned, to be stored after. A server lives for one request and keeps nothing.

Source: RFC 6749 (client credentials), RFC 7009, RFC 8414, by Authlib 1.7; read 2026-11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint

from gateway.identity.oauth_clients import StoredClient
from gateway.identity.oauth_tokens import StoredToken
from gateway.identity.principal import Scope
from gateway.identity.secret import TOKEN_PREFIX, new_secret

TOKEN_LASTS: Final = timedelta(hours=1)
_Raw = tuple[int, Mapping[str, Any], list[tuple[str, str]]]

CLIENT_CREDENTIALS: Final = "client_credentials"
AUTH_METHODS: Final = ("client_secret_basic", "client_secret_post")

# Authlib checks by the address that OAuth is not spoken over plain HTTP. That is up to the
# proxy in front of us, which ends TLS; nothing else of the address is read.
_ADDRESS: Final = "https://ledgerlane.invalid/oauth"


@dataclass(frozen=True, slots=True)
class OAuthRequest:
    """A request to an endpoint of OAuth.

    Attributes:
        form: The fields of its body.
        authorization: Its header of that name; it may be empty.
    """

    form: Mapping[str, str] = field(repr=False)
    authorization: str = field(repr=False)

    @property
    def client_id(self) -> str:
        """The client that it names, which is not yet authenticated; it may be empty."""
        named, _ = _basic(self.authorization)
        return named or self.form.get("client_id", "")


def _basic(authorization: str) -> tuple[str, str]:
    try:
        named, secret = extract_basic_authorization({"Authorization": authorization})
    except UnicodeDecodeError:
        return "", ""
    return named or "", secret or ""


@dataclass(frozen=True, slots=True)
class OAuthAnswer:
    """What is answered, and what has to be stored first.

    Attributes:
        status: The HTTP status.
        body: The fields of the answer.
        headers: Headers beside the content type.
        client: The client, if it was authenticated.
        issued: The text of a new token, with its scopes; ``None`` where none was issued.
        revokes: Whether the token that the request names is to be revoked.
    """

    status: int
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str]
    client: StoredClient | None
    issued: tuple[str, frozenset[Scope]] | None = field(default=None, repr=False)
    revokes: bool = False


def answer_token_request(request: OAuthRequest, client: StoredClient | None) -> OAuthAnswer:
    """Return the answer to a request for a token.

    Args:
        client: The stored client that the request names, if there is one.
    """
    server = _OneRequestServer(client, None)
    return server.answered(server.create_token_response(_AuthlibRequest(request)))


def answer_revocation(
    request: OAuthRequest, client: StoredClient | None, token: StoredToken | None
) -> OAuthAnswer:
    """Return the answer to a request to revoke a token.

    Args:
        client: The stored client that the request names, if there is one.
        token: The stored token that the request names, if there is one.
    """
    server = _OneRequestServer(client, token)
    request_ = _AuthlibRequest(request)
    return server.answered(server.create_endpoint_response("revocation", request_))


class _AuthlibRequest(OAuth2Request):  # type: ignore[misc]  # Authlib ships no types
    def __init__(self, request: OAuthRequest) -> None:
        basic = request.authorization if _basic(request.authorization)[0] else ""
        super().__init__("POST", _ADDRESS, headers={"Authorization": basic})
        self._form = dict(request.form)
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> Mapping[str, str]:
        return self._form


class _Client(ClientMixin):  # type: ignore[misc]  # Authlib ships no types
    def __init__(self, stored: StoredClient) -> None:
        self.stored = stored

    def get_client_id(self) -> str:
        return str(self.stored.id)

    def check_client_secret(self, secret: str) -> bool:
        return self.stored.knows(secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in AUTH_METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == CLIENT_CREDENTIALS

    def get_allowed_scope(self, asked: str | None) -> str | None:
        """Return what is granted: all that was asked for, or nothing; all if none was named."""
        scopes = set((asked or "").split()) or set(self.stored.scopes)
        return " ".join(sorted(scopes)) if scopes <= self.stored.scopes else None


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]  # no types
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS


class _Revocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib ships no types
    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, text: str, hint: str | None) -> "_Token | None":
        found: _Token | None = self.server.token
        return found

    def revoke_token(self, token: "_Token", request: OAuth2Request) -> None:
        self.server.revokes = True


@dataclass(frozen=True, slots=True)
class _Token:
    stored: StoredToken

    def check_client(self, client: _Client) -> bool:
        return self.stored.client_id == client.stored.id


class _OneRequestServer(AuthorizationServer):  # type: ignore[misc]  # Authlib ships no types
    def __init__(self, client: StoredClient | None, token: StoredToken | None) -> None:
        super().__init__(scopes_supported=list(Scope))
        self._client = None if client is None else _Client(client)
        self._authenticated: StoredClient | None = None
        self._issued: tuple[str, frozenset[Scope]] | None = None
        self.token = None if token is None else _Token(token)
        self.revokes = False
        self.register_token_generator("default", _bearer_tokens())
        self.register_grant(_ClientCredentials)
        self.register_endpoint(_Revocation)

    def answered(
        self, answer: tuple[int, Mapping[str, Any], list[tuple[str, str]]]
    ) -> OAuthAnswer:
        status, body, headers = answer
        return OAuthAnswer(
            status, body, dict(headers), self._authenticated, self._issued, self.revokes
        )

    def query_client(self, client_id: str) -> _Client | None:
        found = self._client
        return found if found is not None and found.get_client_id() == client_id else None

    def authenticate_client(self, request: OAuth2Request, *args: Any, **named: Any) -> _Client:
        found: _Client = super().authenticate_client(request, *args, **named)
        self._authenticated = found.stored
        return found

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        granted = frozenset(Scope(one) for one in token["scope"].split())
        self._issued = token["access_token"], granted

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> _Raw:
        return status, body, headers

    def send_signal(self, name: str, *args: Any, **named: Any) -> None:
        """Do nothing: nobody listens."""


def _bearer_tokens() -> BearerTokenGenerator:
    return BearerTokenGenerator(
        lambda **_: new_secret(TOKEN_PREFIX),
        expires_generator=int(TOKEN_LASTS.total_seconds()),
    )
