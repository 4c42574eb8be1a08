"""What the publishers rely on of aiokafka's inside: a release that changes it fails here."""

import inspect
import re

import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.errors import InvalidProducerEpoch, for_code
from aiokafka.producer.message_accumulator import MessageAccumulator, MessageBatch
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.record.default_records import DefaultRecordBatch

from producers.publisher import Rejections
from producers.publishers.prepared_batch import InvalidRecord, PreparedBatch
from producers.publishers.record_batches import Compression, compress, encode_records
from tests.outbox_rows import a_row

PLACE = TopicPartition("events", 0)


def a_batch(count: int) -> PreparedBatch:
    rows = [a_row(payload=b"%d" % n) for n in range(count)]
    encoded = encode_records(rows, range(count), Rejections()).encoded
    return PreparedBatch(
        compress(encoded, Compression.LZ4),
        count,
        compression=Compression.LZ4,
        timestamp_ms=1,
        transactional=False,
    )


class OneBroker:
    """A cluster in which one broker leads every partition."""

    def leader_for_partition(self, place: TopicPartition) -> int:
        return 1


@pytest_asyncio.fixture
async def numbers() -> TransactionManager:
    found = TransactionManager(None, 1_000)
    found.set_pid_and_epoch(4711, 3)
    return found


@pytest_asyncio.fixture
async def accumulator(numbers: TransactionManager) -> MessageAccumulator:
    return MessageAccumulator(OneBroker(), 1_000, 0, 60, txn_manager=numbers, linger_ms=0)


def test_aiokafka_asks_of_a_batch_no_more_than_is_answered() -> None:
    source = inspect.getsource(MessageBatch) + inspect.getsource(MessageAccumulator)
    asked = set(re.findall(r"_builder\.(\w+)", source))
    answered = {name for name in vars(PreparedBatch) if not name.startswith("__")}
    # `append` is asked only of the batches that `send` begins.
    assert asked - {"append"} == answered


async def test_batches_get_their_numbers_and_are_sent_again_with_the_same(
    accumulator: MessageAccumulator,
) -> None:
    for count, sequence in ((3, 0), (2, 3)):
        acknowledged = await accumulator.add_batch(a_batch(count), PLACE, 1)
        first = _drained(accumulator)
        sent = first.get_data_buffer()
        accumulator.reenqueue(first)
        again = _drained(accumulator)
        assert again.get_data_buffer() == sent
        found = DefaultRecordBatch(sent)
        assert found.validate_crc()
        assert (found.producer_id, found.producer_epoch) == (4711, 3)
        assert found.base_sequence == sequence
        assert len(list(found)) == count
        again.done(17, -1, None)
        assert (await acknowledged).offset == 17


async def test_a_closed_batch_is_sent_at_once(accumulator: MessageAccumulator) -> None:
    accumulator._linger_time = 60
    await accumulator.add_batch(a_batch(1), PLACE, 1)
    assert _drained(accumulator).record_count == 1


def _drained(accumulator: MessageAccumulator) -> MessageBatch:
    batches, _ = accumulator.drain_by_nodes(ignore_nodes=set())
    return batches[1][PLACE]


def test_codes_that_aiokafka_does_not_know_have_their_meaning() -> None:
    assert for_code(87) is InvalidRecord
    assert for_code(90) is InvalidProducerEpoch
    assert not InvalidRecord.retriable
