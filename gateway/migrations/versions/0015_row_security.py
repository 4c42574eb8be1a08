"""Row-level security on every table with a tenant, and the roles that it binds.

Revision ID: 0015
Revises: 0014
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

from gateway.migrations.row_security import APP, LOOKUP, secure, unsecure

revision = "0015"
down_revision = "0014"

_TABLES: Final = (
    *("sync_records", "dependencies", "intents", "valves", "tasks", "dead_letters"),
    *("connections", "grants", "api_calls"),
)

# Whose rows they are was known by their record or connection alone.
_TENANT_OF: Final = {
    "dependencies": """
        UPDATE dependencies d SET tenant_id = COALESCE(
            (SELECT tenant_id FROM sync_records r WHERE r.record_id = d.record_id), '')
    """,
    "intents": """
        UPDATE intents i SET tenant_id = COALESCE(
            (SELECT tenant_id FROM sync_records r WHERE r.record_id = i.record_id), '')
    """,
    "valves": """
        UPDATE valves v SET tenant_id = COALESCE(
            (SELECT tenant_id FROM connections c WHERE c.id = v.connection_id), '')
    """,
}

# The roles are the server's and serve all its databases, so they may be there already, and two
# migrations may make them at once. What the second runs into is what it wanted. Without
# NOINHERIT the policies of the look-up role would count for the application too.
_ROLES: Final = f"""
    DO $$
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{LOOKUP}') THEN
            CREATE ROLE {LOOKUP} NOLOGIN;
            CREATE ROLE {APP} NOLOGIN NOINHERIT;
            GRANT {LOOKUP} TO {APP};
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END
    $$
"""
_MEMBERSHIP: Final = f"""
    DO $$
    BEGIN
        IF NOT pg_has_role(current_user, '{APP}', 'MEMBER') THEN
            GRANT {APP} TO CURRENT_USER;
        END IF;
    END
    $$
"""

# What tables of later revisions the owner makes, the application may use as well.
_GRANTS: Final = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {app}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {app}",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {app}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE ON SEQUENCES TO {app}",
    "GRANT USAGE ON SCHEMA {schema} TO {app}, {lookup}",
    "GRANT SELECT ON sync_records, dependencies, intents, valves, tasks, dead_letters,"
    " connections, api_calls, api_keys TO {lookup}",
    # No secret, though it is sealed: neither a function nor an operator's question needs it.
    "GRANT SELECT (id, tenant_id, key_id) ON grants TO {lookup}",
)
_REVOKES: Final = (
    "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {app}, {lookup}",
    "REVOKE ALL (id, tenant_id, key_id) ON grants FROM {lookup}",
    "REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {app}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {app}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON SEQUENCES FROM {app}",
    "REVOKE ALL ON SCHEMA {schema} FROM {app}, {lookup}",
)

# Empty outside of a transaction that named any, as a setting that was local leaves it empty.
_TENANTS: Final = """
    CREATE FUNCTION ledgerlane_tenants() RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(NULLIF(current_setting('ledgerlane.tenants', TRUE), '') AS text[])
"""
_TENANT: Final = """
    CREATE FUNCTION ledgerlane_tenant() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN cardinality(ledgerlane_tenants()) = 1 THEN (ledgerlane_tenants())[1] END
"""

_OVER: Final = {
    "api_calls": "called_at",
    "dead_letters": "replayed_at",
    "tasks": "closed_at",
}

# What is asked over all tenants: signature, result, query. Each tells ids, times or numbers;
# what they lead to is read in a session that names the tenant.
_LOOKUPS: Final = (
    (
        "ledgerlane_owners_of(uuid[])",
        "SETOF text",
        "SELECT DISTINCT tenant_id FROM connections WHERE id = ANY($1)",
    ),
    (
        "ledgerlane_owner_of_realm(text, text)",
        "text",
        "SELECT tenant_id FROM connections WHERE provider = $1 AND realm_id = $2",
    ),
    (
        "ledgerlane_owner_of_task(uuid)",
        "text",
        "SELECT tenant_id FROM tasks WHERE id = $1",
    ),
    (
        "ledgerlane_owner_of_key(uuid)",
        "TABLE (id uuid, tenant_id text)",
        "SELECT id, tenant_id FROM api_keys WHERE id = $1",
    ),
    (
        "ledgerlane_owner_of_key(bytea)",
        "TABLE (id uuid, tenant_id text)",
        "SELECT id, tenant_id FROM api_keys WHERE digest = $1",
    ),
    (
        "ledgerlane_tripped_valves(text)",
        "SETOF uuid",
        "SELECT connection_id FROM valves WHERE provider = $1",
    ),
    (
        "ledgerlane_tenants_to_reseal(text)",
        "SETOF text",
        "SELECT DISTINCT tenant_id FROM grants WHERE key_id <> $1",
    ),
    (
        "ledgerlane_open_tasks()",
        "TABLE (provider text, solver text, tasks bigint)",
        "SELECT provider, solver, count(*) FROM tasks WHERE closed_at IS NULL GROUP BY 1, 2",
    ),
    (
        "ledgerlane_calls_of(uuid, timestamptz)",
        "SETOF timestamptz",
        "SELECT called_at FROM api_calls WHERE connection_id = $1 AND called_at > $2"
        " ORDER BY called_at",
    ),
    (
        # Calls of OAuth, which have no realm, do not count against the allowance of the API.
        "ledgerlane_calls_of_provider(text, timestamptz)",
        "TABLE (tenant_id text, realm_id text, called_at timestamptz)",
        "SELECT tenant_id, realm_id, called_at FROM api_calls"
        " WHERE called_at > $2 AND provider = $1 AND realm_id <> ''",
    ),
    # Whose are the oldest rows of a table that are over since before a time.
    *(
        (
            f"ledgerlane_tenants_with_old_{table}(timestamptz, integer)",
            "SETOF text",
            f"SELECT DISTINCT tenant_id FROM (SELECT tenant_id FROM {table}"  # noqa: S608 - ours
            f" WHERE {over_at} < $1 ORDER BY {over_at} LIMIT $2) AS oldest",
        )
        for table, over_at in _OVER.items()
    ),
    (
        # The payments that settle an invoice, of the tenants that the transaction names. The
        # index for it can't be used beside a policy: what compares JSON is not leakproof.
        "ledgerlane_settling(uuid, jsonb[])",
        "SETOF uuid",
        """
        SELECT record_id FROM sync_records
         WHERE connection_id = $1 AND document_type = 'payment'
           AND desired -> 'allocations' @> ANY($2) AND tenant_id = ANY(ledgerlane_tenants())
        """,
    ),
    (
        # PostgreSQL has no DISTINCT that jumps in an index from one value to the next: the
        # recursion does, from one connection with open records to the next.
        "ledgerlane_realms_with_open_work(text, timestamptz)",
        "TABLE (connection_id uuid, tenant_id text, realm_id text)",
        """
        WITH RECURSIVE open_ones (connection_id) AS (
            (SELECT r.connection_id FROM sync_records r
              WHERE r.provider = $1 AND r.state IN ('pending', 'retrying')
              ORDER BY r.connection_id LIMIT 1)
             UNION ALL
            SELECT (SELECT r.connection_id FROM sync_records r
                     WHERE r.provider = $1 AND r.state IN ('pending', 'retrying')
                       AND r.connection_id > o.connection_id
                     ORDER BY r.connection_id LIMIT 1)
              FROM open_ones o WHERE o.connection_id IS NOT NULL
        )
        SELECT c.id, c.tenant_id, c.realm_id
          FROM open_ones o JOIN connections c ON c.id = o.connection_id
         WHERE c.state = 'connected'
           AND EXISTS (SELECT FROM sync_records r
                        WHERE r.provider = $1 AND r.connection_id = o.connection_id
                          AND r.state IN ('pending', 'retrying')
                          AND (r.state = 'pending' OR r.next_attempt_at <= $2))
        """,
    ),
)

_LOOKUP: Final = """
    CREATE FUNCTION {signature} RETURNS {result}
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp
    AS $lookup${query}$lookup$
"""


def upgrade() -> None:
    """Make the roles, say of each row whose it is, and switch row-level security on."""
    op.execute(_ROLES)
    op.execute(_MEMBERSHIP)
    op.execute(_TENANTS)
    op.execute(_TENANT)
    for table, back_fill in _TENANT_OF.items():
        op.add_column(
            table,
            sa.Column("tenant_id", sa.Text, server_default=sa.text("ledgerlane_tenant()")),
        )
        op.execute(back_fill)
        op.alter_column(table, "tenant_id", nullable=False)
    # Its one statement says whose the lane is.
    op.alter_column("valves", "tenant_id", server_default=None)
    _execute(_GRANTS)
    for table in _TABLES:
        secure(table)
    secure("api_keys", has_rows_of_platform=True)
    _make_lookups()


def downgrade() -> None:
    """Take everything back but the roles, which other databases of the server may use."""
    for signature, _, _ in _LOOKUPS:
        op.execute(f"DROP FUNCTION {signature}")
    for table in (*_TABLES, "api_keys"):
        unsecure(table)
    _execute(_REVOKES)
    for table in _TENANT_OF:
        op.drop_column(table, "tenant_id")
    op.execute("DROP FUNCTION ledgerlane_tenant()")
    op.execute("DROP FUNCTION ledgerlane_tenants()")


def _make_lookups() -> None:
    """Make the functions, and give them to the role that reads the rows of all tenants."""
    schema = _schema()
    # Who gives a function away must be a member of its new owner, who must be let make one.
    op.execute(f"GRANT CREATE ON SCHEMA {schema} TO {LOOKUP}")
    for signature, result, query in _LOOKUPS:
        op.execute(
            _LOOKUP.format(signature=signature, result=result, query=query, schema=schema)
        )
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {APP}")
        op.execute(f"ALTER FUNCTION {signature} OWNER TO {LOOKUP}")
    op.execute(f"REVOKE CREATE ON SCHEMA {schema} FROM {LOOKUP}")


def _execute(statements: tuple[str, ...]) -> None:
    for statement in statements:
        op.execute(statement.format(schema=_schema(), app=APP, lookup=LOOKUP))


def _schema() -> str:
    return str(op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())")))
