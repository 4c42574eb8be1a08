"""What a contestant did to its database: the log that it wrote, the rows that it left dead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import asyncpg
from sqlalchemy.engine import make_url

from gateway.demo.environment.databases import own_database

STATISTICS_S: Final = 11.0
"""After so long an idle session has told its statistics: PostgreSQL holds them for 10 s."""

_FILL_TIMEOUT_S: Final = 600.0
_NOTICED_WITHIN_S: Final = 30.0
_LSN: Final = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"
# Every update and every delete leaves a dead row behind, whether or not it was removed since.
_DEAD: Final = """
    SELECT coalesce(sum(n_tup_upd + n_tup_del), 0)::bigint,
           coalesce(sum(n_tup_upd + n_tup_del) FILTER (
               WHERE relid = $1::text::regclass
                  OR relid IN (SELECT relid FROM pg_partition_tree($1::text::regclass))
           ), 0)::bigint
      FROM pg_stat_user_tables
"""
# Of the sessions of others, which while no client writes are those of the relay.
_LOGGED_BY_OTHERS: Final = """
    SELECT coalesce(sum((pg_stat_get_backend_wal(pid)).wal_bytes), 0)::bigint
      FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SLOTS_IN_USE: Final = """
    SELECT EXISTS (SELECT FROM pg_replication_slots
                    WHERE database = current_database() AND active)
"""
_DROP_SLOTS: Final = """
    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
     WHERE database = current_database()
"""


class DeadRows(NamedTuple):
    """Row versions that were made dead in all tables, and those of them in the outbox."""

    everywhere: int
    in_outbox: int


@dataclass(frozen=True, slots=True)
class Database:
    """An empty database of one contestant's own, and a session in it."""

    url: str
    dsn: str
    session: Any

    async def log_bytes(self) -> int:
        """Return how many bytes the server has written to its write-ahead log, ever."""
        return int(await self.session.fetchval(_LSN))

    async def log_bytes_of_relay(self) -> int:
        """Return how many of them its sessions wrote; for when no client is connected.

        It is exact where a difference of totals drowns in page images of the inserts.
        """
        return int(await self.session.fetchval(_LOGGED_BY_OTHERS))

    async def dead_rows(self, outbox: str) -> DeadRows:
        """Return how many row versions were made dead, ever."""
        return DeadRows(*await self.session.fetchrow(_DEAD, outbox))

    async def fill(self, statement: str, events: int) -> None:
        """Append so many events in one transaction, right after a checkpoint."""
        await self.session.execute("CHECKPOINT")
        await self.session.execute(statement, events, timeout=_FILL_TIMEOUT_S)

    async def empty(self, table: str) -> None:
        """Remove all rows of an outbox that nobody relays yet."""
        await self.session.execute(f"TRUNCATE {table}")

    async def holds(self, condition: str) -> bool:
        """Whether a condition in SQL is true."""
        return bool(await self.session.fetchval(condition))


def libpq_url(database_url: str) -> str:
    """Return a SQLAlchemy URL without its driver."""
    url = make_url(database_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


@asynccontextmanager
async def fresh_database(server_url: str, name: str) -> AsyncIterator[Database]:
    """Have an empty database while the body runs, and no slot of it afterwards."""
    async with own_database(server_url, name) as url:
        dsn = libpq_url(url)
        session = await asyncpg.connect(dsn)
        try:
            yield Database(url, dsn, session)
        finally:
            await _drop_slots(session)
            await session.close()


async def _drop_slots(session: Any) -> None:
    """Drop the slots of relays that have ended, when the server has noticed that."""
    async with asyncio.timeout(_NOTICED_WITHIN_S):
        while await session.fetchval(_SLOTS_IN_USE):
            await asyncio.sleep(0.1)
    await session.execute(_DROP_SLOTS)
