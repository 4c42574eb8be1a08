"""The tables of the audit trail, and every statement on them.

A tenant's entries are one chain, and what belongs to no tenant is another. Appending locks the
head of one chain, so that tenants do not wait for each other: in a single chain every write of
the API would wait for every other. Triggers refuse to change or delete an entry, and move a
head by one entry at a time; the chain shows what was done by those who can switch them off.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    RowMapping,
    Table,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.trail.entry import FIRST, ChainedEntry, Outcome, TrailEntry, chained
from gateway.trail.verification import Head

metadata: Final = MetaData()

trail_entries: Final = Table(
    "trail_entries",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who_id", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

Index("trail_entries_at", trail_entries.c.at)

trail_heads: Final = Table(
    "trail_heads",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

_PAGE: Final = 1_000


async def append(database: AsyncConnection, entry: TrailEntry) -> ChainedEntry:
    """Append an entry to the chain of its tenant, and return it in its place.

    The chain is locked until the caller's transaction ends.
    """
    head = await _locked_head(database, entry.tenant)
    added = chained(entry, seq=head.seq + 1, previous=head.digest)
    await database.execute(insert(trail_entries).values(_row(added)))
    await database.execute(
        update(trail_heads)
        .where(trail_heads.c.tenant_id == entry.tenant)
        .values(seq=added.seq, digest=added.digest)
    )
    return added


async def _locked_head(database: AsyncConnection, tenant: str) -> Head:
    begun = upsert(trail_heads).values(tenant_id=tenant, seq=0, digest=FIRST)
    await database.execute(begun.on_conflict_do_nothing())
    mine = select(trail_heads).where(trail_heads.c.tenant_id == tenant).with_for_update()
    return _head((await database.execute(mine)).mappings().one())


async def length(database: AsyncConnection, tenant: str) -> int:
    """Return how many entries a chain has by its head; 0 where it has none."""
    wanted = select(trail_heads.c.seq).where(trail_heads.c.tenant_id == tenant)
    return await database.scalar(wanted) or 0


async def heads(database: AsyncConnection) -> Sequence[Head]:
    """Return the end of every chain; of one whose end is gone, as if it had no entries."""
    found = await database.execute(select(trail_heads).order_by(trail_heads.c.tenant_id))
    known = [_head(row) for row in found.mappings()]
    chains = await database.execute(select(trail_entries.c.tenant_id).distinct())
    headless = set(chains.scalars()) - {head.tenant for head in known}
    return [*known, *(Head(tenant, 0, FIRST) for tenant in sorted(headless))]


async def entries_of(database: AsyncConnection, tenant: str) -> AsyncIterator[ChainedEntry]:
    """Yield the entries of a chain in order, a page of them in memory."""
    last = 0
    while True:
        rows = await _after(database, tenant, last)
        for row in rows:
            yield _chained_entry(row)
        if len(rows) < _PAGE:
            return
        last = rows[-1]["seq"]


async def _after(database: AsyncConnection, tenant: str, last: int) -> Sequence[RowMapping]:
    wanted = (
        select(trail_entries)
        .where(trail_entries.c.tenant_id == tenant, trail_entries.c.seq > last)
        .order_by(trail_entries.c.seq)
        .limit(_PAGE)
    )
    return (await database.execute(wanted)).mappings().all()


async def newest(
    database: AsyncConnection, tenant: str | None, *, limit: int
) -> Sequence[ChainedEntry]:
    """Return the newest entries, of one chain or of all; the newest first."""
    wanted = select(trail_entries).order_by(trail_entries.c.at.desc()).limit(limit)
    if tenant is not None:
        wanted = wanted.where(trail_entries.c.tenant_id == tenant)
    return [_chained_entry(row) for row in (await database.execute(wanted)).mappings()]


def _row(added: ChainedEntry) -> dict[str, object]:
    entry = added.entry
    return {
        "tenant_id": entry.tenant,
        "seq": added.seq,
        "at": entry.at,
        "who_id": entry.who_id,
        "who": entry.who,
        "what": entry.what,
        "subject": entry.subject,
        "outcome": entry.outcome.value,
        "detail": entry.detail,
        "request_id": entry.request_id,
        "digest": added.digest,
    }


def _chained_entry(row: RowMapping) -> ChainedEntry:
    entry = TrailEntry(
        tenant=row["tenant_id"],
        at=row["at"],
        who_id=row["who_id"],
        who=row["who"],
        what=row["what"],
        subject=row["subject"],
        outcome=Outcome(row["outcome"]),
        detail=row["detail"],
        request_id=row["request_id"],
    )
    return ChainedEntry(row["seq"], entry, row["digest"])


def _head(row: RowMapping) -> Head:
    return Head(row["tenant_id"], row["seq"], row["digest"])
