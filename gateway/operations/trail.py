"""The audit trail: appended to, listed, and verified."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database.sessions import Sessions
from gateway.trail import store
from gateway.trail.entry import ChainedEntry, TrailEntry
from gateway.trail.verification import ChainCheck, Head, Misfit
from schemas.ids import TenantId

_PURPOSE: Final = "audit trail"


async def record(sessions: Sessions, entry: TrailEntry) -> None:
    """Append an entry to the trail; it is stored when this returns."""
    async with sessions.tenant_session(TenantId(entry.tenant)) as database:
        await store.append(database, entry)


async def newest_entries(
    sessions: Sessions, tenant: TenantId | None, *, limit: int
) -> Sequence[ChainedEntry]:
    """Return the newest entries, of one tenant or of all; the newest first."""
    async with sessions.session_of(tenant, purpose=_PURPOSE) as database:
        return await store.newest(database, tenant, limit=limit)


async def trail_heads(sessions: Sessions) -> Sequence[Head]:
    """Return the end of every chain, to be kept where nobody can write who can write here."""
    async with sessions.all_tenants(_PURPOSE) as database:
        return await store.heads(database)


async def verify_trail(
    sessions: Sessions, kept: Sequence[Head] = ()
) -> tuple[Sequence[Head], Sequence[Misfit]]:
    """Return the ends of all chains, and of each that was changed the first place.

    Args:
        kept: Ends of chains that were kept elsewhere; without them a chain that was changed
            and made to fit again goes unseen, as does one that was deleted whole.
    """
    async with sessions.all_tenants(_PURPOSE) as database:
        found = await store.heads(database)
        tenants = {head.tenant for head in (*found, *kept)}
        checked = [
            await _misfit_in(
                database, name, [head for head in (*found, *kept) if head.tenant == name]
            )
            for name in sorted(tenants)
        ]
    return found, [misfit for misfit in checked if misfit is not None]


async def _misfit_in(
    database: AsyncConnection, tenant: str, heads: Sequence[Head]
) -> Misfit | None:
    check = ChainCheck(tenant, heads)
    async for entry in store.entries_of(database, tenant):
        if (misfit := check.next(entry)) is not None:
            return misfit
    return check.end(await store.length(database, tenant))
