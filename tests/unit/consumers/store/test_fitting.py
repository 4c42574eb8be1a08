"""Dead letters, results and signals fit the outbox, whatever they are about."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings, strategies as st

from consumers.position import Position
from consumers.store.dead_letters import DeadLetter, letter_message
from consumers.store.fitting import fitted, shortened
from ledgerlane_outbox.sizes import LARGEST_PAYLOAD, LARGEST_TEXT
from schemas import reasons
from schemas.documents.document import DocumentType
from schemas.errors import LONGEST_TEXT
from schemas.ids import ConnectionId, RealmId, RecordId, TenantId
from schemas.result import SyncResult, SyncState
from schemas.signal import Signal
from tests.contracts.store_steps import letter

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LONG_REASON = reasons.INVALID_DOCUMENT.reason("ß" * 1_000_000, why="語" * 1_000_000)
MAY_GO = ("documents", "original_headers", "original_value")
AROUND = st.integers(0, LARGEST_PAYLOAD + 300_000) | st.integers(
    LARGEST_PAYLOAD - 3_000, LARGEST_PAYLOAD + 3_000
)


def of_an_event(payload: bytes, **texts: str) -> DeadLetter:
    """Return the letter of an event that intake refuses, as large texts in its attributes."""
    text = {"tenant": "t", "realm": "", "type": "invoice.issued.v1", "subject": "invoice/1"}
    text |= texts
    return replace(
        letter(),
        topic="platform.dead",
        tenant_id=text["tenant"],
        realm_id=text["realm"],
        provider="",
        document_type=text["type"],
        document_id=text["subject"],
        reason=LONG_REASON,
        position=Position("platform.events", 0, 7),
        original_headers=[(f"ce_{name}", value) for name, value in text.items()],
        original_value=payload,
    )


def carried(one: DeadLetter) -> dict[str, Any]:
    """Return the payload of a letter's record, which the outbox accepts."""
    found: dict[str, Any] = json.loads(letter_message(one).encoded_payload())
    return found


@pytest.mark.accepts("DRV-30")
def test_a_letter_that_fits_carries_everything() -> None:
    one = replace(
        of_an_event(b"{}" * 300_000), documents={"desired": {"id": "1"}, "base": None}
    )
    found = carried(one)
    assert base64.b64decode(found["original_value"]) == one.original_value
    assert found["documents"] == one.documents
    assert found["stored"] == f"dead_letters/{one.id}"
    assert "left_out" not in found


@pytest.mark.accepts("DRV-30")
def test_the_letter_of_the_largest_accepted_event_names_its_row_and_what_it_left_out() -> None:
    longest = "é" * (LARGEST_TEXT // 2)
    one = of_an_event(
        b"x" * LARGEST_PAYLOAD, tenant=longest, realm=longest, type=longest, subject=longest
    )
    message = letter_message(one)
    found = json.loads(message.encoded_payload())
    assert (found["id"], found["stored"]) == (str(one.id), f"dead_letters/{one.id}")
    assert found["original_value"] is None
    assert found["left_out"] == {"original_value": LARGEST_PAYLOAD // 3 * 4 + 2}
    assert [name for name, _ in found["original_headers"]] == [
        *("ce_tenant", "ce_realm", "ce_type", "ce_subject")
    ]
    assert (message.tenant_id, message.realm_id) == (longest, longest)
    assert found["reason"]["code"] == "invalid_document"
    assert (
        len(found["reason"]["cause"]) == len(found["reason"]["provider_code"]) == LONGEST_TEXT
    )


@pytest.mark.accepts("DRV-30")
@given(desired=AROUND, base=AROUND, original=AROUND, header=AROUND)
@settings(max_examples=40)
def test_a_letter_fits_whatever_it_is_about_and_carries_all_that_fits(
    desired: int, base: int, original: int, header: int
) -> None:
    whole: dict[str, Any] = {
        "documents": {"desired": {"note": "x" * desired}, "base": {"note": "x" * base}},
        "original_headers": [["ce_subject", "x" * header]],
        "original_value": base64.b64encode(b"x" * original).decode(),
    }
    one = replace(
        of_an_event(b"x" * original),
        documents=whole["documents"],
        original_headers=[("ce_subject", "x" * header)],
    )
    found = carried(one)
    left_out = found.get("left_out", {})
    for name in MAY_GO:
        size = len(json.dumps(whole[name], separators=(",", ":")))
        assert found[name] == (None if name in left_out else whole[name])
        assert left_out.get(name, size) == size
    kept = [len(json.dumps(found[name])) for name in MAY_GO if name not in left_out]
    assert all(size >= max(kept, default=0) - 10 for size in left_out.values()), "largest first"
    if left_out:
        assert sum(kept) + min(left_out.values()) > LARGEST_PAYLOAD - 20_000, (
            "no more than needed"
        )


@pytest.mark.accepts("DRV-30")
@given(size=st.integers(LARGEST_TEXT - 5, LARGEST_TEXT + 5) | st.just(1_000_000))
@settings(max_examples=20)
def test_a_letter_of_an_event_around_the_outbox_has_headers_that_fit(size: int) -> None:
    wide = "語" * (size // 3) + "x" * (size % 3)
    one = of_an_event(b"{}", tenant=wide, realm=wide, type=wide, subject=wide)
    message = letter_message(one)
    message.encoded_payload()
    assert message.tenant_id == (wide if size <= LARGEST_TEXT else shortened(wide))
    assert message.tenant_id.endswith("…") == (size > LARGEST_TEXT)


def result(reason_bytes: int) -> SyncResult:
    return SyncResult(
        document_type="invoice",
        document_id="é" * LARGEST_TEXT,
        version=2**63 - 1,
        state=SyncState.HELD,
        external_id="e" * LARGEST_TEXT,
        reason=reasons.INVALID_DOCUMENT.reason("x" * reason_bytes, why="x" * reason_bytes),
    )


@pytest.mark.accepts("DRV-30")
def test_a_result_fits_with_its_reason_however_long_that_was() -> None:
    keep = ("document_type", "document_id", "version", "state", "external_id")
    found = json.loads(fitted(result(2_000_000).as_dict(), keep=keep))
    assert found["reason"]["code"] == "invalid_document"
    assert "left_out" not in found
    with_more = {**result(10).as_dict(), "remarks": ["x" * 4_000] * 500}
    cut = json.loads(fitted(with_more, keep=keep))
    assert cut["left_out"] == {"remarks": 500 * 4_003 + 1}
    assert (cut["remarks"], cut["reason"]) == (None, with_more["reason"])


@pytest.mark.accepts("DRV-30")
def test_a_signal_is_small_as_it_carries_ids_alone() -> None:
    longest = "é" * (LARGEST_TEXT // 2)
    signal = Signal(
        record_id=RecordId(uuid4()),
        connection_id=ConnectionId(UUID(int=2**128 - 1)),
        tenant_id=TenantId(longest),
        realm_id=RealmId(longest),
        document_type=DocumentType.INVOICE,
        version=2**63 - 1,
        due_at=NOW,
    )
    assert len(signal.to_bytes()) + len(signal.key.encode()) < 5_000
