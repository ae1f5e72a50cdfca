-- choice: status order_status
-- choice: payment_status payment_status

-- name: customers_by_email :many read
-- The customers with this e-mail address, in lower case.
SELECT id FROM commerce.customer WHERE lower(email) = :email;

-- fragment: admin_order_shown
-- An order, as the lists for staff show it.
SELECT o.id, o.number, o.status, o.payment_status, o.channel, o.store_id, o.total_minor AS "total.amount", o.currency AS "total.currency",
       o.city, o.customer_id, c.email AS customer_email, c.name AS customer_name, o.version, o.created_at, o.updated_at
FROM commerce.orders o
LEFT JOIN commerce.customer c ON c.id = o.customer_id;

-- fragment: admin_order_filters
-- The filters of a list of orders, besides statuses and times.
(:store_id?::uuid IS NULL OR o.store_id = :store_id?) AND (:channel?::text IS NULL OR o.channel = :channel?);

-- fragment: admin_order_status
-- A single status is an equation of its own: only with an equation does the index keep its order.
(:status?::text IS NULL OR o.status = :status?) AND (:any_status::boolean OR o.status = ANY(:statuses::text[]));

-- fragment: admin_order_range
(:created_from?::timestamptz IS NULL OR o.created_at >= :created_from?)
  AND (:created_before?::timestamptz IS NULL OR o.created_at < :created_before?);

-- fragment: admin_order_after_created_at
-- The first page starts after infinity, which is before all rows.
(o.created_at, o.id) < (:after_created::timestamptz, :after_id::uuid)
ORDER BY o.created_at DESC, o.id DESC
LIMIT :row_limit::bigint;

-- fragment: admin_order_after_total
(o.total_minor, o.id) > (:after_total::bigint, :after_id::uuid)
ORDER BY o.total_minor, o.id
LIMIT :row_limit::bigint;

-- name: admin_orders_by_age :many slow row(admin_order)
-- A page of orders for staff, newest first. Planned for each call, with the given filters. The inner query finds the page, the
-- outer one reads its orders.
:{admin_order_shown}
WHERE o.id IN (
    SELECT o.id FROM commerce.orders o
    WHERE :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_created_at}
)
ORDER BY o.created_at DESC, o.id DESC;

-- name: admin_orders_by_total :many slow row(admin_order)
-- The same, smallest total first.
:{admin_order_shown}
WHERE o.id IN (
    SELECT o.id FROM commerce.orders o
    WHERE :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_total}
)
ORDER BY o.total_minor, o.id;

-- name: admin_orders_of_statuses_by_age :many slow row(admin_order)
-- The same for several statuses: one page per status, of which the newest rows are the result.
:{admin_order_shown}
WHERE o.id IN (
    SELECT found.id
    FROM unnest(:statuses::text[]) AS wanted (status)
    CROSS JOIN LATERAL (
        SELECT o.id, o.created_at FROM commerce.orders o
        WHERE o.status = wanted.status AND :{admin_order_filters} AND :{admin_order_range} AND :{admin_order_after_created_at}
    ) found
    ORDER BY found.created_at DESC, found.id DESC
    LIMIT :row_limit
)
ORDER BY o.created_at DESC, o.id DESC;

-- name: admin_orders_of_statuses_by_total :many slow row(admin_order)
-- The same, smallest total first, without filters for store, channel and time.
:{admin_order_shown}
WHERE o.id IN (
    SELECT found.id
    FROM unnest(:statuses::text[]) AS wanted (status)
    CROSS JOIN LATERAL (
        SELECT o.id, o.total_minor FROM commerce.orders o WHERE o.status = wanted.status AND :{admin_order_after_total}
    ) found
    ORDER BY found.total_minor, found.id
    LIMIT :row_limit
)
ORDER BY o.total_minor, o.id;

-- name: admin_orders_of_days_by_total :many slow row(admin_order)
-- The same for a short range of days: one page per day, of which the smallest totals are the result. Both ends are required;
-- their comparison is written so that the planner does not choose another index for it.
:{admin_order_shown}
WHERE o.id IN (
    SELECT found.id
    FROM generate_series((:created_from? AT TIME ZONE 'UTC')::date - date '2000-01-01',
                         (:created_before? AT TIME ZONE 'UTC')::date - date '2000-01-01') AS wanted (day)
    CROSS JOIN LATERAL (
        SELECT o.id, o.total_minor FROM commerce.orders o
        WHERE (o.created_at AT TIME ZONE 'UTC')::date = date '2000-01-01' + wanted.day
          AND o.created_at + interval '0' >= :created_from? AND o.created_at + interval '0' < :created_before?
          AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_after_total}
    ) found
    ORDER BY found.total_minor, found.id
    LIMIT :row_limit
)
ORDER BY o.total_minor, o.id;

-- name: admin_order_by_number :many read row(admin_order)
-- The order with this number, if it meets the filters.
:{admin_order_shown}
WHERE o.number = upper(:number) AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range};

-- name: admin_orders_of_customers_by_age :many slow row(admin_order)
-- Orders of some customers.
:{admin_order_shown}
WHERE o.id IN (
    SELECT o.id FROM commerce.orders o
    WHERE o.customer_id = ANY(:customer_ids::uuid[])
      AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_created_at}
)
ORDER BY o.created_at DESC, o.id DESC;

-- name: admin_orders_of_customers_by_total :many slow row(admin_order)
-- The same, smallest total first.
:{admin_order_shown}
WHERE o.id IN (
    SELECT o.id FROM commerce.orders o
    WHERE o.customer_id = ANY(:customer_ids::uuid[])
      AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_total}
)
ORDER BY o.total_minor, o.id;
