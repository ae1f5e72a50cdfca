-- name: audit_insert :exec write
-- Beside the change it tells of.
WITH entry AS (
	INSERT INTO stoa.audit (id, at, actor, role, service_key, action, subject, subject_id, request_id, client, status, before, after)
	VALUES (:id, :at, :actor?, :role?, :service_key?, :action, :subject, :subject_id?, :request_id, :client, :status, :before?, :after?)
	RETURNING id
)
INSERT INTO stoa.audit_unsealed (id) SELECT id FROM entry;

-- fragment: audit_entry
-- A row with its place in the chain, null where it has none yet.
SELECT a.id, a.at, a.actor, a.role, a.service_key, a.action, a.subject, a.subject_id, a.request_id, a.client, a.status, a.before, a.after,
	s.number
FROM stoa.audit a
LEFT JOIN stoa.audit_seal s ON s.audit_id = a.id;

-- name: audit_entries :page(-at, -id) slow row(audit)
-- The trail, newest first. Planned anew each time, for the filters that are given.
:{audit_entry}
WHERE (:actor?::uuid IS NULL OR a.actor = :actor?)
	AND (:action?::text IS NULL OR a.action = :action?)
	AND (:subject?::text IS NULL OR a.subject = :subject?)
	AND (:subject_id?::text IS NULL OR a.subject_id = :subject_id?)
	AND (:at_from?::timestamptz IS NULL OR a.at >= :at_from?)
	AND (:at_before?::timestamptz IS NULL OR a.at < :at_before?);

-- name: audit_chain_lock :get lock
-- One at a time links; false when somebody else is at it.
SELECT pg_try_advisory_xact_lock(hashtextextended('stoa.audit_seal', 0)) AS "mine!";

-- name: audit_chain_head :find read
-- The last link; none in a trail that was never sealed.
SELECT number, hash FROM stoa.audit_seal ORDER BY number DESC LIMIT 1;

-- name: audit_waiting :many read row(audit)
-- What is to be linked next.
:{audit_entry}
WHERE a.id IN (SELECT u.id FROM stoa.audit_unsealed u)
ORDER BY a.at, a.id
LIMIT :row_limit::bigint;

-- name: audit_seals_insert :expect(:count) write
-- Adds links, in order.
INSERT INTO stoa.audit_seal (number, audit_id, form, previous, hash, sealed_at)
SELECT l.number, l.audit_id, :form::bigint, decode(l.previous, 'hex'), decode(l.hash, 'hex'), :now
FROM unnest(:numbers::bigint[], :audit_ids::uuid[], :previous::text[], :hashes::text[]) AS l(number, audit_id, previous, hash);

-- name: audit_unsealed_delete :expect(:count) write
-- They wait no more.
DELETE FROM stoa.audit_unsealed WHERE id = ANY(:audit_ids::uuid[]);

-- name: audit_chain :many slow
-- Links in order.
SELECT number, audit_id, form, previous, hash FROM stoa.audit_seal WHERE number > :after_number ORDER BY number LIMIT :row_limit::bigint;

-- name: audit_rows :many slow row(audit)
-- Rows by their ids, in the order of the chain.
:{audit_entry}
WHERE a.id = ANY(:ids::uuid[])
ORDER BY s.number;

-- name: audit_chain_since :get slow
-- The link before the first row of that time; none when there is no such row.
SELECT min(s.number) - 1 AS number FROM stoa.audit_seal s JOIN stoa.audit a ON a.id = s.audit_id WHERE a.at >= :since;

-- name: audit_outside :get slow
-- Rows that are not in the chain: how many wait for it, and one that does not even wait.
SELECT (SELECT count(*) FROM stoa.audit_unsealed) AS "waiting!",
	(SELECT a.id FROM stoa.audit a
	 WHERE NOT EXISTS (SELECT FROM stoa.audit_seal s WHERE s.audit_id = a.id) AND NOT EXISTS (SELECT FROM stoa.audit_unsealed u WHERE u.id = a.id)
	 LIMIT 1) AS stray;
