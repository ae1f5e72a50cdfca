-- migrate: expand
-- The event log, the relay's place in it, and what consumers remember.

CREATE SEQUENCE stoa.event_position AS bigint CACHE 1;

-- Append-only. `tx` stands first on purpose: defaults are evaluated in the order of the columns, so a transaction has its
-- id before it draws a position, and the relay can tell from the ids still running which missing positions may yet appear.
-- `data` is json, not jsonb: the text is kept as it was written, and storing it costs a check instead of a conversion.
CREATE TABLE stoa.event (
	tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
	position bigint NOT NULL DEFAULT nextval('stoa.event_position'),
	id uuid NOT NULL,
	type text NOT NULL,
	version integer NOT NULL,
	aggregate text NOT NULL,
	aggregate_id uuid NOT NULL,
	aggregate_seq bigint NOT NULL,
	occurred_at timestamptz NOT NULL,
	source text NOT NULL,
	correlation_id uuid NOT NULL,
	causation_id uuid,
	traceparent text,
	data json NOT NULL
) PARTITION BY RANGE (occurred_at);

CREATE INDEX event_position_idx ON stoa.event (position);
CREATE INDEX event_aggregate_idx ON stoa.event (aggregate_id, aggregate_seq);

-- Catches what no month covers, so that an insert never fails for want of a partition.
CREATE TABLE stoa.event_rest PARTITION OF stoa.event DEFAULT;

-- Makes the partition of one month. It is built aside and attached, which locks the log against nobody who writes to it; rows
-- that the default partition caught in the meantime move over.
CREATE FUNCTION stoa.event_partition_ensure(month timestamptz) RETURNS boolean LANGUAGE plpgsql
SET timezone = 'UTC' SET lock_timeout = '2s'
AS $$
DECLARE
	first timestamptz := date_trunc('month', month);
	past timestamptz := date_trunc('month', month) + interval '1 month';
	name text := 'event_' || to_char(date_trunc('month', month), 'YYYY_MM');
BEGIN
	IF to_regclass('stoa.' || name) IS NOT NULL THEN
		RETURN false;
	END IF;
	EXECUTE format('CREATE TABLE stoa.%I (LIKE stoa.event INCLUDING DEFAULTS)', name);
	EXECUTE format('ALTER TABLE stoa.%I ADD CONSTRAINT %I CHECK (occurred_at >= %L AND occurred_at < %L)',
		name, name || '_range', first, past);
	EXECUTE format('WITH moved AS (DELETE FROM stoa.event_rest WHERE occurred_at >= %L AND occurred_at < %L RETURNING *)
		INSERT INTO stoa.%I SELECT * FROM moved', first, past, name);
	EXECUTE format('ALTER TABLE stoa.event ATTACH PARTITION stoa.%I FOR VALUES FROM (%L) TO (%L)', name, first, past);
	EXECUTE format('ALTER TABLE stoa.%I DROP CONSTRAINT %I', name, name || '_range');
	RETURN true;
END
$$;

-- This month and the next; how many were made.
CREATE FUNCTION stoa.event_partitions_ensure(at timestamptz) RETURNS integer LANGUAGE sql
AS $$
	SELECT stoa.event_partition_ensure(at)::integer + stoa.event_partition_ensure(at + interval '1 month')::integer
$$;

-- Drops the months that ended before `keep`; how many went.
CREATE FUNCTION stoa.event_partitions_expire(keep timestamptz) RETURNS integer LANGUAGE plpgsql
SET timezone = 'UTC' SET lock_timeout = '2s'
AS $$
DECLARE
	partition text;
	gone integer := 0;
BEGIN
	FOR partition IN
		SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'stoa.event'::regclass AND c.relname ~ '^event_\d{4}_\d{2}$'
			AND to_date(substr(c.relname, 7), 'YYYY_MM') + interval '1 month' <= keep
	LOOP
		EXECUTE format('DROP TABLE stoa.%I', partition);
		gone := gone + 1;
	END LOOP;
	RETURN gone;
END
$$;

DO $$ BEGIN PERFORM stoa.event_partitions_ensure(now()); END $$;

-- What each consumer has done: the reason why effects happen once. Kept longer than any transport delivers again.
CREATE TABLE stoa.inbox (
	consumer text NOT NULL,
	event_id uuid NOT NULL,
	position bigint NOT NULL,
	handled_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_handled_idx ON stoa.inbox USING brin (handled_at);

-- Who listens to what, since which position: a rewind owes a subscription nothing from before it was there. Written by the processes
-- that know it, again and again; one that was not seen for a day is of code that runs no more. The relay goes by this
-- table, not by its own code, which may be older than a consumer's.
CREATE TABLE stoa.subscription (
	consumer text PRIMARY KEY,
	type text NOT NULL,
	since bigint NOT NULL,
	seen_at timestamptz NOT NULL DEFAULT now()
);

-- Events that failed and come again at run_at. leased_until: somebody is at it.
CREATE TABLE stoa.event_retry (
	consumer text NOT NULL,
	event_id uuid NOT NULL,
	position bigint NOT NULL,
	attempt integer NOT NULL,
	run_at timestamptz NOT NULL,
	leased_until timestamptz,
	first_failed_at timestamptz NOT NULL,
	errors jsonb NOT NULL,
	CONSTRAINT event_retry_pkey PRIMARY KEY (consumer, event_id)
);
CREATE INDEX event_retry_due_idx ON stoa.event_retry (run_at);

-- Events whose consumers went away in the middle, counted one handling at a time.
CREATE TABLE stoa.event_suspect (
	consumer text NOT NULL,
	event_id uuid NOT NULL,
	starts integer NOT NULL,
	last_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT event_suspect_pkey PRIMARY KEY (consumer, event_id)
);

CREATE TABLE stoa.dead_letter (
	id uuid PRIMARY KEY,
	consumer text NOT NULL,
	event_id uuid NOT NULL,
	event_type text NOT NULL,
	event_position bigint NOT NULL,
	reason text NOT NULL,
	fingerprint text NOT NULL,
	attempts integer NOT NULL,
	errors jsonb NOT NULL,
	died_at timestamptz NOT NULL,
	resolved_at timestamptz,
	resolution text,
	resolved_by text
);
-- One open letter for an event and its consumer.
CREATE UNIQUE INDEX dead_letter_open_idx ON stoa.dead_letter (consumer, event_id) WHERE resolved_at IS NULL;
CREATE INDEX dead_letter_event_idx ON stoa.dead_letter (consumer, event_id);
CREATE INDEX dead_letter_died_idx ON stoa.dead_letter (died_at, id);

-- One row. `term` goes up with each leader, so that one who has lost the lock cannot save over the next. The gaps are
-- ranges of positions below the place that were missing, each with a transaction id that no filler of it can reach.
CREATE TABLE stoa.relay (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	term bigint NOT NULL DEFAULT 0,
	position bigint NOT NULL DEFAULT 0,
	settled bigint NOT NULL DEFAULT 0,
	gap_from bigint[] NOT NULL DEFAULT '{}',
	gap_to bigint[] NOT NULL DEFAULT '{}',
	gap_bound bigint[] NOT NULL DEFAULT '{}',
	epoch uuid,
	rewind_pending boolean NOT NULL DEFAULT false,
	saved_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO stoa.relay DEFAULT VALUES;

-- The PostgreSQL transport: one row for each entry and group that has yet to acknowledge it. The event itself stays in
-- the log. consumer null: not handed out yet.
CREATE TABLE stoa.bus (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	epoch uuid NOT NULL DEFAULT gen_random_uuid(),
	place bigint NOT NULL DEFAULT 0
);
INSERT INTO stoa.bus DEFAULT VALUES;

CREATE TABLE stoa.bus_group (
	topic text NOT NULL,
	name text NOT NULL,
	PRIMARY KEY (topic, name)
);

CREATE TABLE stoa.bus_entry (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	topic text NOT NULL,
	name text NOT NULL,
	event_position bigint NOT NULL,
	event_id uuid NOT NULL,
	consumer text,
	delivered_at timestamptz,
	deliveries integer NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
CREATE INDEX bus_entry_new_idx ON stoa.bus_entry (topic, name, id) WHERE consumer IS NULL;
CREATE INDEX bus_entry_out_idx ON stoa.bus_entry (topic, name, delivered_at) WHERE consumer IS NOT NULL;
