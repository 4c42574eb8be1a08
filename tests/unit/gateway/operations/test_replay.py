"""What the replay of a dead letter does, by what became of its record."""

from typing import Any
from uuid import UUID

import pytest

from gateway.operations.replay import Effect, effect_of

RECORD = UUID(int=1)


@pytest.mark.accepts("GWY-18")
@pytest.mark.parametrize(
    ("letter", "agreed", "effect"),
    [
        ({"record_id": None, "provider": "", "version": 1}, {}, Effect.EVENT),
        ({"record_id": None, "provider": "qbo", "version": 1}, {}, Effect.LOST),
        ({"record_id": RECORD, "provider": "qbo", "version": 2}, {}, Effect.PUSH),
        ({"record_id": RECORD, "provider": "qbo", "version": 2}, {RECORD: None}, Effect.PUSH),
        ({"record_id": RECORD, "provider": "qbo", "version": 2}, {RECORD: 1}, Effect.PUSH),
        (
            {"record_id": RECORD, "provider": "qbo", "version": 2},
            {RECORD: 2},
            Effect.SUPERSEDED,
        ),
        (
            {"record_id": RECORD, "provider": "qbo", "version": 2},
            {RECORD: 3},
            Effect.SUPERSEDED,
        ),
    ],
)
def test_a_replay_pushes_only_what_has_not_agreed_since(
    letter: dict[str, Any], agreed: dict[UUID, int | None], effect: Effect
) -> None:
    assert effect_of(letter, agreed) is effect
