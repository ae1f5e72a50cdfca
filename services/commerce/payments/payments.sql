-- choice: state refund_state
-- choice: kind money_kind
-- choice: method payment_method

-- fragment: refund_columns
id, order_id, amount_minor AS "amount.amount", currency AS "amount.currency", reason, state, provider, actor, created_at, updated_at;

-- name: payment_insert :exec write
-- One payment record. It is never changed.
INSERT INTO commerce.payment (order_id, seq, kind, method, amount_minor, currency, provider, reference, actor, at)
VALUES (:order_id, :seq, :kind, :method, :amount.amount, :amount.currency, :provider, :reference, :actor, :now);

-- name: refund_insert :exec write
-- A new refund: pending.
INSERT INTO commerce.refund (id, order_id, amount_minor, currency, reason, provider, actor, created_at, updated_at)
VALUES (:id, :order_id, :amount.amount, :amount.currency, :reason?, :provider, :actor, :now, :now);

-- name: refund_close :expect(1) write
-- Compare-and-set on pending: a refund is settled or failed once.
UPDATE commerce.refund SET state = :state, updated_at = :now WHERE id = :id AND order_id = :order_id AND state = 'pending';

-- name: payments_of_order :many read row(payment)
-- All payment records of an order, oldest first.
SELECT seq, kind, method, amount_minor AS "amount.amount", currency AS "amount.currency", provider, reference, actor, at
FROM commerce.payment
WHERE order_id = :order_id
ORDER BY seq
LIMIT 1000;

-- name: refunds_of_order :many read row(refund)
-- All refunds of an order, oldest first.
SELECT :{refund_columns}
FROM commerce.refund
WHERE order_id = :order_id
ORDER BY created_at, id
LIMIT 1000;

-- name: refund_get :get read row(refund)
-- One refund of an order.
SELECT :{refund_columns}
FROM commerce.refund
WHERE id = :id AND order_id = :order_id;

-- name: refund_find :find read row(refund)
-- The same for events, whose refund may be gone.
SELECT :{refund_columns}
FROM commerce.refund
WHERE id = :id AND order_id = :order_id;

-- name: reservations_keep :expect(:product_count) write
-- Makes the reservations of an order permanent: it is paid.
UPDATE commerce.reservation SET expires_at = NULL, updated_at = :now WHERE order_id = :order_id AND state = 'active';
