"""Calls of one realm: what a pace hears of them, and what the provider asks to wait."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from providers.errors import ProviderError, TokenExpired, TokenRefused, Unavailable
from providers.http import Call, Realm, RealmSession, Reply, lost, no_answer, retry_after
from providers.quotas import CallKind
from schemas.errors import ErrorCategory, Reason
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId

DATE = "Fri, 31 Dec 1999 23:59:00 GMT"
REASON = Reason("token_expired", ErrorCategory.AUTH, "It is old.", "Nothing.")
CONNECTION = ConnectionId(UUID(int=1))
READ = Call("GET", "/a", CallKind.READ)


def test_amounts_of_an_answer_are_read_as_they_are_written() -> None:
    answer = Reply(200, {}, b'{"Total": 12345678901234567.89, "Tax": 0.10}')
    assert answer.json() == {"Total": Decimal("12345678901234567.89"), "Tax": Decimal("0.10")}


@pytest.mark.accepts("GWY-15")
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 7 "}, 7),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT", "date": DATE}, 59),
        ({"retry-after": "Fri, 31 Dec 1999 23:58:00 GMT", "date": DATE}, 0),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: int) -> None:
    assert retry_after(Reply(503, headers, b"")) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "headers", [{}, {"retry-after": "soon"}, {"retry-after": DATE}, {"retry-after": "-1"}]
)
def test_one_that_can_t_be_read_is_none(headers: dict[str, str]) -> None:
    assert retry_after(Reply(503, headers, b"")) is None


class HeardPace:
    """Notes how each call ended."""

    def __init__(self) -> None:
        self.heard: list[type[BaseException] | None] = []

    @asynccontextmanager
    async def call(self, kind: CallKind) -> AsyncIterator[None]:
        try:
            yield
        except ProviderError as error:
            self.heard.append(type(error))
            raise
        self.heard.append(None)


class Tokens:
    """Gives one token, then the next; none while the token endpoint is away."""

    def __init__(self, *, away: bool = False) -> None:
        self._away = away

    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        if self._away:
            raise Unavailable(no_answer("HTTP 503"))
        return "first"

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        assert rejected == "first"
        return "second"


class Dialect:
    """A provider that says what it means by the status alone."""

    def headers(self, realm: Realm, token: str) -> Mapping[str, str]:
        return {"authorization": token}

    def trace_id(self, headers: Mapping[str, str]) -> str:
        return ""

    def error(self, call: Call, reply: Reply) -> ProviderError | None:
        if reply.status == 401:
            return TokenExpired(REASON)
        return lost(call, no_answer("HTTP 503")) if reply.status == 503 else None


def session(pace: HeardPace, answer: httpx.MockTransport, tokens: Tokens) -> RealmSession:
    return RealmSession(
        httpx.AsyncClient(transport=answer, base_url="http://provider"),
        Realm(CONNECTION, TenantId("t"), RealmId("r"), ProviderName("p")),
        tokens=tokens,
        pace=pace,
        dialect=Dialect(),
        audit=lambda _: None,
    )


def answering(*statuses: int) -> httpx.MockTransport:
    left = list(statuses)
    return httpx.MockTransport(lambda _: httpx.Response(left.pop(0)))


async def test_a_pace_hears_of_success_and_of_an_outage() -> None:
    pace = HeardPace()
    provider = session(pace, answering(200, 503), Tokens())
    await provider.send(READ)
    with pytest.raises(Unavailable):
        await provider.send(READ)
    assert pace.heard == [None, Unavailable]


async def test_a_pace_hears_that_there_is_no_token_to_call_with() -> None:
    """The token endpoint fails together with the rest, and its failures are an outage too."""
    pace = HeardPace()
    with pytest.raises(Unavailable):
        await session(pace, answering(), Tokens(away=True)).send(READ)
    assert pace.heard == [Unavailable]


async def test_a_refused_token_is_replaced_once() -> None:
    pace = HeardPace()
    await session(pace, answering(401, 200), Tokens()).send(READ)
    with pytest.raises(TokenRefused):
        await session(pace, answering(401, 401), Tokens()).send(READ)
    assert pace.heard == [TokenExpired, None, TokenExpired, TokenExpired]
