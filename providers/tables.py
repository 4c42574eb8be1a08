"""The tables of the providers: grants, the connections under them, consents being given."""

from typing import Final

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData()

# One consent. `revision` rises with every token that is stored; the times are in clear so that
# the end of a token is known without opening the seal. `consent_expires_at` is empty where the
# provider ends no consent that is used. `keep_alive_at` is when to use the grant if it was idle
# until then, and empty where that would not prolong it.
grants: Final = Table(
    "grants",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("refresh_expires_at", DateTime(timezone=True), nullable=False),
    Column("consent_expires_at", DateTime(timezone=True)),
    Column("keep_alive_at", DateTime(timezone=True)),
    Column("revision", Integer, nullable=False, server_default=text("1")),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)
Index("grants_key", grants.c.key_id)
Index(
    "grants_keep_alive",
    grants.c.provider,
    grants.c.keep_alive_at,
    postgresql_where=grants.c.keep_alive_at.is_not(None),
)

# What people were told about a connection: at most one open alert for each cause, by its code.
# `threshold_days` is the lowest number of days left at which it was told, and empty, as is
# `ends_at`, where the consent has ended.
connection_alerts: Final = Table(
    "connection_alerts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("connection_id", Uuid, nullable=False),
    Column("provider", Text, nullable=False),
    Column("realm_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("solver", Text, nullable=False),
    Column("threshold_days", Integer),
    Column("ends_at", DateTime(timezone=True)),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
)
Index(
    "connection_alerts_cause",
    connection_alerts.c.connection_id,
    connection_alerts.c.code,
    unique=True,
    postgresql_where=connection_alerts.c.closed_at.is_(None),
)
Index(
    "connection_alerts_closed",
    connection_alerts.c.closed_at,
    postgresql_where=connection_alerts.c.closed_at.is_not(None),
)

# One company file. No realm belongs to two tenants; a tenant has one default a provider.
# `reason` says why one that expired did; `profile_read_at` is empty where the company is to be
# read again before it is written to. One that is single has no other beside it.
connections: Final = Table(
    "connections",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("realm_id", Text, nullable=False),
    Column("grant_id", Uuid, ForeignKey("grants.id", name="connections_grant")),
    Column("environment", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", JSONB),
    Column("company_name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("profile", JSONB, nullable=False),
    Column("profile_read_at", DateTime(timezone=True), server_default=text("now()")),
    Column("settings", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("is_default", Boolean, nullable=False),
    Column("is_single", Boolean, nullable=False, server_default=text("false")),
    Column("connected_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("provider", "realm_id", name="connections_realm"),
    CheckConstraint(
        "state IN ('connected', 'disconnected', 'expired', 'error')", name="connections_state"
    ),
    CheckConstraint(
        "state <> 'connected' OR grant_id IS NOT NULL", name="connections_connected_by_grant"
    ),
)
Index("connections_tenant", connections.c.tenant_id, connections.c.provider)
Index("connections_grant_id", connections.c.grant_id)
Index(
    "connections_default",
    connections.c.tenant_id,
    connections.c.provider,
    unique=True,
    postgresql_where=connections.c.is_default,
)
Index(
    "connections_single",
    connections.c.tenant_id,
    connections.c.provider,
    unique=True,
    postgresql_where=text("is_single AND state <> 'disconnected'"),
)

# A consent that is being given. Of address, browser and state there are hashes only; sealed is
# what the next step needs: the verifier, or the token while companies are chosen.
connect_sessions: Final = Table(
    "connect_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("return_url", Text, nullable=False),
    Column("provider", Text),
    Column("connection_id", Uuid),
    Column("replaces", Boolean, nullable=False),
    Column("address_hash", LargeBinary, nullable=False, unique=True),
    Column("browser_hash", LargeBinary),
    Column("state_hash", LargeBinary, unique=True),
    Column("state_expires_at", DateTime(timezone=True)),
    Column("chosen_provider", Text),
    Column("sealed", LargeBinary),
    Column("key_id", Text),
    Column("companies", JSONB),
    Column("outcome", Text),
    Column("detail", Text),
    Column("connected", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
Index("connect_sessions_expires_at", connect_sessions.c.expires_at)
