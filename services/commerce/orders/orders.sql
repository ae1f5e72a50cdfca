-- choice: status order_status
-- choice: from_status order_status
-- choice: to_status order_status
-- choice: from order_status
-- choice: to order_status
-- choice: payment_status payment_status
-- choice: payment_method payment_method
-- choice: fulfilment fulfilment
-- choice: substitution substitution

-- fragment: order_columns
id, number, customer_id, status, payment_method, payment_status, subtotal_minor AS "subtotal.amount", currency AS "subtotal.currency",
       delivery_fee_minor AS "delivery_fee.amount", currency AS "delivery_fee.currency", discount_minor AS "discount.amount",
       currency AS "discount.currency", tax_minor AS "tax.amount", currency AS "tax.currency", total_minor AS "total.amount",
       currency AS "total.currency", refunded_minor AS "refunded.amount", currency AS "refunded.currency", recipient, street,
       postal_code, city, country, address_note, note, status_reason, version, event_seq, created_at, updated_at, channel, store_id,
       payment_provider, authorized_minor, captured_minor, voided_minor, refunding_minor, payment_failures, fulfilment, pickup_code,
       pickup_tries;

-- name: products_for_order :many read
-- What a store asks for a delivery, beside each product of a new order that is sold; no row when there is no such store, one
-- without a product when none is.
SELECT p.id, p.sku, p.name, p.unit, p.price_minor AS "price.amount", p.currency AS "price.currency", p.tax_rate_bp,
       s.delivery_fee_minor AS "delivery_fee.amount", s.currency AS "delivery_fee.currency", s.free_delivery_minor
FROM commerce.store s
LEFT JOIN commerce.product p ON p.id = ANY(:product_ids::uuid[]) AND p.deleted_at IS NULL
WHERE s.id = :store_id;

-- name: order_insert :exec write
-- A new order: pending, version 1; its first event is emitted with it.
INSERT INTO commerce.orders (id, number, customer_id, store_id, fulfilment, pickup_code, status, payment_method, payment_status, currency, subtotal_minor,
                             delivery_fee_minor, discount_minor, tax_minor, total_minor, recipient, street, postal_code, city,
                             country, address_note, note, version, event_seq, created_at, updated_at)
VALUES (:id, :number, :customer_id, :store_id, :fulfilment, :pickup_code?, 'pending', :payment_method, 'none', :currency, :subtotal_minor, :delivery_fee_minor,
        :discount_minor, :tax_minor, :total_minor, :recipient, :street, :postal_code, :city, :country, :address_note?, :note?,
        1, 1, :now, :now);

-- name: order_line_insert :exec write
-- A line of an order.
INSERT INTO commerce.order_line (order_id, line_no, product_id, sku, name, unit, quantity, unit_price_minor, total_minor, substitution)
VALUES (:order_id, :line_no, :product_id, :sku, :name, :unit, :quantity, :unit_price_minor, :total_minor, :substitution?);

-- name: order_history_insert :exec write
-- One entry of the order's history.
INSERT INTO commerce.order_history (order_id, seq, from_status, to_status, actor, reason, at)
VALUES (:order_id, :seq, :from_status?, :to_status, :actor, :reason?, :now);

-- name: order_status_set :expect(1) write
-- Compare-and-set on the version; the loser conflicts. `events` is the number of events of the change; the sums are those after
-- it.
UPDATE commerce.orders
SET status = :status, status_reason = :reason?, version = version + 1, event_seq = event_seq + :events::bigint, updated_at = :now,
    payment_status = :payment_status, payment_provider = :payment_provider?, authorized_minor = :authorized_minor,
    captured_minor = :captured_minor, voided_minor = :voided_minor, refunding_minor = :refunding_minor,
    refunded_minor = :refunded_minor, payment_failures = :payment_failures
WHERE id = :id AND version = :version;

-- name: order_pickup_try :expect(1) write
-- Counts a try before the code is compared: parallel tries get no more chances than tries in a row.
UPDATE commerce.orders SET pickup_tries = pickup_tries + 1 WHERE id = :id AND pickup_tries = :tries;

-- name: order_get :get read row(order)
-- One order without its lines.
SELECT :{order_columns}
FROM commerce.orders
WHERE id = :id;

-- name: order_find :find read row(order)
-- The same for events, whose order may be gone.
SELECT :{order_columns}
FROM commerce.orders
WHERE id = :id;

-- name: order_lock_lapsed :find lock row(order)
-- A lapsed order, locked by the caller that expires it; no row when another transaction has the lock.
SELECT :{order_columns}
FROM commerce.orders
WHERE id = :id AND status = 'pending'
  AND EXISTS (SELECT FROM commerce.reservation r WHERE r.order_id = :id AND r.state = 'active' AND r.expires_at <= :now)
FOR UPDATE SKIP LOCKED;

-- fragment: order_line_shown
SELECT l.order_id, l.product_id, l.sku, l.name, l.unit, l.quantity, l.unit_price_minor AS "unit_price.amount",
       o.currency AS "unit_price.currency", l.total_minor AS "total.amount", o.currency AS "total.currency", l.substitution
FROM commerce.order_line l
JOIN commerce.orders o ON o.id = l.order_id;

-- name: order_lines :many read row(order_line)
-- Lines of an order.
:{order_line_shown}
WHERE l.order_id = :order_id
ORDER BY l.line_no;

-- name: order_lines_of :many read row(order_line)
-- Lines of some orders, in the order of the lines.
:{order_line_shown}
WHERE l.order_id = ANY(:order_ids::uuid[])
ORDER BY l.order_id, l.line_no;

-- name: order_line_counts :many read
-- The number of lines of some orders.
SELECT order_id, count(*) AS "lines!" FROM commerce.order_line WHERE order_id = ANY(:order_ids::uuid[]) GROUP BY order_id;

-- fragment: order_history_shown
-- An entry has the version of the order after the change.
SELECT order_id, seq AS version, from_status AS "from", to_status AS "to", actor, reason, at
FROM commerce.order_history;

-- name: order_history :many read row(order_history)
-- The history of an order, oldest entry first.
:{order_history_shown}
WHERE order_id = :order_id
ORDER BY seq;

-- name: order_history_of :many read row(order_history)
-- Histories of some orders, oldest entry first.
:{order_history_shown}
WHERE order_id = ANY(:order_ids::uuid[])
ORDER BY order_id, seq;

-- name: orders_of_customer :page(-created_at, -id) slow row(order) given(none)
-- A customer's orders, newest first.
SELECT :{order_columns}
FROM commerce.orders
WHERE customer_id = :customer_id AND (:status?::text IS NULL OR status = :status?);

-- name: order_goods_ordered :many read row(order_goods)
-- What an order needs, by product id.
SELECT product_id, quantity FROM commerce.order_line WHERE order_id = :order_id ORDER BY product_id;

-- name: order_goods_held :many read row(order_goods)
-- The products that an order has reserved (active) or consumed (consumed), by product id.
SELECT product_id, quantity FROM commerce.reservation WHERE order_id = :order_id AND state = :state ORDER BY product_id;

-- name: reservations_lapsed :many read
-- Orders with lapsed reservations. An order comes once per reserved product, in consecutive rows.
SELECT order_id
FROM commerce.reservation
WHERE state = 'active' AND expires_at IS NOT NULL AND expires_at <= :now
ORDER BY expires_at, order_id
LIMIT :row_limit::bigint;

-- name: reservations_lapsed_of :many read
-- The same, for some products of a store: a sale that lacks stock can take it from these orders.
SELECT DISTINCT r.order_id
FROM commerce.reservation r
JOIN commerce.orders o ON o.id = r.order_id
WHERE r.state = 'active' AND r.expires_at IS NOT NULL AND r.expires_at <= :now AND r.product_id = ANY(:product_ids::uuid[])
  AND o.store_id = :store_id
LIMIT :row_limit::bigint;
