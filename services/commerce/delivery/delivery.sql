-- choice: state delivery_state
-- choice: from_state delivery_state
-- choice: to_state delivery_state
-- choice: kind proof_kind

-- fragment: delivery_shown
SELECT d.id, d.order_id, d.store_id, o.number, d.state, d.courier_id, c.name AS courier_name, d.attempts, d.failure, d.pin, d.pin_tries,
       d.version, d.event_seq, d.created_at, d.updated_at, o.recipient, o.street, o.postal_code, o.city, o.country, o.address_note,
       CASE WHEN o.payment_method = 'cash' THEN o.total_minor END AS "to_collect.amount", o.currency AS "to_collect.currency"
FROM commerce.delivery d
JOIN commerce.orders o ON o.id = d.order_id
LEFT JOIN commerce.courier c ON c.id = d.courier_id;

-- name: delivery_of_order :find read row(delivery)
-- The delivery of an order, if it has one.
:{delivery_shown} WHERE d.order_id = :order_id;

-- name: delivery_of_courier_get :get read row(delivery)
-- A delivery that this courier has, or had last.
:{delivery_shown} WHERE d.id = :id AND d.courier_id = :courier_id;

-- name: delivery_of_store_get :get read row(delivery)
-- A delivery of this store; of any without one.
:{delivery_shown} WHERE d.id = :id AND (:store_id?::uuid IS NULL OR d.store_id = :store_id?);

-- name: deliveries :page(-created_at, -id) slow row(delivery)
-- Deliveries, newest first. Planned for each call, with the given filters; without states, those of all.
:{delivery_shown}
WHERE (cardinality(:states::text[]) = 0 OR d.state = ANY(:states::text[]))
  AND (:courier_id?::uuid IS NULL OR d.courier_id = :courier_id?)
  AND (:store_id?::uuid IS NULL OR d.store_id = :store_id?);

-- fragment: delivery_of_view
SELECT d.id, d.order_id, d.state, d.attempts, d.pin, d.courier_id, c.name AS courier_name
FROM commerce.delivery d
LEFT JOIN commerce.courier c ON c.id = d.courier_id;

-- name: order_delivery :many read row(order_delivery)
-- The delivery of an order, if it has one, with the name of its courier.
:{delivery_of_view} WHERE d.order_id = :order_id;

-- name: order_deliveries_of :many read row(order_delivery)
-- The deliveries of some orders.
:{delivery_of_view}
WHERE d.order_id = ANY(:order_ids::uuid[]);

-- name: delivery_history :many read
-- The history of a delivery, oldest entry first.
SELECT seq AS version, from_state AS "from", to_state AS "to", step, actor, reason, at
FROM commerce.delivery_history
WHERE delivery_id = :delivery_id
ORDER BY seq
LIMIT 1000;

-- name: delivery_assignments :many read
-- The assignments of a delivery, oldest first.
SELECT a.courier_id, c.name AS courier_name, a.by_actor AS actor, a.started_at, a.ended_at, a.ended_by
FROM commerce.delivery_assignment a
JOIN commerce.courier c ON c.id = a.courier_id
WHERE a.delivery_id = :delivery_id
ORDER BY a.id
LIMIT 1000;

-- name: delivery_proofs :many read
-- The proofs of a delivery, without their pictures.
SELECT id, courier_id, step, kind, value, content_type, coalesce(length(content), 0)::bigint AS "size!",
       encode(sha256, 'hex') AS "sha256!", latitude, longitude, reason, at
FROM commerce.delivery_proof
WHERE delivery_id = :delivery_id
ORDER BY id
LIMIT 100;

-- name: proof_picture_get :get slow row(proof_picture)
-- The picture of a proof. Slow, for there calls are not joined: the pictures of many would come as one result.
SELECT content AS "content!", content_type AS "content_type!"
FROM commerce.delivery_proof
WHERE id = :id AND delivery_id = :delivery_id AND content IS NOT NULL;

-- name: delivery_insert :exec write
-- A new delivery, for an order that is ready: version 1.
INSERT INTO commerce.delivery (id, order_id, store_id, state, pin, created_at, updated_at)
VALUES (:id, :order_id, :store_id, 'unassigned', :pin, :now, :now);

-- name: delivery_set :expect(1) write
-- Compare-and-set on the version; the loser conflicts. `events` is the number of events of the change.
UPDATE commerce.delivery
SET state = :state, courier_id = :courier_id?, attempts = :attempts, failure = :failure?, pin_tries = :pin_tries,
    version = version + 1, event_seq = event_seq + :events::bigint, updated_at = :now
WHERE id = :id AND version = :version;

-- name: delivery_history_insert :exec write
-- One entry of a delivery's history.
INSERT INTO commerce.delivery_history (delivery_id, seq, from_state, to_state, step, actor, reason, at)
VALUES (:delivery_id, :seq, :from_state?, :to_state, :step, :actor, :reason?, :now);

-- name: delivery_assignment_insert :exec write
-- A new assignment; a constraint refuses a second active one of the delivery.
INSERT INTO commerce.delivery_assignment (id, delivery_id, courier_id, by_actor, started_at)
VALUES (:id, :delivery_id, :courier_id, :actor, :now);

-- name: delivery_assignment_end :expect(1) write
-- Ends the active assignment of a delivery.
UPDATE commerce.delivery_assignment SET ended_at = :now, ended_by = :step
WHERE delivery_id = :delivery_id AND courier_id = :courier_id AND ended_at IS NULL;

-- name: courier_load_add :expect(1) write
-- Adds one to the courier's load, if they are available and below their capacity.
UPDATE commerce.courier SET load = load + 1, updated_at = :now WHERE id = :id AND available AND load < capacity;

-- name: courier_load_remove :expect(1) write
-- Takes one from the courier's load.
UPDATE commerce.courier SET load = load - 1, updated_at = :now WHERE id = :id AND load > 0;

-- name: delivery_proof_insert :exec write
-- A proof of delivery, or of a failed attempt.
INSERT INTO commerce.delivery_proof (id, delivery_id, courier_id, step, kind, value, content, content_type, sha256, latitude,
                                     longitude, reason, at)
VALUES (:id, :delivery_id, :courier_id, :step, :kind, :value?, :content?, :content_type?, :sha256, :latitude?, :longitude?,
        :reason?, :now);
