"""`pyrallel-consumer` as a program; runs in the environment that `competitors` makes.

Tuned: the asyncio engine, order by key, no dead letters and no metrics. `max_in_flight` is
both how many records run and how many are fetched, and with a busy key most of what was
fetched waits for that one; so it is larger than the slots, and a semaphore keeps to these.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Final

from pyrallel_consumer import (  # type: ignore[import-not-found] # has its own environment
    ExecutionMode,
    KafkaConfig,
    OrderingMode,
    PyrallelConsumer,
    WorkItem,
)

from tests.benchmarks.lanes.completions import Completions, number_in

LOOK_S: Final = 0.05


def configured(bootstrap: str, group: str, fetched: int) -> KafkaConfig:
    """Return its settings."""
    config = KafkaConfig()
    config.BOOTSTRAP_SERVERS = [bootstrap]
    config.CONSUMER_GROUP = group
    config.dlq_enabled = False
    parallel = config.parallel_consumer
    parallel.ordering_mode = OrderingMode.KEY_HASH
    parallel.execution.mode = ExecutionMode.ASYNC
    parallel.execution.max_in_flight = fetched
    return config


async def consume(told: argparse.Namespace) -> None:
    """Consume until all is completed."""
    completions = Completions(told.warm, told.total, Path(told.file))
    slots, work_s = asyncio.Semaphore(told.slots), told.work_ms / 1000

    async def work(item: WorkItem) -> None:
        async with slots:
            await asyncio.sleep(work_s)
        completions.note(number_in(item.payload))

    config = configured(told.bootstrap, told.name, told.fetched)
    consumer = PyrallelConsumer(config=config, worker=work, topic=f"{told.name}.work")
    await consumer.start()
    while not completions.done:
        await asyncio.sleep(LOOK_S)
    await consumer.stop()


def main() -> None:
    """Run as the command line says."""
    options = argparse.ArgumentParser(description=__doc__)
    for name in ("bootstrap", "name", "file"):
        options.add_argument(name)
    for name in ("warm", "total", "slots", "work_ms"):
        options.add_argument(name, type=int)
    options.add_argument("--fetched", type=int, default=1_000)
    asyncio.run(consume(options.parse_args()))


if __name__ == "__main__":
    main()
