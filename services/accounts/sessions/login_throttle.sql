-- name: login_throttle_acquire :many write row(login_throttle_subject)
-- Counts a try against every subject that has room, and gives those: the caller rolls back unless all are there. One row
-- lock a subject, in the order given, so two tries cannot both be the last one.
INSERT INTO accounts.login_guard AS g (subject, tries, updated_at)
SELECT w.subject, ARRAY[:now::timestamptz], :now
FROM unnest(:subjects::text[]) WITH ORDINALITY AS w (subject, nth)
ORDER BY w.nth
ON CONFLICT (subject) DO UPDATE
SET tries = array_append(ARRAY(SELECT t FROM unnest(g.tries) AS t WHERE t > :since::timestamptz), :now),
    updated_at = :now
WHERE (SELECT count(*) FROM unnest(g.tries) AS t WHERE t > :since) < :max::bigint
RETURNING subject;

-- name: login_throttle_list :many read
-- The tries counted against subjects.
SELECT tries FROM accounts.login_guard WHERE subject = ANY (:subjects::text[]);

-- name: login_throttle_return :exec write
-- Gives back one try taken at an instant: it was none.
UPDATE accounts.login_guard AS g
SET tries = ARRAY(SELECT w.t FROM unnest(g.tries) WITH ORDINALITY AS w (t, nth)
                  WHERE w.nth IS DISTINCT FROM array_position(g.tries, :taken_at::timestamptz) ORDER BY w.nth)
WHERE g.subject = ANY (:subjects::text[]);

-- name: login_throttle_clear :exec write
-- Forgets what was counted against subjects.
DELETE FROM accounts.login_guard WHERE subject = ANY (:subjects::text[]);

-- name: login_throttle_purge :get write
-- Forgets up to a batch of subjects not tried since; tells how many.
WITH gone AS (
	DELETE FROM accounts.login_guard
	WHERE subject IN (SELECT subject FROM accounts.login_guard WHERE updated_at < :before ORDER BY updated_at
		LIMIT :batch::bigint FOR UPDATE SKIP LOCKED)
	RETURNING 1
)
SELECT count(*) AS "count!" FROM gone;
