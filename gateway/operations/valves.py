"""Valves: lanes that rest after many failures of one kind, listed and released."""

from collections.abc import Mapping, Sequence
from typing import Any

from consumers.store.valves import listed, release_realm
from gateway.database.sessions import Sessions
from gateway.errors import ValveNotTripped
from providers.owners import owner_of_realm
from schemas.ids import ProviderName, RealmId


async def list_valves(sessions: Sessions) -> Sequence[Mapping[str, Any]]:
    """Return the tripped valves, the oldest first, with realm, reason code and count."""
    async with sessions.all_tenants("tripped valves") as database:
        return await listed(database)


def plain_valve(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a tripped valve as plain values; its time as text of ISO 8601."""
    return {**row, "tripped_at": row["tripped_at"].isoformat()}


async def release_valve(sessions: Sessions, provider: ProviderName, realm: RealmId) -> str:
    """Release a realm's lane, and return the reason code that had stopped it.

    Its worker sees the release within seconds.

    Raises:
        ValveNotTripped: there is nothing to release.
    """
    async with sessions.system_session() as database:
        tenant = await owner_of_realm(database, provider, realm)
    async with sessions.session(*([tenant] if tenant else [])) as database:
        code = await release_realm(database, provider, realm)
    if code is None:
        raise ValveNotTripped(
            f"the valve of {provider} {realm} is not tripped: "
            "`ledgerlane valves list` shows those that are"
        )
    return code
