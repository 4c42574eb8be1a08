"""Signals that wait until they are due."""

import asyncio
import random
from datetime import datetime, timedelta

from consumers.lanes.delayed import DelayedSignals
from consumers.position import Position
from tests.unit.consumers.lanes.engine_harness import (
    connection,
    record,
    signal,
    virtually,
)
from tests.virtual_time import START, now

RETRY = "qbo.retry.30s"
MANY = 100_000


class Clocks:
    """A wall clock that may be set, and one that may not."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0
        self.set_back = timedelta(0)

    def monotonic(self) -> float:
        return self.elapsed_s

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed_s) - self.set_back


def put(delayed: DelayedSignals, offset: int, due_at: datetime, partition: int = 0) -> bool:
    one = signal(connection(1), record(offset), due_at=due_at)
    return delayed.put(one, Position(RETRY, partition, offset))


def test_what_is_due_comes_out_in_the_order_of_its_time() -> None:
    clocks = Clocks()
    delayed = DelayedSignals(monotonic=clocks.monotonic, now=clocks.now)
    for n, seconds in enumerate((5, 1, 3)):
        assert put(delayed, n, START + timedelta(seconds=seconds))
    assert not put(delayed, 3, START), "that is due"
    assert delayed.next_at() == 1.0
    clocks.elapsed_s = 4.0
    assert [(p.offset, late) for _, p, late in delayed.take_due()] == [(1, 3.0), (2, 1.0)]
    assert delayed.held_of(RETRY, 0) == 1


def test_a_clock_that_is_set_back_makes_nothing_early() -> None:
    clocks = Clocks()
    delayed = DelayedSignals(monotonic=clocks.monotonic, now=clocks.now)
    put(delayed, 0, START + timedelta(seconds=5))
    clocks.set_back = timedelta(seconds=60)
    clocks.elapsed_s = 5.0
    assert list(delayed.take_due()) == []
    assert delayed.next_at() == 65.0
    clocks.elapsed_s = 65.0
    assert [p.offset for _, p, _ in delayed.take_due()] == [0]


def test_what_a_revoked_partition_had_is_forgotten() -> None:
    clocks = Clocks()
    delayed = DelayedSignals(monotonic=clocks.monotonic, now=clocks.now)
    for partition in (0, 1):
        put(delayed, partition, START + timedelta(seconds=1), partition)
    delayed.forget(frozenset({0}))
    assert (delayed.held_of(RETRY, 0), delayed.held_of(RETRY, 1)) == (0, 1)


@virtually
async def test_of_100000_that_wait_none_is_early_and_none_late() -> None:
    chance = random.Random(5)  # noqa: S311 - times, not secrets
    loop = asyncio.get_running_loop()
    delayed = DelayedSignals(monotonic=loop.time, now=now)
    due = [chance.uniform(0.001, 7_200) for _ in range(MANY)]
    for n, at in enumerate(due):
        assert put(delayed, n, START + timedelta(seconds=at)), "not due yet, be it by little"
    late: list[float] = []
    while (next_at := delayed.next_at()) is not None:
        await asyncio.sleep(next_at - loop.time())
        late += [loop.time() - due[p.offset] for _, p, _ in delayed.take_due()]
    late.sort()
    assert len(late) == MANY
    assert late[0] >= -1e-6, "a datetime has microseconds"
    assert late[MANY * 99 // 100] <= 0.1
