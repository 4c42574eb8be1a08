"""A connection for the tests of the demo."""

from datetime import UTC, datetime
from uuid import UUID

from gateway.demo.scenario import QBO
from providers.connections import Connection, ConnectionState
from schemas.ids import ConnectionId, RealmId, TenantId

TENANT = TenantId("larkspur")
AT = datetime(2026, 11, 21, tzinfo=UTC)
CONNECTION = Connection(
    id=ConnectionId(UUID(int=1)),
    tenant_id=TENANT,
    provider=QBO,
    realm_id=RealmId("1"),
    environment="sandbox",
    state=ConnectionState.CONNECTED,
    company_name="Larkspur Supply Co",
    country="US",
    currency="USD",
    profile={},
    settings={},
    is_default=True,
    connected_at=AT,
    updated_at=AT,
    scopes=(),
    token_expires_at=AT,
    refresh_expires_at=AT,
)
