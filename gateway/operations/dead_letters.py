"""Dead letters, each with the state of its record now."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from consumers.store.dead_letters import DeadLetterFilter, search
from consumers.store.record_queries import records_by_id
from gateway.database.sessions import Sessions
from gateway.errors import NoSuchDeadLetter
from schemas.ids import TenantId


async def search_dead_letters(
    sessions: Sessions, wanted: DeadLetterFilter, *, limit: int
) -> Sequence[Mapping[str, Any]]:
    """Return dead letters, newest first; ``record`` is the state of its record, or ``None``."""
    async with sessions.session_of(tenant_of(wanted), purpose="dead letters") as database:
        letters = await search(database, wanted, limit=limit)
        ids = [letter["record_id"] for letter in letters if letter["record_id"]]
        records = await records_by_id(database, ids)
    return [{**letter, "record": records.get(letter["record_id"])} for letter in letters]


def tenant_of(wanted: DeadLetterFilter) -> TenantId | None:
    """Return the tenant whose letters alone are meant; ``None`` for letters of all tenants."""
    return None if wanted.tenant_id is None else TenantId(wanted.tenant_id)


async def get_dead_letter(sessions: Sessions, letter_id: UUID) -> Mapping[str, Any]:
    """Return one dead letter, replayed or not.

    Raises:
        NoSuchDeadLetter: there is none.
    """
    wanted = DeadLetterFilter(ids=(letter_id,), replayed=None)
    found = await search_dead_letters(sessions, wanted, limit=1)
    if not found:
        raise NoSuchDeadLetter(
            f"no dead letter {letter_id}: `ledgerlane dead list` shows those there are"
        )
    return found[0]
