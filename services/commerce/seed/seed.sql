-- name: seed_is_older :get read
-- Demo data of releases that made ids of version 8: it stays as it is, for none of ours would fit to it.
SELECT EXISTS (SELECT FROM commerce.department WHERE id::text LIKE '________-____-8%') AS "older!";

-- name: seed_departments :exec write
-- Demo departments, ranked in the given order. Here and below, existing rows stay as they are.
INSERT INTO commerce.department (id, name, slug, rank, created_at, updated_at)
SELECT w.id, w.name, w.slug, w.rank, :now, :now
FROM unnest(:ids::uuid[], :names::text[], :slugs::text[]) WITH ORDINALITY AS w(id, name, slug, rank)
ON CONFLICT DO NOTHING;

-- name: seed_categories :exec write
-- Demo categories, ranked in the given order.
INSERT INTO commerce.category (id, department_id, name, slug, rank, created_at, updated_at)
SELECT w.id, d.id, w.name, w.slug, w.rank, :now, :now
FROM unnest(:ids::uuid[], :department_ids::uuid[], :names::text[], :slugs::text[])
     WITH ORDINALITY AS w(id, department_id, name, slug, rank)
JOIN commerce.department d ON d.id = w.department_id
ON CONFLICT DO NOTHING;

-- name: seed_brands :exec write
-- Demo brands.
INSERT INTO commerce.brand (id, name, slug, created_at, updated_at)
SELECT w.id, w.name, w.slug, :now, :now
FROM unnest(:ids::uuid[], :names::text[], :slugs::text[]) AS w(id, name, slug)
ON CONFLICT DO NOTHING;

-- name: seed_products :exec write
-- Demo products. A brand id that does not exist means no brand.
INSERT INTO commerce.product (id, sku, name, description, category_id, brand_id, unit, price_minor, currency, tax_rate_bp,
                              featured, created_at, updated_at)
SELECT w.id, w.sku, w.name, w.description, c.id, b.id, w.unit, w.price, 'EUR', w.tax, w.featured, w.created, w.created
FROM unnest(:ids::uuid[], :skus::text[], :names::text[], :descriptions::text[], :category_ids::uuid[], :brand_ids::uuid[],
            :units::text[], :prices::bigint[], :tax_rates::bigint[], :featured::boolean[], :created::timestamptz[])
     AS w(id, sku, name, description, category_id, brand_id, unit, price, tax, featured, created)
JOIN commerce.category c ON c.id = w.category_id
LEFT JOIN commerce.brand b ON b.id = w.brand_id
ON CONFLICT DO NOTHING;

-- name: seed_stock :exec write
-- Opening stock of products without a counter, with its entry in the ledger.
WITH made AS (
    INSERT INTO commerce.stock (product_id, on_hand, safety, updated_at)
    SELECT p.id, w.on_hand, w.safety, :at
    FROM unnest(:product_ids::uuid[], :on_hand::bigint[], :safety::bigint[]) AS w(id, on_hand, safety)
    JOIN commerce.product p ON p.id = w.id
    ON CONFLICT DO NOTHING
    RETURNING product_id, on_hand)
INSERT INTO commerce.stock_movement (product_id, kind, on_hand_delta, actor, reason, at)
SELECT product_id, 'receive', on_hand, 'seed', 'opening stock', :at FROM made;

-- name: seed_orders :many write
-- Demo orders; returns those that were inserted. An empty note or reason means none. Paid orders get their payment record.
WITH made AS (
INSERT INTO commerce.orders (id, number, customer_id, status, payment_method, payment_status, currency, subtotal_minor,
                             delivery_fee_minor, discount_minor, tax_minor, total_minor, recipient, street, postal_code, city,
                             country, note, status_reason, version, event_seq, created_at, updated_at, payment_provider,
                             captured_minor)
SELECT w.id, w.number, w.customer_id, w.status, w.method, w.paid, 'EUR', w.subtotal, w.fee, 0, w.tax, w.total, w.recipient,
       w.street, w.postal_code, w.city, w.country, nullif(w.note, ''), nullif(w.reason, ''), w.version, w.event_seq, w.created,
       w.updated, CASE WHEN w.paid = 'paid' THEN 'manual' END, CASE WHEN w.paid = 'paid' THEN w.total ELSE 0 END
FROM unnest(:ids::uuid[], :numbers::text[], :customer_ids::uuid[], :statuses::text[], :methods::text[], :paid::text[],
            :subtotals::bigint[], :fees::bigint[], :taxes::bigint[], :totals::bigint[], :recipients::text[],
            :streets::text[], :postal_codes::text[], :cities::text[], :countries::text[], :notes::text[], :reasons::text[],
            :versions::bigint[], :event_seqs::bigint[], :created::timestamptz[], :updated::timestamptz[])
     AS w(id, number, customer_id, status, method, paid, subtotal, fee, tax, total, recipient, street, postal_code, city,
          country, note, reason, version, event_seq, created, updated)
ON CONFLICT DO NOTHING
RETURNING id, number, payment_method, captured_minor, updated_at),
paid AS (
INSERT INTO commerce.payment (order_id, seq, kind, method, amount_minor, currency, provider, reference, actor, at)
SELECT id, 0, 'captured', payment_method, captured_minor, 'EUR', 'manual', number, 'seed', updated_at
FROM made WHERE captured_minor > 0)
SELECT id AS "id!" FROM made;

-- name: seed_movements :exec write
-- The effect of a demo order's step on the stock, each product once: the ledger entries, and the counters by their sums.
WITH moved AS (
    INSERT INTO commerce.stock_movement (product_id, kind, on_hand_delta, reserved_delta, order_id, actor, at)
    SELECT w.product_id, :kind, :on_hand_sign::bigint * w.quantity, :reserved_sign::bigint * w.quantity, :order_id::uuid, :actor, :at
    FROM unnest(:product_ids::uuid[], :quantities::bigint[]) AS w(product_id, quantity)
    RETURNING store_id, product_id, on_hand_delta, reserved_delta)
UPDATE commerce.stock s
SET on_hand = s.on_hand + m.on_hand_delta, reserved = s.reserved + m.reserved_delta, version = s.version + 1,
    updated_at = greatest(s.updated_at, :at)
FROM moved m
WHERE s.product_id = m.product_id AND s.store_id = m.store_id;

-- name: seed_couriers :exec write
-- Demo couriers. Rows that come from account.changed stay as they are, and so does what the couriers have set.
INSERT INTO commerce.courier (id, name, phone, seq, available, created_at, updated_at)
SELECT w.id, w.name, w.phone, 0, true, :now, :now
FROM unnest(:ids::uuid[], :names::text[], :phones::text[]) AS w(id, name, phone)
ON CONFLICT (id) DO UPDATE SET available = true WHERE commerce.courier.version = 1;

-- name: seed_review :exec write
-- A demo review of the first product of a delivered order, published. The order's id decides about the stars.
INSERT INTO commerce.review (id, product_id, customer_id, rating, title, text, state, created_at, updated_at)
SELECT md5('review ' || o.id)::uuid, l.product_id, o.customer_id, r.stars,
       (ARRAY['Not for me', 'Could be better', 'As expected', 'Good', 'Excellent'])[r.stars],
       CASE WHEN r.stars > 3 THEN 'Arrived fresh and well packed.' END, 'published', o.updated_at, o.updated_at
FROM commerce.orders o JOIN commerce.order_line l ON l.order_id = o.id AND l.line_no = 1,
     LATERAL (SELECT (ARRAY[5, 4, 5, 3, 4, 5, 2, 5])[1 + get_byte(uuid_send(o.id), 15) % 8] AS stars) r
WHERE o.id = :order_id
ON CONFLICT DO NOTHING;

-- name: seed_ratings :exec write
-- What consumers would make of the events that these reviews never had; products that have a rating keep it.
INSERT INTO commerce.product_rating (product_id, count, average, stars_1, stars_2, stars_3, stars_4, stars_5, version)
SELECT product_id, count(*), round(avg(rating), 2), count(*) FILTER (WHERE rating = 1), count(*) FILTER (WHERE rating = 2),
       count(*) FILTER (WHERE rating = 3), count(*) FILTER (WHERE rating = 4), count(*) FILTER (WHERE rating = 5), 1
FROM commerce.review WHERE state = 'published'
GROUP BY product_id
ON CONFLICT DO NOTHING;
