-- name: stock_available :many read
-- How many pieces of some products can be reserved now in a store.
SELECT product_id, on_hand - reserved - safety AS "available!"
FROM commerce.stock
WHERE store_id = :store_id AND product_id = ANY(:product_ids::uuid[]);

-- name: stock_reserve :expect(1) write merge(quantity)
-- Reserves, where enough is left.
UPDATE commerce.stock
SET reserved = reserved + :quantity::bigint, version = version + 1, updated_at = :now
WHERE store_id = :store_id AND product_id = :product_id AND on_hand - reserved - safety >= :quantity;

-- name: reservation_insert :expect(1) write
-- How much of a product an order has reserved, and until when. An order that was on hold may reserve again; it never reserves
-- twice at once.
INSERT INTO commerce.reservation AS held (order_id, product_id, quantity, expires_at, created_at, updated_at)
VALUES (:order_id, :product_id, :quantity, :expires_at?, :now, :now)
ON CONFLICT (order_id, product_id) DO UPDATE
SET state = 'active', quantity = excluded.quantity, expires_at = excluded.expires_at, updated_at = excluded.updated_at
WHERE held.state <> 'active';

-- name: stock_movement_insert :exec write
-- A ledger entry.
INSERT INTO commerce.stock_movement (store_id, product_id, kind, on_hand_delta, reserved_delta, order_id, actor, reason, at)
VALUES (:store_id, :product_id, :kind, :on_hand_delta, :reserved_delta, :order_id?, :actor, :reason?, :now);

-- name: stock_move :expect(1) write merge(quantity)
-- The counters of an order's change. Reserving has a condition of its own: stock_reserve.
UPDATE commerce.stock
SET on_hand = on_hand + :on_hand_sign::bigint * :quantity::bigint, reserved = reserved + :reserved_sign::bigint * :quantity,
    version = version + 1, updated_at = :now
WHERE store_id = :store_id AND product_id = :product_id;

-- name: reservation_close :expect(1) write
-- Compare-and-set on the state of the reservation: of expiry, consumption, release and return, one wins.
UPDATE commerce.reservation SET state = :state, updated_at = :now
WHERE order_id = :order_id AND product_id = :product_id AND state = :was;

-- name: stock_reconcile :many slow row(stock_difference)
-- Counters that differ from the sum of their ledger entries; at most a thousand.
SELECT s.store_id AS "store_id!", s.product_id AS "product_id!", s.on_hand AS "on_hand!", s.reserved AS "reserved!", coalesce(m.on_hand, 0) AS "ledger_on_hand!",
       coalesce(m.reserved, 0) AS "ledger_reserved!"
FROM commerce.stock s
LEFT JOIN (SELECT store_id, product_id, sum(on_hand_delta)::bigint AS on_hand, sum(reserved_delta)::bigint AS reserved
           FROM commerce.stock_movement GROUP BY store_id, product_id) m USING (store_id, product_id)
WHERE (:store_id?::uuid IS NULL OR s.store_id = :store_id?)
  AND (s.on_hand <> coalesce(m.on_hand, 0) OR s.reserved <> coalesce(m.reserved, 0))
ORDER BY s.store_id, s.product_id
LIMIT 1000;

-- fragment: stock_shown
-- The stock of a product in a store, as staff see it.
SELECT s.id, s.store_id, s.product_id, p.sku, p.name, p.unit, s.on_hand, s.reserved, s.safety, s.on_hand - s.reserved - s.safety AS "available!",
       s.low_at, s.on_hand - s.reserved - s.safety <= s.low_at AS "low!", s.version, s.event_seq, s.updated_at
FROM commerce.stock s
JOIN commerce.product p ON p.id = s.product_id;

-- name: stock_counters :page(sku) slow row(stock)
-- A page of the stock of products that are sold. Planned for each call, with the given filters.
:{stock_shown}
WHERE p.deleted_at IS NULL AND s.store_id = :store_id
  AND (:search?::text IS NULL OR (p.words LIKE (stoa.search_patterns(:search?))[1] AND p.words LIKE ALL (stoa.search_patterns(:search?))))
  AND (:low?::boolean IS NULL OR (s.on_hand - s.reserved - s.safety <= s.low_at) = :low?);

-- name: stock_get :get read row(stock)
-- The stock of one product in a store, sold or not.
:{stock_shown}
WHERE s.product_id = :product_id AND s.store_id = :store_id;

-- name: stock_open :exec write
-- An empty counter of a product in a store. An existing counter stays as it is.
INSERT INTO commerce.stock (store_id, product_id, updated_at)
SELECT s.id, p.id, :now FROM commerce.product p, commerce.store s
WHERE p.id = :product_id AND p.deleted_at IS NULL AND s.id = :store_id
ON CONFLICT DO NOTHING;

-- name: stock_lock :get lock row(stock)
-- The same, locked for a change.
:{stock_shown}
WHERE s.product_id = :product_id AND s.store_id = :store_id
FOR UPDATE OF s;

-- name: stock_adjust :expect(1) write
-- Corrects on_hand, under stock_lock. `events` is the number of events of the change.
UPDATE commerce.stock
SET on_hand = on_hand + :delta::bigint, version = version + 1, event_seq = event_seq + :events::bigint, updated_at = :now
WHERE product_id = :product_id AND store_id = :store_id;

-- name: stock_levels_set :expect(1) write
-- Safety stock and low-stock limit, under stock_lock. The pieces do not change, so the ledger gets no entry.
UPDATE commerce.stock
SET safety = :safety, low_at = :low_at, version = version + 1, event_seq = event_seq + :events::bigint, updated_at = :now
WHERE product_id = :product_id AND store_id = :store_id;

-- name: stock_movements :page(-id) read row(stock_movement)
-- A page of a product's ledger, newest first.
SELECT id, kind, on_hand_delta, reserved_delta, order_id, actor, reason, at
FROM commerce.stock_movement
WHERE product_id = :product_id AND store_id = :store_id;
