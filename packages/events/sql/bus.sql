-- name: bus_publish :exec write
-- One row for each group of each event's topic.
INSERT INTO stoa.bus_entry (topic, name, event_position, event_id)
SELECT g.topic, g.name, e.position, e.id
FROM unnest(:topics::text[], :positions::bigint[], :ids::uuid[]) WITH ORDINALITY AS e (topic, position, id, nth)
JOIN stoa.bus_group g ON g.topic = e.topic
ORDER BY e.nth;

-- name: bus_offset_set :exec write
UPDATE stoa.bus SET place = :offset WHERE place <> :offset;

-- name: bus_mark :get read
SELECT epoch, place AS "offset!" FROM stoa.bus;

-- name: bus_group_exists :get read
SELECT EXISTS (SELECT 1 FROM stoa.bus_group WHERE topic = :topic AND name = :name) AS "exists!";

-- name: bus_group_insert :exec write
-- A new group begins with what others of its topic have not acknowledged yet.
WITH made AS (
	INSERT INTO stoa.bus_group (topic, name) VALUES (:topic, :name) ON CONFLICT DO NOTHING RETURNING topic, name)
INSERT INTO stoa.bus_entry (topic, name, event_position, event_id)
SELECT DISTINCT made.topic, made.name, e.event_position, e.event_id
FROM made JOIN stoa.bus_entry e ON e.topic = made.topic
ORDER BY e.event_position;

-- name: bus_consume :many write row(bus_entry)
WITH taken AS (
	UPDATE stoa.bus_entry b SET consumer = :consumer, delivered_at = now(), deliveries = b.deliveries + 1
	FROM (
		SELECT id FROM stoa.bus_entry
		WHERE topic = :topic AND name = :name AND consumer IS NULL
		ORDER BY id LIMIT :max FOR UPDATE SKIP LOCKED
	) n
	WHERE b.id = n.id
	RETURNING b.id, b.event_position, b.event_id, b.deliveries)
SELECT t.id AS "entry!", t.deliveries AS "deliveries!", e.position, e.id, e.type, e.version, e.aggregate, e.aggregate_id,
	e.aggregate_seq, e.occurred_at, e.source, e.correlation_id, e.causation_id, e.traceparent, e.data
FROM taken t JOIN stoa.event e ON e.position = t.event_position AND e.id = t.event_id
ORDER BY t.id;

-- name: bus_claim :many write row(bus_entry)
WITH taken AS (
	UPDATE stoa.bus_entry b SET consumer = :consumer, delivered_at = now(), deliveries = b.deliveries + 1
	FROM (
		SELECT id FROM stoa.bus_entry
		WHERE topic = :topic AND name = :name AND consumer IS NOT NULL AND delivered_at <= :before
		ORDER BY delivered_at LIMIT :max FOR UPDATE SKIP LOCKED
	) n
	WHERE b.id = n.id
	RETURNING b.id, b.event_position, b.event_id, b.deliveries)
SELECT t.id AS "entry!", t.deliveries AS "deliveries!", e.position, e.id, e.type, e.version, e.aggregate, e.aggregate_id,
	e.aggregate_seq, e.occurred_at, e.source, e.correlation_id, e.causation_id, e.traceparent, e.data
FROM taken t JOIN stoa.event e ON e.position = t.event_position AND e.id = t.event_id
ORDER BY t.id;

-- name: bus_waiting :get read
-- Whether consume or claim is worth a transaction.
SELECT EXISTS (SELECT 1 FROM stoa.bus_entry WHERE topic = :topic AND name = :name AND consumer IS NULL) AS "new!",
	EXISTS (SELECT 1 FROM stoa.bus_entry
		WHERE topic = :topic AND name = :name AND consumer IS NOT NULL AND delivered_at <= :before) AS "abandoned!";

-- name: bus_holds :get read
-- Whether there is anything for a consumer of today.
SELECT EXISTS (SELECT FROM stoa.bus_entry e JOIN stoa.subscription s ON s.consumer = e.name
	WHERE s.seen_at > now() - interval '1 day') AS "any!";

-- name: bus_acknowledge :exec write
DELETE FROM stoa.bus_entry WHERE id = ANY(:entries::bigint[]);

-- name: bus_reset :exec write
WITH gone AS (DELETE FROM stoa.bus_entry) UPDATE stoa.bus SET epoch = gen_random_uuid(), place = 0;

-- name: bus_depth :get read
SELECT count(DISTINCT event_position) AS "entries!", count(consumer) AS "pending!" FROM stoa.bus_entry WHERE topic = :topic;
