"""Source, publisher, cursor: at least once, in the order of each key.

A batch is polled, published and acknowledged, and the next is polled while it is published.
Whatever dies between two lines, the next session starts behind the last batch whose
acknowledgement was kept and repeats what followed. Intake drops the repeats by version; a
reader that keeps no versions drops them by event id (``ce_id``), which a repeat has again.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any, Final

from ledgerlane_outbox.store import OutboxRow
from producers import metrics
from producers.errors import LeaseTaken, ProducerError
from producers.publisher import Publisher, Rejection
from producers.sources.source import Backlog, Batch, Key, Parked, Source, SourceSession

_log = logging.getLogger(__name__)

_LEASE_BEAT_S: Final = 2.0
_STANDBY_S: Final = 1.0
_FIRST_DELAY_S: Final = 0.25
_LONGEST_DELAY_S: Final = 5.0
_COUNT_EVERY_S: Final = 15.0
_RELEASE_EVERY_S: Final = 2.0
_FOLLOW_EVERY_S: Final = 60.0

_SEQ: Final = itemgetter(0)
_TOPIC: Final = itemgetter(1)
_KEY: Final = itemgetter(1, 2)


class PoisonPolicy(StrEnum):
    """What becomes of the later rows of a key when one of its rows can't be published."""

    HOLD_KEY = "hold key"
    GO_ON = "go on"


@dataclass(frozen=True, slots=True)
class RelayPolicy:
    """How a relay works.

    Attributes:
        batch_rows: The most rows of a batch; two batches are in memory at a time.
    """

    batch_rows: int = 20_000
    poison: PoisonPolicy = PoisonPolicy.HOLD_KEY


def no_crash(point: str) -> None:
    """Pass the named crash point; chaos tests give the relay a function that dies there."""


class Relay:
    """Moves the rows of one source to Kafka."""

    def __init__(
        self,
        source: Source,
        publisher: Publisher,
        policy: RelayPolicy,
        *,
        crash_point: Callable[[str], None] = no_crash,
    ) -> None:
        self._source = source
        self._publisher = publisher
        self._batch_rows = policy.batch_rows
        self._holds = policy.poison is PoisonPolicy.HOLD_KEY
        self._crash_point = crash_point
        self._held: set[Key] = set()
        self._failures = 0
        self._counted_at = float("-inf")
        self._released_at = float("-inf")
        self._followed_at = float("-inf")
        self._standing_by = False

    @property
    def standing_by(self) -> bool:
        """Whether another relay was found to have the lease when this one last asked."""
        return self._standing_by

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop`` is set, through every loss of the database or of Kafka.

        Returns once the batch under way is acknowledged. To cancel it at any await is safe too:
        what was not acknowledged comes again.
        """
        while not stop.is_set():
            try:
                await self._run_session(stop)
            except Exception as exc:  # noqa: BLE001 - supervisor: whatever failed, start over
                delay_s = self._report(_first_cause(exc))
                await unless_stopped(stop, asyncio.sleep(delay_s))

    async def _run_session(self, stop: asyncio.Event) -> None:
        async with self._source.session() as session:
            self._standing_by = False
            with metrics.LEADING.labels(self._source.name).track_inprogress():
                self._held = await session.held_keys()
                following: Batch | None = None
                while not stop.is_set():
                    await self._release(session)
                    batch = following or await session.poll(self._batch_rows)
                    following = await self._step(session, batch)
                    if not batch.rows:
                        await unless_stopped(stop, session.wait())

    async def _release(self, session: SourceSession) -> None:
        """Publish the parked rows that operators let go, before anything else of their keys.

        Nothing is being published here, so whatever waits behind them is parked as well.
        """
        now = time.monotonic()
        if now - self._released_at < _RELEASE_EVERY_S:
            return
        self._released_at = now
        while (batch := await session.released(self._batch_rows)).keys:
            self._held -= batch.keys
            if batch.rows:
                await self._deliver(session, batch)

    async def _step(self, session: SourceSession, batch: Batch) -> Batch | None:
        """Deal with one batch; return the next if it was read meanwhile."""
        following = None
        if batch.rows:
            following = await self._deliver(session, batch)
        elif time.monotonic() - self._followed_at > _FOLLOW_EVERY_S:
            self._followed_at = time.monotonic()
            await batch.acknowledge()  # or what others write would be read again at every start
        self._recovered()
        if not batch.more:
            self._show(Backlog(0, None))
        return following

    async def _deliver(self, session: SourceSession, batch: Batch) -> Batch | None:
        self._crash_point("after_poll_before_publish")
        async with asyncio.TaskGroup() as tasks:
            publishing = tasks.create_task(self._publish(batch.rows))
            following = await session.poll(self._batch_rows) if batch.more else None
            while not (await asyncio.wait({publishing}, timeout=_LEASE_BEAT_S))[0]:
                await self._beat(session)
        self._crash_point("after_publish_before_cursor")
        await batch.acknowledge(publishing.result())
        self._crash_point("after_cursor")
        return following

    async def _publish(self, rows: Sequence[OutboxRow]) -> list[Parked]:
        """Publish the rows; return those to park instead."""
        name = self._source.name
        metrics.BATCH_ROWS.labels(name).observe(len(rows))
        with metrics.PUBLISH_SECONDS.labels(name).time():
            parked = await self._publish_or_park(rows)
        metrics.PARKED.labels(name).inc(len(parked))
        for topic, count in _published(rows, parked).items():
            metrics.PUBLISHED.labels(name, topic).inc(count)
        return parked

    async def _publish_or_park(self, rows: Sequence[OutboxRow]) -> list[Parked]:
        rows, parked = self._admit(rows)
        while rows:
            rejections = await self._publisher.publish(rows)
            parked += [
                self._park(rows[rejection.index], rejection.reason, holds_key=self._holds)
                for rejection in rejections
                if self._holds or not rejection.behind
            ]
            rows = [] if self._holds else _left_behind(rows, rejections)
        return parked

    def _admit(self, rows: Sequence[OutboxRow]) -> tuple[Sequence[OutboxRow], list[Parked]]:
        """Set aside the rows that have to wait behind a parked one.

        A key that is held stays so, whole and in order, until an operator lets it go, also
        where the policy that held it is no longer the relay's.
        """
        if not self._held:
            return rows, []
        admitted = [row for row in rows if _KEY(row) not in self._held]
        waiting = [row for row in rows if _KEY(row) in self._held]
        reason = "waits behind a parked row"
        return admitted, [self._park(row, reason, holds_key=True) for row in waiting]

    def _park(self, row: OutboxRow, reason: str, *, holds_key: bool) -> Parked:
        if holds_key:
            self._held.add(_KEY(row))
        _log.warning("%s: parked row %s: %s", self._source.name, _SEQ(row), reason)
        return Parked(_SEQ(row), reason, holds_key=holds_key)

    async def _beat(self, session: SourceSession) -> None:
        """Keep the lease while Kafka is slow, and now and then count what gathers meanwhile."""
        now = time.monotonic()
        if now - self._counted_at < _COUNT_EVERY_S:
            await session.keep_lease()
        else:
            self._counted_at = now
            self._show(await session.backlog())

    def _show(self, backlog: Backlog) -> None:
        age_s = 0.0
        if backlog.oldest_at:
            age_s = (datetime.now(UTC) - backlog.oldest_at).total_seconds()
        metrics.WAITING.labels(self._source.name).set(backlog.rows)
        metrics.LAG.labels(self._source.name).set(age_s)

    def _report(self, exc: BaseException) -> float:
        """Say what ended a session, if it is news; give the seconds to the next."""
        if isinstance(exc, LeaseTaken):
            if not self._standing_by:
                _log.info("%s: standing by: %s", self._source.name, exc)
            self._standing_by = True
            return _STANDBY_S
        metrics.INTERRUPTIONS.labels(self._source.name).inc()
        if not isinstance(exc, ProducerError):
            _log.error("%s: the relay failed; starting over", self._source.name, exc_info=exc)
        elif not self._failures:
            _log.warning("%s: %s; trying again until it is back", self._source.name, exc)
        self._failures += 1
        return min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** min(self._failures - 1, 10))

    def _recovered(self) -> None:
        if self._failures:
            _log.warning("%s: relaying again", self._source.name)
            self._failures = 0


def _left_behind(rows: Sequence[OutboxRow], rejections: Sequence[Rejection]) -> list[OutboxRow]:
    return [rows[rejection.index] for rejection in rejections if rejection.behind]


def _published(rows: Sequence[OutboxRow], parked: Sequence[Parked]) -> Counter[str]:
    """Count the rows by topic, but for the parked."""
    if parked:
        aside = {row.seq for row in parked}
        rows = [row for row in rows if _SEQ(row) not in aside]
    return Counter(map(_TOPIC, rows))


def _first_cause(exc: BaseException) -> BaseException:
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    return exc


async def unless_stopped(stop: asyncio.Event, wait: Coroutine[Any, Any, None]) -> None:
    """Wait for what it is, but no longer than to ``stop``; errors come out in a group."""
    async with asyncio.TaskGroup() as tasks:
        ends = [tasks.create_task(wait), tasks.create_task(_set(stop))]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()


async def _set(event: asyncio.Event) -> None:
    await event.wait()
