"""Alerts: what people were told about connections and still holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.database.sessions import Sessions
from providers.alerts import AlertStore
from schemas.ids import TenantId


async def list_alerts(
    sessions: Sessions, tenant: TenantId | None = None
) -> Sequence[Mapping[str, Any]]:
    """Return the open alerts of a tenant, or for ``None`` of all, the most urgent first."""
    async with sessions.session_of(tenant, purpose="alerts") as database:
        return await AlertStore(database).open_ones(tenant)
