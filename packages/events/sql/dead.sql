-- fragment: dead_letter_columns
-- Ids rise with died_at. Decided on: when, how ('replayed' or 'discarded'), by whom; NULL while it is open.
d.id, d.consumer, d.event_id, d.event_type AS type, d.event_position AS position, d.reason, d.fingerprint, d.attempts, d.died_at,
	d.resolved_at, d.resolution, d.resolved_by, d.resolution_reason;

-- name: dead_letters :page(id) slow row(dead_letter_summary)
-- Those decided on, or the open ones; oldest first. Planned anew each time, for the filters that are given.
SELECT :{dead_letter_columns}
FROM stoa.dead_letter d
WHERE (d.resolved_at IS NOT NULL) = :resolved::boolean
	AND (:consumer?::text IS NULL OR d.consumer = :consumer?)
	AND (:type?::text IS NULL OR d.event_type = :type?)
	AND (:fingerprint?::text IS NULL OR d.fingerprint = :fingerprint?)
	AND (:died_from?::timestamptz IS NULL OR d.died_at >= :died_from?)
	AND (:died_before?::timestamptz IS NULL OR d.died_at < :died_before?);

-- name: dead_letter_get :get read row(dead_letter)
-- With every attempt, [{attempt, at, error}, ..], and the event's data: NULL when its part of the log has expired.
SELECT :{dead_letter_columns}, d.errors,
	(SELECT e.data FROM stoa.event e WHERE e.position = d.event_position AND e.id = d.event_id) AS data
FROM stoa.dead_letter d
WHERE d.id = :id;

-- name: dead_letter_replay :many write row(dead_letter_summary)
-- Schedules the events of open letters for their consumers once more, now, with all attempts ahead of them; gives these
-- letters. A letter that was resolved before stays as it is.
WITH letter AS (
	UPDATE stoa.dead_letter d
	SET resolved_at = :now, resolution = 'replayed', resolved_by = :who
	WHERE d.id = ANY(:ids::uuid[]) AND d.resolved_at IS NULL
	RETURNING :{dead_letter_columns}, d.errors
), counted AS (
	DELETE FROM stoa.event_suspect s USING letter l WHERE s.consumer = l.consumer AND s.event_id = l.event_id
), retry AS (
	INSERT INTO stoa.event_retry (consumer, event_id, position, attempt, run_at, first_failed_at, errors)
	SELECT l.consumer, l.event_id, l.position, 0, :now, :now, l.errors FROM letter l
	ON CONFLICT (consumer, event_id) DO UPDATE SET attempt = 0, run_at = excluded.run_at, leased_until = NULL
)
SELECT id AS "id!", consumer AS "consumer!", event_id AS "event_id!", type AS "type!", position AS "position!", reason AS "reason!",
	fingerprint AS "fingerprint!", attempts AS "attempts!", died_at AS "died_at!", resolved_at, resolution, resolved_by, resolution_reason
FROM letter;

-- name: dead_letter_discard :find write row(dead_letter_summary)
-- The decision that it will not be handled. NULL when the letter is resolved already, or there is none.
UPDATE stoa.dead_letter d
SET resolved_at = :now, resolution = 'discarded', resolved_by = :who, resolution_reason = :reason?
WHERE d.id = :id AND d.resolved_at IS NULL
RETURNING :{dead_letter_columns};
