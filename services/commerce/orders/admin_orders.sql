-- choice: status order_status
-- choice: payment_status payment_status

-- name: customers_by_email_part :many slow
-- Customers whose e-mail address is like the pattern, which is in lower case.
SELECT id FROM commerce.customer WHERE lower(email) LIKE :pattern LIMIT :row_limit::bigint;

-- fragment: admin_order_listed
-- Lists search the listing, which is written in batches, and besides it those orders whose newest change it lacks.
o.id NOT IN (SELECT u.id FROM commerce.order_unlisted u);

-- fragment: admin_order_unlisted
-- An array, so that whatever the planner thinks of the table, orders are looked up by their ids.
o.id = ANY(ARRAY(SELECT u.id FROM commerce.order_unlisted u));

-- name: orders_by_number_part :many slow
-- Orders whose number ends with the part; those of one day whose number begins with it; and those of the newest 2,000 that
-- have it anywhere. Where a store is given, each of its orders alone: the limit cuts none off in favour of other stores.
SELECT found.id AS "id!" FROM (
    (SELECT o.id FROM commerce.orders o
     WHERE reverse(o.number) LIKE reverse(upper(:part)) || '%' AND (:store_id?::uuid IS NULL OR o.store_id = :store_id?)
     LIMIT :row_limit::bigint)
    UNION
    (SELECT o.id FROM commerce.orders o
     WHERE o.created_at >= :day_start AND o.created_at < :day_end AND o.number LIKE upper(:part) || '%'
       AND (:store_id? IS NULL OR o.store_id = :store_id?)
     ORDER BY o.created_at DESC, o.id DESC
     LIMIT :row_limit)
    UNION
    (SELECT newest.id FROM (SELECT o.id, o.number, o.store_id FROM commerce.orders o ORDER BY o.id DESC LIMIT 2000) newest
     WHERE newest.number LIKE '%' || upper(:part) || '%' AND (:store_id? IS NULL OR newest.store_id = :store_id?)
     LIMIT :row_limit)
) found;

-- fragment: admin_order_shown
-- An order, as the lists for staff show it.
SELECT o.id, o.number, o.status, o.payment_status, o.channel, o.store_id, o.total_minor AS "total.amount", o.currency AS "total.currency",
       o.city, o.customer_id, c.email AS customer_email, c.name AS customer_name, o.version, o.created_at, o.updated_at
FROM commerce.orders o
LEFT JOIN commerce.customer c ON c.id = o.customer_id;

-- fragment: admin_order_filters
-- The filters of a list of orders, besides statuses and times. An e-mail address that many customers have a part of is looked
-- up order by order, down the list: the subquery keeps the planner from beginning with all these customers.
(:store_id?::uuid IS NULL OR o.store_id = :store_id?) AND (:channel?::text IS NULL OR o.channel = :channel?)
  AND (:email_pattern?::text IS NULL OR o.id = ANY(:order_ids::uuid[])
       OR (SELECT lower(owner.email) FROM commerce.customer owner WHERE owner.id = o.customer_id) LIKE :email_pattern?);

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
-- A page of orders for staff, newest first, of any status. Planned for each call, with the given filters. The inner query finds
-- the page, the outer one reads its orders.
:{admin_order_shown}
WHERE o.id IN (
    SELECT o.id FROM commerce.orders o
    WHERE :{admin_order_filters} AND :{admin_order_range} AND :{admin_order_after_created_at}
)
ORDER BY o.created_at DESC, o.id DESC;

-- name: admin_orders_listed_by_age :many slow row(admin_order)
-- The same, of a status, or of what is few: where the listing has an index that is better than the orders' age.
:{admin_order_shown}
WHERE o.id IN (
    SELECT found.id FROM (
        (SELECT o.id, o.created_at FROM commerce.order_listing o
         WHERE :{admin_order_listed} AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_created_at})
        UNION ALL
        (SELECT o.id, o.created_at FROM commerce.orders o
         WHERE :{admin_order_unlisted} AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_created_at})
    ) found
    ORDER BY found.created_at DESC, found.id DESC
    LIMIT :row_limit
)
ORDER BY o.created_at DESC, o.id DESC;

-- name: admin_orders_by_total :many slow row(admin_order)
-- The same, smallest total first.
:{admin_order_shown}
WHERE o.id IN (
    SELECT found.id FROM (
        (SELECT o.id, o.total_minor FROM commerce.order_listing o
         WHERE :{admin_order_listed} AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_total})
        UNION ALL
        (SELECT o.id, o.total_minor FROM commerce.orders o
         WHERE :{admin_order_unlisted} AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_total})
    ) found
    ORDER BY found.total_minor, found.id
    LIMIT :row_limit
)
ORDER BY o.total_minor, o.id;

-- name: admin_orders_of_statuses_by_age :many slow row(admin_order)
-- The same for several statuses: one page per status, of which the newest rows are the result.
:{admin_order_shown}
WHERE o.id IN (
    SELECT found.id FROM (
        (SELECT theirs.id, theirs.created_at
         FROM unnest(:statuses::text[]) AS wanted (status)
         CROSS JOIN LATERAL (
             SELECT o.id, o.created_at FROM commerce.order_listing o
             WHERE o.status = wanted.status AND :{admin_order_listed} AND :{admin_order_filters} AND :{admin_order_range} AND :{admin_order_after_created_at}
         ) theirs)
        UNION ALL
        (SELECT o.id, o.created_at FROM commerce.orders o
         WHERE :{admin_order_unlisted} AND o.status = ANY(:statuses) AND :{admin_order_filters} AND :{admin_order_range} AND :{admin_order_after_created_at})
    ) found
    ORDER BY found.created_at DESC, found.id DESC
    LIMIT :row_limit
)
ORDER BY o.created_at DESC, o.id DESC;

-- name: admin_orders_of_statuses_by_total :many slow row(admin_order)
-- The same, smallest total first, without filters for store, channel and time.
:{admin_order_shown}
WHERE o.id IN (
    SELECT found.id FROM (
        (SELECT theirs.id, theirs.total_minor
         FROM unnest(:statuses::text[]) AS wanted (status)
         CROSS JOIN LATERAL (
             SELECT o.id, o.total_minor FROM commerce.order_listing o
             WHERE o.status = wanted.status AND :{admin_order_listed} AND :{admin_order_after_total}
         ) theirs)
        UNION ALL
        (SELECT o.id, o.total_minor FROM commerce.orders o
         WHERE :{admin_order_unlisted} AND o.status = ANY(:statuses) AND :{admin_order_after_total})
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
    SELECT found.id FROM (
        (SELECT theirs.id, theirs.total_minor
         FROM generate_series((:created_from? AT TIME ZONE 'UTC')::date - date '2000-01-01',
                              (:created_before? AT TIME ZONE 'UTC')::date - date '2000-01-01') AS wanted (day)
         CROSS JOIN LATERAL (
             SELECT o.id, o.total_minor FROM commerce.order_listing o
             WHERE (o.created_at AT TIME ZONE 'UTC')::date = date '2000-01-01' + wanted.day
               AND o.created_at + interval '0' >= :created_from? AND o.created_at + interval '0' < :created_before?
               AND :{admin_order_listed} AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_after_total}
         ) theirs)
        UNION ALL
        (SELECT o.id, o.total_minor FROM commerce.orders o
         WHERE :{admin_order_unlisted} AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_total})
    ) found
    ORDER BY found.total_minor, found.id
    LIMIT :row_limit
)
ORDER BY o.total_minor, o.id;

-- fragment: admin_order_found
-- What a search has found.
(o.customer_id = ANY(:customer_ids::uuid[]) OR o.id = ANY(:order_ids::uuid[]));

-- name: admin_orders_found_by_age :many slow row(admin_order)
-- One page per customer that was found, and the orders that were: of these the newest.
:{admin_order_shown}
WHERE o.id IN (
    SELECT found.id FROM (
        SELECT theirs.id, theirs.created_at
        FROM unnest(:customer_ids::uuid[]) AS wanted (customer_id)
        CROSS JOIN LATERAL (
            SELECT o.id, o.created_at FROM commerce.orders o
            WHERE o.customer_id = wanted.customer_id
              AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_created_at}
        ) theirs
        UNION
        (SELECT o.id, o.created_at FROM commerce.orders o
         WHERE o.id = ANY(:order_ids::uuid[])
           AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_created_at})
    ) found
    ORDER BY found.created_at DESC, found.id DESC
    LIMIT :row_limit
)
ORDER BY o.created_at DESC, o.id DESC;

-- name: admin_orders_found_by_total :many slow row(admin_order)
-- All of these, smallest total first.
:{admin_order_shown}
WHERE o.id IN (
    SELECT o.id FROM commerce.orders o
    WHERE :{admin_order_found}
      AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range} AND :{admin_order_after_total}
)
ORDER BY o.total_minor, o.id;

-- name: admin_orders_total :get slow
-- How many there are, whatever the order; counted like the total of a list (SQL_TOTAL_MAX).
SELECT count(*) AS "total!" FROM (
    (SELECT FROM commerce.order_listing o
     WHERE :{admin_order_listed} AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range})
    UNION ALL
    (SELECT FROM commerce.orders o
     WHERE :{admin_order_unlisted} AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range})
    LIMIT :row_limit::bigint
) AS counted;

-- name: admin_orders_found_total :get slow
-- How many of what a search has found.
SELECT count(*) AS "total!" FROM (
    SELECT FROM commerce.orders o
    WHERE :{admin_order_found} AND :{admin_order_filters} AND :{admin_order_status} AND :{admin_order_range}
    LIMIT :row_limit::bigint
) AS counted;

-- name: orders_unlisted :get read
-- Whether the listing lacks something.
SELECT EXISTS (SELECT FROM commerce.order_unlisted) AS "some!";

-- name: order_listing_write :get write
-- A batch of what the listing lacks, behind a place in the queue, as the orders are now; how many changes were looked at, and
-- the place of the last. A new order waits a moment for its worker: it shall enter the indexes once. Whatever the planner
-- thinks of the tables, orders are looked up by their ids.
WITH waiting AS MATERIALIZED ( -- in the order of places, as such a range is scanned; to sort it would read the whole rest
    SELECT u.ctid AS place, u.id FROM commerce.order_unlisted u WHERE u.ctid > :after::text::tid LIMIT :row_limit::bigint),
found AS MATERIALIZED (
    SELECT o.id, o.customer_id, o.store_id, o.channel, o.status, o.total_minor, o.created_at,
           o.status <> 'pending' OR o.updated_at < :now::timestamptz - interval '10 seconds' AS ripe
    FROM commerce.orders o
    WHERE o.id = ANY(ARRAY(SELECT w.id FROM waiting w))),
taken AS (
    DELETE FROM commerce.order_unlisted
    WHERE ctid = ANY(ARRAY(SELECT w.place FROM waiting w WHERE w.id NOT IN (SELECT f.id FROM found f WHERE NOT f.ripe)))),
gone AS (
    DELETE FROM commerce.order_listing l
    WHERE l.id = ANY(ARRAY(SELECT w.id FROM waiting w WHERE w.id NOT IN (SELECT f.id FROM found f)))),
written AS (
    INSERT INTO commerce.order_listing AS l (id, customer_id, store_id, channel, status, total_minor, created_at)
    SELECT f.id, f.customer_id, f.store_id, f.channel, f.status, f.total_minor, f.created_at
    FROM found f
    WHERE f.ripe
    ORDER BY f.id
    ON CONFLICT (id) DO UPDATE SET customer_id = excluded.customer_id, store_id = excluded.store_id, channel = excluded.channel,
        status = excluded.status, total_minor = excluded.total_minor, created_at = excluded.created_at
    WHERE (l.customer_id, l.store_id, l.channel, l.status, l.total_minor, l.created_at) IS DISTINCT FROM
          (excluded.customer_id, excluded.store_id, excluded.channel, excluded.status, excluded.total_minor, excluded.created_at))
SELECT count(*) AS "count!", max(place)::text AS last FROM waiting;
