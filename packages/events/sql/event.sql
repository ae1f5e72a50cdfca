-- name: event_insert :exec write
-- One row of the log; tx and position are drawn here, in that order.
INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source, correlation_id,
	causation_id, traceparent, data)
VALUES (:id, :type, :version, :aggregate, :aggregate_id, :aggregate_seq, :occurred_at, :source, :correlation_id,
	:causation_id?, :traceparent?, :data);

-- name: event_list_aggregates :many read row(event)
-- What happened to some aggregates after the sequence numbers given beside them, in order.
SELECT e.position, e.id, e.type, e.version, e.aggregate, e.aggregate_id, e.aggregate_seq, e.occurred_at, e.source,
	e.correlation_id, e.causation_id, e.traceparent, e.data
FROM unnest(:aggregate_ids::uuid[], :after_seqs::bigint[]) AS wanted (aggregate_id, seq)
JOIN stoa.event e ON e.aggregate_id = wanted.aggregate_id AND e.aggregate_seq > wanted.seq
ORDER BY e.aggregate_id, e.aggregate_seq
LIMIT :max;

-- name: event_list_positions :many read row(event)
-- The events at some positions, for retries.
SELECT e.position, e.id, e.type, e.version, e.aggregate, e.aggregate_id, e.aggregate_seq, e.occurred_at, e.source,
	e.correlation_id, e.causation_id, e.traceparent, e.data
FROM stoa.event e
WHERE e.position = ANY(:positions::bigint[])
ORDER BY e.position;

-- name: event_list_settled :many slow row(event)
-- The same as far as nothing will be filled in below: up to the relay's offset, or the first gap it still rechecks.
SELECT e.position, e.id, e.type, e.version, e.aggregate, e.aggregate_id, e.aggregate_seq, e.occurred_at, e.source,
	e.correlation_id, e.causation_id, e.traceparent, e.data
FROM stoa.event e
WHERE e.position > :after AND e.position <= (SELECT least(r.position, r.gap_from[1] - 1) FROM stoa.relay r)
	AND (:type?::text IS NULL OR e.type = :type?)
ORDER BY e.position
LIMIT :max;

-- name: event_settled :get read
-- The position up to which nothing will be filled in any more.
SELECT least(r.position, r.gap_from[1] - 1) AS "position!" FROM stoa.relay r;

-- name: event_list_moved :many read
-- Whose events stand after a position, and the newest of each; how many of the `max` that were looked at.
SELECT e.aggregate_id AS "aggregate_id!", max(e.aggregate_seq) AS "seq!", count(*) AS "events!"
FROM (SELECT aggregate_id, aggregate_seq FROM stoa.event WHERE position > :after ORDER BY position LIMIT :max) e
GROUP BY e.aggregate_id;

-- name: event_partitions_ensure :get slow
SELECT stoa.event_partitions_ensure(now()) AS "made!";

-- name: event_partitions_expire :get slow
SELECT stoa.event_partitions_expire(:keep) AS "gone!";
