-- name: cli_event_list :many read
-- The log after a position; of one type when `type` is not null.
SELECT e.position, e.id, e.type, e.aggregate, e.aggregate_id, e.aggregate_seq, e.occurred_at, e.source, e.data
FROM stoa.event e
WHERE e.position > :after AND (:type?::text IS NULL OR e.type = :type?)
ORDER BY e.position
LIMIT :max::bigint;

-- name: cli_event_tail :one read
-- The position after which the last `count` events lie.
SELECT coalesce(min(last.position) - 1, 0) AS "after!"
FROM (SELECT e.position FROM stoa.event e WHERE :type?::text IS NULL OR e.type = :type? ORDER BY e.position DESC LIMIT :count::bigint) last;

-- name: cli_dead_list :many read
-- What waits for somebody's decision, oldest first.
SELECT d.id, d.consumer, d.event_id, d.event_type, d.reason, d.attempts, d.died_at
FROM stoa.dead_letter d
WHERE d.resolved_at IS NULL
ORDER BY d.died_at, d.id
LIMIT :max::bigint;

-- name: cli_dead_get :one read
-- One letter with its event, which may be gone with an old partition.
SELECT d.id, d.consumer, d.event_id, d.event_type, d.event_position, d.reason, d.attempts, d.errors, d.died_at, d.resolved_at,
	d.resolution, d.resolved_by, (SELECT e.data::text FROM stoa.event e WHERE e.position = d.event_position AND e.id = d.event_id) AS data
FROM stoa.dead_letter d
WHERE d.id = :id;

-- name: cli_dead_replay :one write
-- Puts the event up for its consumer once more, now, with all its attempts ahead of it. Nothing when the letter is resolved already.
WITH letter AS (
	UPDATE stoa.dead_letter
	SET resolved_at = :now, resolution = 'replayed', resolved_by = :who
	WHERE id = :id AND resolved_at IS NULL
	RETURNING consumer, event_id, event_position, errors
), suspect AS (
	DELETE FROM stoa.event_suspect s USING letter l WHERE s.consumer = l.consumer AND s.event_id = l.event_id
)
INSERT INTO stoa.event_retry (consumer, event_id, position, attempt, run_at, first_failed_at, errors)
SELECT l.consumer, l.event_id, l.event_position, 0, :now, :now, l.errors FROM letter l
ON CONFLICT (consumer, event_id) DO UPDATE SET attempt = 0, run_at = excluded.run_at, leased_until = NULL
RETURNING event_id;

-- name: cli_dead_discard :one write
-- The decision that it will not be handled.
UPDATE stoa.dead_letter
SET resolved_at = :now, resolution = 'discarded', resolved_by = :who
WHERE id = :id AND resolved_at IS NULL
RETURNING event_id;

-- name: cli_server :one read
SELECT current_setting('server_version') AS "version!", current_setting('server_version_num')::bigint AS "number!",
	clock_timestamp() AS "now!";

-- name: cli_demo_login_list :many read
-- One demo account of each role: the first made.
SELECT DISTINCT ON (a.audience, a.role) a.audience, a.role, a.email
FROM accounts.account a
WHERE (a.email LIKE '%@example.com' OR a.email LIKE '%@stoa.example') AND a.disabled_at IS NULL
ORDER BY a.audience DESC, a.role, a.created_at, a.email;
