-- migrate: expand
-- Answers given under an Idempotency-Key, written in the transaction of the effect they tell of. The primary key is what
-- makes racing twins one: the second to commit fails on it, and is given the first one's answer.
CREATE TABLE stoa.idempotency (
	scope uuid NOT NULL,        -- the account, or a hash of the client's address
	key text NOT NULL,
	route text NOT NULL,
	fingerprint bytea NOT NULL, -- SHA-256 of method, target, If-Match and body
	status integer NOT NULL,
	location text,
	etag text,
	body text NOT NULL,
	created_at timestamptz NOT NULL,
	CONSTRAINT idempotency_pkey PRIMARY KEY (scope, key)
);

-- For the purge.
CREATE INDEX idempotency_created_at ON stoa.idempotency (created_at);
