-- migrate: expand
-- What operators ask: which letters are open, what a consumer has yet to do, events of one type, what runs where.

-- Dead letters are written seldom and listed in many ways; ids ascend with the time of death.
ALTER TABLE stoa.dead_letter ADD COLUMN resolution_reason text;
CREATE INDEX dead_letter_open_list_idx ON stoa.dead_letter (id) WHERE resolved_at IS NULL;
CREATE INDEX dead_letter_open_consumer_idx ON stoa.dead_letter (consumer, id) WHERE resolved_at IS NULL;
CREATE INDEX dead_letter_open_type_idx ON stoa.dead_letter (event_type, id) WHERE resolved_at IS NULL;
CREATE INDEX dead_letter_open_fingerprint_idx ON stoa.dead_letter (fingerprint, id) WHERE resolved_at IS NULL;

-- For feeds of one type, and for what is left to do of it.
CREATE INDEX event_type_idx ON stoa.event (type, position);

-- A subscription that is paused is handed nothing, anywhere.
ALTER TABLE stoa.subscription ADD COLUMN paused_at timestamptz, ADD COLUMN paused_by text;

-- What runs: a row per process, renewed every few seconds.
CREATE TABLE stoa.process (
	id uuid PRIMARY KEY,
	kind text NOT NULL,
	release text NOT NULL,
	host text NOT NULL,
	pid bigint NOT NULL,
	port integer NOT NULL,
	state text NOT NULL CHECK (state IN ('starting', 'ready', 'draining')),
	started_at timestamptz NOT NULL,
	seen_at timestamptz NOT NULL
);
