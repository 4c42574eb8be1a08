"""Envelope, signal, reason and topics: what travels."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given, strategies as st

from consumers.kafka.lane_consumer import NotCopartitioned, copartitioned
from consumers.kafka.signal_producer import partition_of
from consumers.sync.realm_lanes import realm_lanes
from providers.registry import PROVIDERS
from schemas import envelope, signal
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope, envelope_from
from schemas.errors import ErrorCategory, Reason, Solver
from schemas.ids import (
    ConnectionId,
    ProviderName,
    RealmId,
    RecordId,
    TenantId,
    ledger_document_id,
    record_id,
)
from schemas.signal import Priority, Signal
from schemas.topics import TopicKey, catalogue

EVENT = Envelope(
    id="e1",
    source="/billing",
    type="invoice.issued.v1",
    tenant_id=TenantId("t1"),
    entity_version=7,
    time=datetime(2026, 3, 2, 9, tzinfo=UTC),
    subject="invoice/1042",
    realm_id=RealmId("9341"),
    partition_key="t1",
)
SIGNAL = Signal(
    RecordId(UUID(int=1)),
    ConnectionId(UUID(int=2)),
    TenantId("t1"),
    RealmId("r1"),
    DocumentType.INVOICE,
    7,
)


def test_an_envelope_is_read_as_it_was_written() -> None:
    assert envelope_from(EVENT.headers()) == EVENT
    least = Envelope("e", "/s", "customer.changed.v1", TenantId("t"), 0)
    assert envelope_from(least.headers()) == least


@pytest.mark.parametrize(
    "name", ["id", "source", "type", "tenantid", "entityversion", "specversion"]
)
def test_an_event_without_what_it_needs_is_malformed_and_says_what(name: str) -> None:
    headers = [(n, v) for n, v in EVENT.headers() if n != f"ce_{name}"]
    with pytest.raises(envelope.MalformedEnvelope, match=f"ce_{name}"):
        envelope_from(headers)


def test_a_zero_character_is_refused_in_an_attribute_and_not_beside_it() -> None:
    beside = [*EVENT.headers(), ("trace", b"a\x00b")]
    assert envelope_from(beside) == EVENT
    with pytest.raises(envelope.MalformedEnvelope, match="ce_subject holds a zero character"):
        envelope_from([*beside, ("ce_subject", b"a\x00b")])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("entityversion", b"-1"),
        ("entityversion", b"1e3"),
        ("entityversion", b"9" * 30),
        ("entityversion", b"1" * 5000),
        ("time", b"now"),
    ],
)
def test_an_attribute_that_can_not_be_read_is_named(name: str, value: bytes) -> None:
    headers = [(n, value if n == f"ce_{name}" else v) for n, v in EVENT.headers()]
    with pytest.raises(envelope.MalformedEnvelope, match=f"ce_{name}"):
        envelope_from(headers)


@pytest.mark.parametrize("time", [b"2026-03-02t10:00:00z", b"2026-03-02T10:00:00.123456789Z"])
def test_a_time_is_read_in_every_form_of_rfc_3339(time: bytes) -> None:
    headers = [(n, time if n == "ce_time" else v) for n, v in EVENT.headers()]
    found = envelope_from(headers).time
    assert found is not None
    assert found.replace(microsecond=0) == datetime(2026, 3, 2, 10, tzinfo=UTC)


@given(st.lists(st.tuples(st.text(max_size=12), st.binary(max_size=12))))
def test_any_headers_are_an_event_or_malformed(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(envelope.MalformedEnvelope):
        envelope_from(headers)


def test_a_signal_is_read_as_it_was_written() -> None:
    due_at = datetime(2026, 3, 2, tzinfo=UTC)
    later = replace(SIGNAL, priority=Priority.IMPORT, attempt=2, due_at=due_at)
    assert [Signal.from_bytes(s.to_bytes()) for s in (SIGNAL, later)] == [SIGNAL, later]
    assert SIGNAL.key == "t1:r1"


def test_signals_of_the_last_release_and_of_this_one_are_read_by_both() -> None:
    """What is on the topics when a release begins, or is taken back, is read."""
    sent = orjson.loads(replace(SIGNAL, revision=9).to_bytes())
    read_by_the_last = {"record", "connection", "tenant", "realm", "type", "version"}
    read_by_the_last |= {"attempt", "priority", "due_at"}
    assert read_by_the_last == set(sent) - {"revision"}
    of_the_last = {name: value for name, value in sent.items() if name != "revision"}
    assert Signal.from_bytes(orjson.dumps(of_the_last)) == SIGNAL
    assert Signal.from_bytes(orjson.dumps(sent)) == replace(SIGNAL, revision=9)


def test_a_document_born_in_the_ledger_has_an_id_that_no_document_of_the_platform_has() -> None:
    realm = ConnectionId(UUID(int=2))
    born = ledger_document_id(realm, "customer", "58")
    assert born == ledger_document_id(realm, "customer", "58")
    others = [("vendor", "58"), ("customer", "59"), ("customer", "ledger/58")]
    assert born not in {ledger_document_id(realm, kind, id_) for kind, id_ in others}
    names = ("58", "ledger", "ledger/58", "ledger/customer/58", "customer/58")
    ours = record_id(realm, "customer", born)
    assert ours not in {record_id(realm, "customer", name) for name in names}
    assert born not in {str(record_id(realm, "customer", name)) for name in names}


@given(st.binary(max_size=60))
def test_any_bytes_are_a_signal_or_malformed(value: bytes) -> None:
    with pytest.raises(signal.MalformedSignal):
        Signal.from_bytes(value)


@pytest.mark.parametrize("value", [b"{}", b"[]", b"null", b'{"record": 5}'])
def test_json_that_is_no_signal_is_malformed(value: bytes) -> None:
    with pytest.raises(signal.MalformedSignal):
        Signal.from_bytes(value)


def test_a_reason_is_written_as_plain_json() -> None:
    reason = Reason("number_taken", ErrorCategory.VALIDATION, "c", "f", Solver.PLATFORM, "6140")
    assert reason.as_dict() == {
        "code": "number_taken",
        "category": "validation",
        "cause": "c",
        "fix": "f",
        "solver": "platform",
        "provider_code": "6140",
        "link": "docs/errors.md#number_taken",
    }


def test_topics_of_one_provider_go_together() -> None:
    topics = {t.name: t for t in catalogue((ProviderName("qbo"), ProviderName("xero")))}
    assert len(topics) == 21
    for provider in ("qbo", "xero"):
        own = [t for name, t in topics.items() if name.startswith(f"{provider}.")]
        assert {t.key for t in own} == {TopicKey.REALM}
        assert len({t.partitions for t in own}) == 1
        assert set(realm_lanes(PROVIDERS[ProviderName(provider)]).topics) <= set(topics)


@pytest.mark.accepts("GWY-11")
def test_topics_that_are_not_assigned_alike_are_named() -> None:
    topics = ("qbo.work", "qbo.retry.30s")
    assigned = [(t, p) for t in topics for p in (0, 1)]
    assert copartitioned(assigned, topics) == {0, 1}
    with pytest.raises(NotCopartitioned, match=r"qbo\.work has partitions \[0, 1\].*\[0\]"):
        copartitioned(assigned[:-1], topics)


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("abc", 479470107),
    ],
)
def test_a_key_is_where_kafka_s_own_partitioner_puts_it(key: str, murmur2: int) -> None:
    """The hashes are those of Apache Kafka's own test of its partitioner."""
    assert partition_of(key, 12) == (murmur2 & 0x7FFFFFFF) % 12
