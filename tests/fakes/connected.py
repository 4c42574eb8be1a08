"""A connection as a consent leaves it; a test says by `replace` what differs in its own."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from providers.connections import Connection, ConnectionState
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId

CONNECTED: Final = Connection(
    id=ConnectionId(UUID(int=1)),
    tenant_id=TenantId("t1"),
    provider=ProviderName("qbo"),
    realm_id=RealmId("9341"),
    environment="sandbox",
    state=ConnectionState.CONNECTED,
    reason=None,
    company_name="Larkspur Supply Co",
    country="US",
    currency="USD",
    profile={},
    profile_read_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
    settings={},
    is_default=True,
    connected_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
    updated_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
    scopes=(),
    token_expires_at=None,
    refresh_expires_at=None,
    consent_expires_at=None,
)
