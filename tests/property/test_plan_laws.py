"""The laws of the plan, over both sides, every policy and every document type."""

from dataclasses import replace
from datetime import datetime

from hypothesis import assume, given, reject, strategies as st

from consumers.sync.actions import (
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
from consumers.sync.agreement import agreed_after
from consumers.sync.immediate import at_once
from consumers.sync.plan import plan
from consumers.sync.policy import DEFAULT_POLICY, ConflictRule, Direction, SyncPolicy, TypeRule
from consumers.sync.record import (
    AgreedState,
    LedgerState,
    PlatformState,
    SyncRecord,
    is_draft,
    is_withdrawn,
)
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Status
from schemas.documents.trade import STATED_FIELDS
from schemas.presence import Presence
from tests.property.edited_records import (
    LINKED,
    MORNING,
    NEEDED,
    NOON,
    POLICIES,
    SAMPLES,
    TYPES,
    any_records,
    contested,
    documents,
    edited_apart,
    edited_on_both_sides,
    removed,
    unfit,
    unlinked,
)
from tests.property.exchanged_sides import exchange_rule, exchange_sides, mirrored, plain
from tests.property.plan_course import (
    Luck,
    after,
    both_ways,
    course,
    differing,
    document_of,
    documents_of,
    fields_applied,
    fields_written,
    in_the_ledger,
    ledger_document,
    mean_the_same,
    valid,
    whole,
    writes,
)


def overlap(record: SyncRecord) -> frozenset[str]:
    """Return the fields to which both sides gave different values."""
    base, ours, theirs = documents_of(record)
    fields = differing(ours, theirs)
    if record.agreed_document is None:
        return fields
    return fields & differing(base, ours) & differing(base, theirs)


@given(any_records(), POLICIES)
def test_it_is_total_and_deterministic(record: SyncRecord, policy: SyncPolicy) -> None:
    action = plan(record, policy)
    assert action == plan(replace(record), policy)
    calls = isinstance(action, Create | FindOrCreate | Update | Void)
    assert (at_once(action) is None) == calls
    match action:
        case Merge(update=update, apply=apply):
            assert update
            assert apply
            assert not update & apply
        case Update(changed=fields) | Apply(fields=fields) | Conflict(fields=fields):
            assert fields


@given(any_records(), POLICIES, st.integers(0, 1))
def test_an_older_state_is_never_written_over_a_newer_one(
    record: SyncRecord, policy: SyncPolicy, newer_by: int
) -> None:
    version = record.desired.version if record.desired else 0
    base = record.base or AgreedState(0, None, 0)
    old = replace(record, base=replace(base, platform_version=version + newer_by))
    action = plan(old, policy)
    assert not writes(action)
    assert not isinstance(action, Conflict)


@given(any_records(), POLICIES, st.integers(0, 1))
def test_an_older_state_of_the_ledger_is_never_applied_over_a_newer_one(
    record: SyncRecord, policy: SyncPolicy, newer_by: int
) -> None:
    version = record.observed.version if record.observed else 0
    base = record.base or AgreedState(0, None, 0)
    old = replace(record, base=replace(base, ledger_version=version + newer_by))
    assert not isinstance(plan(old, policy), Apply | Merge | Conflict | Fetch)


@given(any_records(), POLICIES)
def test_nothing_is_carried_over_a_newer_document_that_is_not_known(
    record: SyncRecord, policy: SyncPolicy
) -> None:
    version = (record.base.platform_version if record.base else 0) + 1
    record = replace(record, desired=PlatformState(version, None))
    assert plan(record, policy) == NoAction()


@given(any_records(), POLICIES, st.data())
def test_after_success_on_either_side_there_is_nothing_to_do(
    record: SyncRecord, policy: SyncPolicy, data: st.DataObject
) -> None:
    luck = Luck(data.draw(documents(record.document_type)), data.draw(st.booleans()))
    record, actions = course(record, policy, luck)
    last = actions[-1]
    assert isinstance(last, NoAction | HoldAction | WaitAction | Conflict)
    assert len(actions) <= 5
    if isinstance(last, Conflict):
        assert policy.default.conflicts is ConflictRule.ASK
    if isinstance(last, NoAction):
        assert plan(after(record, last, policy, luck), policy) == last


@given(edited_on_both_sides() | unfit(), st.sampled_from(ConflictRule))
def test_both_sides_end_equal_where_both_directions_are_open(
    record: SyncRecord, rule: ConflictRule
) -> None:
    policy = both_ways(rule)
    record, actions = course(record, policy, Luck(document_of(record), found=True))
    assert record.observed is not None
    ours, theirs = document_of(record), record.observed
    asked = isinstance(actions[-1], Conflict) and rule is ConflictRule.ASK
    held = isinstance(actions[-1], HoldAction) and (is_draft(ours) or theirs.removed)
    if not asked and not held:
        assert isinstance(actions[-1], NoAction)
        equal = theirs.document is not None and mean_the_same(theirs.document, ours)
        assert equal or (theirs.removed and is_withdrawn(ours))


@given(edited_on_both_sides(live=True), POLICIES, st.booleans())
def test_a_repeat_of_what_was_written_is_no_change(
    record: SyncRecord, policy: SyncPolicy, from_the_ledger: bool
) -> None:
    document = document_of(record)
    agreed = replace(record, base=AgreedState(2, document, 7))
    if from_the_ledger:
        echo = replace(agreed, observed=LedgerState(9, document))
    else:
        desired, observed = PlatformState(9, document), LedgerState(7, document)
        echo = replace(agreed, desired=desired, observed=observed)
    assert plan(echo, policy) == NoAction()


@given(edited_on_both_sides(live=True), POLICIES)
def test_the_same_edit_on_both_sides_is_agreement(
    record: SyncRecord, policy: SyncPolicy
) -> None:
    same = replace(record, observed=LedgerState(8, document_of(record)))
    assert plan(same, policy) == NoAction()
    base = agreed_after(same, NoAction(), same.observed)
    assert base == AgreedState(2, document_of(record), 8)


@given(edited_apart(), st.sampled_from(ConflictRule))
def test_a_merge_without_overlap_loses_neither_sides_change(
    record: SyncRecord, rule: ConflictRule
) -> None:
    base, ours, theirs = documents_of(record)
    from_us, from_ledger = differing(base, ours), differing(base, theirs)
    values = {name: getattr(ours, name) for name in from_us}
    values |= {name: getattr(theirs, name) for name in from_ledger}
    assume(from_us and from_ledger)
    try:
        wanted = valid(base.model_copy(update=values))
    except ValueError:
        reject()
    assert plan(record, both_ways(rule)) == Merge(from_us, from_ledger)
    record, _ = course(record, both_ways(rule), Luck(ours, found=True))
    assert mean_the_same(document_of(record), ledger_document(record), wanted)


@given(edited_apart() | contested(), st.sampled_from(ConflictRule))
def test_what_is_sent_to_the_platform_is_sent_until_it_announces_it(
    record: SyncRecord, rule: ConflictRule
) -> None:
    first = plan(record, both_ways(rule))
    done = in_the_ledger(record, first)
    done = replace(done, base=agreed_after(record, first, done.observed))
    if sent := fields_applied(first):
        again = fields_applied(plan(done, both_ways(rule)))
        # A total that the platform states beside its own lines has to go with them.
        assert sent <= again <= sent | STATED_FIELDS


@given(contested() | edited_on_both_sides(), POLICIES)
def test_a_contested_value_is_asked_about_only_and_always_where_the_policy_asks(
    record: SyncRecord, policy: SyncPolicy
) -> None:
    _, ours, theirs = documents_of(record)
    asks = policy.default.conflicts is ConflictRule.ASK
    fields, action = overlap(record), plan(record, policy)
    if not asks:
        assert not isinstance(action, Conflict)
    elif fields and not (is_withdrawn(ours) and is_withdrawn(theirs)):
        assert isinstance(action, Conflict)
        assert fields <= action.fields


@given(contested(), st.sampled_from(ConflictRule))
def test_the_winner_of_the_policy_has_its_values_on_both_sides(
    record: SyncRecord, rule: ConflictRule
) -> None:
    assert record.desired is not None
    assert record.observed is not None
    _, ours, theirs = documents_of(record)
    times = (record.desired.changed_at, record.observed.changed_at)
    winner = {
        ConflictRule.PLATFORM_WINS: ours,
        ConflictRule.LEDGER_WINS: theirs,
        ConflictRule.LAST_WRITE_WINS: theirs if times == (MORNING, NOON) else ours,
    }.get(rule)
    fields = overlap(record)
    assert fields
    record, actions = course(record, both_ways(rule), Luck(ours, found=True))
    if winner is None:
        assert isinstance(actions[0], Conflict)
    else:
        assert not fields & differing(winner, document_of(record))
        assert mean_the_same(document_of(record), ledger_document(record))


@given(any_records(), POLICIES, st.sampled_from(Direction), st.sampled_from(ConflictRule))
def test_a_type_follows_its_own_rule_and_no_other(
    record: SyncRecord, policy: SyncPolicy, direction: Direction, rule: ConflictRule
) -> None:
    others = {kind: TypeRule(direction, rule) for kind in DOCUMENTS}
    own = SyncPolicy(
        {**others, record.document_type: policy.default}, TypeRule(direction, rule)
    )
    assert plan(record, own) == plan(record, policy)


@given(any_records(), st.integers(0, 9))
def test_by_default_a_version_of_the_ledger_alone_makes_no_difference(
    record: SyncRecord, version: int
) -> None:
    told = replace(record, observed=LedgerState(version, None))
    unseen = replace(record, observed=None)
    assert plan(told, DEFAULT_POLICY) == plan(unseen, DEFAULT_POLICY)


@given(unlinked() | any_records(), POLICIES)
def test_changes_go_only_where_the_direction_allows(
    record: SyncRecord, policy: SyncPolicy
) -> None:
    action = plan(record, policy)
    match policy.default.direction:
        case Direction.TO_LEDGER:
            assert not isinstance(action, Apply | Merge)
        case Direction.TO_PLATFORM:
            looks = isinstance(action, FindOrCreate) and record.in_doubt
            assert looks or not writes(action)


@given(edited_on_both_sides() | edited_apart() | contested(), POLICIES)
def test_only_what_a_side_changed_is_carried_to_the_other(
    record: SyncRecord, policy: SyncPolicy
) -> None:
    _, ours, theirs = documents_of(record)
    action = plan(record, policy)
    written, applied = fields_written(action), fields_applied(action)
    assert written | applied <= differing(ours, theirs)
    if record.agreed_document is not None and not whole(record):
        assert written <= differing(record.agreed_document, ours)
        assert applied <= differing(record.agreed_document, theirs)


@given(unlinked(), POLICIES)
def test_nothing_is_created_that_may_be_there(record: SyncRecord, policy: SyncPolicy) -> None:
    assert not isinstance(plan(replace(record, in_doubt=True), policy), Create)


@given(any_records(), POLICIES)
def test_nothing_is_created_that_has_a_link(record: SyncRecord, policy: SyncPolicy) -> None:
    unseen = replace(record, external=LINKED, observed=None)
    assert not isinstance(plan(unseen, policy), Create | FindOrCreate)


@given(removed() | any_records(), POLICIES)
def test_what_is_void_or_deleted_in_the_ledger_is_never_written(
    record: SyncRecord, policy: SyncPolicy
) -> None:
    if record.external is not None and record.observed is not None and record.observed.removed:
        action = plan(record, policy)
        assert not writes(action)
        if record.desired is not None and is_withdrawn(record.desired.document):
            assert action == NoAction()


@given(edited_apart(), st.sampled_from(Direction), st.booleans())
def test_a_void_beside_an_edit_is_asked_about_where_the_policy_asks(
    record: SyncRecord, direction: Direction, there: bool
) -> None:
    base, ours, theirs = documents_of(record)
    assume(differing(base, ours) and differing(base, theirs))
    if there:
        assume(not is_withdrawn(ours))
        record = replace(record, observed=LedgerState(8, None, Presence.DELETED))
    else:
        assume("status" in type(base).model_fields)
        void = base.model_copy(update={"status": Status.VOIDED})
        record = replace(record, desired=PlatformState(2, void))
    asks = SyncPolicy(default=TypeRule(direction, ConflictRule.ASK))
    assert isinstance(plan(record, asks), Conflict)


@given(edited_on_both_sides(live=True), st.sampled_from(ConflictRule))
def test_a_change_of_the_ledger_waits_for_nothing_that_the_platforms_needs(
    record: SyncRecord, rule: ConflictRule
) -> None:
    policy = both_ways(rule)
    free, needing = plan(record, policy), plan(replace(record, missing=NEEDED), policy)
    if fields_applied(free) and not is_withdrawn(document_of(record)):
        assert fields_applied(needing) == fields_applied(free)
    if fields_written(free) and not is_withdrawn(document_of(record)):
        assert not writes(needing)


@given(
    edited_on_both_sides(live=True) | contested(), POLICIES, st.permutations([MORNING, NOON])
)
def test_sides_and_policy_exchanged_exchange_the_action(
    record: SyncRecord, policy: SyncPolicy, times: list[datetime]
) -> None:
    """Only a tie of two times has a side of its own, the platform's; it is drawn elsewhere."""
    assert record.desired is not None
    assert record.observed is not None
    record = replace(
        record,
        desired=replace(record.desired, changed_at=times[0]),
        observed=replace(record.observed, changed_at=times[1]),
    )
    exchanged = plan(exchange_sides(record), exchange_rule(policy))
    assert plain(exchanged) == mirrored(plan(record, policy))


@given(st.data(), st.sampled_from(ConflictRule), st.integers(2, 12))
def test_edits_on_both_sides_in_turn_end_equal_and_are_not_thrown_back(
    data: st.DataObject, rule: ConflictRule, turns: int
) -> None:
    kind = data.draw(TYPES)
    policy = both_ways(rule)
    first = SAMPLES[kind][0]
    record = SyncRecord(
        kind, PlatformState(0, first), LedgerState(0, first), AgreedState(0, first, 0), LINKED
    )
    for turn in range(turns):
        document = data.draw(documents(kind, document_of(record), live=True))
        assert record.desired is not None
        assert record.observed is not None
        version = 10 * (turn + 1)
        if turn % 2:
            record = replace(record, observed=LedgerState(version, document))
        else:
            record = replace(record, desired=PlatformState(version, document))
        record, actions = course(record, policy, Luck(document, found=True))
        assert [type(a) for a in actions] in ([NoAction], [Apply, NoAction], [Update, NoAction])
        record = after(record, actions[-1], policy, Luck(document, found=True))
        assert record.observed is not None
        assert mean_the_same(document_of(record), ledger_document(record), document)


def test_every_document_type_is_among_the_samples() -> None:
    assert {kind: type(sample) for kind, (sample, _) in SAMPLES.items()} == DOCUMENTS
