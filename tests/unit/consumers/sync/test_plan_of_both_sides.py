"""The plan as a table: one row for each combination of what the two sides did."""

from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from consumers.sync.actions import (
    Action,
    Apply,
    Conflict,
    Create,
    Fetch,
    HoldAction,
    Merge,
    NoAction,
    Update,
    Void,
)
from consumers.sync.plan import (
    BACK_TO_DRAFT,
    REMOVED_IN_LEDGER,
    plan,
)
from consumers.sync.policy import (
    ConflictRule,
    Direction,
    SyncPolicy,
    TypeRule,
)
from consumers.sync.record import (
    UNKNOWN_VERSION,
    AgreedState,
    LedgerState,
    PlatformState,
)
from schemas.documents.document import DocumentType
from tests.unit.consumers.sync.plan_rows import (
    ALL,
    ASK,
    CALLED,
    CHEAPER,
    CUSTOMER,
    DELETES,
    DISCOUNTED,
    DRAFT,
    INACTIVE,
    INVOICE,
    LAST_WRITE_WINS,
    LEDGER_WINS,
    LINKED,
    MAILED,
    NEEDED,
    NINE,
    NOTED,
    PLATFORM_WINS,
    RENAMED,
    TEN,
    VOIDED,
    VOIDS,
    Edits,
    Row,
    customer,
    fields,
    invoice,
)


@dataclass(frozen=True)
class Case:
    """One combination, and the action under each rule where both directions are open."""

    name: str
    edits: Edits
    platform_wins: Action
    ledger_wins: Action
    ask: Action


def always(name: str, edits: Edits, action: Action) -> Case:
    return Case(name, edits, action, action, action)


BOTH_WAYS = [
    always("neither changed", Edits(CUSTOMER, None, CUSTOMER), NoAction()),
    always("the platform changed", Edits(CUSTOMER, CALLED, CUSTOMER), Update(fields("phone"))),
    always(
        "the platform changed, the ledger was not looked at",
        Edits(CUSTOMER, CALLED, unseen=True),
        Update(fields("phone")),
    ),
    always("the ledger changed", Edits(CUSTOMER, None, MAILED), Apply(fields("email"))),
    always(
        "the ledger changed, the platform announced the same again",
        Edits(CUSTOMER, CUSTOMER, MAILED),
        Apply(fields("email")),
    ),
    always("the ledger changed, to what is not known", Edits(CUSTOMER, None), Fetch()),
    always("both changed, the ledger to what is not known", Edits(CUSTOMER, CALLED), Fetch()),
    always(
        "both changed different fields",
        Edits(CUSTOMER, CALLED, MAILED),
        Merge(fields("phone"), fields("email")),
    ),
    always("both made the same change", Edits(CUSTOMER, CALLED, CALLED), NoAction()),
    always(
        "both made the same change, and the platform one more",
        Edits(CUSTOMER, CALLED.model_copy(update={"name": "Harrow"}), CALLED),
        Update(fields("name")),
    ),
    Case(
        "both changed the same field",
        Edits(CUSTOMER, CALLED, CUSTOMER.model_copy(update={"phone": "888"})),
        Update(fields("phone")),
        Apply(fields("phone")),
        Conflict(fields("phone")),
    ),
    Case(
        "both changed the same field, and the platform another",
        Edits(CUSTOMER, RENAMED, CALLED),
        Update(fields("name", "phone")),
        Merge(fields("name"), fields("phone")),
        Conflict(fields("phone")),
    ),
    Case(
        "nothing was agreed on, and they differ",
        Edits(None, CALLED, MAILED),
        Update(fields("phone", "email")),
        Apply(fields("phone", "email")),
        Conflict(fields("phone", "email")),
    ),
    always(
        "nothing was agreed on, and they are equal", Edits(None, CALLED, CALLED), NoAction()
    ),
    Case(
        "both changed amounts that do not fit together",
        Edits(INVOICE, CHEAPER, DISCOUNTED),
        Update(fields("lines", "discount")),
        Apply(fields("lines", "discount")),
        Conflict(fields("lines", "discount")),
    ),
    always("the ledger voided", Edits(INVOICE, None, VOIDED, VOIDS), Apply(fields("status"))),
    always("the ledger deleted", Edits(INVOICE, None, None, DELETES), Apply(fields("status"))),
    always(
        "the ledger deleted a name",
        Edits(CUSTOMER, None, None, DELETES),
        Apply(fields("active")),
    ),
    always(
        "the ledger took a name out of use",
        Edits(CUSTOMER, None, INACTIVE),
        Apply(fields("active")),
    ),
    always(
        "the ledger took a name out of use that the platform edited",
        Edits(CUSTOMER, CALLED, INACTIVE),
        Merge(fields("phone"), fields("active")),
    ),
    Case(
        "the ledger voided what the platform edited",
        Edits(INVOICE, NOTED, VOIDED, VOIDS),
        HoldAction(REMOVED_IN_LEDGER),
        Apply(fields("status")),
        Conflict(fields("reference", "status")),
    ),
    Case(
        "the ledger deleted what the platform edited",
        Edits(CUSTOMER, CALLED, None, DELETES),
        HoldAction(REMOVED_IN_LEDGER),
        Apply(fields("active")),
        Conflict(fields("phone", "active")),
    ),
    Case(
        "the platform voided what the ledger edited",
        Edits(INVOICE, VOIDED, NOTED),
        Void(),
        Apply(fields("reference", "status")),
        Conflict(fields("reference", "status")),
    ),
    always("the platform voided", Edits(INVOICE, VOIDED, INVOICE), Void()),
    always("both voided", Edits(INVOICE, VOIDED, VOIDED, VOIDS), NoAction()),
    always("voided here, deleted there", Edits(INVOICE, VOIDED, None, DELETES), NoAction()),
    always("voided, then deleted there", Edits(VOIDED, None, None, DELETES), NoAction()),
    always(
        "out of use here, deleted there", Edits(CUSTOMER, INACTIVE, None, DELETES), NoAction()
    ),
    always(
        "a draft again here, edited there",
        Edits(INVOICE, DRAFT, NOTED),
        HoldAction(BACK_TO_DRAFT),
    ),
    always("made a draft there", Edits(INVOICE, None, DRAFT), Apply(fields("status"))),
]


@pytest.mark.parametrize("case", BOTH_WAYS, ids=lambda case: case.name)
def test_the_plan_in_both_directions_where(case: Case) -> None:
    expected = {
        PLATFORM_WINS: case.platform_wins,
        LEDGER_WINS: case.ledger_wins,
        LAST_WRITE_WINS: case.platform_wins,  # no times are known
        ASK: case.ask,
    }
    record = case.edits.record()
    assert {rule: plan(record, both_ways(rule)) for rule in ConflictRule} == expected


def both_ways(rule: ConflictRule) -> SyncPolicy:
    return SyncPolicy(default=TypeRule(Direction.BOTH, rule))


OVERLAPPING = Edits(CUSTOMER, CALLED, CUSTOMER.model_copy(update={"phone": "888"})).record()
OURS, THEIRS = Update(fields("phone")), Apply(fields("phone"))


@pytest.mark.parametrize(
    ("ours_at", "theirs_at", "action"),
    [
        (NINE, TEN, THEIRS),
        (TEN, NINE, OURS),
        (TEN, TEN, OURS),
        (None, TEN, OURS),
        (NINE, None, OURS),
    ],
)
def test_the_last_write_wins_and_of_two_at_once_the_platforms(
    ours_at: datetime | None, theirs_at: datetime | None, action: Action
) -> None:
    assert OVERLAPPING.desired is not None
    assert OVERLAPPING.observed is not None
    record = replace(
        OVERLAPPING,
        desired=replace(OVERLAPPING.desired, changed_at=ours_at),
        observed=replace(OVERLAPPING.observed, changed_at=theirs_at),
    )
    assert plan(record, both_ways(LAST_WRITE_WINS)) == action


# What the platform does not have, what is not linked, and what is old.
ODD = [
    Row(
        "born in the ledger",
        customer(None, observed=LedgerState(0, CUSTOMER), external=LINKED),
        Apply(ALL),
    ),
    Row(
        "born in the ledger, and not read yet",
        customer(None, observed=LedgerState(0, None), external=LINKED),
        Fetch(),
    ),
    Row(
        "born and voided in the ledger",
        invoice(None, observed=LedgerState(1, VOIDED, VOIDS), external=LINKED),
        NoAction(),
    ),
    Row(
        "born in the ledger, and announced as it is there",
        customer(
            PlatformState(1, CUSTOMER), observed=LedgerState(0, CUSTOMER), external=LINKED
        ),
        NoAction(),
    ),
    Row("on neither side", customer(None), NoAction()),
    Row(
        "seen in the ledger, but not linked",
        customer(PlatformState(1, CUSTOMER), observed=LedgerState(0, MAILED)),
        Create(),
    ),
    Row(
        "seen in the ledger as it was before both agreed",
        customer(
            PlatformState(1, CUSTOMER),
            observed=LedgerState(6, MAILED),
            base=AgreedState(1, CUSTOMER, 7),
            external=LINKED,
        ),
        NoAction(),
    ),
    Row(
        "our own write, as the ledger tells of it",
        customer(
            PlatformState(2, CALLED),
            observed=LedgerState(8, CALLED),
            base=AgreedState(2, CALLED, 8),
            external=LINKED,
        ),
        NoAction(),
    ),
    Row(
        "our own write, as the ledger tells of it before its answer was stored",
        customer(
            PlatformState(2, CALLED),
            observed=LedgerState(8, CALLED),
            base=AgreedState(1, CUSTOMER, 7),
            external=LINKED,
        ),
        NoAction(),
    ),
    Row(
        "changed here, and an old state was seen there",
        customer(
            PlatformState(2, CALLED),
            observed=LedgerState(6, MAILED),
            base=AgreedState(1, CUSTOMER, 7),
            external=LINKED,
        ),
        Update(fields("phone")),
    ),
    Row(
        "an old state was announced, and changed there",
        customer(
            PlatformState(1, CALLED),
            observed=LedgerState(8, MAILED),
            base=AgreedState(2, CUSTOMER, 7),
            external=LINKED,
        ),
        Apply(fields("email")),
    ),
    Row(
        "changed there, and announced anew here in a document that is not kept",
        replace(Edits(CUSTOMER, CALLED, MAILED).record(), desired=PlatformState(2, None)),
        NoAction(),
    ),
    Row(
        "changed on both sides, and what ours needs is not there",
        Edits(CUSTOMER, CALLED, MAILED).record(missing=NEEDED),
        Apply(fields("email")),
    ),
    Row(
        "a void is taken back here, which the ledger can't",
        invoice(
            PlatformState(3, INVOICE),
            observed=LedgerState(8, VOIDED, VOIDS),
            base=AgreedState(2, VOIDED, 8),
            external=LINKED,
        ),
        HoldAction(REMOVED_IN_LEDGER),
    ),
    Row(
        "found in the ledger with other values",
        customer(
            PlatformState(1, CUSTOMER),
            observed=LedgerState(3, MAILED),
            base=AgreedState(UNKNOWN_VERSION, None),
            external=LINKED,
        ),
        Update(fields("email")),
    ),
]


@pytest.mark.parametrize("row", ODD, ids=lambda row: row.name)
def test_the_plan_of_what_is(row: Row) -> None:
    assert plan(row.record, both_ways(PLATFORM_WINS)) == row.action


def test_each_type_has_its_own_rule() -> None:
    policy = SyncPolicy(
        {DocumentType.INVOICE: TypeRule(Direction.BOTH, PLATFORM_WINS)},
        TypeRule(Direction.BOTH, LEDGER_WINS),
    )
    renumbered = INVOICE.model_copy(update={"reference": "PO 8"})
    assert plan(Edits(INVOICE, NOTED, renumbered).record(), policy) == Update(
        fields("reference")
    )
    assert plan(OVERLAPPING, policy) == THEIRS
