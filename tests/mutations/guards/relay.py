"""Guards of the relay and the outbox: nothing lost, nothing out of order."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="by default a row that can't be published stops no later one",
        folder="producers",
        old="    poison: PoisonPolicy = PoisonPolicy.GO_ON",
        new="    poison: PoisonPolicy = PoisonPolicy.HOLD_KEY",
        tests=("test_by_default_later_events_pass_one_that_can_never_be_published",),
        claims=("DRV-30",),
    ),
    Mutation(
        guard="a parked row holds its key",
        folder="producers",
        old="            self._held.add(",
        new="            self._held.discard(",
        tests=("test_a_held_key_is_held_in_later_batches_and_by_the_next_relay",),
        claims=("GWY-06",),
    ),
    Mutation(
        guard="a held key is still held by the next relay",
        folder="producers",
        old="                self._held = await session.held_keys()",
        new="                self._held = set()",
        tests=("test_a_held_key_is_held_in_later_batches_and_by_the_next_relay",),
        claims=("GWY-06",),
    ),
    Mutation(
        guard="a batch is acknowledged after it is published",
        folder="producers",
        old='        self._crash_point("after_poll_before_publish")',
        new=(
            "        await batch.acknowledge()\n"
            '        self._crash_point("after_poll_before_publish")'
        ),
        tests=("test_a_relay_killed_at_a_crash_point_loses_nothing_and_keeps_the_order",),
        claims=("RUN-02", "GWY-01"),
    ),
    Mutation(
        guard="a batch that was published is acknowledged",
        folder="producers",
        old="        await batch.acknowledge(parked)",
        new="        publishing.result()",
        tests=("test_a_row_that_was_acknowledged_is_not_repeated_after_a_crash",),
    ),
    Mutation(
        guard="one session reads a shard at a time",
        folder="producers",
        old="    if not await connection.fetchval(store.TAKE_LEASE, shard.number):",
        new="    if await connection.fetchval(store.TAKE_LEASE, shard.number) is None:",
        tests=("test_one_session_at_a_time",),
    ),
    Mutation(
        guard="a cursor of another life of the database is told apart",
        folder="producers",
        old='    return cursor["ahead"] or (cursor["system_identifier"], cursor["timeline"]) != identity',
        new="    return not cursor",
        tests=("test_a_restored_database_is_resumed_by_number_with_repeats_and_no_loss",),
    ),
    Mutation(
        guard="a writer that is too early to notify is looked for",
        folder="producers",
        old="        if oldest_open_xid > self._latest_xid or self._asleep_at is None:",
        new="        if oldest_open_xid:",
        tests=("test_a_writer_that_is_too_early_to_notify_is_looked_for",),
    ),
    Mutation(
        guard="an outbox of another version is refused",
        folder="producers",
        old="    await _check_version(connection, name=name)\n",
        new="",
        tests=("test_a_relay_refuses_an_earlier_version_until_it_is_upgraded",),
    ),
    Mutation(
        guard="a rejected row is parked before the cursor moves on",
        folder="producers",
        old="                await store_parked(self._connection, position.parked)\n",
        new="",
        tests=("test_parked_keys_are_held_in_the_next_session",),
    ),
)
