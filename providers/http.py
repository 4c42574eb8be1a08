"""One realm's calls over HTTP: authorised, paced, audited, with every failure classified.

A provider says what is its own in a :class:`Dialect`; everything else is here once.
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

import httpx

from providers.errors import (
    ProviderError,
    TokenExpired,
    TokenRefused,
    Unavailable,
    Uncertain,
)
from providers.quotas import CallKind
from providers.reasons import NO_ANSWER
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId

TIMEOUT: Final = httpx.Timeout(connect=5.0, read=30.0, write=10.0, pool=30.0)
AUDITED: Final = "ledgerlane.audited"
"""The extension of a request whose row in the audit its session writes."""

LIMITS: Final = httpx.Limits(max_connections=200, max_keepalive_connections=50)


@dataclass(frozen=True, slots=True)
class Realm:
    """One company file of one tenant, as calls need to know it.

    Attributes:
        connection_id: Our authorisation to act on the company.
        tenant_id: The tenant whom the company belongs to.
        realm_id: The provider's id of the company.
        provider: The kind of ledger.
        profile: What the provider said about the company when it was read last.
        settings: What the tenant chose: tax codes, default accounts, classes.
    """

    connection_id: ConnectionId
    tenant_id: TenantId
    realm_id: RealmId
    provider: ProviderName
    profile: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        method: The HTTP method, in capitals.
        path: The path, relative to the provider's API address.
        kind: What the call counts as against the quota; a lost write is a doubt, a read none.
        params: The query, not encoded yet.
        headers: Those of this call, beside the dialect's.
        content: The body, as it is sent; ``None`` for none.
    """

    method: str
    path: str
    kind: CallKind
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Attributes:
        status: The HTTP status.
        headers: By their names in lower case.
        content: The body, as it came.
        trace_id: The provider's id of the call, for its support; may be empty.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    trace_id: str = ""

    def json(self) -> Any:
        """Parse the answer, every number with a fraction exact."""
        return json.loads(self.content, parse_float=Decimal)


@dataclass(frozen=True, slots=True)
class ApiCall:
    """What the audit keeps of a call: never a body, never a token.

    Attributes:
        connection_id: The connection that the call was made for.
        tenant_id: The tenant whom the company belongs to; empty for a call of no realm.
        realm_id: The provider's id of the company; empty for a call of no realm.
        provider: The kind of ledger.
        method: The HTTP method, in capitals.
        path: The path, without the query.
        status: The HTTP status; ``None`` where no answer came.
        duration_s: How long the call took, in seconds.
        trace_id: The provider's id of the call, for its support; may be empty.
    """

    connection_id: ConnectionId
    tenant_id: TenantId
    realm_id: RealmId
    provider: ProviderName
    method: str
    path: str
    status: int | None
    duration_s: float
    trace_id: str


class TokenSource(Protocol):
    """Where access tokens come from."""

    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        """Return a token that is good for the next call, refreshed before it where needed.

        Args:
            tenant: Whose work it is for; no other tenant's connection has a token for it.

        Raises:
            Unauthorized: the consent is gone.
            Unavailable: the token endpoint did not answer.
        """

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        """Return another token than ``rejected``, which the provider just refused."""


class Pace(Protocol):
    """One realm's allowance, and what is known of how its provider does."""

    def call(self, kind: CallKind) -> AbstractAsyncContextManager[None]:
        """Hold a place while a call is made; waits until the quota has room for it.

        What the call found, it raises inside: that is how throttles and outages become known.

        Raises:
            RateLimited: room comes later than a call should wait for it.
            Down: no call is made, as none has a chance; or what the call found was just that.
        """


class Dialect(Protocol):
    """What one provider does its own way."""

    def headers(self, realm: Realm, token: str) -> Mapping[str, str]:
        """Return the headers that every call carries."""

    def trace_id(self, headers: Mapping[str, str]) -> str:
        """Return the provider's id of the call; empty where there is none."""

    def error(self, call: Call, reply: Reply) -> ProviderError | None:
        """Classify an answer; ``None`` is success."""


Audit = Callable[[ApiCall], None]


class RealmSession:
    """Makes the calls of one realm. One per lane, on a client that all lanes share."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        realm: Realm,
        *,
        tokens: TokenSource,
        pace: Pace,
        dialect: Dialect,
        audit: Audit,
    ) -> None:
        self._client = client
        self.realm = realm
        self._tokens = tokens
        self._pace = pace
        self._dialect = dialect
        self._audit = audit

    async def send(self, call: Call) -> Reply:
        """Make one call; repeated once, with a new token, where the old one was refused.

        Raises:
            ProviderError: the branch of its tree says what to do.
        """
        token = _Token(self._tokens, self.realm)
        try:
            return await self._once(call, token)
        except TokenExpired:
            pass
        try:
            return await self._once(call, token)
        except TokenExpired as exc:
            raise TokenRefused(exc.reason, trace_id=exc.trace_id) from exc

    async def _once(self, call: Call, token: "_Token") -> Reply:
        """Make a call; its token is part of it, so that the pace hears when there is none."""
        async with self._pace.call(call.kind):
            reply = await self._exchange(call, await token.next())
            error = self._dialect.error(call, reply)
            if error is not None:
                raise error
        return reply

    async def _exchange(self, call: Call, token: str) -> Reply:
        headers = {**self._dialect.headers(self.realm, token), **call.headers}
        async with self._audited(call) as note, transport_errors(call):
            response = await self._client.request(
                call.method,
                call.path,
                params=call.params or None,
                headers=headers,
                content=call.content,
                extensions={AUDITED: True},
            )
            found = {name.lower(): value for name, value in response.headers.items()}
            reply = Reply(
                response.status_code, found, response.content, self._dialect.trace_id(found)
            )
            note.append(reply)
        return reply

    @asynccontextmanager
    async def _audited(self, call: Call) -> AsyncIterator[list[Reply]]:
        """Write one audit row for the call, answered or not."""
        answered: list[Reply] = []
        started = time.perf_counter()
        try:
            yield answered
        finally:
            reply = answered[0] if answered else None
            self._audit(
                ApiCall(
                    connection_id=self.realm.connection_id,
                    tenant_id=self.realm.tenant_id,
                    realm_id=self.realm.realm_id,
                    provider=self.realm.provider,
                    method=call.method,
                    path=call.path,
                    status=reply.status if reply else None,
                    duration_s=time.perf_counter() - started,
                    trace_id=reply.trace_id if reply else "",
                )
            )


class _Token:
    """The token of one request: fetched for the first call, replaced for the second."""

    def __init__(self, source: TokenSource, realm: Realm) -> None:
        self._source = source
        self._of = (realm.connection_id, realm.tenant_id)
        self._rejected: str | None = None

    async def next(self) -> str:
        if self._rejected is None:
            token = await self._source.access_token(*self._of)
        else:
            token = await self._source.replace(*self._of, self._rejected)
        self._rejected = token
        return token


@asynccontextmanager
async def transport_errors(call: Call) -> AsyncIterator[None]:
    """Turn httpx errors into ours: a write that may have got through is uncertain."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
        raise Unavailable(no_answer(type(exc).__name__)) from exc
    except httpx.TransportError as exc:
        raise lost(call, no_answer(type(exc).__name__)) from exc


def lost(
    call: Call,
    reason: Reason,
    *,
    retry_after: timedelta | None = None,
    trace_id: str = "",
) -> Unavailable | Uncertain:
    """Return what an answer that never came means: for a read nothing, for a write a doubt."""
    kind = Unavailable if call.kind is CallKind.READ else Uncertain
    return kind(reason, retry_after=retry_after or timedelta(0), trace_id=trace_id)


def retry_after(reply: Reply) -> timedelta | None:
    """Read for how long the provider asks to be left alone; ``None`` where it does not say.

    A date counts from the answer's own ``Date``, so that no two clocks are compared.

    Source: RFC 9110, section 10.2.3, "Retry-After".
    """
    said = reply.headers.get("retry-after", "").strip()
    if said.isdecimal():
        return timedelta(seconds=int(said))
    try:
        wait = parsedate_to_datetime(said) - parsedate_to_datetime(reply.headers["date"])
    except (ValueError, KeyError, TypeError):
        return None
    return max(wait, timedelta(0))


def no_answer(what: str) -> Reason:
    """Return that the provider could not be reached, or did not answer."""
    return NO_ANSWER.reason(what=what)
