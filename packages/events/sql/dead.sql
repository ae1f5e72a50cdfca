-- name: dead_letter_list :many slow row(dead_letter)
-- A page of letters, oldest first. Planned anew each time, for the filters that are given.
SELECT d.id, d.consumer, d.event_id, d.event_type, d.event_position, d.reason, d.fingerprint, d.attempts, d.died_at, d.resolved_at,
	d.resolution, d.resolved_by, d.resolution_reason
FROM stoa.dead_letter d
WHERE (d.resolved_at IS NOT NULL) = :resolved::boolean
	AND (:consumer?::text IS NULL OR d.consumer = :consumer?)
	AND (:type?::text IS NULL OR d.event_type = :type?)
	AND (:fingerprint?::text IS NULL OR d.fingerprint = :fingerprint?)
	AND (:died_from?::timestamptz IS NULL OR d.died_at >= :died_from?)
	AND (:died_before?::timestamptz IS NULL OR d.died_at < :died_before?)
	AND d.id > :after
ORDER BY d.id
LIMIT :max::bigint;

-- name: dead_letter_find :find read row(dead_letter)
SELECT d.id, d.consumer, d.event_id, d.event_type, d.event_position, d.reason, d.fingerprint, d.attempts, d.died_at, d.resolved_at,
	d.resolution, d.resolved_by, d.resolution_reason
FROM stoa.dead_letter d
WHERE d.id = :id;

-- name: dead_letter_errors :find read
-- Every attempt with its time and error.
SELECT d.errors FROM stoa.dead_letter d WHERE d.id = :id;

-- name: dead_letter_replay :many write
-- Schedules the events of open letters for their consumers once more, now, with all attempts ahead of them. A letter that was
-- resolved before stays as it is.
WITH letter AS (
	UPDATE stoa.dead_letter
	SET resolved_at = :now, resolution = 'replayed', resolved_by = :who
	WHERE id = ANY(:ids::uuid[]) AND resolved_at IS NULL
	RETURNING id, consumer, event_id, event_position, errors
), counted AS (
	DELETE FROM stoa.event_suspect s USING letter l WHERE s.consumer = l.consumer AND s.event_id = l.event_id
), retry AS (
	INSERT INTO stoa.event_retry (consumer, event_id, position, attempt, run_at, first_failed_at, errors)
	SELECT l.consumer, l.event_id, l.event_position, 0, :now, :now, l.errors FROM letter l
	ON CONFLICT (consumer, event_id) DO UPDATE SET attempt = 0, run_at = excluded.run_at, leased_until = NULL
)
SELECT id AS "id!" FROM letter;

-- name: dead_letter_discard :find write
-- The decision that it will not be handled. Nothing when the letter is resolved already.
UPDATE stoa.dead_letter
SET resolved_at = :now, resolution = 'discarded', resolved_by = :who, resolution_reason = :reason?
WHERE id = :id AND resolved_at IS NULL
RETURNING id;
