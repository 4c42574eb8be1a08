"""Guards of `consumers/lanes`: order, memory, turns and pace."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="no offset is committed past unfinished work",
        folder="consumers/lanes",
        old="        return self._taken[0] if self._taken else self._next",
        new="        return max(self._finished) + 1 if self._finished else self._next",
        tests=("test_never_past_what_is_unfinished",),
    ),
    Mutation(
        guard="a lane holds no more records than its limit",
        folder="consumers/lanes",
        old="        while self.has_ready and len(self._resident) > self._limit - self._page:",
        new="        while self.has_ready and len(self._resident) > 4 * self._limit - self._page:",
        tests=("test_a_lane_leaves_what_it_can_not_hold_to_the_table",),
    ),
    Mutation(
        guard="a page is no larger than the room for it",
        folder="consumers/lanes",
        old=(
            "        self._page = self._limit - len(self._resident)\n"
            "        self._table.begin_page()"
        ),
        new=("        self._page = 4 * self._limit\n        self._table.begin_page()"),
        tests=(
            "test_20000_signals_stay_within_the_limit_and_a_crash_in_the_middle_loses_none",
            "test_a_burst_spills_drains_and_stays_within_the_resident_limit",
        ),
    ),
    Mutation(
        guard="nothing overtakes what is in the table",
        folder="consumers/lanes",
        old="        if not self._opened or self._table.may_hold_as_urgent(work.priority):",
        new="        if not self._opened:",
        tests=("test_what_comes_while_the_table_has_work_does_not_overtake_it",),
    ),
    Mutation(
        guard="one record is written by one try at a time",
        folder="consumers/lanes",
        old="            known.again = True",
        new="            self._make_ready(known)",
        tests=("test_signals_of_one_record_while_it_is_written_lead_to_one_more_try",),
    ),
    Mutation(
        guard="a signal during a try leads to one more",
        folder="consumers/lanes",
        old="            known.again = True",
        new="            known.again = False",
        tests=("test_a_signal_during_a_try_leads_to_another_try_at_once",),
    ),
    Mutation(
        guard="what is more urgent goes first",
        folder="consumers/lanes",
        old="            self._queues = dict(sorted(self._queues.items()))",
        new="            self._queues = dict(self._queues)",
        tests=(
            "test_a_person_overtakes_20000_spilled_imports_by_the_next_call",
            "test_imports_take_what_pushes_leave_of_the_quota",
        ),
    ),
    Mutation(
        guard="lanes go in turns",
        folder="consumers/lanes",
        old="            lane = turns.popleft()",
        new="            lane = turns.pop()",
        tests=("test_whatever_comes_and_goes_whoever_has_work_is_served_soon",),
    ),
    Mutation(
        guard="a lane that comes with work goes before those that always have some",
        folder="consumers/lanes",
        old=("        return self._new\n\n    def _take_turn"),
        new=("        return self._old or self._new\n\n    def _take_turn"),
        tests=("test_a_lane_that_comes_with_work_goes_before_those_that_always_have_some",),
    ),
    Mutation(
        guard="new lanes leave the others one turn in so many",
        folder="consumers/lanes",
        old=" or self._new_in_a_row >= MOST_IN_A_ROW)",
        new=")",
        tests=("test_new_lanes_leave_the_others_one_turn_in_so_many",),
    ),
    Mutation(
        guard="calls beyond its turns cost a lane turns",
        folder="consumers/lanes",
        old="            lane.charge(extra)",
        new="            del extra",
        tests=("test_calls_that_a_try_made_beyond_its_turn_cost_its_lane_turns",),
    ),
    Mutation(
        guard="a retry is never early by the wall clock",
        folder="consumers/lanes",
        old=("            if wait_s > 0:\n                self._push"),
        new=("            if wait_s > 3600:\n                self._push"),
        tests=("test_a_clock_that_is_set_back_makes_nothing_early",),
    ),
    Mutation(
        guard="a retry waits until it is due",
        folder="consumers/lanes",
        old=("        if wait_s <= 0:\n            return False"),
        new=("        if wait_s <= 60:\n            return False"),
        tests=("test_of_100000_that_wait_none_is_early_and_none_late",),
    ),
    Mutation(
        guard="a retry leaves for its topic before its offset is finished",
        folder="consumers/lanes",
        old=("            if later:\n                await self._retries.publish(later)"),
        new=(
            "            if later and not works:\n"
            "                await self._retries.publish(later)"
        ),
        tests=("test_a_retry_leaves_for_its_topic_before_its_offset_is_finished",),
    ),
    Mutation(
        guard="a fenced partition is left alone",
        folder="consumers/lanes",
        old="                self._lanes.fence(lane.partition, now=self._monotonic())",
        new="                pass",
        tests=("test_a_fenced_partition_is_left_alone_until_it_is_ours_again",),
        claims=("GWY-21",),
    ),
    Mutation(
        guard="a lane without consent rests",
        folder="consumers/lanes",
        old="        return self._suspended or self._fenced or self._retired",
        new="        return self._fenced or self._retired",
        tests=("test_a_lane_without_consent_is_not_tried_again_and_again",),
    ),
    Mutation(
        guard="trouble on our own side loses nothing",
        folder="consumers/lanes",
        old=(
            "            lane.pace.pause(self._trouble_pause_s)\n"
            "            self._put_back(lane, works)"
        ),
        new="            lane.pace.pause(self._trouble_pause_s)",
        tests=("test_trouble_on_our_own_side_loses_nothing",),
    ),
    Mutation(
        guard="a revoked partition is left when its calls have ended",
        folder="consumers/lanes",
        old="                while any(lane.tries for lane in lanes):",
        new="                while not lanes:",
        tests=("test_a_revoked_partition_is_left_when_its_calls_have_ended",),
    ),
    Mutation(
        guard="work without a signal is found in the table",
        folder="consumers/lanes",
        old="        await self._backlog.find_work()",
        new="        pass",
        tests=("test_what_the_table_holds_is_worked_off_without_any_signal",),
    ),
    Mutation(
        guard="a new owner counts the calls of the one before",
        folder="consumers/lanes",
        old="            await self._ownership.take_over(lane)",
        new="            lane.open()",
        tests=("test_a_new_owner_counts_the_calls_of_the_one_before",),
    ),
    Mutation(
        guard="many dead letters of one kind stop a lane",
        folder="consumers/lanes",
        old='        if dead_letters < self._policy.dead_letters or dead_letters <= self._count(""):',
        new="        if dead_letters < 1_000 * self._policy.dead_letters:",
        tests=("test_of_1000_records_that_would_die_some_do_and_the_rest_wait_in_the_table",),
        claims=("GWY-19",),
    ),
    Mutation(
        guard="some bad documents among many good ones stop nothing",
        folder="consumers/lanes",
        old='        if dead_letters < self._policy.dead_letters or dead_letters <= self._count(""):',
        new="        if dead_letters < self._policy.dead_letters:",
        tests=("test_some_bad_documents_among_many_good_ones_do_not",),
    ),
    Mutation(
        guard="offsets move on while a realm is in trouble",
        folder="consumers/lanes",
        old="            if waited_s >= self._patience_s and lane.holds_signals:",
        new="            if waited_s >= 1e9 and lane.holds_signals:",
        tests=("test_the_offsets_of_a_realm_in_trouble_move_on_after_half_a_minute",),
        claims=("GWY-19",),
    ),
    Mutation(
        guard="a window counts the calls that run",
        folder="consumers/lanes",
        old="        too_many = counting + self._running - self.limit",
        new="        too_many = counting - self.limit",
        tests=("test_the_provider_never_sees_more_than_the_quota_whatever_the_network_delays",),
        claims=("SEC-09",),
    ),
    Mutation(
        guard="no more calls at once than the provider allows",
        folder="consumers/lanes",
        old="        if self._in_flight >= self._quota.in_flight:",
        new="        if self._in_flight >= 3 * self._quota.in_flight:",
        tests=("test_the_provider_never_sees_more_than_the_quota_whatever_the_network_delays",),
        claims=("SEC-09",),
    ),
    Mutation(
        guard="a pause that the provider asked for is kept",
        folder="consumers/lanes",
        old="        longest = max(self._paused_until - now, 0.0)",
        new="        longest = 0.0",
        tests=("test_a_pause_that_the_provider_asked_for_is_kept",),
        claims=("ERR-13",),
    ),
    Mutation(
        guard="the app's bucket pauses every lane",
        folder="consumers/lanes",
        old="        (self._shared if shared else self).pause(seconds)",
        new="        self.pause(seconds)",
        tests=("test_the_apps_bucket_pauses_every_lane",),
        claims=("GWY-15",),
    ),
    Mutation(
        guard="a realm in trouble is only probed",
        folder="consumers/lanes",
        old=("        self._breaker.fail(now, at_least_s=at_least_s)\n        # A lane"),
        new="        # A lane",
        tests=("test_a_realm_in_trouble_is_only_probed_and_no_other_notices",),
        claims=("GWY-19",),
    ),
    Mutation(
        guard="a provider that fails for everybody is only probed",
        folder="consumers/lanes",
        old="        elif self._outages.is_outage(now):",
        new="        elif self._outages.is_outage(now) and self.down:",
        tests=("test_two_hours_away_cost_probes_and_two_notices_but_no_record",),
    ),
    Mutation(
        guard="one success clears the provider",
        folder="consumers/lanes",
        old=(
            '        """Record that a lane\'s call succeeded."""\n'
            "        self._failures_in_a_row = 0"
        ),
        new='        """Record that a lane\'s call succeeded."""',
        tests=("test_one_success_or_ten_seconds_clear_the_provider",),
    ),
    Mutation(
        guard="repeats have a budget while calls fail",
        folder="consumers/lanes",
        old="        return repeats >= max(least, calls * self._policy.share)",
        new="        return repeats >= max(least, calls)",
        tests=("test_while_calls_fail_repeats_are_a_fifth_of_them_and_fresh_work_goes_on",),
        claims=("GWY-19",),
    ),
    Mutation(
        guard="concurrency falls while calls fail",
        folder="consumers/lanes",
        old="        self.limit = max(self.limit * self._decrease, 1.0)",
        new="        self.limit = max(self.limit, 1.0)",
        tests=("test_concurrency_falls_by_a_share_and_rises_by_one_for_each_success",),
    ),
    Mutation(
        guard="a probe that fails makes the rest longer",
        folder="consumers/lanes",
        old="            longer = self._open_s * self._policy.growth",
        new="            longer = self._open_s",
        tests=("test_one_probe_at_a_time_and_its_failure_doubles_the_time_up_to_a_limit",),
    ),
    Mutation(
        guard="one probe is made at a time",
        folder="consumers/lanes",
        old="            self._open_until = now + self._policy.longest_open_s",
        new="            self._open_until = now",
        tests=("test_one_probe_at_a_time_and_its_failure_doubles_the_time_up_to_a_limit",),
    ),
    Mutation(
        guard="a newer count does not trip a valve that a person has released",
        folder="consumers/lanes",
        old="            await self._store.update(found)",
        new="            await self._store.trip(self._family, found)",
        tests=("test_a_release_while_the_sweep_stores_the_count_is_not_undone",),
    ),
    Mutation(
        guard="a lane that was let go with repeats alone takes them",
        folder="consumers/lanes",
        old="self._ready.take(limit_of, repeats=repeats or self.only_repeats)",
        new="self._ready.take(limit_of, repeats=repeats)",
        tests=("test_a_lane_of_repeats_takes_them_although_their_budget_is_used_up",),
    ),
    Mutation(
        guard="a long stop leaves to the table what was asked for again meanwhile",
        folder="consumers/lanes",
        old="        if halts:\n            self._halt(lane, result)",
        new="        if halts and not lane.has_ready:\n            self._halt(lane, result)",
        tests=("test_a_long_stop_leaves_what_was_asked_for_again_meanwhile_to_the_table",),
    ),
)
