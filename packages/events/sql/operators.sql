-- name: subscriptions :page(name) slow row(subscription)
-- Each subscription of code that ran somewhere within the last day, over all processes. Looks at the 10,000 events that
-- follow what every subscription is known to be done with.
SELECT s.consumer AS name, s.type, todo.pending AS "pending!",
	coalesce(greatest(0, floor(extract(epoch FROM now() - todo.oldest_at) * 1000)), 0)::bigint AS "lag_ms!",
	(SELECT count(*) FROM stoa.event_retry r WHERE r.consumer = s.consumer) AS "retries!",
	(SELECT count(*) FROM stoa.dead_letter d WHERE d.consumer = s.consumer AND d.resolved_at IS NULL) AS "dead!",
	(SELECT i.handled_at FROM stoa.inbox i WHERE i.consumer = s.consumer ORDER BY i.event_id DESC LIMIT 1) AS last_handled_at,
	s.paused_at, s.paused_by
FROM stoa.subscription s
CROSS JOIN LATERAL (
	SELECT count(*) AS pending, min(e.occurred_at) AS oldest_at
	FROM (
		SELECT id, occurred_at FROM stoa.event
		WHERE type = s.type AND position > greatest(s.since, (SELECT settled FROM stoa.relay))
		ORDER BY position LIMIT 10000
	) e
	WHERE NOT EXISTS (SELECT FROM stoa.inbox i WHERE i.consumer = s.consumer AND i.event_id = e.id)
		AND NOT EXISTS (SELECT FROM stoa.event_retry r WHERE r.consumer = s.consumer AND r.event_id = e.id)
		AND NOT EXISTS (SELECT FROM stoa.dead_letter d WHERE d.consumer = s.consumer AND d.event_id = e.id)
) todo
WHERE s.seen_at > now() - interval '1 day';

-- name: subscription_pause :get write row(consumer)
-- It is handed nothing in any process, from about a second later on; its events wait. Who paused it first stays.
UPDATE stoa.subscription
SET paused_at = coalesce(paused_at, :now), paused_by = coalesce(paused_by, :who)
WHERE consumer = :consumer
RETURNING consumer;

-- name: subscription_resume :get write row(consumer)
UPDATE stoa.subscription SET paused_at = NULL, paused_by = NULL WHERE consumer = :consumer RETURNING consumer;

-- name: subscription_list_paused :many read
SELECT consumer FROM stoa.subscription WHERE paused_at IS NOT NULL;
