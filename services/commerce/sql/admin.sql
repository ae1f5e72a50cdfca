-- name: customers_by_email :many read
-- Who has that address, lower case.
SELECT id FROM commerce.customer WHERE lower(email) = :email;

-- fragment: admin_order_shown
-- An order as lists of staff show it.
SELECT o.id AS "id!", o.number AS "number!", o.status AS "status!", o.payment_status AS "payment_status!", o.channel AS "channel!",
       o.store_id AS "store_id!", o.currency AS "currency!", o.total_minor AS "total_minor!", o.city AS "city!", o.customer_id AS "customer_id!",
       c.email AS customer_email, c.name AS customer_name, o.version AS "version!", o.created_at AS "created_at!", o.updated_at AS "updated_at!"
FROM commerce.orders o
LEFT JOIN commerce.customer c ON c.id = o.customer_id;

-- fragment: admin_order_filters
-- What a list of orders may be asked for.
(:any_status::boolean OR o.status = ANY(:statuses::text[]))
  AND (:store_id?::uuid IS NULL OR o.store_id = :store_id?)
  AND (:channel?::text IS NULL OR o.channel = :channel?)
  AND (:created_from?::timestamptz IS NULL OR o.created_at >= :created_from?)
  AND (:created_before?::timestamptz IS NULL OR o.created_at < :created_before?)
  AND (:number?::text IS NULL OR o.number = upper(:number?))
  AND (:any_customer::boolean OR o.customer_id = ANY(:customer_ids::uuid[]));

-- name: admin_orders_by_age :many slow row(admin_order)
-- A page of orders for staff, newest first. Planned anew each time, for the filters that are given.
:{admin_order_shown}
WHERE :{admin_order_filters}
  AND (:after_created?::timestamptz IS NULL OR (o.created_at, o.id) < (:after_created?, :after_id::uuid))
ORDER BY o.created_at DESC, o.id DESC
LIMIT :row_limit::bigint;

-- name: admin_orders_by_total :many slow row(admin_order)
-- The same, smallest total first.
:{admin_order_shown}
WHERE :{admin_order_filters}
  AND (:after_total?::bigint IS NULL OR (o.total_minor, o.id) > (:after_total?, :after_id::uuid))
ORDER BY o.total_minor, o.id
LIMIT :row_limit::bigint;
