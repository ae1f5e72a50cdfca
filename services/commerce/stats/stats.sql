-- name: stats_orders :many slow
-- Orders of a time by day (of UTC, counted from 1970), currency and status. Reads the orders of that time by their age.
SELECT floor(extract(epoch FROM o.created_at) / 86400)::bigint AS "day!", o.currency AS "currency!", o.status AS "status!", count(*) AS "orders!",
       least(sum(o.total_minor), 9223372036854775807)::bigint AS "total_minor!"
FROM commerce.orders o
WHERE o.created_at >= :from_at::timestamptz AND o.created_at < :before_at::timestamptz
  AND (:store_id?::uuid IS NULL OR o.store_id = :store_id?)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;

-- name: stats_products :many slow
-- What sold most of a time, by pieces, in orders that stand. Reads the orders of that time by their age, and their lines.
WITH sold AS (
    SELECT l.product_id, o.currency, sum(l.quantity)::bigint AS pieces, count(*) AS orders,
           least(sum(l.total_minor), 9223372036854775807)::bigint AS total_minor
    FROM commerce.orders o
    JOIN commerce.order_line l ON l.order_id = o.id
    WHERE o.created_at >= :from_at::timestamptz AND o.created_at < :before_at::timestamptz
      AND (:store_id?::uuid IS NULL OR o.store_id = :store_id?) AND o.status <> ALL (:fallen::text[])
    GROUP BY l.product_id, o.currency
    ORDER BY pieces DESC, l.product_id
    LIMIT :row_limit::bigint
)
SELECT s.product_id AS "product_id!", p.sku AS "sku!", p.name AS "name!", s.currency AS "currency!", s.pieces AS "pieces!", s.orders AS "orders!",
       s.total_minor AS "total_minor!"
FROM sold s
JOIN commerce.product p ON p.id = s.product_id
ORDER BY s.pieces DESC, s.product_id;
