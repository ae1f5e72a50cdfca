-- fragment: order_columns
id, number, customer_id, status, payment_method, payment_status, currency, subtotal_minor, delivery_fee_minor,
       discount_minor, tax_minor, total_minor, recipient, street, postal_code, city, country, address_note, note,
       status_reason, version, event_seq, created_at, updated_at, channel, store_id, payment_provider, authorized_minor,
       captured_minor, voided_minor, refunding_minor, refunded_minor, payment_failures, fulfilment, pickup_code, pickup_tries;

-- name: products_for_order :many read
-- What placing an order needs to know of its products, by id. Products that are gone are not in the answer.
SELECT id, sku, name, unit, price_minor, currency, tax_rate_bp
FROM commerce.product
WHERE id = ANY(:product_ids::uuid[]) AND deleted_at IS NULL;

-- name: order_insert :exec write
-- A new order: pending, version 1, its first event emitted beside it.
INSERT INTO commerce.orders (id, number, customer_id, store_id, fulfilment, pickup_code, status, payment_method, payment_status, currency, subtotal_minor,
                             delivery_fee_minor, discount_minor, tax_minor, total_minor, recipient, street, postal_code, city,
                             country, address_note, note, version, event_seq, created_at, updated_at)
VALUES (:id, :number, :customer_id, :store_id, :fulfilment, :pickup_code?, 'pending', :payment_method, 'none', :currency, :subtotal_minor, :delivery_fee_minor,
        :discount_minor, :tax_minor, :total_minor, :recipient, :street, :postal_code, :city, :country, :address_note?, :note?,
        1, 1, :now, :now);

-- name: order_lines_insert :exec write
-- All lines of an order at once; the arrays run in parallel. An empty substitution is none.
INSERT INTO commerce.order_line (order_id, line_no, product_id, sku, name, unit, quantity, unit_price_minor, total_minor, substitution)
SELECT :order_id::uuid, l.line_no, l.product_id, l.sku, l.name, l.unit, l.quantity, l.unit_price_minor,
       l.quantity * l.unit_price_minor, nullif(l.substitution, '')
FROM unnest(:product_ids::uuid[], :skus::text[], :names::text[], :units::text[], :quantities::bigint[],
            :unit_prices::bigint[], :substitutions::text[])
     WITH ORDINALITY AS l(product_id, sku, name, unit, quantity, unit_price_minor, substitution, line_no);

-- name: order_history_insert :exec write
-- One entry of the order's diary.
INSERT INTO commerce.order_history (order_id, seq, from_status, to_status, actor, reason, at)
VALUES (:order_id, :seq, :from_status?, :to_status, :actor, :reason?, :now);

-- name: order_status_set :expect(1) write
-- Compare-and-set on the version: whoever loses conflicts. `events` is how many events go with the change; the sums of money
-- are those after it.
UPDATE commerce.orders
SET status = :status, status_reason = :reason?, version = version + 1, event_seq = event_seq + :events::bigint, updated_at = :now,
    payment_status = :payment_status, payment_provider = :payment_provider?, authorized_minor = :authorized_minor,
    captured_minor = :captured_minor, voided_minor = :voided_minor, refunding_minor = :refunding_minor,
    refunded_minor = :refunded_minor, payment_failures = :payment_failures
WHERE id = :id AND version = :version;

-- name: order_pickup_try :expect(1) write
-- Counts a code that was shown before anybody looks at it: so many at once have no more tries than one after the other.
UPDATE commerce.orders SET pickup_tries = pickup_tries + 1 WHERE id = :id AND pickup_tries = :tries;

-- name: order_find :find read row(order)
-- One order without its lines.
SELECT :{order_columns}
FROM commerce.orders
WHERE id = :id;

-- name: order_lock_lapsed :find lock row(order)
-- An order whose time is up, for one who ends it; not when somebody else is at it.
SELECT :{order_columns}
FROM commerce.orders
WHERE id = :id AND status = 'pending'
  AND EXISTS (SELECT FROM commerce.reservation r WHERE r.order_id = :id AND r.state = 'active' AND r.expires_at <= :now)
FOR UPDATE SKIP LOCKED;

-- name: order_lines :many read
-- Lines of some orders, in order of entry.
SELECT order_id, line_no, product_id, sku, name, unit, quantity, unit_price_minor, total_minor, substitution
FROM commerce.order_line
WHERE order_id = ANY(:order_ids::uuid[])
ORDER BY order_id, line_no;

-- name: order_line_counts :many read
-- How many lines some orders have.
SELECT order_id, count(*) AS "lines!" FROM commerce.order_line WHERE order_id = ANY(:order_ids::uuid[]) GROUP BY order_id;

-- name: order_history :many read
-- Diaries of some orders, oldest first.
SELECT order_id, seq, from_status, to_status, actor, reason, at
FROM commerce.order_history
WHERE order_id = ANY(:order_ids::uuid[])
ORDER BY order_id, seq;

-- name: orders_of_customer :many read row(order)
-- A page of a customer's orders, newest first. The first page's place lies before all rows: infinity.
SELECT :{order_columns}
FROM commerce.orders
WHERE customer_id = :customer_id
  AND (:status?::text IS NULL OR status = :status?)
  AND (created_at, id) < (:after_created::timestamptz, :after_id::uuid)
ORDER BY created_at DESC, id DESC
LIMIT :row_limit::bigint;

-- name: order_reservations :many read
-- What an order holds (active) or has taken (consumed), by product id.
SELECT product_id, quantity FROM commerce.reservation WHERE order_id = :order_id AND state = :state ORDER BY product_id;
