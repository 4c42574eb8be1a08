"""Guards of the publishers: in order, nothing lost, and only the row at fault set aside."""

from typing import Final

from tests.mutations.mutation import Mutation

_REFUSED = ("test_of_a_refused_batch_the_row_at_fault_is_found_and_the_others_are_stored_once",)

GUARDS: Final = (
    Mutation(
        guard="of a refused batch every row is sent again",
        folder="producers",
        old="            return records.indexes\n        (index,)",
        new="            return records.indexes[1:]\n        (index,)",
        tests=_REFUSED,
    ),
    Mutation(
        guard="behind a refused batch the rest of its partition is sent",
        folder="producers",
        old="                return {place: [*again, *indexes[begin:]]}",
        new="                return {place: again}",
        tests=_REFUSED,
    ),
    Mutation(
        guard="the producer is started anew after a refusal",
        folder="producers",
        old=(
            "            while not await self._producer.send(publication):\n"
            "                await self._producer.drop()"
        ),
        new="            while not await self._producer.send(publication):\n                pass",
        tests=_REFUSED,
    ),
    Mutation(
        guard="a row that was refused alone holds back those of its key behind it",
        folder="producers",
        old="        self.rejections.add(index, (place.topic, self.rows[index][2]), ",
        new='        self.rejections.add(index, (place.topic, "another"), ',
        tests=_REFUSED,
    ),
    Mutation(
        guard="rows before a rejected one of their key are stored again in a transaction",
        folder="producers",
        old="        if first is None or index < first:",
        new="        if first is None:",
        tests=("test_rows_before_a_rejected_one_of_their_key_may_be_encoded_again",),
    ),
    Mutation(
        guard="a transaction that starts over stores what it had stored",
        folder="producers",
        old="        for publication in self._stored:\n            publication.begin_again()",
        new="        for publication in self._stored[1:]:\n            publication.begin_again()",
        tests=(
            "test_what_the_broker_refuses_is_found_and_the_rest_of_the_transaction_stored_again",
        ),
    ),
    Mutation(
        guard="a batch is no larger than its topic takes",
        folder="producers",
        old="        if used > limit and taken:",
        new="        if used > LARGEST_RECORD and taken:",
        tests=("test_batches_are_split_by_bytes_and_keep_the_order",),
    ),
    Mutation(
        guard="a batch is acknowledged before the next of its partition is sent",
        folder="producers",
        old="            try:\n                await sent\n            except _REFUSED",
        new="            try:\n                sent.cancel()\n            except _REFUSED",
        tests=_REFUSED,
    ),
    Mutation(
        guard="a key has the partition that Java's client gives it",
        folder="producers",
        old="    return int(murmur2(key.encode()) & 0x7FFFFFFF)",
        new="    return abs(murmur2(key.encode()))",
        tests=("test_a_key_lands_where_the_java_client_puts_it",),
    ),
)
