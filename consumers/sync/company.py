"""What a provider says about a company, read again when it is old or lacks what is needed."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from consumers.store.protocols import RecordStore
from providers.base import Ledger
from providers.connections import Connection
from providers.errors import ProviderError
from providers.http import Realm
from schemas.ids import ConnectionId

READ_EVERY: Final = timedelta(days=1)
# A mapping that names what the company will never have does not cause a reading for each of the
# records that need it.
SOUGHT_EVERY: Final = timedelta(minutes=15)
# Sooner than the first retry of a record, so that one which failed by the same outage is tried
# with what is read then; later and later where reading alone is refused.
FIRST_PAUSE: Final = timedelta(seconds=20)
LONGEST_PAUSE: Final = timedelta(hours=1)

log: Final = structlog.get_logger("company")

OpenRealm = Callable[[Realm], Ledger]


@dataclass(frozen=True, slots=True)
class _Failed:
    """A reading that failed.

    Attributes:
        again_at: When the next one may be tried, UTC.
        pause: How long that was after the failure.
        error: Why it failed.
    """

    again_at: datetime
    pause: timedelta
    error: ProviderError


class CompanyReader:
    """Keeps what is known of companies up to date. One for each worker.

    What is read is stored with the connection; here is only when it was of no use to read.
    """

    def __init__(self, store: RecordStore, *, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._locks: defaultdict[ConnectionId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._in_vain: dict[ConnectionId, datetime] = {}
        self._failed: dict[ConnectionId, _Failed] = {}

    async def up_to_date(self, seen: Connection, open_realm: OpenRealm) -> Connection:
        """Return a connection whose company was read within a day, and since it was asked for.

        Where the provider does not let it be read, what is known goes on being used.
        """
        if not self._is_old(seen):
            return seen
        async with self._locks[seen.id]:
            stored = await self._stored(seen)
            return await self._read(stored, open_realm) if self._is_old(stored) else stored

    async def sought(self, seen: Connection, open_realm: OpenRealm) -> Connection | None:
        """Return a connection as read anew, as a document needs what ``seen`` has not.

        ``None`` where it was read in vain a short time ago, or can't be read now.
        """
        async with self._locks[seen.id]:
            stored = await self._stored(seen)
            # What a person asks for is read, however often it was read in vain before.
            asked = self._is_old(stored)
            if not asked and stored.profile_read_at != seen.profile_read_at:
                return stored  # another try has read it meanwhile
            in_vain = None if asked else self._in_vain.get(seen.id)
            if in_vain is not None and self._now() < in_vain + SOUGHT_EVERY:
                return None
            read = await self._read(stored, open_realm)
            return None if read is stored else read

    def not_read(self, connection_id: ConnectionId) -> ProviderError | None:
        """Return why a company was not read when that was last tried; ``None`` if it was."""
        failed = self._failed.get(connection_id)
        return failed.error if failed else None

    def note(self, connection_id: ConnectionId, *, found: bool) -> None:
        """Remember whether a company that was read for what a document needs has it."""
        if found:
            self._in_vain.pop(connection_id, None)
        else:
            self._in_vain[connection_id] = self._now()

    def _is_old(self, known: Connection) -> bool:
        read_at = known.profile_read_at
        return read_at is None or self._now() - read_at >= READ_EVERY

    async def _stored(self, seen: Connection) -> Connection:
        async with self._store.transaction(seen.tenant_id) as tx:
            return await tx.connections.get(seen.id) or seen

    async def _read(self, stored: Connection, open_realm: OpenRealm) -> Connection:
        """Return the connection as read now; the same one where that failed."""
        failed, began = self._failed.get(stored.id), self._now()
        if failed is not None and began < failed.again_at:
            return stored
        seen = await self._begun(stored, overdue=began - READ_EVERY)
        try:
            profile = await open_realm(stored.realm).describe()
        except ProviderError as error:
            pause = min(failed.pause * 2, LONGEST_PAUSE) if failed else FIRST_PAUSE
            self._failed[stored.id] = _Failed(self._now() + pause, pause, error)
            log.warning("company.not_read", code=error.reason.code, fix=error.reason.fix)
            return stored
        self._failed.pop(stored.id, None)
        async with self._store.transaction(stored.tenant_id) as tx:
            await tx.connections.save_profile(seen, profile, now=began)
        log.info("company.read")
        return replace(
            stored,
            company_name=profile.company_name,
            country=profile.country,
            currency=profile.currency,
            profile=profile.data,
            profile_read_at=began,
        )

    async def _begun(self, stored: Connection, *, overdue: datetime) -> Connection:
        """Return the connection as it stands while its company is read.

        What is asked for meanwhile may not be in what is read, and is not lost: it is stored as
        asked for, so that what was read is not stored, and the company is read once more.
        """
        if stored.profile_read_at is not None:
            return stored
        async with self._store.transaction(stored.tenant_id) as tx:
            await tx.connections.begin_reading(stored.id, overdue=overdue)
        return replace(stored, profile_read_at=overdue)
