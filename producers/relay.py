"""The relay from a source to Kafka: at least once, in the order of each key.

A batch is polled, published and acknowledged; the next is polled while it is published. After a
crash the next session starts behind the last acknowledgement that was stored and repeats what
followed it. Intake drops repeats by version, other consumers by event id (``ce_id``).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from typing import Any, Final

import structlog

from ledgerlane_outbox.store import OutboxRow
from producers import metrics
from producers.errors import LeaseTaken, ProducerError, UnsupportedOutbox
from producers.lease import keeping_lease
from producers.publisher import Publisher, Rejection
from producers.relay_policy import PoisonPolicy, RelayPolicy
from producers.sources.source import Backlog, Batch, Key, Parked, Source, SourceSession

log: Final = structlog.get_logger("relay")

_STANDBY_S: Final = 1.0
_FIRST_DELAY_S: Final = 0.25
_LONGEST_DELAY_S: Final = 5.0
_COUNT_EVERY_S: Final = 15.0
_UNPARK_EVERY_S: Final = 2.0
_FOLLOW_EVERY_S: Final = 60.0

_SEQ: Final = itemgetter(0)
_TOPIC: Final = itemgetter(1)
_KEY: Final = itemgetter(1, 2)


def no_crash(point: str) -> None:
    """Do nothing at the named crash point; chaos tests pass a function that dies there."""


class Relay:
    """Moves the rows of one source to Kafka.

    Args:
        crash_point: Called with the name of each point at which a crash is worth testing.
    """

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
        self._unparked_at = float("-inf")
        self._followed_at = float("-inf")
        self._standing_by = False
        self._refusal = ""

    @property
    def refusal(self) -> str:
        """Return why this relay does not read its outbox's version; empty if it does."""
        return self._refusal

    @property
    def standing_by(self) -> bool:
        """Return whether another relay had the lease when this one last asked for it."""
        return self._standing_by

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop`` is set, across every loss of the database or of Kafka.

        It returns once the batch under way is acknowledged. Cancelling it at any await is safe
        as well: what was not acknowledged is repeated.
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
            self._refusal = ""
            with metrics.LEADING.labels(self._source.name).track_inprogress():
                self._held = await session.held_keys()
                following: Batch | None = None
                while not stop.is_set():
                    await self._publish_unparked(session)
                    batch = following or await session.poll(self._batch_rows)
                    following = await self._step(session, batch)
                    if not batch.rows:
                        await unless_stopped(stop, session.wait())

    async def _publish_unparked(self, session: SourceSession) -> None:
        """Publish the parked rows that operators decided to retry."""
        # Between two batches only: nothing is being published then, so every row that waits
        # behind these is in the table of parked rows, and none can overtake them.
        now = time.monotonic()
        if now - self._unparked_at < _UNPARK_EVERY_S:
            return
        self._unparked_at = now
        while (batch := await session.unparked(self._batch_rows)).keys:
            self._held -= batch.keys
            if batch.rows:
                await self._deliver(session, batch)

    async def _step(self, session: SourceSession, batch: Batch) -> Batch | None:
        """Handle one batch; return the next if it was read meanwhile."""
        following = None
        if batch.rows:
            following = await self._deliver(session, batch)
        elif time.monotonic() - self._followed_at > _FOLLOW_EVERY_S:
            # A batch without rows moves the cursor past what other transactions of the server
            # did; without it every start would look through all of that again.
            self._followed_at = time.monotonic()
            await batch.acknowledge()
        self._recovered()
        if not batch.more:
            self._show(Backlog(0, None))
        return following

    async def _deliver(self, session: SourceSession, batch: Batch) -> Batch | None:
        self._crash_point("after_poll_before_publish")
        async with asyncio.TaskGroup() as tasks:
            publishing = tasks.create_task(self._publish(batch.rows))
            following = await session.poll(self._batch_rows) if batch.more else None
            parked = await keeping_lease(publishing, partial(self._heartbeat, session))
        self._crash_point("after_publish_before_cursor")
        await batch.acknowledge(parked)
        self._crash_point("after_cursor")
        return following

    async def _publish(self, rows: Sequence[OutboxRow]) -> list[Parked]:
        """Publish the rows and count them; return those to park instead."""
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
        """Return the rows that may be published, and those that wait behind a parked one."""
        # A key that is held stays held until an operator decides, even if the policy has been
        # changed to go on meanwhile: publishing its later rows now would reorder the key.
        if not self._held:
            return rows, []
        admitted = [row for row in rows if _KEY(row) not in self._held]
        waiting = [row for row in rows if _KEY(row) in self._held]
        reason = "waits behind a parked row"
        return admitted, [self._park(row, reason, holds_key=True) for row in waiting]

    def _park(self, row: OutboxRow, reason: str, *, holds_key: bool) -> Parked:
        if holds_key:
            self._held.add(_KEY(row))
        log.warning("outbox.parked", source=self._source.name, seq=_SEQ(row), reason=reason)
        return Parked(_SEQ(row), reason, holds_key=holds_key)

    async def _heartbeat(self, session: SourceSession) -> None:
        """Keep the lease while Kafka is slow, and count the backlog every 15 seconds."""
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
        """Log what ended a session, once; return the seconds to wait before the next."""
        if isinstance(exc, LeaseTaken):
            if not self._standing_by:
                log.info("relay.standing_by", source=self._source.name, reason=str(exc))
            self._standing_by = True
            self._refusal = ""
            return _STANDBY_S
        metrics.INTERRUPTIONS.labels(self._source.name).inc()
        if isinstance(exc, UnsupportedOutbox):
            # Tried again, so that an upgrade needs no restart; logged once until then.
            if self._refusal != str(exc):
                log.error("relay.refused", source=self._source.name, error=str(exc))
            self._refusal = str(exc)
            return _LONGEST_DELAY_S
        if not isinstance(exc, ProducerError):
            log.error("relay.failed", source=self._source.name, exc_info=exc)
        elif not self._failures:
            log.warning("relay.interrupted", source=self._source.name, error=str(exc))
        self._failures += 1
        return min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** min(self._failures - 1, 10))

    def _recovered(self) -> None:
        if self._failures:
            log.warning("relay.resumed", source=self._source.name)
            self._failures = 0


def _left_behind(rows: Sequence[OutboxRow], rejections: Sequence[Rejection]) -> list[OutboxRow]:
    return [rows[rejection.index] for rejection in rejections if rejection.behind]


def _published(rows: Sequence[OutboxRow], parked: Sequence[Parked]) -> Counter[str]:
    """Return the number of published rows of each topic."""
    if parked:
        aside = {row.seq for row in parked}
        rows = [row for row in rows if _SEQ(row) not in aside]
    return Counter(map(_TOPIC, rows))


def _first_cause(exc: BaseException) -> BaseException:
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    return exc


async def unless_stopped(stop: asyncio.Event, wait: Coroutine[Any, Any, None]) -> None:
    """Await ``wait``, or return when ``stop`` is set; errors are raised in a group."""
    async with asyncio.TaskGroup() as tasks:
        ends = [tasks.create_task(wait), tasks.create_task(_set(stop))]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()


async def _set(event: asyncio.Event) -> None:
    await event.wait()
