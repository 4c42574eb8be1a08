"""Which alerts hold of a connection, and which of them are new."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from providers.alerts import Watched, alerts_of, is_up_to_date, news
from providers.connections import ConnectionState
from providers.expiry import CONSENT_WARNINGS, REFRESH_WARNINGS, ConsentEnds, warning
from providers.reasons import GRANT_REFUSED
from schemas.errors import Solver
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FAR = 400 * DAY


def standing(
    refresh: timedelta = FAR,
    consent: timedelta | None = None,
    told: Mapping[str, int | None] | None = None,
) -> Watched:
    return Watched(
        id=ConnectionId(UUID(int=1)),
        tenant_id=TenantId("t1"),
        provider=ProviderName("qbo"),
        realm_id=RealmId("9341"),
        company_name="Larkspur Supply Co",
        state=ConnectionState.CONNECTED,
        reason=None,
        ends=ConsentEnds(NOW + refresh, NOW + consent if consent else None),
        told=told or {},
    )


@pytest.mark.parametrize(
    ("days", "of_a_token", "of_a_consent"),
    [
        (31, None, None),
        (30, None, 30),
        (15, None, 30),
        (14, 14, 14),
        (8, 14, 14),
        (7, 7, 7),
        (3, 7, 7),
        (2, 2, 2),
        (1, 2, 2),
        (0, 0, 0),
    ],
)
def test_the_lowest_threshold_that_is_reached_is_told(
    days: int, of_a_token: int | None, of_a_consent: int | None
) -> None:
    assert warning(days, REFRESH_WARNINGS) == of_a_token
    assert warning(days, CONSENT_WARNINGS) == of_a_consent


@pytest.mark.parametrize(
    ("days", "told", "new"),
    [
        (20, None, None),
        (14, None, 14),
        (14, 14, None),
        (5, None, 7),
        (2, 14, 2),
        (0, 2, 0),
        (0, 0, None),
    ],
)
def test_a_threshold_is_told_once(days: int, told: int | None, new: int | None) -> None:
    before = {} if told is None else {"refresh_token_ending": told}
    found = news(standing(days * DAY, told=before), now=NOW)
    assert [alert.threshold for alert in found] == ([] if new is None else [new])


def test_an_alert_says_whom_it_concerns_and_when() -> None:
    (alert,) = alerts_of(standing(consent=30 * DAY), now=NOW)
    assert (alert.days_left, alert.ends_at) == (30, NOW + 30 * DAY)
    assert alert.reason.solver is Solver.TENANT_ADMIN
    assert "Larkspur Supply Co in 30 days, on 2026-12-31" in alert.reason.cause


def test_what_ends_with_the_consent_is_told_as_that_alone() -> None:
    both = standing(7 * DAY, 7 * DAY)
    assert [one.reason.code for one in alerts_of(both, now=NOW)] == ["consent_ending"]


def test_an_idle_token_that_ends_before_an_ending_consent_is_told_beside_it() -> None:
    both = standing(7 * DAY, 14 * DAY)
    codes = [one.reason.code for one in alerts_of(both, now=NOW)]
    assert codes == ["refresh_token_ending", "consent_ending"]


@pytest.mark.parametrize("state", [ConnectionState.EXPIRED, ConnectionState.ERROR])
def test_what_has_ended_is_told_once_with_its_reason(state: ConnectionState) -> None:
    ended = replace(standing(DAY), state=state, reason=GRANT_REFUSED.reason())
    (alert,) = news(ended, now=NOW)
    assert (alert.reason.code, alert.threshold) == ("grant_refused", None)
    told = replace(ended, told={"grant_refused": None})
    assert is_up_to_date(told, now=NOW)
    assert not is_up_to_date(replace(ended, told={"refresh_token_ending": 2}), now=NOW)


def test_without_a_reason_it_is_that_the_connection_is_not_authorised() -> None:
    (alert,) = alerts_of(replace(standing(), state=ConnectionState.EXPIRED), now=NOW)
    assert alert.reason.code == "connection_required"


def test_who_was_disconnected_on_request_is_not_alerted() -> None:
    gone = replace(standing(), state=ConnectionState.DISCONNECTED, ends=None)
    assert list(alerts_of(gone, now=NOW)) == []
    assert not is_up_to_date(replace(gone, told={"grant_refused": None}), now=NOW)


def test_a_new_token_ends_the_alert() -> None:
    assert not is_up_to_date(standing(told={"refresh_token_ending": 2}), now=NOW)
    assert is_up_to_date(standing(), now=NOW)
