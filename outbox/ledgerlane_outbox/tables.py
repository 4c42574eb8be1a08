"""The columns of the outbox that a writer sets; `ddl.sql` defines the others."""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.types import JSON

metadata = MetaData()

outbox = Table(
    "ledgerlane_outbox",
    metadata,
    Column("event_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition_key", Text, nullable=False),
    Column("headers", JSON(none_as_null=True)),
    Column("payload", LargeBinary, nullable=False),
    Column("type", Text),
    Column("source", Text),
    Column("tenant_id", Text),
    Column("subject", Text),
    Column("entity_version", BigInteger),
    Column("time", DateTime(timezone=True)),
)
