-- migrate: expand
-- The revocation list: logins and service keys that ended before the tokens made for them expire. Each API process keeps it in
-- memory and follows it by `tx`: a row is read again until no transaction that is older can still commit.

CREATE TABLE stoa.revocation (
	id    uuid PRIMARY KEY,
	tx    xid8 NOT NULL DEFAULT pg_current_xact_id(),
	until timestamptz NOT NULL
);
CREATE INDEX revocation_tx_idx ON stoa.revocation (tx);

-- What a service calls in the transaction that ends a login (id: the session in its tokens) or a key (id: its own). `life_us`:
-- for how long a token of it may be accepted yet.
CREATE FUNCTION stoa.revoke(id uuid, life_us bigint) RETURNS integer LANGUAGE sql
AS $$
	INSERT INTO stoa.revocation (id, until) VALUES ($1, clock_timestamp() + $2 * interval '1 microsecond')
	ON CONFLICT DO NOTHING
	RETURNING 1
$$;
