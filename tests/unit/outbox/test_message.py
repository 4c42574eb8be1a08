from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from ledgerlane_outbox import OutboxMessage

EVENT_ID = UUID("0197a1d4-0000-7000-8000-000000000001")


def message(**changes: Any) -> OutboxMessage:
    fields = {"type": "a.b.v1", "source": "/s", "tenant_id": "t", "payload": {}} | changes
    return OutboxMessage(**fields)


def test_headers_are_those_of_the_binary_content_mode() -> None:
    headers = message(
        event_id=EVENT_ID,
        time=datetime(2026, 3, 1, 13, 30, tzinfo=timezone(timedelta(hours=1))),
        subject="invoice/1",
        realm_id="r",
        entity_version=0,
        traceparent="00-a-b-01",
    ).headers()
    assert headers == {
        "ce_specversion": "1.0",
        "ce_id": "0197a1d4-0000-7000-8000-000000000001",
        "ce_source": "/s",
        "ce_type": "a.b.v1",
        "ce_time": "2026-03-01T12:30:00.000000Z",
        "ce_subject": "invoice/1",
        "ce_tenantid": "t",
        "ce_realmid": "r",
        "ce_entityversion": "0",
        "ce_traceparent": "00-a-b-01",
        "ce_partitionkey": "t",
        "content-type": "application/json",
    }


def test_what_is_not_given_is_not_a_header() -> None:
    assert message().headers().keys() == {
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_tenantid",
        "ce_partitionkey",
        "content-type",
    }


def test_a_message_has_an_id_a_time_a_topic_and_a_key_by_default() -> None:
    first, second = message(), message()
    assert first.event_id != second.event_id
    assert abs(datetime.now(UTC) - first.time) < timedelta(minutes=1)
    assert (first.topic, first.partition_key) == ("platform.events", "t")


def test_a_mapping_becomes_compact_json_and_bytes_stay() -> None:
    assert message(payload={"name": "Zürich", "n": 1}).encoded_payload() == (
        '{"name":"Zürich","n":1}'.encode()
    )
    assert message(payload=b"\x00\xff").encoded_payload() == b"\x00\xff"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"type": ""}, "type is ''"),
        ({"source": None}, "source is None"),
        ({"tenant_id": ""}, "tenant_id is ''"),
        ({"topic": ""}, "topic is ''"),
        ({"subject": ""}, "subject is ''"),
        ({"partition_key": "a\x00b"}, "partition_key holds a zero character"),
        ({"time": datetime(2026, 1, 1)}, "time has no time zone"),  # noqa: DTZ001
        ({"entity_version": -1}, "entity_version is -1"),
        ({"entity_version": 2**63}, "entity_version is 9223372036854775808"),
    ],
)
def test_a_field_that_cannot_be_published_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        message(**changes)


@pytest.mark.parametrize(
    "payload",
    [{"total": Decimal("1.10")}, {"n": float("nan")}, {"s": "\ud800"}, {"o": object()}],
)
def test_a_payload_that_json_cannot_carry_is_named_with_the_remedy(payload: Any) -> None:
    with pytest.raises(ValueError, match=r"payload of a\.b\.v1 .* bytes that you encoded"):
        message(payload=payload).encoded_payload()
