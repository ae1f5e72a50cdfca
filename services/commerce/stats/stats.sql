-- choice: status order_status

-- fragment: sales
-- Void orders are no sales.
o.status NOT IN ('cancelled', 'rejected', 'expired', 'returned');

-- name: stats_orders :many slow
-- Orders of a period by day (UTC, counted from 1970-01-01), currency and status, and whether they are sales. Reads the orders of the period by the index on
-- their creation time.
SELECT floor(extract(epoch FROM o.created_at) / 86400)::bigint AS "day!", o.status AS "status!", :{sales} AS "sold!", count(*) AS "orders!",
       least(sum(o.total_minor), 9223372036854775807)::bigint AS "total.amount", o.currency AS "total.currency"
FROM commerce.orders o
WHERE o.created_at >= :from_at::timestamptz AND o.created_at < :before_at::timestamptz
  AND (:store_id?::uuid IS NULL OR o.store_id = :store_id?)
GROUP BY 1, o.currency, o.status
ORDER BY 1, o.currency, o.status;

-- name: stats_products :many slow
-- Best-selling products of a period, by pieces, without void orders. Reads the orders of the period by the index on their
-- creation time, and their lines.
WITH sold AS (
    SELECT l.product_id, o.currency, sum(l.quantity)::bigint AS pieces, count(*) AS orders,
           least(sum(l.total_minor), 9223372036854775807)::bigint AS total_minor
    FROM commerce.orders o
    JOIN commerce.order_line l ON l.order_id = o.id
    WHERE o.created_at >= :from_at::timestamptz AND o.created_at < :before_at::timestamptz
      AND (:store_id?::uuid IS NULL OR o.store_id = :store_id?) AND :{sales}
    GROUP BY l.product_id, o.currency
    ORDER BY pieces DESC, l.product_id
    LIMIT :row_limit::bigint
)
SELECT s.product_id AS "product_id!", p.sku AS "sku!", p.name AS "name!", s.pieces AS "pieces!", s.orders AS "orders!",
       s.total_minor AS "revenue.amount", s.currency AS "revenue.currency"
FROM sold s
JOIN commerce.product p ON p.id = s.product_id
ORDER BY s.pieces DESC, s.product_id;
