-- name: subscription_insert :exec write
-- Subscriptions that are new count from the relay's offset on.
INSERT INTO stoa.subscription (consumer, type, since)
SELECT s.consumer, s.type, r.position
FROM unnest(:consumers::text[], :types::text[]) AS s (consumer, type), stoa.relay r
ORDER BY s.consumer
ON CONFLICT (consumer) DO UPDATE SET type = excluded.type, seen_at = now(),
	since = CASE WHEN subscription.type = excluded.type THEN subscription.since ELSE excluded.since END;

-- name: subscription_list :many read
-- Those of code that runs somewhere.
SELECT consumer, type FROM stoa.subscription WHERE seen_at > now() - interval '1 day' ORDER BY consumer;

-- name: inbox_insert :exec write
-- First in the transaction of a handler; a second delivery fails here by inbox_pkey.
INSERT INTO stoa.inbox (consumer, event_id, position) VALUES (:consumer, :event_id, :position);

-- name: inbox_list_known :many read
-- Which of these events this consumer has handled, put aside for a retry, or made a dead letter. Event by event: a plan made
-- while the tables are small would read all that the consumer ever did.
SELECT w.id AS "event_id!"
FROM unnest(:event_ids::uuid[]) AS w (id)
CROSS JOIN LATERAL (
	SELECT 1 FROM stoa.inbox i WHERE i.consumer = :consumer AND i.event_id = w.id
	UNION ALL
	SELECT 1 FROM stoa.event_retry r WHERE r.consumer = :consumer AND r.event_id = w.id
	UNION ALL
	SELECT 1 FROM stoa.dead_letter d WHERE d.consumer = :consumer AND d.event_id = w.id
	LIMIT 1) AS known;

-- name: inbox_newest :find read
-- The newest event that a consumer has handled.
SELECT event_id, handled_at FROM stoa.inbox WHERE consumer = :consumer ORDER BY event_id DESC LIMIT 1;

-- name: inbox_purge :get write
-- Forgets a batch of what was handled long ago; how many.
WITH gone AS (
	DELETE FROM stoa.inbox WHERE ctid = ANY(ARRAY(
		SELECT ctid FROM stoa.inbox WHERE handled_at < :before LIMIT :max))
	RETURNING 1)
SELECT count(*) AS "gone!" FROM gone;

-- name: event_retry_insert :exec write
-- The first failure. Another one may have put it aside already.
INSERT INTO stoa.event_retry (consumer, event_id, position, attempt, run_at, first_failed_at, errors)
VALUES (:consumer, :event_id, :position, :attempt, :run_at, :failed_at,
	jsonb_build_array(jsonb_build_object('attempt', :attempt::integer, 'at', :failed_at::timestamptz, 'error', :error::text)))
ON CONFLICT (consumer, event_id) DO NOTHING;

-- name: event_retry_update :exec write
-- A later failure.
UPDATE stoa.event_retry
SET attempt = :attempt, run_at = :run_at, leased_until = NULL,
	errors = errors || jsonb_build_object('attempt', :attempt::integer, 'at', :failed_at::timestamptz, 'error', :error::text)
WHERE consumer = :consumer AND event_id = :event_id;

-- name: event_retry_delete :exec write
DELETE FROM stoa.event_retry WHERE consumer = :consumer AND event_id = :event_id;

-- name: event_retry_claim :many write
-- What is due, leased until `lease_until`.
UPDATE stoa.event_retry r SET leased_until = :lease_until
FROM (
	SELECT consumer, event_id FROM stoa.event_retry
	WHERE run_at <= :now AND (leased_until IS NULL OR leased_until < :now) AND consumer = ANY(:consumers::text[])
	ORDER BY run_at LIMIT :max FOR UPDATE SKIP LOCKED
) due
WHERE r.consumer = due.consumer AND r.event_id = due.event_id
RETURNING r.consumer, r.event_id, r.position, r.attempt;

-- name: event_retry_due :get read
-- Whether a claim is worth a transaction.
SELECT EXISTS (
	SELECT 1 FROM stoa.event_retry
	WHERE run_at <= :now AND (leased_until IS NULL OR leased_until < :now) AND consumer = ANY(:consumers::text[])
) AS "due!";

-- name: dead_letter_insert :exec write
-- Makes an event a dead letter, with the errors of its earlier attempts; not when a commit whose answer was lost had done it after all.
INSERT INTO stoa.dead_letter (id, consumer, event_id, event_type, event_position, reason, fingerprint, attempts, errors, died_at)
SELECT :id, :consumer, :event_id, :event_type, :position, :reason, :fingerprint, :attempts,
	coalesce((SELECT r.errors FROM stoa.event_retry r WHERE r.consumer = :consumer AND r.event_id = :event_id), '[]')
		|| jsonb_build_object('attempt', :attempts::integer, 'at', :died_at::timestamptz, 'error', :reason::text),
	:died_at
WHERE NOT EXISTS (SELECT FROM stoa.inbox i WHERE i.consumer = :consumer AND i.event_id = :event_id)
ON CONFLICT (consumer, event_id) WHERE resolved_at IS NULL DO NOTHING;

-- Delivery counts, for finding poison messages. Their table is older than this name for them and keeps its own
-- (docs/decisions/0024).

-- name: delivery_count_add :many write
-- Counts a delivery of each of these events, up to 3: of the many in hand when a process dies not all are to blame.
INSERT INTO stoa.event_suspect AS s (consumer, event_id, starts)
SELECT :consumer, id, 1 FROM unnest(:event_ids::uuid[]) AS id ORDER BY id
ON CONFLICT (consumer, event_id) DO UPDATE SET starts = least(s.starts + 1, greatest(s.starts, 3)), last_at = now()
RETURNING event_id, starts;

-- name: delivery_count_alone :get write
-- Counts a delivery of an event that is handled alone: beyond 3.
INSERT INTO stoa.event_suspect AS s (consumer, event_id, starts) VALUES (:consumer, :event_id, 4)
ON CONFLICT (consumer, event_id) DO UPDATE SET starts = greatest(s.starts, 3) + 1, last_at = now()
RETURNING starts;

-- name: delivery_count_purge :exec write
DELETE FROM stoa.event_suspect WHERE last_at < :before;

-- name: delivery_count_delete :exec write
DELETE FROM stoa.event_suspect WHERE consumer = :consumer AND event_id = :event_id;
