-- migrate: expand
-- What staff changed, one row each, written in the transaction of the change. Rows are added and never changed; a chore links
-- them into a chain of hashes, so that who changes or removes one behind the triggers' back is found out.
CREATE TABLE stoa.audit (
	id uuid PRIMARY KEY,
	at timestamptz NOT NULL,
	actor uuid,             -- the account; null when a login names none
	role text,              -- of the actor at that time
	service_key text,       -- when a service asked, not a person
	action text NOT NULL,   -- the route's name
	subject text NOT NULL,  -- what kind of thing, as paths call it: "orders"
	subject_id text,        -- which of them
	request_id text NOT NULL,
	client text NOT NULL,   -- where from
	status integer NOT NULL,
	before json,            -- what was there, if the handler tells
	after json              -- what was answered, without secrets; json and not jsonb: the text is what is hashed
);
CREATE INDEX audit_by_age ON stoa.audit (at DESC, id DESC);
CREATE INDEX audit_by_actor ON stoa.audit (actor, at DESC, id DESC);
CREATE INDEX audit_by_action ON stoa.audit (action, at DESC, id DESC);
CREATE INDEX audit_by_subject ON stoa.audit (subject, subject_id, at DESC, id DESC);

-- Rows that wait for their place in the chain. A row is added here in its own transaction, so none is passed over, however
-- late it commits.
CREATE TABLE stoa.audit_unsealed (
	id uuid PRIMARY KEY
);

-- The chain: hash = SHA-256(previous || the row as JSON).
CREATE TABLE stoa.audit_seal (
	number bigint PRIMARY KEY,
	audit_id uuid NOT NULL CONSTRAINT audit_seal_once UNIQUE,
	form integer NOT NULL,  -- how the row was written down to be hashed
	previous bytea NOT NULL,
	hash bytea NOT NULL,
	sealed_at timestamptz NOT NULL
);

CREATE FUNCTION stoa.audit_keep() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
	IF TG_OP = 'DELETE' AND current_setting('stoa.audit_retention', true) = 'on' THEN
		RETURN OLD;
	END IF;
	RAISE EXCEPTION '% is only added to, and not by %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER audit_keep_rows BEFORE UPDATE OR DELETE ON stoa.audit FOR EACH ROW EXECUTE FUNCTION stoa.audit_keep();
CREATE TRIGGER audit_keep_table BEFORE TRUNCATE ON stoa.audit FOR EACH STATEMENT EXECUTE FUNCTION stoa.audit_keep();
CREATE TRIGGER audit_keep_rows BEFORE UPDATE OR DELETE ON stoa.audit_seal FOR EACH ROW EXECUTE FUNCTION stoa.audit_keep();
CREATE TRIGGER audit_keep_table BEFORE TRUNCATE ON stoa.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION stoa.audit_keep();

-- Retention: forgets the oldest part of the chain, up to the first row that is to be kept, and never its last link; how many
-- rows went. What is left begins with the hash of what went, and still verifies.
CREATE FUNCTION stoa.audit_expire(keep timestamptz) RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE
	last bigint;
	gone bigint;
BEGIN
	SELECT least(min(s.number) FILTER (WHERE a.at >= keep), max(s.number)) - 1 INTO last
	FROM stoa.audit_seal s JOIN stoa.audit a ON a.id = s.audit_id;
	PERFORM set_config('stoa.audit_retention', 'on', true);
	WITH seals AS (DELETE FROM stoa.audit_seal WHERE number <= last RETURNING audit_id)
	DELETE FROM stoa.audit a USING seals WHERE a.id = seals.audit_id;
	GET DIAGNOSTICS gone = ROW_COUNT;
	PERFORM set_config('stoa.audit_retention', '', true);
	RETURN gone;
END
$$;
