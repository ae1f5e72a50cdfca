-- name: login_throttle_acquire :many write row(login_throttle_subject)
-- Adds a try to every subject that is below its limit, and returns those; the caller rolls back unless all are returned. One
-- row lock per subject, in the given order, so two tries cannot both be the last one.
INSERT INTO accounts.login_guard AS g (subject, tries, updated_at)
SELECT w.subject, ARRAY[:now::timestamptz], :now
FROM unnest(:subjects::text[]) WITH ORDINALITY AS w (subject, nth)
ORDER BY w.nth
ON CONFLICT (subject) DO UPDATE
SET tries = array_append(ARRAY(SELECT t FROM unnest(g.tries) AS t WHERE t > :since::timestamptz), :now),
    updated_at = :now
WHERE (SELECT count(*) FROM unnest(g.tries) AS t WHERE t > :since) <
    (:limits::bigint[])[array_position(:subjects, excluded.subject)]
RETURNING subject;

-- name: login_throttle_list :many read
-- The tries of some subjects, and the limit of each.
SELECT tries, (:limits::bigint[])[array_position(:subjects, subject)] AS "most!"
FROM accounts.login_guard WHERE subject = ANY (:subjects::text[]);

-- name: login_throttle_return :exec write
-- Returns the try that was taken at a time.
UPDATE accounts.login_guard AS g
SET tries = ARRAY(SELECT w.t FROM unnest(g.tries) WITH ORDINALITY AS w (t, nth)
                  WHERE w.nth IS DISTINCT FROM array_position(g.tries, :taken_at::timestamptz) ORDER BY w.nth)
WHERE g.subject = ANY (:subjects::text[]);

-- name: login_throttle_clear :exec write
-- Deletes all tries of some subjects.
DELETE FROM accounts.login_guard WHERE subject = ANY (:subjects::text[]);

-- name: login_throttle_purge :get write
-- Deletes up to a batch of subjects without a recent try; returns how many.
WITH gone AS (
	DELETE FROM accounts.login_guard
	WHERE subject IN (SELECT subject FROM accounts.login_guard WHERE updated_at < :before ORDER BY updated_at
		LIMIT :batch::bigint FOR UPDATE SKIP LOCKED)
	RETURNING 1
)
SELECT count(*) AS "count!" FROM gone;
