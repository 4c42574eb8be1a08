-- The outbox, schema version 3, for PostgreSQL 15 or newer.
-- Statements are separated by an empty line, and none has one inside: `schema.py` relies on it.
-- An older outbox becomes one of this version by `upgrade_2.sql` (from version 1) and
-- `upgrade_3.sql`: before the latter, run all statements below that create or replace a function.

-- Whether a row has all of its attributes in columns, or none of them there and headers instead.
-- It raises for values that no header can have. As a function it costs an INSERT a third of what
-- the same expression in the table's constraint does, which every statement parses anew.
CREATE OR REPLACE FUNCTION ledgerlane_outbox_check_attributes(
    headers json,
    type text,
    source text,
    tenant_id text,
    subject text,
    entity_version bigint,
    "time" timestamptz
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF type IS NULL THEN
        RETURN headers IS NOT NULL AND source IS NULL AND tenant_id IS NULL
            AND subject IS NULL AND entity_version IS NULL AND "time" IS NULL;
    END IF;
    IF entity_version < 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = 'ledgerlane_outbox: entity_version is ' || entity_version,
            HINT = 'Pass a number from 0 that rises with every change of the entity.';
    END IF;
    IF "time" < '0001-01-01 00:00+00' OR "time" >= '10000-01-01 00:00+00' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'datetime_field_overflow',
            MESSAGE = 'ledgerlane_outbox: time is ' || "time",
            HINT = 'Pass a time of the years 1 to 9999 in UTC.';
    END IF;
    RETURN source IS NOT NULL AND tenant_id IS NOT NULL AND "time" IS NOT NULL;
END
$$;

-- Rows are only inserted. Eight daily slots form a ring: a slot whose rows are published and old
-- is truncated. So no row is updated or deleted, no partition has to be created in time for a
-- service to commit, and retention never locks the table that writers use, as creating or
-- dropping a partition would.
--
-- `xid` stands before `seq` because defaults are evaluated in this order: a transaction that has
-- drawn a number has its id already. The cursor's `low_seq` depends on that.
--
-- `type` and the columns behind it are the attributes of the event; `headers` has the headers of
-- its record beside them, by their names on Kafka, and is null as a rule. Writers of version 1
-- and 2 leave the attributes null and put all headers of the record into `headers`.
CREATE TABLE ledgerlane_outbox (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME ledgerlane_outbox_seq),
    slot smallint NOT NULL
        DEFAULT mod(floor(date_part('epoch', clock_timestamp()) / 86400)::integer, 8),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event_id uuid NOT NULL,
    topic text NOT NULL CHECK (topic <> ''),
    partition_key text NOT NULL CHECK (partition_key <> ''),
    headers json CHECK (json_typeof(headers) = 'object'),
    payload bytea NOT NULL,
    type text,
    source text,
    tenant_id text,
    subject text,
    entity_version bigint,
    "time" timestamptz,
    CONSTRAINT ledgerlane_outbox_attributes CHECK (ledgerlane_outbox_check_attributes(
        headers, type, source, tenant_id, subject, entity_version, "time"))
) PARTITION BY LIST (slot);

CREATE TABLE ledgerlane_outbox_0 PARTITION OF ledgerlane_outbox FOR VALUES IN (0);

CREATE TABLE ledgerlane_outbox_1 PARTITION OF ledgerlane_outbox FOR VALUES IN (1);

CREATE TABLE ledgerlane_outbox_2 PARTITION OF ledgerlane_outbox FOR VALUES IN (2);

CREATE TABLE ledgerlane_outbox_3 PARTITION OF ledgerlane_outbox FOR VALUES IN (3);

CREATE TABLE ledgerlane_outbox_4 PARTITION OF ledgerlane_outbox FOR VALUES IN (4);

CREATE TABLE ledgerlane_outbox_5 PARTITION OF ledgerlane_outbox FOR VALUES IN (5);

CREATE TABLE ledgerlane_outbox_6 PARTITION OF ledgerlane_outbox FOR VALUES IN (6);

CREATE TABLE ledgerlane_outbox_7 PARTITION OF ledgerlane_outbox FOR VALUES IN (7);

-- Finds the rows that a new snapshot shows, however many are newer than an open transaction.
CREATE INDEX ledgerlane_outbox_by_xid ON ledgerlane_outbox (xid);

-- Pages through a large backlog in order.
CREATE INDEX ledgerlane_outbox_by_seq ON ledgerlane_outbox (seq);

-- The number of the shard, from 0, to which a row belongs. It depends on the key, so that one relay
-- has all rows of a key and keeps their order.
CREATE OR REPLACE FUNCTION ledgerlane_outbox_shard(topic text, partition_key text, shards integer)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN mod(hashtextextended(partition_key, hashtextextended(topic, 0)) & 2147483647, shards)::integer;

-- How far each shard is relayed: every row of the shard that `done` shows is published; on the way
-- to `target`, also every row that `target` shows up to `target_seq`. Independent of the snapshots,
-- every row up to `low_seq` is published: this is where to resume after a restore, when
-- transaction ids mean nothing any more. The probe becomes the next `low_seq`: all transactions
-- that drew a number up to `probe_seq` have an id below `probe_xid`.
--
-- All cursors are made together as one `layout`, for one number of shards and one life of the
-- database.
CREATE TABLE ledgerlane_outbox_cursor (
    shard smallint PRIMARY KEY CHECK (shard >= 0),
    shards smallint NOT NULL CHECK (shards > shard),
    layout uuid NOT NULL,
    done pg_snapshot NOT NULL,
    target pg_snapshot,
    target_seq bigint NOT NULL,
    low_seq bigint NOT NULL,
    probe_xid xid8 NOT NULL,
    probe_seq bigint NOT NULL,
    system_identifier bigint NOT NULL,
    timeline text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10);

-- Rows that can't be published as they are, and rows that wait behind them. The relay carries out
-- an operator's decision on the first row of a key, `retry` or `drop`.
CREATE TABLE ledgerlane_outbox_parked (
    seq bigint PRIMARY KEY,
    created_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    partition_key text NOT NULL,
    headers json,
    payload bytea NOT NULL,
    reason text NOT NULL,
    holds_key boolean NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    decision text CHECK (decision IN ('retry', 'drop')),
    note text,
    type text,
    source text,
    tenant_id text,
    subject text,
    entity_version bigint,
    "time" timestamptz,
    CONSTRAINT ledgerlane_outbox_parked_attributes CHECK (ledgerlane_outbox_check_attributes(
        headers, type, source, tenant_id, subject, entity_version, "time"))
);

-- Almost always empty; the relay asks every two seconds.
CREATE INDEX ledgerlane_outbox_decided ON ledgerlane_outbox_parked (seq)
    WHERE decision IS NOT NULL;

-- Finds the first row of a key.
CREATE INDEX ledgerlane_outbox_parked_by_key
    ON ledgerlane_outbox_parked (topic, partition_key, parked_at, seq);

-- Notifies only while a relay sleeps, which is while one of them holds this lock: a NOTIFY in
-- every transaction would make all commits queue behind one another. The lock is released at once.
-- A writer that found the relays awake and is still open when one falls asleep is found in the
-- relay's snapshots. A transaction that is to be prepared may not notify and has to set
-- `SET LOCAL ledgerlane.wakeup = off`; the relay's regular poll finds its rows.
CREATE OR REPLACE FUNCTION ledgerlane_outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_try_advisory_lock_shared(TG_RELID::integer, 2) THEN
        PERFORM pg_advisory_unlock_shared(TG_RELID::integer, 2);
    ELSIF current_setting('ledgerlane.wakeup', true) IS DISTINCT FROM 'off' THEN
        PERFORM pg_notify('ledgerlane_outbox', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER ledgerlane_outbox_wakeup AFTER INSERT ON ledgerlane_outbox
    FOR EACH STATEMENT EXECUTE FUNCTION ledgerlane_outbox_notify();

-- Raises if an event is larger than the relay and a broker take: `sizes.py` says why these limits.
-- What has no more bytes as a whole than a single header may have needs no closer look: then all
-- headers together, with those that no caller chooses, are far from their limit.
CREATE OR REPLACE FUNCTION ledgerlane_outbox_check_size(
    topic text,
    partition_key text,
    headers json,
    payload bytea,
    type text DEFAULT NULL,
    source text DEFAULT NULL,
    tenant_id text DEFAULT NULL,
    subject text DEFAULT NULL
) RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    largest_payload constant integer := 900000;
    largest_text constant integer := 1000;
    largest_headers constant integer := 32000;
    excess record;
BEGIN
    IF octet_length(payload) <= largest_payload
        AND greatest(octet_length(topic), octet_length(partition_key), octet_length(type),
                     octet_length(source), octet_length(tenant_id), octet_length(subject),
                     octet_length(headers::text)) <= largest_text
    THEN
        RETURN;
    END IF;
    WITH header AS (
        SELECT key, octet_length(key) AS name_bytes, coalesce(octet_length(value), 0) AS bytes
          FROM (VALUES ('ce_type', type), ('ce_source', source), ('ce_tenantid', tenant_id),
                       ('ce_subject', subject)) AS attribute (key, value)
         WHERE value IS NOT NULL
         UNION ALL
        SELECT key, octet_length(key), coalesce(octet_length(value), 0)
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
$$;

-- Appends one event in the caller's transaction, from any language, and returns its id.
-- The arguments are described at the Python class OutboxMessage.
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
    key text := coalesce(partition_key, tenant_id);
    entity text := nullif(subject, '');
    headers json;
    content bytea := convert_to(payload::text, 'UTF8');
    argument text;
BEGIN
    IF (type <> '' AND source <> '' AND tenant_id <> '' AND key <> '' AND topic <> ''
        AND content IS NOT NULL AND event_id IS NOT NULL AND "time" IS NOT NULL) IS NOT TRUE
    THEN
        argument := CASE
            WHEN coalesce(type, '') = '' THEN 'type'
            WHEN coalesce(source, '') = '' THEN 'source'
            WHEN coalesce(tenant_id, '') = '' THEN 'tenant_id'
            WHEN coalesce(key, '') = '' THEN 'partition_key'
            WHEN coalesce(topic, '') = '' THEN 'topic'
            WHEN content IS NULL THEN 'payload'
            WHEN event_id IS NULL THEN 'event_id'
            ELSE 'time' END;
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'ledgerlane_append: ' || argument || ' is empty',
            HINT = 'Pass a value for ' || argument || '.';
    END IF;
    IF realm_id <> '' OR traceparent <> '' THEN
        headers := json_strip_nulls(json_build_object(
            'ce_realmid', nullif(realm_id, ''), 'ce_traceparent', nullif(traceparent, '')));
    END IF;
    PERFORM ledgerlane_outbox_check_size(
        topic, key, headers, content, type, source, tenant_id, entity);
    INSERT INTO ledgerlane_outbox
           (event_id, topic, partition_key, headers, payload,
            type, source, tenant_id, subject, entity_version, "time")
    VALUES (event_id, topic, key, headers, content,
            type, source, tenant_id, entity, entity_version, "time");
    RETURN event_id;
END
$$;

-- Emits one event into the write-ahead log alone, in the caller's transaction. No table has to be
-- truncated or vacuumed, but only a relay that reads the log publishes it, and no table can
-- restore it if that relay's slot is lost. `headers` has the event's id as `ce_id`; otherwise
-- headers and payload are those of a row of the outbox, and as large at most.
--
-- It fails unless a slot exists that will send the event: before a relay has made one, and after
-- the server has invalidated it. A slot that is being made shows as active, but sends nothing that
-- is emitted meanwhile; once it has a confirmed position, it sends whatever commits from then on.
CREATE OR REPLACE FUNCTION ledgerlane_emit(
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
    PERFORM ledgerlane_outbox_check_size(topic, partition_key, headers, payload);
    IF NOT EXISTS (
        SELECT FROM pg_get_replication_slots() AS s
          JOIN pg_database AS d ON d.oid = s.datoid
         WHERE d.datname = current_database()
           AND s.slot_name = 'ledgerlane_outbox_' || d.oid
           AND s.confirmed_flush_lsn IS NOT NULL
           AND s.wal_status <> 'lost')
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'ledgerlane_emit: no relay is ready to read this event from the log',
            HINT = 'Start a relay with a wal+postgresql:// source and try again, or call '
                || 'ledgerlane_append, which needs no relay.';
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
CREATE OR REPLACE FUNCTION ledgerlane_outbox_version() RETURNS integer
LANGUAGE sql IMMUTABLE RETURN 3;
