"""The tables of the consumers: sync records and all that says why one does not agree."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata: Final = MetaData()


def _named_tenant() -> Column[str]:
    """Return the column of rows that are written for the only tenant that is named."""
    return Column("tenant_id", Text, nullable=False, server_default=text("ledgerlane_tenant()"))


# One document of one connection. `revision` rises with every change that either side brings,
# and fences outcomes. `desired` is empty for a record that was born in the ledger, `observed`
# for one that was never seen there; `observed_version` is -1 where the answer to a write named
# none. `attempts_this_version` counts the failed tries of the desired
# version and decides about retries; `attempts_total` counts all that ever failed and only keeps
# idempotency keys of known failures apart. `ledger_figures` are the amounts that the ledger
# answered with when it was last written to; `remarks` tell what of the document it has in
# another form. `resolved_at` is when the record came to agree after its last failed try, and
# empty from a failed try on. `refused_version` is a newer version that intake refused, with its
# `refusal`; both are empty from the next good one on.
sync_records: Final = Table(
    "sync_records",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("connection_id", Uuid, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("realm_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False, server_default=text("1")),
    Column("desired", JSONB),
    Column("desired_version", BigInteger),
    Column("desired_at", DateTime(timezone=True)),
    Column("observed", JSONB),
    Column("observed_version", BigInteger),
    Column("observed_presence", Text),
    Column("base", JSONB),
    Column("base_version", BigInteger),
    Column("base_ledger_version", BigInteger),
    Column("ledger_figures", JSONB),
    Column("remarks", JSONB),
    Column("external_id", Text),
    Column("external_code", Text),
    Column("sync_token", Text),
    Column("state", Text, nullable=False),
    Column("reason", JSONB),
    Column("refused_version", BigInteger),
    Column("refusal", JSONB),
    Column("priority", SmallInteger, nullable=False),
    Column("attempts_this_version", Integer, nullable=False, server_default=text("0")),
    Column("attempts_total", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("synced_at", DateTime(timezone=True)),
    Column("resolved_at", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)
# Not unique: the record's id is a hash of these columns, and ON CONFLICT protects from one
# unique index only. At a second one, intakes that add the same documents at once would fail.
Index(
    "sync_records_document",
    sync_records.c.connection_id,
    sync_records.c.document_type,
    sync_records.c.document_id,
)
# Two platform documents of one kind never share a ledger record; a customer and a vendor may.
Index(
    "sync_records_external",
    sync_records.c.connection_id,
    sync_records.c.document_type,
    sync_records.c.external_id,
    unique=True,
    postgresql_where=sync_records.c.external_id.is_not(None),
)
# Which payments settle an invoice: a payment of what is open of it is compared with them.
Index(
    "sync_records_settling",
    sync_records.c.desired.op("->")(literal_column("'allocations'")).label("allocations"),
    postgresql_using="gin",
    postgresql_ops={"allocations": "jsonb_path_ops"},
    postgresql_where=sync_records.c.document_type == "payment",
)
# By provider first: the sweep reads the connections of one provider from it.
Index(
    "sync_records_open",
    sync_records.c.provider,
    sync_records.c.connection_id,
    sync_records.c.priority,
    sync_records.c.desired_at,
    postgresql_where=sync_records.c.state.in_(["pending", "retrying"]),
)
Index(
    "sync_records_stuck",
    sync_records.c.connection_id,
    sync_records.c.state,
    postgresql_where=sync_records.c.state.in_(["held", "waiting", "dead"]),
)

# A record waits for another, or contradicts it. `agreed`: whether a link is not enough and the
# awaited record must agree on its newest state. `revision`: that of the other record which
# contradicts this one, so that a newer one wakes it; empty for a wait.
dependencies: Final = Table(
    "dependencies",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("awaited_id", Uuid, primary_key=True),
    Column("agreed", Boolean, nullable=False),
    Column("revision", BigInteger),
    _named_tenant(),
)
Index("dependencies_awaited", dependencies.c.awaited_id)

# At most one open intent a record: a write that was begun and whose outcome is not stored.
# `sent_as`: by what its creates can be found again, whatever was changed since.
intents: Final = Table(
    "intents",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("operation", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("idempotency_key", Uuid, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("sent_as", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    _named_tenant(),
)

leases: Final = Table(
    "leases",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False),
)

# A row is a lane that rests after many dead letters. Deleting it lets the lane go on.
valves: Final = Table(
    "valves",
    metadata,
    Column("connection_id", Uuid, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("dead_letters", Integer, nullable=False),
    Column("tripped_at", DateTime(timezone=True), nullable=False),
)

# What a person must do. A record has at most one that is open for each cause, by its code.
tasks: Final = Table(
    "tasks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("record_id", Uuid, nullable=False),
    Column("connection_id", Uuid, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("realm_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("solver", Text, nullable=False),
    Column("provider_code", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    Column("times_seen", Integer, nullable=False, server_default=text("1")),
    Column("note", Text),
    Column("noted_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", Text),
)
Index(
    "tasks_cause",
    tasks.c.record_id,
    tasks.c.code,
    unique=True,
    postgresql_where=tasks.c.closed_at.is_(None),
)
Index(
    "tasks_open",
    tasks.c.opened_at,
    tasks.c.id,
    postgresql_where=tasks.c.closed_at.is_(None),
)
Index("tasks_closed", tasks.c.closed_at, postgresql_where=tasks.c.closed_at.is_not(None))

# What was asked to be pushed, and by whom; the records that it set going are beside it.
sync_runs: Final = Table(
    "sync_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("document_types", ARRAY(Text)),
    Column("started_by", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
)
Index("sync_runs_newest", sync_runs.c.tenant_id, sync_runs.c.started_at, sync_runs.c.id)

sync_run_records: Final = Table(
    "sync_run_records",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("record_id", Uuid, primary_key=True),
    Column("tenant_id", Text, nullable=False),
)

dead_letters: Final = Table(
    "dead_letters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("record_id", Uuid),
    Column("connection_id", Uuid),
    Column("tenant_id", Text, nullable=False),
    Column("realm_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("category", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", JSONB, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("documents", JSONB, nullable=False),
    Column("original_topic", Text, nullable=False),
    Column("original_partition", Integer, nullable=False),
    Column("original_offset", BigInteger, nullable=False),
    Column("original_headers", JSONB, nullable=False),
    Column("original_value", LargeBinary, nullable=False),
    Column("died_at", DateTime(timezone=True), nullable=False),
    Column("replayed_at", DateTime(timezone=True)),
)
Index("dead_letters_open", dead_letters.c.died_at, postgresql_where=text("replayed_at IS NULL"))
Index("dead_letters_realm", dead_letters.c.tenant_id, dead_letters.c.realm_id)
Index(
    "dead_letters_record",
    dead_letters.c.record_id,
    postgresql_where=text("replayed_at IS NULL"),
)
Index(
    "dead_letters_replayed",
    dead_letters.c.replayed_at,
    postgresql_where=text("replayed_at IS NOT NULL"),
)
