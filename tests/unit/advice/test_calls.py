"""Trouble with calls and consents: what rests or is retried goes on as its advice says."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from providers import oauth, reasons
from providers.connections import ConnectionState
from providers.errors import Unauthorized
from providers.oauth import GrantRefused
from providers.qbo.provider import QBO
from providers.qbo.reasons import calls as qbo_calls, settings as qbo_settings
from providers.xero.reasons import calls as xero_calls
from schemas.ids import ConnectionId, TenantId
from schemas.result import SyncState
from tests.unit.advice.as_told import as_told
from tests.unit.advice.books import CUSTOMER, INVOICE, QboWorld, qbo, stocked, xero
from tests.unit.advice.followed import follows
from tests.unit.advice.test_qbo_codes import faulty
from tests.virtual_time import START

pytestmark = pytest.mark.accepts("DRV-31")

Opened = Any


@follows(reasons.RATE_LIMITED)
@pytest.mark.parametrize("opened", [qbo, xero])
async def test_a_throttled_realm_goes_on_without_anyone(opened: Opened) -> None:
    async with opened() as world:
        world.edge.answer = lambda _: httpx.Response(429, headers={"Retry-After": "20"})
        id_ = await world.announce(CUSTOMER)
        await world.work()

        async def put_right() -> None:
            world.edge.answer = lambda _: None

        await as_told(world, id_, reasons.RATE_LIMITED, put_right=put_right)


@follows(reasons.NO_ANSWER)
@pytest.mark.parametrize("opened", [qbo, xero])
async def test_what_got_no_answer_goes_on_without_anyone(opened: Opened) -> None:
    async with opened() as world:
        world.edge.answer = lambda _: httpx.Response(503)
        id_ = await world.announce(CUSTOMER)
        await world.work()

        async def put_right() -> None:
            world.edge.answer = lambda _: None

        await as_told(world, id_, reasons.NO_ANSWER, put_right=put_right)


@follows(reasons.NO_ANSWER)
async def test_what_died_for_want_of_an_answer_goes_on_by_a_replay() -> None:
    async with qbo() as world:
        world.edge.answer = lambda _: httpx.Response(503)
        id_ = await world.announce(CUSTOMER)
        await world.work()
        await world.given_up(id_)
        world.stopped(id_, reasons.NO_ANSWER)
        world.edge.answer = lambda _: None
        await world.replay(reasons.NO_ANSWER.code)
        world.goes_on(id_)


@follows(qbo_calls.TOKEN_EXPIRED, xero_calls.TOKEN_EXPIRED)
@pytest.mark.parametrize("opened", [qbo, xero])
async def test_an_old_token_is_replaced_without_anyone(opened: Opened) -> None:
    async with opened() as world:
        first = world.tokens.token.access
        await world.control(f"connections/{world.realm_id}/expire-access", {})
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)
        assert world.tokens.token.access != first


@follows(reasons.TOKEN_EXPIRED)
async def test_a_fresh_token_that_is_refused_has_the_lane_rest_until_it_is_taken() -> None:
    async with qbo() as world:
        world.edge.answer = lambda one: httpx.Response(401) if "/v3/" in one.url.path else None
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.rests(id_)
        assert world.connection.state is ConnectionState.CONNECTED

        async def put_right() -> None:
            world.edge.answer = lambda _: None

        await as_told(world, id_, reasons.TOKEN_EXPIRED, put_right=put_right)


@follows(reasons.GRANT_REFUSED)
async def test_a_consent_that_is_no_longer_accepted_is_given_anew() -> None:
    async with qbo() as world:
        world.tokens.token = replace(world.tokens.token, access="old", refresh="revoked")
        id_ = await world.announce(CUSTOMER)
        await world.work()
        await as_told(world, id_, reasons.GRANT_REFUSED)


@follows(reasons.GRANT_REFUSED)
async def test_a_code_that_was_used_is_replaced_by_another() -> None:
    async with qbo() as world:
        app, client = world.tokens.app, world.client
        with pytest.raises(GrantRefused) as refused:
            await oauth.exchange(client, app, QBO.oauth, "used", now=START)
        assert refused.value.reason.code == reasons.GRANT_REFUSED.code
        await world.connect()
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_)


async def configured_wrongly(world: QboWorld, **wrong: str) -> None:
    """Start the workers with a wrong client, whose access token is old."""
    world.tokens.app = replace(world.tokens.app, **wrong)
    await world.control(f"connections/{world.realm_id}/expire-access", {})


@follows(reasons.APP_REFUSED, reasons.CLIENT_UNKNOWN)
async def test_a_wrong_client_is_corrected_and_its_company_connected_again() -> None:
    async with qbo() as world:
        await configured_wrongly(world, client_id="another")
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.rests(id_)
        assert world.connection.state is ConnectionState.EXPIRED
        assert world.connection.reason is not None
        assert world.connection.reason.code == reasons.CLIENT_UNKNOWN.code
        await world.connect()
        await world.work()
        world.goes_on(id_)


class NotConfigured:
    """What the workers have in place of tokens of a provider that is not configured."""

    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        raise Unauthorized(reasons.PROVIDER_NOT_CONFIGURED.reason())

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        raise Unauthorized(reasons.PROVIDER_NOT_CONFIGURED.reason())


@follows(reasons.PROVIDER_NOT_CONFIGURED)
async def test_a_provider_is_configured_and_its_company_connected_again() -> None:
    async with qbo() as world:
        world.tokens = NotConfigured()
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.rests(id_)
        assert world.connection.reason is not None
        assert world.connection.reason.code == reasons.PROVIDER_NOT_CONFIGURED.code
        await world.connect()
        await world.work()
        world.goes_on(id_)


@follows(qbo_settings.PERMISSION_MISSING)
async def test_what_the_person_who_connected_may_not_do_goes_on_when_they_may() -> None:
    async with qbo() as world:
        await stocked(world)
        world.edge.answer = faulty("5020", "POST")
        id_ = await world.announce(INVOICE)
        await world.work()

        async def put_right() -> None:
            world.edge.answer = lambda _: None

        await as_told(world, id_, qbo_settings.PERMISSION_MISSING, put_right=put_right)


@follows(qbo_calls.REALM_MISSING)
async def test_a_consent_for_no_company_is_given_for_one() -> None:
    async with qbo() as world:
        consent = world.tokens
        asked = world.client, consent.app, consent.token
        with pytest.raises(Unauthorized) as refused:
            await QBO.oauth.realms(*asked, said=None)
        assert refused.value.reason.code == qbo_calls.REALM_MISSING.code
        assert world.database.records.rows == {}, "nothing was stored"
        [granted] = await QBO.oauth.realms(*asked, said=world.realm_id)
        assert granted.realm_id == world.realm_id
        id_ = await world.announce(CUSTOMER)
        await world.work()
        world.goes_on(id_, SyncState.AGREED)
