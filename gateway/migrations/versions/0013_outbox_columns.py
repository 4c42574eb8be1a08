"""Version 3 of the gateway's own outbox.

Revision ID: 0013
Revises: 0012
"""

from typing import Final

from alembic import op

from ledgerlane_outbox import install_sync

revision = "0013"
down_revision = "0012"

_LOCK: Final = """
    DO $$
    BEGIN
        IF NOT pg_try_advisory_xact_lock('ledgerlane_outbox'::regclass::oid::integer, 1) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'object_in_use',
                MESSAGE = 'ledgerlane_outbox: relays still read this outbox';
        END IF;
        LOCK TABLE ledgerlane_outbox IN ACCESS EXCLUSIVE MODE;
    END
    $$
"""

# What a relay of the log has not read yet has its attributes in columns there as well, where no
# statement can change it. Without the publication a relay of version 2 reads the table instead,
# from the cursor there, and makes it anew.
_DROP_PUBLICATION: Final = """
    DO $$
    BEGIN
        IF EXISTS (
            SELECT FROM pg_publication_rel JOIN pg_publication AS p ON p.oid = prpubid
             WHERE pubname = 'ledgerlane_outbox' AND prrelid = 'ledgerlane_outbox'::regclass)
        THEN
            DROP PUBLICATION ledgerlane_outbox;
        END IF;
    END
    $$
"""

# The same headers that a relay of version 3 makes of the columns.
_WRITE_HEADERS: Final = """
    UPDATE {table} SET headers = jsonb_strip_nulls(jsonb_build_object(
        'ce_specversion', '1.0',
        'content-type', 'application/json',
        'ce_type', type,
        'ce_source', source,
        'ce_tenantid', tenant_id,
        'ce_partitionkey', partition_key,
        'ce_id', event_id,
        'ce_time', to_char("time" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'ce_subject', subject,
        'ce_entityversion', entity_version::text
    )) || coalesce(headers::jsonb, '{{}}')
     WHERE type IS NOT NULL
"""
_DROP_COLUMNS: Final = """
    ALTER TABLE {table}
        DROP COLUMN type,
        DROP COLUMN source,
        DROP COLUMN tenant_id,
        DROP COLUMN subject,
        DROP COLUMN entity_version,
        DROP COLUMN "time",
        ALTER COLUMN headers SET NOT NULL
"""

_RENAME_TARGET: Final = (
    "ALTER TABLE ledgerlane_outbox_cursor RENAME COLUMN target_seq TO last_seq",
    """
    DO $$
    BEGIN
        IF EXISTS (SELECT FROM pg_constraint
                    WHERE conrelid = 'ledgerlane_outbox_cursor'::regclass
                      AND conname = 'ledgerlane_outbox_cursor_target_seq_not_null')
        THEN
            ALTER TABLE ledgerlane_outbox_cursor
                RENAME CONSTRAINT ledgerlane_outbox_cursor_target_seq_not_null
                TO ledgerlane_outbox_cursor_last_seq_not_null;
        END IF;
    END
    $$
    """,
)

_FUNCTIONS: Final = (
    "DROP FUNCTION ledgerlane_outbox_check_attributes",
    "DROP FUNCTION ledgerlane_outbox_check_size",
    r"""
CREATE OR REPLACE FUNCTION ledgerlane_outbox_check_size(
    topic text,
    partition_key text,
    headers json,
    payload bytea
) RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    largest_payload constant integer := 900000;
    largest_text constant integer := 1000;
    largest_headers constant integer := 32000;
    excess record;
BEGIN
    IF octet_length(payload) <= largest_payload
        AND octet_length(topic) <= largest_text
        AND octet_length(partition_key) <= largest_text
        AND octet_length(headers::text) <= largest_text
    THEN
        RETURN;
    END IF;
    WITH header AS (
        SELECT key, octet_length(key) AS name_bytes, coalesce(octet_length(value), 0) AS bytes
          FROM json_each_text(headers)
    ), part (name, bytes, largest, remedy) AS (
        SELECT 'payload', octet_length(payload), largest_payload,
               'Shorten its longest texts, or keep them elsewhere and send a link.'
         UNION ALL
        SELECT 'all headers together', sum(name_bytes + bytes)::integer, largest_headers,
               'Pass fewer headers, and put what they say into the payload.'
          FROM header
         UNION ALL
        SELECT name, bytes, largest_text,
               'Pass an id or a short text, and put what is longer into the payload.'
          FROM (SELECT 'topic', octet_length(topic)
                 UNION ALL
                SELECT 'partition_key', octet_length(partition_key)
                 UNION ALL
                SELECT 'header ' || key, bytes FROM header) AS short (name, bytes)
    )
    SELECT * INTO excess FROM part WHERE bytes > largest
     ORDER BY name = 'all headers together', bytes DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'program_limit_exceeded',
            MESSAGE = format('ledgerlane_outbox: %s has %s bytes, and at most %s can be published',
                             left(excess.name, 100), excess.bytes, excess.largest),
            HINT = excess.remedy;
    END IF;
END
$$
""",  # noqa: E501 - as version 2 has it
    r"""
CREATE OR REPLACE FUNCTION ledgerlane_append(
    type text,
    source text,
    tenant_id text,
    payload json,
    subject text DEFAULT NULL,
    realm_id text DEFAULT NULL,
    entity_version bigint DEFAULT NULL,
    partition_key text DEFAULT NULL,
    topic text DEFAULT 'platform.events',
    event_id uuid DEFAULT gen_random_uuid(),
    "time" timestamptz DEFAULT clock_timestamp(),
    traceparent text DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    argument record;
    key text := coalesce(partition_key, tenant_id);
    headers json;
    content bytea := convert_to(payload::text, 'UTF8');
BEGIN
    FOR argument IN VALUES
        ('type', type), ('source', source), ('tenant_id', tenant_id), ('partition_key', key),
        ('topic', topic), ('payload', payload::text), ('event_id', event_id::text),
        ('time', "time"::text)
    LOOP
        IF coalesce(argument.column2, '') = '' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'null_value_not_allowed',
                MESSAGE = 'ledgerlane_append: ' || argument.column1 || ' is empty',
                HINT = 'Pass a value for ' || argument.column1 || '.';
        END IF;
    END LOOP;
    IF entity_version < 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = 'ledgerlane_append: entity_version is ' || entity_version,
            HINT = 'Pass a number from 0 that rises with every change of the entity.';
    END IF;
    headers := json_strip_nulls(json_build_object(
        'ce_specversion', '1.0',
        'ce_id', event_id,
        'ce_source', source,
        'ce_type', type,
        'ce_time', to_char("time" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'ce_subject', nullif(subject, ''),
        'ce_tenantid', tenant_id,
        'ce_realmid', nullif(realm_id, ''),
        'ce_entityversion', entity_version::text,
        'ce_traceparent', nullif(traceparent, ''),
        'ce_partitionkey', key,
        'content-type', 'application/json'
    ));
    PERFORM ledgerlane_outbox_check_size(topic, key, headers, content);
    INSERT INTO ledgerlane_outbox (event_id, topic, partition_key, headers, payload)
    VALUES (event_id, topic, key, headers, content);
    RETURN event_id;
END
$$
""",
    """
    CREATE OR REPLACE FUNCTION ledgerlane_outbox_version() RETURNS integer
    LANGUAGE sql IMMUTABLE RETURN 2
    """,
)


def upgrade() -> None:
    """Upgrade the outbox in place, unless revision 0001 has made it as it is now."""
    install_sync(op.get_bind())


def downgrade() -> None:
    """Write all attributes into the headers, where version 2 has them, and drop the columns."""
    execute = op.get_bind().exec_driver_sql
    execute(_LOCK)
    execute(_DROP_PUBLICATION)
    for table in ("ledgerlane_outbox", "ledgerlane_outbox_parked"):
        execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_attributes")
        execute(_WRITE_HEADERS.format(table=table))
        execute(_DROP_COLUMNS.format(table=table))
    for statement in (*_RENAME_TARGET, *_FUNCTIONS):
        execute(statement)
