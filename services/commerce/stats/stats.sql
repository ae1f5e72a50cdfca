-- choice: status order_status

-- fragment: sales
-- Void orders are no sales.
o.status NOT IN ('cancelled', 'rejected', 'expired', 'returned', 'lost');

-- fragment: placed
-- The days of a period, each in the time zone of the order's store. Zones are at most 14 hours ahead and 12 behind: so the index
-- on the creation time finds the orders, and the clock of the store decides about them.
JOIN commerce.store s ON s.id = o.store_id
WHERE o.created_at >= :from_at::timestamptz - interval '14 hours' AND o.created_at < :before_at::timestamptz + interval '12 hours'
  AND o.created_at AT TIME ZONE s.time_zone >= :from_at AT TIME ZONE 'UTC'
  AND o.created_at AT TIME ZONE s.time_zone < :before_at AT TIME ZONE 'UTC'
  AND (:store_id?::uuid IS NULL OR o.store_id = :store_id?);

-- name: stats_today_find :find read
-- The day of an instant in a store, counted from 1970-01-01.
SELECT floor(extract(epoch FROM :now::timestamptz AT TIME ZONE time_zone) / 86400)::bigint AS "day!" FROM commerce.store WHERE id = :store_id;

-- name: stats_orders :many slow
-- Orders of a period by day (counted from 1970-01-01), currency and status, and whether they are sales.
SELECT floor(extract(epoch FROM o.created_at AT TIME ZONE s.time_zone) / 86400)::bigint AS "day!", o.status AS "status!", :{sales} AS "sold!", count(*) AS "orders!",
       least(sum(o.total_minor), 9223372036854775807)::bigint AS "total.amount", o.currency AS "total.currency"
FROM commerce.orders o
:{placed}
GROUP BY 1, o.currency, o.status
ORDER BY 1, o.currency, o.status;

-- name: stats_products :many slow
-- Best-selling products of a period, by pieces, without void orders.
WITH sold AS (
    SELECT l.product_id, o.currency, sum(l.quantity)::bigint AS pieces, count(*) AS orders,
           least(sum(l.total_minor), 9223372036854775807)::bigint AS total_minor
    FROM commerce.orders o
    JOIN commerce.order_line l ON l.order_id = o.id
    :{placed} AND :{sales}
    GROUP BY l.product_id, o.currency
    ORDER BY pieces DESC, l.product_id
    LIMIT :row_limit::bigint
)
SELECT s.product_id AS "product_id!", p.sku AS "sku!", p.name AS "name!", s.pieces AS "pieces!", s.orders AS "orders!",
       s.total_minor AS "revenue.amount", s.currency AS "revenue.currency"
FROM sold s
JOIN commerce.product p ON p.id = s.product_id
ORDER BY s.pieces DESC, s.product_id;
