"""The event that tells people of a connection: its examples and its JSON schema."""

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from schemas.connection_alert import EXPIRED, EXPIRING, ConnectionAlert

FOLDER = Path(__file__).parents[3] / "schemas" / "examples"
EXAMPLES = sorted(FOLDER.glob("connection.*.json"))


def test_both_types_have_an_example() -> None:
    assert {path.stem for path in EXAMPLES} == {EXPIRED, EXPIRING}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_read_and_written_without_loss(path: Path) -> None:
    said = json.loads(path.read_text())
    alert = ConnectionAlert.model_validate_json(path.read_text())
    assert json.loads(alert.model_dump_json()) == said
    assert alert.event_type == path.stem
    jsonschema.validate(said, ConnectionAlert.model_json_schema())


@pytest.mark.parametrize(
    "change", [{"days_left": -1}, {"state": "asleep"}, {"ends_at": "2026-12-15"}, {"more": 1}]
)
def test_what_is_no_alert_is_refused(change: dict[str, object]) -> None:
    said = json.loads(EXAMPLES[0].read_text()) | change
    with pytest.raises(ValidationError, match=next(iter(change))):
        ConnectionAlert.model_validate_json(json.dumps(said))
