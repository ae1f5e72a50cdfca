-- SPDX-License-Identifier: Apache-2.0
-- The shop of seed.sql in stoa's database, with what stoa keeps beside it: brands, reservations, the ledger of the stock. Run by the
-- superuser: what constraints would check holds by construction.
SET session_replication_role = replica;
\if :{?orders}
\else
\set orders 100000
\endif

INSERT INTO commerce.department (id, name, slug, rank, created_at, updated_at)
VALUES ('01700000-0000-7000-8000-000000000001', 'Everything', 'everything', 1, now(), now());
INSERT INTO commerce.category (id, department_id, name, slug, rank, created_at, updated_at)
SELECT ('01700000-0000-7000-8001-' || lpad(i::text, 12, '0'))::uuid, '01700000-0000-7000-8000-000000000001', 'Category ' || i, 'cat-' || i, i,
       now(), now()
FROM generate_series(1, 20) AS i;
INSERT INTO commerce.brand (id, name, slug, created_at, updated_at)
SELECT ('01700000-0000-7000-8002-' || lpad(i::text, 12, '0'))::uuid, 'Brand ' || i, 'brand-' || i, now(), now()
FROM generate_series(1, 50) AS i;
INSERT INTO commerce.customer (id, email, name, seq, created_at, updated_at)
SELECT ('01700000-0000-7000-8003-' || lpad(i::text, 12, '0'))::uuid, 'customer-' || i || '@example.com', 'Customer ' || i, 1, now(), now()
FROM generate_series(1, 1000) AS i;

INSERT INTO commerce.product (id, sku, name, description, category_id, brand_id, unit, price_minor, currency, tax_rate_bp, created_at,
                              updated_at)
SELECT ('01700000-0000-7000-8004-' || lpad(i::text, 12, '0'))::uuid, 'SKU-' || lpad(i::text, 6, '0'), 'Product number ' || i,
       'One of many products', ('01700000-0000-7000-8001-' || lpad((i % 20 + 1)::text, 12, '0'))::uuid,
       ('01700000-0000-7000-8002-' || lpad((i / 20 % 50 + 1)::text, 12, '0'))::uuid, '1 piece', 100 + i * 7919 % 99900, 'EUR', 700,
       now() - i * interval '1 minute', now()
FROM generate_series(1, 10000) AS i;

CREATE TEMP TABLE placed AS
SELECT n, ('01800000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
       ('01700000-0000-7000-8003-' || lpad(((n - 1) % 1000 + 1)::text, 12, '0'))::uuid AS customer_id,
       now() - interval '1 day' + n * interval '100 ms' AS at
FROM generate_series(1, :orders) AS n;
CREATE TEMP TABLE line AS
SELECT o.n, o.id, o.at, k + 1 AS line_no, p.id AS product_id, p.sku, p.name, p.unit, 1 + (o.n + k) % 5 AS quantity, p.price_minor
FROM placed o CROSS JOIN generate_series(0, 2) AS k
JOIN commerce.product p ON p.sku = 'SKU-' || lpad(((o.n * 3 + k)::bigint * 7919 % 10000 + 1)::text, 6, '0');

INSERT INTO commerce.stock (product_id, on_hand, reserved, updated_at)
SELECT p.id, 1000000, coalesce(sum(l.quantity), 0), now() FROM commerce.product p LEFT JOIN line l ON l.product_id = p.id GROUP BY p.id;
INSERT INTO commerce.stock_movement (product_id, kind, on_hand_delta, actor, at)
SELECT id, 'receive', 1000000, 'bench', now() FROM commerce.product;
INSERT INTO commerce.orders (id, number, customer_id, status, payment_method, payment_status, currency, subtotal_minor, delivery_fee_minor,
                             discount_minor, tax_minor, total_minor, recipient, street, postal_code, city, country, version, event_seq,
                             created_at, updated_at)
SELECT o.id, 'P' || lpad(n::text, 11, '0'), o.customer_id, 'confirmed', 'cash', 'none', 'EUR', t.total, 0, 0, 0, t.total, 'Ada Lovelace',
       'Main street 1', '10115', 'Berlin', 'DE', 2, 2, o.at, o.at
FROM placed o JOIN (SELECT n, sum(quantity * price_minor) AS total FROM line GROUP BY n) t USING (n)
ORDER BY n;
INSERT INTO commerce.order_line (order_id, line_no, product_id, sku, name, unit, quantity, unit_price_minor, total_minor)
SELECT id, line_no, product_id, sku, name, unit, quantity, price_minor, quantity * price_minor FROM line ORDER BY n, line_no;
INSERT INTO commerce.order_history (order_id, seq, from_status, to_status, actor, at)
SELECT id, 1, NULL, 'pending', 'customer', at FROM placed ORDER BY n;
INSERT INTO commerce.order_history (order_id, seq, from_status, to_status, actor, at)
SELECT id, 2, 'pending', 'confirmed', 'worker', at FROM placed ORDER BY n;
INSERT INTO commerce.reservation (order_id, product_id, quantity, created_at, updated_at)
SELECT id, product_id, quantity, at, at FROM line ORDER BY n, product_id;
INSERT INTO commerce.stock_movement (product_id, kind, reserved_delta, order_id, actor, at)
SELECT product_id, 'reserve', quantity, id, 'worker', at FROM line ORDER BY n, product_id;

-- Only what is full: autovacuum leaves empty tables alone, and one that is analysed while empty has plans that do not fit it later.
VACUUM (ANALYZE) commerce.department, commerce.category, commerce.brand, commerce.customer, commerce.product, commerce.stock,
    commerce.stock_movement, commerce.orders, commerce.order_line, commerce.order_history, commerce.reservation;
