"""The key that a write carries: of the record, its version and what is known to have failed."""

from uuid import UUID

import pytest

from consumers.store.intents import idempotency_key
from providers.base import Operation
from schemas.ids import RecordId

RECORD = RecordId(UUID("6f1c4f6e-8b1e-4d0e-9a39-0f4f3f0c8d11"))


@pytest.mark.accepts("ERR-14")
def test_the_key_of_a_write_is_the_same_in_every_process() -> None:
    key = idempotency_key(RECORD, Operation.CREATE, version=3, failures=0)
    assert key == UUID("4afba465-3882-51e4-b11a-988d2e61f786"), (
        "a worker of before must come to the same"
    )
    others = {
        idempotency_key(RECORD, Operation.UPDATE, version=3, failures=0),
        idempotency_key(RECORD, Operation.CREATE, version=4, failures=0),
        idempotency_key(RECORD, Operation.CREATE, version=3, failures=1),
        idempotency_key(RecordId(UUID(int=1)), Operation.CREATE, version=3, failures=0),
    }
    assert len(others | {key}) == 5
