"""Guards of intake and of the consumers' Kafka clients."""

from typing import Final

from tests.mutations.mutation import Mutation

GUARDS: Final = (
    Mutation(
        guard="an event that names a realm goes there and nowhere else",
        folder="consumers",
        old="    return [c for c in connections if c.realm_id == envelope.realm_id]",
        new="    return [c for c in connections if c.is_default and c.realm_id]",
        tests=("test_events_of_many_companies_land_where_they_are_named_to",),
        claims=("CON-12", "SEC-15"),
    ),
    Mutation(
        guard="an event that names no realm goes to the default alone",
        folder="consumers",
        old="        return [c for c in connections if c.is_default]\n",
        new="        return list(connections)\n",
        tests=("test_events_of_many_companies_land_where_they_are_named_to",),
        claims=("CON-12",),
    ),
    Mutation(
        guard="what is no event is kept as a dead letter",
        folder="consumers",
        old="                refused.append(await self._refusal(tx, received, exc))\n",
        new="                del exc\n",
        tests=("test_rubbish_becomes_dead_letters_and_the_rest_is_taken_in",),
        claims=("ERR-11", "GWY-16"),
    ),
    Mutation(
        guard="a refused version marks its record once",
        folder="consumers",
        old="    fresh = [one for one in refusals if one.letter_id in new]",
        new="    fresh = [one for one in refusals if one.letter_id]",
        tests=("test_a_batch_that_is_handled_again_marks_nothing_again",),
    ),
    Mutation(
        guard="what waits for a refused version is told so",
        folder="consumers",
        old="    told = await tx.dependencies.update_waiting_reasons(version.record_id, reason, now=now)",
        new="    told = 0",
        tests=("test_what_waits_for_it_says_so_and_why",),
    ),
    Mutation(
        guard="what contradicted an older version goes on when the newest is refused",
        folder="consumers",
        old="    await tx.dependencies.wake(version.connection_id, [version.record_id], now=now)\n",
        new="",
        tests=("test_a_version_that_is_never_settled_as_the_next_is_refused_clears_it_too",),
        claims=("DRV-23",),
    ),
    Mutation(
        guard="only what differs as a document is a conflict of versions",
        folder="consumers",
        old="        return _readable(stored.document_type, text)\n",
        new="        return None\n",
        tests=("test_zeros_of_a_number_are_no_other_content",),
        claims=("DRV-29",),
    ),
    Mutation(
        guard="two contents of one version in a batch are a conflict",
        folder="consumers",
        old="        if state.version != stored.version or state.document == text:",
        new="        if state.version != stored.version or stored.document == text:",
        tests=("test_other_content_under_the_same_version_is_a_conflict_with_a_task",),
        claims=("DRV-29",),
    ),
    Mutation(
        guard="intake commits only behind what it handled",
        folder="consumers",
        old="        if found and await self._handled(found, stop):",
        new="        if found and (await consumer.commit() or await self._handled(found, stop)):",
        tests=("test_a_batch_that_was_not_handled_is_handled_by_the_next_intake",),
        claims=("RUN-02",),
    ),
    Mutation(
        guard="a topic that grows stops its worker",
        folder="consumers",
        old="                    self._check_growth()\n",
        new="",
        tests=("test_a_worker_stops_when_a_topic_has_grown",),
        claims=("GWY-11",),
    ),
    Mutation(
        guard="topics that do not go together stop their worker",
        folder="consumers",
        old="        if partitions != by_topic[first]:",
        new="        if not partitions and by_topic[first]:",
        tests=("test_topics_that_are_not_assigned_alike_are_named",),
        claims=("GWY-11",),
    ),
    Mutation(
        guard="a realm's signals are where Kafka's own partitioner puts them",
        folder="consumers",
        old="    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)",
        new="    return int((murmur2(key.encode()) & 0x3FFFFFFF) % partitions)",
        tests=("test_a_key_is_where_kafka_s_own_partitioner_puts_it",),
    ),
    Mutation(
        guard="a record that is no signal is kept as a dead letter",
        folder="consumers",
        old="            await self._store_malformed(record, str(exc))\n",
        new="            del exc\n",
        tests=("test_a_thousand_poison_messages_stand_in_nobodys_way",),
        claims=("ERR-12",),
    ),
)
