"""The catalogue of actions: names, and schemas that the examples satisfy."""

import json
from pathlib import Path

import jsonschema
import pytest

from providers.actions import Action, actions
from providers.registry import PROVIDERS
from schemas.errors import ErrorCategory, Reason
from schemas.result import SyncResult, SyncState

CATALOGUE = actions(PROVIDERS.values())
EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"


def test_names_are_unique_and_say_provider_document_and_operation() -> None:
    names = [action.name for action in CATALOGUE]
    assert len(set(names)) == len(names) == 2 * (4 * 2 + 3 * 3)
    assert {"qbo.invoice.void", "xero.customer.create"} <= set(names)
    assert "qbo.customer.void" not in names


@pytest.mark.accepts("RUN-07")
@pytest.mark.parametrize("action", CATALOGUE, ids=lambda action: action.name)
def test_an_action_s_schemas_hold_for_what_really_goes_in_and_out(action: Action) -> None:
    for path in (EXAMPLES / f"{action.document_type}.v1").glob("*.json"):
        jsonschema.validate(json.loads(path.read_text()), action.input)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"id": ""}, action.input)
    reason = Reason("held", ErrorCategory.SETTING, "cause", "fix")
    for result in (
        SyncResult("invoice", "i1", 3, SyncState.AGREED, "145", None),
        SyncResult("invoice", "i1", 3, SyncState.HELD, None, reason),
    ):
        jsonschema.validate(json.loads(json.dumps(result.as_dict())), action.output)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"state": "lost"}, action.output)
