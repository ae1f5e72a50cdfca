-- name: commerce_person :many slow
-- What commerce keeps of a person: as a customer, as a courier, and as staff in histories. Photographs and signatures are not
-- told: what they are of is.
SELECT 'commerce.customer' AS "table!", to_jsonb(c)::text AS "data!" FROM commerce.customer c WHERE c.id = :id
UNION ALL SELECT 'commerce.address_book', to_jsonb(b)::text FROM commerce.address_book b WHERE b.customer_id = :id
UNION ALL SELECT 'commerce.address', to_jsonb(a)::text FROM commerce.address a WHERE a.customer_id = :id
UNION ALL SELECT 'commerce.orders', to_jsonb(o)::text FROM commerce.orders o WHERE o.customer_id = :id
UNION ALL SELECT 'commerce.order_line', to_jsonb(l)::text
FROM commerce.orders o JOIN commerce.order_line l ON l.order_id = o.id WHERE o.customer_id = :id
UNION ALL SELECT 'commerce.order_history', to_jsonb(h)::text
FROM commerce.orders o JOIN commerce.order_history h ON h.order_id = o.id WHERE o.customer_id = :id
UNION ALL SELECT 'commerce.payment', to_jsonb(p)::text
FROM commerce.orders o JOIN commerce.payment p ON p.order_id = o.id WHERE o.customer_id = :id
UNION ALL SELECT 'commerce.refund', to_jsonb(r)::text
FROM commerce.orders o JOIN commerce.refund r ON r.order_id = o.id WHERE o.customer_id = :id
UNION ALL SELECT 'commerce.delivery', to_jsonb(d)::text
FROM commerce.orders o JOIN commerce.delivery d ON d.order_id = o.id WHERE o.customer_id = :id
UNION ALL SELECT 'commerce.delivery_proof', (to_jsonb(p) - 'content')::text
FROM commerce.orders o JOIN commerce.delivery d ON d.order_id = o.id JOIN commerce.delivery_proof p ON p.delivery_id = d.id
WHERE o.customer_id = :id
UNION ALL SELECT 'commerce.review', to_jsonb(r)::text FROM commerce.review r WHERE r.customer_id = :id
UNION ALL SELECT 'commerce.courier', to_jsonb(c)::text FROM commerce.courier c WHERE c.id = :id
UNION ALL SELECT 'commerce.courier_position', to_jsonb(p)::text FROM commerce.courier_position p WHERE p.courier_id = :id
UNION ALL SELECT 'commerce.delivery', to_jsonb(d)::text FROM commerce.delivery d WHERE d.courier_id = :id
UNION ALL SELECT 'commerce.delivery_proof', (to_jsonb(p) - 'content')::text FROM commerce.delivery_proof p WHERE p.courier_id = :id
UNION ALL SELECT 'commerce.delivery_assignment', to_jsonb(a)::text FROM commerce.delivery_assignment a
WHERE a.courier_id = :id OR a.by_actor = 'staff:' || :id
UNION ALL SELECT 'commerce.order_history', to_jsonb(h)::text FROM commerce.order_history h WHERE h.actor = 'staff:' || :id
UNION ALL SELECT 'commerce.payment', to_jsonb(p)::text FROM commerce.payment p WHERE p.actor = 'staff:' || :id
UNION ALL SELECT 'commerce.refund', to_jsonb(r)::text FROM commerce.refund r WHERE r.actor = 'staff:' || :id
UNION ALL SELECT 'commerce.stock_movement', to_jsonb(m)::text FROM commerce.stock_movement m WHERE m.actor = 'staff:' || :id
UNION ALL SELECT 'commerce.delivery_history', to_jsonb(h)::text FROM commerce.delivery_history h
WHERE h.actor IN ('staff:' || :id, 'courier:' || :id);

-- name: commerce_person_under_way :get read
-- Orders and deliveries that are not at their end: goods are on their way to an address, or in somebody's hands.
SELECT (SELECT count(*) FROM commerce.orders WHERE customer_id = :id
            AND status <> ALL (:final::text[])) AS "orders!",
       (SELECT count(*) FROM commerce.delivery_assignment WHERE courier_id = :id AND ended_at IS NULL) AS "deliveries!";

-- name: commerce_person_customer_erase :exec write
-- Ahead of the account's event, which says the same.
UPDATE commerce.customer SET email = 'erased@erased.invalid', name = 'erased', phone = NULL WHERE id = :id;

-- name: commerce_person_addresses_erase :exec write
DELETE FROM commerce.address WHERE customer_id = :id;

-- name: commerce_person_address_book_erase :exec write
DELETE FROM commerce.address_book WHERE customer_id = :id;

-- name: commerce_person_orders_erase :exec write
-- The figures stay, and the country, for taxes go by it.
UPDATE commerce.orders SET recipient = 'erased', street = 'erased', postal_code = 'erased', city = 'erased', address_note = NULL,
    note = NULL, status_reason = NULL
WHERE customer_id = :id;

-- name: commerce_person_order_reasons_erase :exec write
-- What anybody wrote about an order of the person: it may say anything.
UPDATE commerce.order_history h SET reason = NULL
FROM commerce.orders o WHERE o.customer_id = :id AND h.order_id = o.id AND h.reason IS NOT NULL;

-- name: commerce_person_refund_reasons_erase :exec write
UPDATE commerce.refund r SET reason = NULL
FROM commerce.orders o WHERE o.customer_id = :id AND r.order_id = o.id AND r.reason IS NOT NULL;

-- name: commerce_person_stock_reasons_erase :exec write
-- By the order's lines, for the ledger is read by product.
UPDATE commerce.stock_movement m SET reason = NULL
FROM commerce.orders o JOIN commerce.order_line l ON l.order_id = o.id
WHERE o.customer_id = :id AND m.product_id = l.product_id AND m.store_id = o.store_id AND m.order_id = o.id AND m.reason IS NOT NULL;

-- name: commerce_person_deliveries_erase :exec write
UPDATE commerce.delivery d SET failure = NULL
FROM commerce.orders o WHERE o.customer_id = :id AND d.order_id = o.id AND d.failure IS NOT NULL;

-- name: commerce_person_delivery_reasons_erase :exec write
UPDATE commerce.delivery_history h SET reason = NULL
FROM commerce.orders o JOIN commerce.delivery d ON d.order_id = o.id
WHERE o.customer_id = :id AND h.delivery_id = d.id AND h.reason IS NOT NULL;

-- name: commerce_person_events_erase :exec write
-- The same reasons once more, in the log.
UPDATE stoa.event SET data = (data::jsonb - 'reason')::json
WHERE data::jsonb ? 'reason' AND aggregate_id IN (
    SELECT o.id FROM commerce.orders o WHERE o.customer_id = :id
    UNION ALL SELECT d.id FROM commerce.orders o JOIN commerce.delivery d ON d.order_id = o.id WHERE o.customer_id = :id
    UNION ALL SELECT r.id FROM commerce.review r WHERE r.customer_id = :id
);

-- name: commerce_person_reviews_erase :exec write
-- The stars stay in the average.
UPDATE commerce.review SET title = 'erased', text = NULL, reason = NULL, version = version + 1, updated_at = :now
WHERE customer_id = :id AND (title <> 'erased' OR text IS NOT NULL OR reason IS NOT NULL);

-- name: commerce_person_courier_erase :exec write
UPDATE commerce.courier
SET name = 'erased', phone = NULL, available = false, latitude = NULL, longitude = NULL, position_at = NULL
WHERE id = :id;

-- name: commerce_person_positions_erase :exec write
DELETE FROM commerce.courier_position WHERE courier_id = :id;
