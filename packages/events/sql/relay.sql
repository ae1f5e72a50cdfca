-- name: relay_saved :get read
-- What the leader before saved.
SELECT position, settled, gap_from, gap_to, gap_bound, epoch, rewind_pending FROM stoa.relay;

-- name: relay_save :exec write
UPDATE stoa.relay SET position = :position, settled = :settled, gap_from = :gap_from, gap_to = :gap_to,
	gap_bound = :gap_bound, epoch = :epoch?, rewind_pending = :rewind_pending, saved_at = now();

-- fragment: relay_event_columns
-- The data of types without a subscription is left out.
e.position, e.id, e.type, e.version, e.aggregate, e.aggregate_id, e.aggregate_seq, e.occurred_at, e.source, e.correlation_id,
	e.causation_id, e.traceparent, CASE WHEN e.type = ANY(ARRAY(
		SELECT s.type FROM stoa.subscription s WHERE s.seen_at > now() - interval '1 day')) THEN e.data END AS data;

-- name: relay_read :many read row(relay_event)
-- The next events in the order of their positions.
SELECT :{relay_event_columns}
FROM stoa.event e
WHERE e.position > :after
ORDER BY e.position
LIMIT :max;

-- name: relay_read_gaps :many read row(relay_event)
-- What has appeared in the gaps. Gap by gap: a join would walk the whole log past all of them.
SELECT :{relay_event_columns}
FROM unnest(:froms::bigint[], :tos::bigint[]) AS gap (first, last)
CROSS JOIN LATERAL (
	SELECT position, id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source, correlation_id, causation_id,
		traceparent, data
	FROM stoa.event WHERE position BETWEEN gap.first AND gap.last ORDER BY position LIMIT :max) AS e
ORDER BY e.position
LIMIT :max;

-- name: relay_running :get read
-- Every transaction with a smaller id has ended, as all later statements see it.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS "oldest!";

-- name: relay_bound :get read
-- An id greater than that of any transaction that had one when this began: it takes one itself.
SELECT pg_current_xact_id()::text::bigint AS "bound!";

-- name: relay_log_end :get read
-- The greatest position ever drawn, and how long the first event after another one has waited.
SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS "position!", coalesce((
	SELECT greatest(0, extract(epoch FROM clock_timestamp() - e.occurred_at) * 1000000)
	FROM stoa.event e WHERE e.position > :after ORDER BY e.position LIMIT 1), 0)::bigint AS "waited_us!"
FROM stoa.event_position;

-- name: relay_settle :get slow
-- Looks through one stretch of the log for the first event that some subscription has neither handled nor put aside.
SELECT min(position) FILTER (WHERE open) AS first_open, max(position) AS last
FROM (
	SELECT e.position, e.occurred_at > :horizon AND EXISTS (
		SELECT 1 FROM stoa.subscription s
		WHERE s.type = e.type AND s.since < e.position AND s.seen_at > now() - interval '1 day'
			AND NOT EXISTS (SELECT 1 FROM stoa.inbox i WHERE i.consumer = s.consumer AND i.event_id = e.id)
			AND NOT EXISTS (SELECT 1 FROM stoa.event_retry r WHERE r.consumer = s.consumer AND r.event_id = e.id)
			AND NOT EXISTS (SELECT 1 FROM stoa.dead_letter d WHERE d.consumer = s.consumer AND d.event_id = e.id)
	) AS open
	FROM (
		SELECT position, id, type, occurred_at FROM stoa.event
		WHERE position > :after AND position <= :until
		ORDER BY position LIMIT :max
	) e
) looked;
