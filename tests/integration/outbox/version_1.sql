-- The outbox, schema version 1, for PostgreSQL 15 or newer.
-- Statements are separated by an empty line, and none has one inside: `schema.py` relies on it.

-- Rows are only ever inserted. Eight daily slots form a ring: a slot whose rows are published and
-- too old is truncated. So no row is updated or deleted, no partition has to be there ahead of
-- time for a service to commit, and retention never locks the table that writers use, as
-- creating or dropping a partition would.
--
-- `xid` stands before `seq` because defaults are evaluated in this order: whoever holds a
-- number has a transaction id already. The cursor's `low_seq` rests on it.
CREATE TABLE ledgerlane_outbox (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME ledgerlane_outbox_seq),
    slot smallint NOT NULL
        DEFAULT mod(floor(date_part('epoch', clock_timestamp()) / 86400)::integer, 8),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event_id uuid NOT NULL,
    topic text NOT NULL CHECK (topic <> ''),
    partition_key text NOT NULL CHECK (partition_key <> ''),
    headers json NOT NULL CHECK (json_typeof(headers) = 'object'),
    payload bytea NOT NULL
) PARTITION BY LIST (slot);

CREATE TABLE ledgerlane_outbox_0 PARTITION OF ledgerlane_outbox FOR VALUES IN (0);

CREATE TABLE ledgerlane_outbox_1 PARTITION OF ledgerlane_outbox FOR VALUES IN (1);

CREATE TABLE ledgerlane_outbox_2 PARTITION OF ledgerlane_outbox FOR VALUES IN (2);

CREATE TABLE ledgerlane_outbox_3 PARTITION OF ledgerlane_outbox FOR VALUES IN (3);

CREATE TABLE ledgerlane_outbox_4 PARTITION OF ledgerlane_outbox FOR VALUES IN (4);

CREATE TABLE ledgerlane_outbox_5 PARTITION OF ledgerlane_outbox FOR VALUES IN (5);

CREATE TABLE ledgerlane_outbox_6 PARTITION OF ledgerlane_outbox FOR VALUES IN (6);

CREATE TABLE ledgerlane_outbox_7 PARTITION OF ledgerlane_outbox FOR VALUES IN (7);

-- Finds what a new snapshot shows, however much lies above an open writer.
CREATE INDEX ledgerlane_outbox_by_xid ON ledgerlane_outbox (xid);

-- Pages through a large backlog in order.
CREATE INDEX ledgerlane_outbox_by_seq ON ledgerlane_outbox (seq);

-- Which shard a row belongs to, from 0, when its outbox is relayed in so many: that of its key,
-- so that one relay has all the rows of a key and keeps their order.
CREATE FUNCTION ledgerlane_outbox_shard(topic text, partition_key text, shards integer)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN mod(hashtextextended(partition_key, hashtextextended(topic, 0)) & 2147483647, shards)::integer;

-- How far the relay of each shard is: every row of the shard visible in `done` is published; on
-- the way to `target`, also every row visible in it up to `last_seq`. Whatever the snapshots
-- say, every row up to `low_seq` is published: this is where to resume when the database was
-- restored and transaction ids mean nothing any more. The probe is the next `low_seq`: all who
-- hold a number up to `probe_seq` have a transaction id below `probe_xid`.
--
-- All cursors are made together, for one number of shards and one life of the database;
-- `layout` names that making.
CREATE TABLE ledgerlane_outbox_cursor (
    shard smallint PRIMARY KEY CHECK (shard >= 0),
    shards smallint NOT NULL CHECK (shards > shard),
    layout uuid NOT NULL,
    done pg_snapshot NOT NULL,
    target pg_snapshot,
    last_seq bigint NOT NULL,
    low_seq bigint NOT NULL,
    probe_xid xid8 NOT NULL,
    probe_seq bigint NOT NULL,
    system_identifier bigint NOT NULL,
    timeline text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10);

-- Rows that can never be published as they are, and those that wait behind them. An operator's
-- verdict on the first row of a key, `retry` or `drop`, is carried out by the relay.
CREATE TABLE ledgerlane_outbox_parked (
    seq bigint PRIMARY KEY,
    created_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    partition_key text NOT NULL,
    headers json NOT NULL,
    payload bytea NOT NULL,
    reason text NOT NULL,
    holds_key boolean NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    verdict text CHECK (verdict IN ('retry', 'drop')),
    note text
);

-- Almost always empty: the relay asks every two seconds.
CREATE INDEX ledgerlane_outbox_judged ON ledgerlane_outbox_parked (seq)
    WHERE verdict IS NOT NULL;

-- Finds the first row of a key.
CREATE INDEX ledgerlane_outbox_parked_by_key
    ON ledgerlane_outbox_parked (topic, partition_key, parked_at, seq);

-- Rings only when a relay sleeps, which is when one of them holds this lock: a NOTIFY in every
-- transaction would make all commits queue behind one another. Nothing is held afterwards. A
-- writer that saw the relays awake and is still open when one falls asleep is found in the
-- relay's snapshots. A transaction that is to be prepared may not notify and
-- says `SET LOCAL ledgerlane.doorbell = off`; the relay's regular poll finds its rows.
CREATE FUNCTION ledgerlane_outbox_ring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_try_advisory_lock_shared(TG_RELID::integer, 2) THEN
        PERFORM pg_advisory_unlock_shared(TG_RELID::integer, 2);
    ELSIF current_setting('ledgerlane.doorbell', true) IS DISTINCT FROM 'off' THEN
        PERFORM pg_notify('ledgerlane_outbox', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER ledgerlane_outbox_doorbell AFTER INSERT ON ledgerlane_outbox
    FOR EACH STATEMENT EXECUTE FUNCTION ledgerlane_outbox_ring();

-- Appends one event in the caller's transaction, from any language, and returns its id.
-- Arguments mean what they mean in the Python class OutboxMessage.
CREATE FUNCTION ledgerlane_append(
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
    INSERT INTO ledgerlane_outbox (event_id, topic, partition_key, headers, payload)
    VALUES (event_id, topic, key, json_strip_nulls(json_build_object(
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
    )), convert_to(payload::text, 'UTF8'));
    RETURN event_id;
END
$$;

-- Emits one event into the write-ahead log alone, in the caller's transaction: no table, so nothing
-- to empty or vacuum, but only a relay that reads the log gets it, and no table can give it back
-- when that relay's slot is lost. `headers` name the event's id, as `ce_id`; what else they and the
-- payload hold is as in a row of the outbox.
CREATE FUNCTION ledgerlane_emit(
    topic text,
    partition_key text,
    headers json,
    payload bytea
) RETURNS pg_lsn LANGUAGE plpgsql AS $$
BEGIN
    IF (topic <> '' AND partition_key <> '' AND payload IS NOT NULL
        AND headers ->> 'ce_id' IS NOT NULL) IS NOT TRUE
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'ledgerlane_emit: an argument is empty',
            HINT = 'Pass topic, partition_key, headers with ce_id, and payload.';
    END IF;
    RETURN pg_logical_emit_message(true, 'ledgerlane', json_build_object(
        'event_id', (headers ->> 'ce_id')::uuid,
        'topic', topic,
        'partition_key', partition_key,
        'headers', headers,
        'payload', translate(encode(payload, 'base64'), E'\n', '')
    )::text);
END
$$;

-- The version of all this; `schema.py` asks for it.
CREATE FUNCTION ledgerlane_outbox_version() RETURNS integer LANGUAGE sql IMMUTABLE RETURN 1;
