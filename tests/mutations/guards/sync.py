"""Guards of `consumers/sync`: what is planned, written, and stored of a record."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="a total that differs is held",
        folder="consumers/sync",
        old="    if (ours.total, ours.tax) == (figures.total, figures.tax):",
        new="    if ours or figures:",
        tests=("test_a_total_that_differs_by_a_cent_is_held_with_both_figures",),
        claims=("ENT-09", "ENT-18"),
    ),
    Mutation(
        guard="what was held for its total is compared again when it is released",
        folder="consumers/sync",
        old="            woke = await self._adopt(case, outcome.written)",
        new="            woke = await self._agree(case, outcome.written, seen=None)",
        tests=("test_what_is_released_is_compared_again_before_it_counts_as_agreed",),
        claims=("ENT-09",),
    ),
    Mutation(
        guard="an update leaves known what the ledger has in the fields that it does not name",
        folder="consumers/sync",
        old="        return with_fields(seen.document, desired, case.action.changed)",
        new="        return desired",
        tests=("test_an_edit_in_the_ledger_costs_no_call_and_stays_known",),
    ),
    Mutation(
        guard="what was only found does not count as written",
        folder="consumers/sync",
        old="        written = None if outcome.found else outcome.written",
        new="        written = outcome.written",
        tests=("test_what_is_found_and_not_written_is_not_observed",),
    ),
    Mutation(
        guard="the platform is told nothing of a record that it does not have",
        folder="consumers/sync",
        old="        if case.row.desired_version is None:",
        new="        if case.row.desired_version == 0:",
        tests=("test_a_record_born_in_the_ledger_rests_without_call_event_or_task",),
    ),
    Mutation(
        guard="what may be in the ledger already is looked up before it is created",
        folder="consumers/sync",
        old="    looks_first = record.in_doubt or FACTS[record.document_type].looked_up_first",
        new="    looks_first = FACTS[record.document_type].looked_up_first",
        tests=("test_a_create_in_doubt_is_made_once_by_a_provider_that_ignores_its_key",),
        claims=("GWY-20",),
    ),
    Mutation(
        guard="an older desired state plans nothing",
        folder="consumers/sync",
        old="        return self.base is None or self.desired.version > self.base.platform_version",
        new="        return self.base is None or self.desired.version != self.base.platform_version",
        tests=("test_an_older_state_is_never_written_over_a_newer_one",),
    ),
    Mutation(
        guard="what a document needs goes first",
        folder="consumers/sync",
        old="    if record.missing:\n",
        new="    if record.missing and record.in_doubt:\n",
        tests=("test_an_invoice_waits_for_its_customer_and_is_woken_by_its_link",),
        claims=("ENT-16", "RUN-06"),
    ),
    Mutation(
        guard="a draft is never sent",
        folder="consumers/sync",
        old=("    if is_draft(document):\n        return NOT_APPROVED"),
        new=(
            "    if is_draft(document) and is_withdrawn(document):\n        return NOT_APPROVED"
        ),
        tests=("test_a_draft_is_skipped_with_the_reason_until_it_is_approved",),
        claims=("ENT-18",),
    ),
    Mutation(
        guard="a document that is voided is voided in the ledger",
        folder="consumers/sync",
        old="    return Void()\n",
        new="    return NoAction()\n",
        tests=("test_a_void_waits_until_the_payments_are_void", "test_the_plan_of"),
    ),
    Mutation(
        guard="an update names what changed and nothing else",
        folder="consumers/sync",
        old="    return frozenset(name for name in names if getattr(base, name) != getattr(document, name))",
        new="    return frozenset(names)",
        tests=("test_changes_that_are", "test_the_plan_of"),
    ),
    Mutation(
        guard="a write whose answer is lost is looked up",
        folder="consumers/sync",
        old="    return isinstance(error, (Uncertain, Stale))",
        new="    return isinstance(error, Stale)",
        tests=("test_a_lost_answer_leads_to_one_record",),
        claims=("GWY-20", "ERR-14"),
    ),
    Mutation(
        guard="a change of a stale version is read again and repeated",
        folder="consumers/sync",
        old="    return isinstance(error, (Uncertain, Stale))",
        new="    return isinstance(error, Uncertain)",
        tests=("test_a_change_of_a_stale_version_is_read_again_once_and_then_written",),
        claims=("CNF-10",),
    ),
    Mutation(
        guard="what is found is brought up to date unless it is what was sent",
        folder="consumers/sync",
        old="        if not (facts.ledger_owned or (sent and facts.marked)):",
        new="        if not (facts.ledger_owned or facts.marked):",
        tests=("test_what_is_found_after_a_clash_is_brought_up_to_date",),
    ),
    Mutation(
        guard="a create that was begun at an older version counts for that one",
        folder="consumers/sync",
        old="        if operation is Operation.CREATE and _begun_at_another_version(case):",
        new="        if operation is Operation.VOID and _begun_at_another_version(case):",
        tests=("test_a_create_whose_key_brings_an_older_answer_is_brought_up_to_date",),
    ),
    Mutation(
        guard="a change that the ledger blocks is held",
        folder="consumers/sync",
        old="        if isinstance(result, Blocked) and operation is not Operation.VOID:",
        new="        if isinstance(result, Blocked) and operation is Operation.CREATE:",
        tests=("test_an_invoice_is_changed_until_it_is_paid_and_then_held_with_advice",),
        claims=("ENT-10",),
    ),
    Mutation(
        guard="a second failure leaves the doubt of the first write",
        folder="consumers/sync",
        old="    return first if isinstance(first, Uncertain) and passing else then",
        new="    return then",
        tests=(
            "test_a_throttled_look_up_leaves_the_doubt",
            "test_look_ups_that_fail_leave_the_doubt_until_one_does_not",
        ),
    ),
    Mutation(
        guard="a write is not repeated for a partition that was lost meanwhile",
        folder="consumers/sync",
        old="        await self._begin(fence, operation, [(c, w.idempotency_key) for (c, w), _ in again])",
        new="        pass",
        tests=("test_a_write_is_not_repeated_for_a_partition_that_was_lost_meanwhile",),
    ),
    Mutation(
        guard="a document is given up after five retries",
        folder="consumers/sync",
        old="        if attempt > len(self.delays):",
        new="        if attempt > 2 + len(self.delays) // 3:",
        tests=(
            "test_five_more_tries_within_two_hours_and_then_it_is_dead",
            "test_five_retries_fall_within_two_hours_and_then_it_is_dead",
        ),
        claims=("ERR-02",),
    ),
    Mutation(
        guard="a delay is lengthened by chance",
        folder="consumers/sync",
        old="self.longest_spread) * chance",
        new="self.longest_spread) * 0",
        tests=("test_a_delay_is_lengthened_by_chance_and_never_shortened",),
    ),
    Mutation(
        guard="a throttle uses no attempt",
        folder="consumers/sync",
        old="                return Pause(error.reason, error.retry_after)\n",
        new="                return self._again(error, attempt, now, chance())\n",
        tests=("test_a_throttle_pauses_the_realm_and_uses_no_attempt",),
        claims=("ERR-13",),
    ),
    Mutation(
        guard="what the ledger will not accept is not tried again",
        folder="consumers/sync",
        old=(
            "            case Rejected():\n"
            "                return Dead(error.reason, attempt, error.trace_id)"
        ),
        new=(
            "            case Rejected():\n"
            "                return self._again(error, attempt, now, chance())"
        ),
        tests=("test_what_the_ledger_will_not_accept_is_asked_for_once",),
        claims=("ERR-16",),
    ),
    Mutation(
        guard="a provider that is down uses no attempt",
        folder="consumers/sync",
        old="                return Pause(error.reason, error.retry_after, error.in_doubt)",
        new="                return self._again(error, attempt, now, chance())",
        tests=("test_what_is_known_to_be_down_pauses_and_uses_no_attempt",),
        claims=("GWY-19",),
    ),
    Mutation(
        guard="without a consent nothing is written",
        folder="consumers/sync",
        old="            if stored.state is not ConnectionState.CONNECTED:",
        new="            if stored.state is ConnectionState.DISCONNECTED:",
        tests=(
            "test_without_consent_nothing_is_written_and_the_lane_stops",
            "test_work_waits_for_a_new_consent_and_then_drains_by_itself",
        ),
    ),
    Mutation(
        guard="the log of a try carries tenant and realm",
        folder="consumers/sync",
        old="tenant=realm.tenant_id, realm=realm.realm_id, provider=realm.provider",
        new="provider=realm.provider",
        tests=("test_what_is_given_up_is_logged_with_what_to_do_and_without_names",),
    ),
    Mutation(
        guard="a try is counted once",
        folder="consumers/sync",
        old="OUTCOMES.labels(realm.provider, case.row.document_type.value, kind).inc()",
        new="OUTCOMES.labels(realm.provider, case.row.document_type.value, kind).inc(2)",
        tests=("test_each_try_is_counted_once_by_outcome_and_each_failure_by_category",),
        claims=("ERR-07",),
    ),
    Mutation(
        guard="a failure is counted by its category",
        folder="consumers/sync",
        old="ERRORS.labels(realm.provider, reason.category.value, reason.code).inc()",
        new='ERRORS.labels(realm.provider, "", reason.code).inc()',
        tests=("test_each_try_is_counted_once_by_outcome_and_each_failure_by_category",),
        claims=("ERR-07",),
    ),
    Mutation(
        guard="what is given up is kept",
        folder="consumers/sync",
        old="        await self.transaction.dead_letters.store([letter])",
        new="        del letter",
        tests=("test_five_more_tries_within_two_hours_and_then_it_is_dead",),
        claims=("GWY-16",),
    ),
    Mutation(
        guard="a link wakes those that wait for it",
        folder="consumers/sync",
        old="        return bool(await self.transaction.dependencies.wake(realm, [case.id], now=self.now))",
        new="        return not realm",
        tests=("test_an_invoice_waits_for_its_customer_and_is_woken_by_its_link",),
        claims=("ENT-16",),
    ),
    Mutation(
        guard="a result is announced with its record",
        folder="consumers/sync",
        old=(
            "        await self.transaction.outbox.append(\n"
            "            _result_message(case, self.realm, result, self.now)\n"
            "        )"
        ),
        new="        del result",
        tests=("test_link_state_and_result_are_stored_together",),
        claims=("RUN-09",),
    ),
    Mutation(
        guard="what needs a person is a task",
        folder="consumers/sync",
        old="        if stored and state in STOPPED:",
        new="        if stored and state is SyncState.SKIPPED:",
        tests=("test_a_document_that_needs_a_person_is_one_task_until_it_agrees",),
        claims=("ERR-15",),
    ),
    Mutation(
        guard="agreement closes the tasks of its record",
        folder="consumers/sync",
        old="        if case.row.attempts_total:",
        new="        if not case.row.attempts_total:",
        tests=("test_a_document_that_needs_a_person_is_one_task_until_it_agrees",),
        claims=("ERR-15",),
    ),
    Mutation(
        guard="a try that failed is noted with its doubt",
        folder="consumers/sync",
        old=(
            "        if not outcome.in_doubt:\n            await self.transaction.intents.close"
        ),
        new=("        if outcome.attempt:\n            await self.transaction.intents.close"),
        tests=(
            "test_look_ups_that_fail_leave_the_doubt_until_one_does_not",
            "test_a_create_whose_answer_was_lost_in_an_outage_is_looked_up",
        ),
    ),
    Mutation(
        guard="an older state of the ledger plans nothing",
        folder="consumers/sync",
        old="        return self.base is None or self.observed.version > self.base.ledger_version",
        new="        return self.base is None or self.observed.version != self.base.ledger_version",
        tests=("test_an_older_state_of_the_ledger_is_never_applied_over_a_newer_one",),
    ),
    Mutation(
        guard="a change that both sides made is agreement",
        folder="consumers/sync",
        old="    overlap = ours & theirs - same\n",
        new="    overlap = ours & theirs\n",
        tests=("test_the_same_edit_on_both_sides_is_agreement",),
    ),
    Mutation(
        guard="a person is asked where the policy asks",
        folder="consumers/sync",
        old="    if winner is ConflictRule.ASK:\n",
        new="    if winner is ConflictRule.ASK and not found.overlap:\n",
        tests=("test_a_contested_value_is_asked_about_only_and_always_where_the_policy_asks",),
    ),
    Mutation(
        guard="what was removed in the ledger is not written again",
        folder="consumers/sync",
        old="    if changed and record.observed is not None and record.observed.removed:\n",
        new="    if changed and record.observed is None:\n",
        tests=("test_what_is_void_or_deleted_in_the_ledger_is_never_written",),
    ),
    Mutation(
        guard="a change goes only where the direction allows",
        folder="consumers/sync",
        old="    apply = apply if rule.to_platform else NOTHING\n",
        new="    apply = apply or NOTHING\n",
        tests=("test_changes_go_only_where_the_direction_allows",),
    ),
    Mutation(
        guard="of two writes the later wins where the policy says so",
        folder="consumers/sync",
        old="    if ours is not None and theirs is not None and theirs > ours:",
        new="    if ours is not None and theirs is not None and theirs < ours:",
        tests=("test_the_winner_of_the_policy_has_its_values_on_both_sides",),
    ),
)
