-- name: courier_upsert :exec write
-- Stores the newest state of an account, in whichever order its events arrive.
INSERT INTO commerce.courier (id, name, phone, seq, created_at, updated_at)
VALUES (:id, :name, :phone?, :seq, :now, :now)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, phone = excluded.phone, retired = false, seq = excluded.seq, updated_at = excluded.updated_at
WHERE commerce.courier.seq < excluded.seq;

-- name: courier_retire :expect(1) write
-- An account that is no longer a courier's is not available, and cannot become so. Compare-and-set on the load: nothing was
-- assigned meanwhile.
UPDATE commerce.courier SET available = false, retired = true, seq = :seq, version = version + 1, updated_at = :now
WHERE id = :id AND seq < :seq AND load = :load;

-- fragment: courier_columns
id, name, phone, retired, available, NOT available AS "unavailable!", capacity, load, latitude, longitude, position_at, version, seq;

-- name: courier_find :find read row(courier)
-- One courier.
SELECT :{courier_columns} FROM commerce.courier WHERE id = :id;

-- name: orders_at_pickup :many read
-- The orders of a courier whose goods are still in the store.
SELECT order_id FROM commerce.delivery
WHERE courier_id = :courier_id AND state IN ('assigned', 'en_route_to_pickup', 'arrived_at_pickup');

-- name: courier_of_order :find read row(courier)
-- Who has the delivery of an order, or had it last.
SELECT :{courier_columns} FROM commerce.courier WHERE id = (SELECT d.courier_id FROM commerce.delivery d WHERE d.order_id = :order_id);

-- name: couriers_for_dispatch :page(unavailable, load, id) slow row(courier)
-- Couriers, but for the retired who have nothing in hand: available ones first, lowest load first.
SELECT :{courier_columns} FROM commerce.courier
WHERE (NOT retired OR load > 0) AND (:available?::boolean IS NULL OR available = :available?);

-- name: courier_set :expect(1) write
-- Compare-and-set: availability and capacity.
UPDATE commerce.courier SET available = :available, capacity = :capacity, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version;

-- name: courier_position_set :exec write
-- Stores a courier's newest position.
UPDATE commerce.courier SET latitude = :latitude, longitude = :longitude, position_at = :now, updated_at = :now
WHERE id = :id AND (position_at IS NULL OR position_at < :now);

-- name: courier_position_insert :exec write
-- Adds a position to the courier's stored route.
INSERT INTO commerce.courier_position (courier_id, at, latitude, longitude, accuracy)
VALUES (:courier_id, :now, :latitude, :longitude, :accuracy)
ON CONFLICT DO NOTHING;

-- name: courier_positions_purge :exec write
-- Deletes old positions, some at a time.
DELETE FROM commerce.courier_position
WHERE (courier_id, at) IN (SELECT courier_id, at FROM commerce.courier_position WHERE at < :before ORDER BY at LIMIT 10000);
