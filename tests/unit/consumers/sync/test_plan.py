"""The plan as a table, where the ledger is not looked at; the facts and rules it goes by."""

import pytest

from consumers.outcome import Hold, Skipped
from consumers.sync.actions import (
    Action,
    Apply,
    Conflict,
    Create,
    Fetch,
    FindOrCreate,
    HoldAction,
    Merge,
    NoAction,
    Update,
    Void,
    WaitAction,
)
from consumers.sync.immediate import at_once
from consumers.sync.plan import (
    BACK_TO_DRAFT,
    NEVER_SENT,
    NOT_APPROVED,
    plan,
)
from consumers.sync.policy import (
    DEFAULT_POLICY,
    FACTS,
    Direction,
    TypeRule,
)
from consumers.sync.record import (
    AgreedState,
    PlatformState,
    SyncRecord,
)
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import DocumentType
from tests.unit.consumers.sync.plan_rows import (
    ACCOUNT,
    ALL,
    CUSTOMER,
    DRAFT,
    INACTIVE,
    INVOICE,
    LINKED,
    NEEDED,
    NOTED,
    PLATFORM_WINS,
    RENAMED,
    VOIDED,
    Row,
    customer,
    fields,
    invoice,
)

# The ledger is never looked at: what every connection does today.
TABLE = [
    Row("new", customer(PlatformState(1, CUSTOMER)), Create()),
    Row("in doubt", customer(PlatformState(1, CUSTOMER), in_doubt=True), FindOrCreate()),
    Row(
        "an account is looked for first",
        SyncRecord(DocumentType.ACCOUNT, PlatformState(1, ACCOUNT)),
        FindOrCreate(),
    ),
    Row(
        "needs another",
        invoice(PlatformState(1, INVOICE), missing=NEEDED),
        WaitAction(NEEDED, frozenset()),
    ),
    Row(
        "agreed",
        customer(PlatformState(1, CUSTOMER), base=AgreedState(1, CUSTOMER), external=LINKED),
        NoAction(),
    ),
    Row(
        "the ledger has a newer version than this signal's",
        customer(PlatformState(1, CUSTOMER), base=AgreedState(2, RENAMED), external=LINKED),
        NoAction(),
    ),
    Row(
        "announced again without a change",
        customer(PlatformState(2, CUSTOMER), base=AgreedState(1, CUSTOMER), external=LINKED),
        NoAction(),
    ),
    Row(
        "changed",
        customer(PlatformState(2, RENAMED), base=AgreedState(1, CUSTOMER), external=LINKED),
        Update(frozenset({"name", "phone"})),
    ),
    Row(
        "changed, and needs another",
        invoice(
            PlatformState(2, NOTED),
            base=AgreedState(1, INVOICE),
            external=LINKED,
            missing=NEEDED,
        ),
        WaitAction(NEEDED, frozenset()),
    ),
    Row(
        "linked, but what the ledger holds is not known",
        customer(PlatformState(1, CUSTOMER), base=AgreedState(-1, None), external=LINKED),
        Update(ALL),
    ),
    Row(
        "changed, and only the version of the platform's document is kept",
        customer(PlatformState(2, None), base=AgreedState(1, CUSTOMER), external=LINKED),
        NoAction(),
    ),
    Row("draft", invoice(PlatformState(1, DRAFT)), NoAction(Skipped(NOT_APPROVED))),
    Row(
        "draft again while in doubt",
        invoice(PlatformState(2, DRAFT), in_doubt=True),
        FindOrCreate(),
    ),
    Row(
        "draft again after it was sent",
        invoice(PlatformState(2, DRAFT), base=AgreedState(1, INVOICE), external=LINKED),
        HoldAction(BACK_TO_DRAFT),
    ),
    Row(
        "voided before it was sent",
        invoice(PlatformState(2, VOIDED)),
        NoAction(Skipped(NEVER_SENT)),
    ),
    Row(
        "voided while in doubt",
        invoice(PlatformState(2, VOIDED), in_doubt=True),
        FindOrCreate(),
    ),
    Row(
        "voided",
        invoice(
            PlatformState(2, VOIDED),
            base=AgreedState(1, INVOICE),
            external=LINKED,
            missing=NEEDED,
        ),
        Void(),
    ),
    Row(
        "voided twice",
        invoice(PlatformState(3, VOIDED), base=AgreedState(2, VOIDED), external=LINKED),
        NoAction(),
    ),
    Row("never used", customer(PlatformState(1, INACTIVE)), NoAction(Skipped(NEVER_SENT))),
    Row(
        "taken out of use",
        customer(PlatformState(2, INACTIVE), base=AgreedState(1, CUSTOMER), external=LINKED),
        Update(frozenset({"active"})),
    ),
]


@pytest.mark.accepts("ENT-16", "ENT-18")
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_plan_of(row: Row) -> None:
    assert plan(row.record, DEFAULT_POLICY) == row.action


def test_nothing_comes_back_from_the_ledger_unless_a_connection_says_so() -> None:
    rules = {DEFAULT_POLICY.rule(kind) for kind in DocumentType}
    assert rules == {TypeRule(Direction.TO_LEDGER, PLATFORM_WINS)}


def test_the_facts_of_every_document_type_are_known() -> None:
    assert FACTS.keys() == DOCUMENTS.keys()
    marked = {kind for kind, facts in FACTS.items() if facts.marked}
    assert marked == {DocumentType.INVOICE, DocumentType.BILL, DocumentType.PAYMENT}
    owned = {kind for kind, facts in FACTS.items() if facts.ledger_owned}
    assert owned == {kind for kind, facts in FACTS.items() if facts.looked_up_first}
    assert owned == {DocumentType.ACCOUNT}


@pytest.mark.parametrize(
    ("action", "code", "cause"),
    [
        (
            Conflict(fields("phone", "name")),
            "both_sides_changed",
            "The platform and the ledger both changed name, phone.",
        ),
        (
            Apply(fields("email")),
            "ledger_changes_not_carried",
            "The ledger changed email, and the platform cannot be told yet.",
        ),
        (
            Merge(fields("name"), fields("phone")),
            "ledger_changes_not_carried",
            "The ledger changed phone, and the platform cannot be told yet.",
        ),
        (
            Fetch(),
            "ledger_changes_not_carried",
            "The ledger changed its record, and the platform cannot be told yet.",
        ),
    ],
)
def test_what_nothing_carries_out_yet_is_held_with_its_fields(
    action: Action, code: str, cause: str
) -> None:
    outcome = at_once(action)
    assert isinstance(outcome, Hold)
    assert (outcome.reason.code, outcome.reason.cause) == (code, cause)
