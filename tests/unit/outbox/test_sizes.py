"""The budget of an event: what fits is taken, one byte more is refused, everywhere alike."""

import json
import re
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from ledgerlane_outbox import OutboxMessage
from ledgerlane_outbox.sizes import LARGEST_HEADERS, LARGEST_PAYLOAD, LARGEST_TEXT
from producers.publisher import LARGEST_RECORD

KAFKA_DEFAULT = 1_048_588  # max.message.bytes
TEXTS = (
    *("type", "source", "tenant_id", "topic", "datacontenttype"),
    *("partition_key", "subject", "realm_id", "traceparent"),
)


def message(**changes: Any) -> OutboxMessage:
    fields = {"type": "a.b.v1", "source": "/s", "tenant_id": "t", "payload": {}} | changes
    return OutboxMessage(**fields)


def case_16() -> dict[str, Any]:
    """An invoice of 500 lines with descriptions of 4,000 characters, all within the schema."""
    lines = [
        {"item_id": "i", "quantity": "1", "unit_price": "1.00", "description": "x" * 4_000}
        for _ in range(500)
    ]
    return {"id": "inv-16", "customer_id": "c", "currency": "GBP", "lines": lines}


def wire_bytes(event: OutboxMessage) -> int:
    """Return more than the record takes on Kafka: each header may have 10 bytes around it."""
    headers = event.headers()
    around = 200 + 10 * len(headers)
    texts = [event.partition_key, *headers, *headers.values()]
    return around + len(event.encoded_payload()) + sum(len(text.encode()) for text in texts)


@pytest.mark.accepts("DRV-30")
def test_an_invoice_of_500_lines_of_4000_characters_is_refused_with_its_size() -> None:
    size = len(json.dumps(case_16(), separators=(",", ":")))
    words = rf"payload of invoice\.issued\.v1 has {size} bytes, and at most 900000 .*: shorten"
    with pytest.raises(ValueError, match=words):
        message(type="invoice.issued.v1", payload=case_16()).encoded_payload()


@pytest.mark.accepts("DRV-30")
@given(over=st.integers(-1_000, 1_000), wide=st.booleans(), as_bytes=st.booleans())
@settings(max_examples=60)
def test_a_payload_is_taken_up_to_the_limit_in_bytes_and_not_beyond(
    over: int, *, wide: bool, as_bytes: bool
) -> None:
    character, room = ("é" if wide else "x"), LARGEST_PAYLOAD + over - len('{"a":""}')
    text = character * (room // len(character.encode()))
    payload = {"a": text + "x" * (room - len(text.encode()))}
    encoded = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(encoded) == LARGEST_PAYLOAD + over
    event = message(payload=encoded if as_bytes else payload)
    if over <= 0:
        assert event.encoded_payload() == encoded
    else:
        with pytest.raises(ValueError, match=f"has {len(encoded)} bytes"):
            event.encoded_payload()


@pytest.mark.accepts("DRV-30")
@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("character", ["x", "é"])
def test_a_text_is_taken_up_to_the_limit_and_named_beyond(name: str, character: str) -> None:
    fits = character * (LARGEST_TEXT // len(character.encode()))
    assert getattr(message(**{name: fits}), name) == fits
    with pytest.raises(
        ValueError, match=f"{name} has 100[12] bytes, and at most 1000 .*: pass"
    ):
        message(**{name: fits + character})


@pytest.mark.accepts("DRV-30")
def test_an_extension_is_named_and_all_of_them_have_a_limit_together() -> None:
    with pytest.raises(ValueError, match="extension note has 1001 bytes"):
        message(extensions={"note": "x" * (LARGEST_TEXT + 1)})
    fits = {f"x{n}": "x" * LARGEST_TEXT for n in range(31)}
    message(extensions=fits)
    with pytest.raises(ValueError, match=r"headers have 32\d\d\d bytes together"):
        message(extensions=fits | {"x31": "x" * LARGEST_TEXT})


@pytest.mark.accepts("DRV-30")
@given(
    sizes=st.lists(st.integers(1, LARGEST_TEXT), max_size=200),
    key=st.integers(1, LARGEST_TEXT),
)
@settings(max_examples=60)
def test_whatever_is_accepted_is_a_record_that_the_relay_sends_and_a_broker_takes(
    sizes: list[int], key: int
) -> None:
    extensions: dict[str, str] = {}
    for number, size in enumerate(sizes):
        more = extensions | {f"x{number}": "x" * size}
        if sum(len(name) + len(text) + 3 for name, text in more.items()) < LARGEST_HEADERS / 2:
            extensions = more
    event = message(
        payload=b"x" * LARGEST_PAYLOAD, partition_key="k" * key, extensions=extensions
    )
    assert wire_bytes(event) < LARGEST_RECORD < KAFKA_DEFAULT


def test_the_least_headers_in_the_most_bytes_still_fit_a_record() -> None:
    # A name and a value of a byte or none have two bytes of lengths around them on Kafka.
    largest = LARGEST_PAYLOAD + LARGEST_TEXT + 3 * LARGEST_HEADERS + 200
    assert largest < LARGEST_RECORD < KAFKA_DEFAULT


def test_the_sql_function_has_the_same_limits() -> None:
    ddl = files("ledgerlane_outbox").joinpath("ddl.sql").read_text("utf-8")
    found = dict(re.findall(r"(largest_\w+) constant integer := (\d+);", ddl))
    assert {name: int(size) for name, size in found.items()} == {
        "largest_payload": LARGEST_PAYLOAD,
        "largest_text": LARGEST_TEXT,
        "largest_headers": LARGEST_HEADERS,
    }
