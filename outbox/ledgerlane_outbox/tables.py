"""The columns of the outbox that a writer sets; `ddl.sql` defines the others."""

from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.types import JSON

metadata = MetaData()

outbox = Table(
    "ledgerlane_outbox",
    metadata,
    Column("event_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition_key", Text, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
