-- SPDX-License-Identifier: Apache-2.0
-- The shop in the peer's database: 10,000 products in 20 categories, 100,000 confirmed orders of three lines, 1,000 customers.
-- shop.sql is the same shop in stoa's.

INSERT INTO product
SELECT i, 'SKU-' || lpad(i::text, 6, '0'), 'Product number ' || i, 'cat-' || lpad((i % 20 + 1)::text, 2, '0'),
       100 + i * 7919 % 99900, 'EUR'
FROM generate_series(1, 10000) AS i;

CREATE TEMP TABLE placed AS
SELECT n, overlay(overlay(md5('order-' || n) placing '4' from 13) placing '8' from 17)::uuid AS id, (n - 1) % 1000 + 1 AS customer_id,
       now() - interval '1 day' + n * interval '100 ms' AS at
FROM generate_series(1, 100000) AS n;
CREATE TEMP TABLE line AS
SELECT o.n, o.id, p.id AS product_id, 1 + (o.n + k) % 5 AS quantity, p.price_minor
FROM placed o CROSS JOIN generate_series(0, 2) AS k
JOIN product p ON p.id = (o.n * 3 + k)::bigint * 7919 % 10000 + 1;

INSERT INTO stock SELECT p.id, 1000000, coalesce(sum(l.quantity), 0) FROM product p LEFT JOIN line l ON l.product_id = p.id GROUP BY p.id;
INSERT INTO orders
SELECT o.id, o.customer_id, 'confirmed', t.total, 'EUR', o.at
FROM placed o JOIN (SELECT n, sum(quantity * price_minor) AS total FROM line GROUP BY n) t USING (n)
ORDER BY n;
INSERT INTO order_line SELECT id, product_id, quantity, price_minor FROM line ORDER BY n, product_id;
INSERT INTO order_history SELECT id, NULL, 'pending', at FROM placed ORDER BY n;
INSERT INTO order_history SELECT id, 'pending', 'confirmed', at FROM placed ORDER BY n;

VACUUM (ANALYZE) product, stock, orders, order_line, order_history;
