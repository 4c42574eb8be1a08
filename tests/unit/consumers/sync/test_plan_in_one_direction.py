"""The plan as a table, where a connection carries changes in one direction only."""

import pytest

from consumers.outcome import Skipped
from consumers.sync.actions import (
    Action,
    Apply,
    Conflict,
    Fetch,
    FindOrCreate,
    HoldAction,
    NoAction,
    Update,
)
from consumers.sync.plan import (
    NOT_TO_LEDGER,
    REMOVED_IN_LEDGER,
    plan,
)
from consumers.sync.policy import (
    ConflictRule,
    Direction,
    SyncPolicy,
    TypeRule,
)
from consumers.sync.record import PlatformState
from tests.unit.consumers.sync.plan_rows import (
    ASK,
    CALLED,
    CUSTOMER,
    DRAFT,
    INVOICE,
    LEDGER_WINS,
    MAILED,
    NOTED,
    PLATFORM_WINS,
    RENAMED,
    VOIDED,
    VOIDS,
    Edits,
    customer,
    fields,
)

# What one direction leaves of it. The rows name rule, platform's and ledger's documents.
SENT_ONLY = [
    ("the ledger changed", ASK, Edits(CUSTOMER, None, MAILED), NoAction()),
    ("different fields", ASK, Edits(CUSTOMER, CALLED, MAILED), Update(fields("phone"))),
    (
        "ours wins",
        PLATFORM_WINS,
        Edits(CUSTOMER, RENAMED, CALLED),
        Update(fields("name", "phone")),
    ),
    ("theirs is kept", LEDGER_WINS, Edits(CUSTOMER, RENAMED, CALLED), Update(fields("name"))),
    (
        "same field, to be asked",
        ASK,
        Edits(CUSTOMER, RENAMED, CALLED),
        Conflict(fields("phone")),
    ),
    (
        "unknown there, ours wins",
        PLATFORM_WINS,
        Edits(CUSTOMER, CALLED),
        Update(fields("phone")),
    ),
    ("unknown there, to be asked", ASK, Edits(CUSTOMER, CALLED), Fetch()),
    ("unknown there, nothing to write", ASK, Edits(CUSTOMER, None), NoAction()),
    ("voided there", PLATFORM_WINS, Edits(INVOICE, None, VOIDED, VOIDS), NoAction()),
    (
        "voided there, edited here",
        PLATFORM_WINS,
        Edits(INVOICE, NOTED, VOIDED, VOIDS),
        HoldAction(REMOVED_IN_LEDGER),
    ),
    (
        "voided there, edited here, theirs is kept",
        LEDGER_WINS,
        Edits(INVOICE, NOTED, VOIDED, VOIDS),
        NoAction(),
    ),
]
KEPT_BACK = NoAction(Skipped(NOT_TO_LEDGER))
TAKEN_ONLY = [
    ("the platform changed", LEDGER_WINS, Edits(CUSTOMER, CALLED, unseen=True), KEPT_BACK),
    ("said again", LEDGER_WINS, Edits(CUSTOMER, CUSTOMER, unseen=True), NoAction()),
    ("different fields", LEDGER_WINS, Edits(CUSTOMER, CALLED, MAILED), Apply(fields("email"))),
    ("theirs wins", LEDGER_WINS, Edits(CUSTOMER, RENAMED, CALLED), Apply(fields("phone"))),
    ("ours is kept", PLATFORM_WINS, Edits(CUSTOMER, RENAMED, CALLED), KEPT_BACK),
    ("to be asked", ASK, Edits(CUSTOMER, RENAMED, CALLED), Conflict(fields("phone"))),
    ("voided here", LEDGER_WINS, Edits(INVOICE, VOIDED, unseen=True), KEPT_BACK),
    ("a draft again here", LEDGER_WINS, Edits(INVOICE, DRAFT, unseen=True), KEPT_BACK),
]
ONE_WAY = [(Direction.TO_LEDGER, *row) for row in SENT_ONLY]
ONE_WAY += [(Direction.TO_PLATFORM, *row) for row in TAKEN_ONLY]


@pytest.mark.parametrize(
    ("direction", "name", "rule", "edits", "action"),
    ONE_WAY,
    ids=[f"{row[0].value}, {row[1]}" for row in ONE_WAY],
)
def test_the_plan_in_one_direction(
    direction: Direction, name: str, rule: ConflictRule, edits: Edits, action: Action
) -> None:
    assert plan(edits.record(), SyncPolicy(default=TypeRule(direction, rule))) == action


@pytest.mark.parametrize(
    ("in_doubt", "action"),
    [(False, KEPT_BACK), (True, FindOrCreate())],
    ids=["new", "in doubt"],
)
def test_a_document_is_not_sent_against_the_direction_but_linked_if_it_is_there(
    in_doubt: bool, action: Action
) -> None:
    record = customer(PlatformState(1, CUSTOMER), in_doubt=in_doubt)
    assert plan(record, SyncPolicy(default=TypeRule(Direction.TO_PLATFORM))) == action
