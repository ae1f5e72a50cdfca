# SPDX-License-Identifier: Apache-2.0
"""A shop that has traded for two years, made in the database: for lists that must stay flat, and for their plans.

Everything follows from the number of an order, so two runs make the same shop. Most orders are delivered; one in fifty came by
another channel, one in a hundred belongs to a second store. Forty failed at the door, whatever the size, for what is under way
does not grow with what is past. Customers order more or less often; customer 0 has always 60 orders, and customer 1 has one in five hundred.
"""
import psycopg2
import psycopg2.extras

CUSTOMERS = 20_000
REGULAR, BUSY = 0, 1
MAIN_STORE = "01900000-0000-7000-8000-000000000001"
SMALL_STORE = "01900000-0000-7000-8000-0000000000ff"

CUSTOMER_ID = "('00000000-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
ORDER_ID = "('01800000-0000-7000-9000-' || lpad(to_hex({}), 12, '0'))::uuid"

ORDERS = f"""
INSERT INTO commerce.orders (id, number, customer_id, store_id, status, channel, payment_method, payment_status, currency,
    subtotal_minor, delivery_fee_minor, discount_minor, tax_minor, total_minor, recipient, street, postal_code, city, country,
    version, event_seq, created_at, updated_at)
SELECT {ORDER_ID.format("i")}, 'M' || lpad(i::text, 9, '0'),
    {CUSTOMER_ID.format('''CASE WHEN i %% greatest(%(orders)s / 60, 1) = 0 THEN 0 WHEN i %% 500 = 1 THEN 1
                               ELSE 2 + (c / 1e6 * c / 1e6 * (%(customers)s - 2))::int END''')},
    CASE WHEN s %% 100 = 7 THEN '{SMALL_STORE}' ELSE '{MAIN_STORE}' END::uuid,
    CASE WHEN i %% greatest(%(orders)s / 40, 1) = 5 THEN 'delivery_failed'
         WHEN i > %(orders)s - 20 THEN (ARRAY['pending', 'confirmed', 'picking', 'ready', 'assigned'])[1 + i %% 5]
         WHEN a < 8800 THEN 'delivered' WHEN a < 9200 THEN 'collected' WHEN a < 9800 THEN 'cancelled' WHEN a < 9900 THEN 'returned'
         WHEN a < 9960 THEN 'rejected' WHEN a < 9996 THEN 'expired' WHEN a < 9998 THEN 'on_hold' ELSE 'returning' END,
    CASE WHEN b %% 50 = 3 THEN 'market' ELSE 'web' END, 'cash', 'none', 'EUR', 500 + t, 390, 0, 0, 890 + t, 'Somebody', 'Some street 1',
    '10115', 'Berlin', 'DE', 1, 1, at, at
FROM (
    SELECT i, now() - interval '730 days' + i * (interval '730 days' / %(orders)s) AS at,
        ((i * 7919::bigint + 13) * 104729 %% 10007) * 9999 / 10006 AS a, (i * 48271::bigint) %% 65537 AS b,
        (i * 69621::bigint) %% 1000003 AS c, (i * 16807::bigint) %% 99991 AS s, (i * 39373::bigint) %% 19997 AS t
    FROM generate_series(%(first)s, %(last)s) AS i
) numbered
"""

# What the periodic job makes of them, which no trigger tells it of here.
LISTING = """
INSERT INTO commerce.order_listing (id, customer_id, store_id, channel, status, total_minor, created_at)
SELECT id, customer_id, store_id, channel, status, total_minor, created_at FROM commerce.orders ON CONFLICT DO NOTHING
"""

LINES = f"""
INSERT INTO commerce.order_line (order_id, line_no, product_id, sku, name, unit, quantity, unit_price_minor, total_minor)
SELECT id, 1, gen_random_uuid(), 'M-1', 'Many', '1 piece', 1, subtotal_minor, subtotal_minor FROM commerce.orders WHERE number LIKE 'M%%'
"""

HISTORY = """
INSERT INTO commerce.order_history (order_id, seq, from_status, to_status, actor, at)
SELECT id, 1, NULL, status, 'test', created_at FROM commerce.orders WHERE number LIKE 'M%%'
"""

# A log to match: three events an order for the first orders, one type of which is rare.
EVENTS = f"""
INSERT INTO stoa.event (position, id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source, correlation_id, data)
SELECT i, {ORDER_ID.format("i")}, CASE WHEN i %% 1000 = 5 THEN 'many.rare' ELSE 'many.usual' END, 1, 'many', {ORDER_ID.format("i")},
    1, now(), 'test', {ORDER_ID.format("i")}, '{{}}'
FROM generate_series(1, %(events)s) AS i
"""


# A catalogue to match: one product in a hundred is low, one in fifty shown in front, one in a hundred of the category "few".
PRODUCTS = f"""
INSERT INTO commerce.product (id, sku, name, description, category_id, unit, price_minor, currency, tax_rate_bp, featured, created_at,
    updated_at)
SELECT {ORDER_ID.format("i")}, 'MANY-' || lpad(i::text, 6, '0'), 'Many ' || md5(i::text), 'One of many', CASE WHEN i %% 100 = 7 THEN %(few)s ELSE %(category)s END, '1 piece',
    100 + (i * 7919) %% 5000, 'EUR', 700, i %% 50 = 3, now() - i * interval '1 minute', now()
FROM generate_series(1, %(products)s) AS i
"""
STOCK = f"""
INSERT INTO commerce.stock (product_id, store_id, on_hand, updated_at)
SELECT {ORDER_ID.format("i")}, '{MAIN_STORE}', CASE WHEN i %% 100 = 9 THEN 0 ELSE 1000 END, now() FROM generate_series(1, %(products)s) AS i
"""


# Who and what stands around the orders: accounts, couriers, deliveries of the first orders, an audit trail.
AROUND = f"""
INSERT INTO accounts.account (id, audience, email, password_hash, name, role, event_seq, created_at, updated_at)
SELECT gen_random_uuid(), 'public', 'around-' || i || '@example.com', '-', 'Around ' || md5(i::text),
    CASE WHEN i %% 100 = 7 THEN 'courier' ELSE 'customer' END, 1, now() - i * interval '1 minute', now()
FROM generate_series(1, %(rows)s) AS i;
INSERT INTO commerce.courier (id, name, seq, created_at, updated_at)
SELECT {CUSTOMER_ID.format("1000000 + i")}, 'Courier ' || i, 1, now(), now() FROM generate_series(1, 100) AS i;
INSERT INTO commerce.delivery (id, order_id, store_id, state, courier_id, pin, created_at, updated_at)
SELECT {ORDER_ID.format("5000000 + i")}, {ORDER_ID.format("i")}, CASE WHEN i %% 100 = 7 THEN '{SMALL_STORE}' ELSE '{MAIN_STORE}' END::uuid,
    CASE WHEN i %% 1000 = 3 THEN 'failed' WHEN i %% 20 = 3 THEN 'returned' ELSE 'delivered' END,
    {CUSTOMER_ID.format("1000001 + i %% 100")}, '1234', now() - i * interval '1 minute', now()
FROM generate_series(1, %(rows)s) AS i;
INSERT INTO stoa.audit (id, at, actor, role, action, subject, subject_id, request_id, client, status)
SELECT gen_random_uuid(), now() - i * interval '1 minute', {CUSTOMER_ID.format("i %% 50")}, 'admin',
    CASE WHEN i %% 1000 = 5 THEN 'many_rare' ELSE 'many_usual' END, 'many', (i %% 5000)::text, 'r', 'c', 200
FROM generate_series(1, %(rows)s) AS i;
ANALYZE accounts.account; ANALYZE commerce.courier; ANALYZE commerce.delivery; ANALYZE stoa.audit
"""


def customer_id(number):
    return "00000000-0000-7000-8000-" + format(number, "012x")


def _indexes(cursor):
    """Those of orders that are not behind a constraint: made anew after the rows, which is four times faster."""
    cursor.execute("SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid IN"
                   " ('commerce.orders'::regclass, 'commerce.order_listing'::regclass) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)")
    return cursor.fetchall()


def _products(cursor, products):
    cursor.execute("INSERT INTO commerce.department (id, name, slug, rank, created_at, updated_at) VALUES (gen_random_uuid(), 'Many',"
                   " 'many', 1, now(), now()) RETURNING id")
    department = cursor.fetchone()[0]
    category = {}
    for name in ("many", "few"):
        cursor.execute("INSERT INTO commerce.category (id, department_id, name, slug, rank, created_at, updated_at) VALUES"
                       " (gen_random_uuid(), %s, initcap(%s), %s, 1, now(), now()) RETURNING id", (department, name, name))
        category[name] = cursor.fetchone()[0]
    cursor.execute(PRODUCTS, {"products": products, "category": category["many"], "few": category["few"]})
    cursor.execute(STOCK, {"products": products})


def fill(conninfo, orders, customers=CUSTOMERS, events=0, products=0, around=0, children=True):
    """As superuser: what constraints would check holds by construction."""
    connection = psycopg2.connect(conninfo)
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off;"
                       " SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute("INSERT INTO commerce.store (id, name, slug, created_at, updated_at) VALUES (%s, 'Small store', 'small', now(),"
                       " now()) ON CONFLICT DO NOTHING", (SMALL_STORE,))
        cursor.execute(f"INSERT INTO commerce.customer (id, email, name, seq, created_at, updated_at) SELECT {CUSTOMER_ID.format('i')},"
                       " 'many-' || i || '@example.com', 'Customer ' || i, 1, now(), now() FROM generate_series(0, %s) AS i"
                       " ON CONFLICT DO NOTHING", (customers - 1,))
        indexes = _indexes(cursor)
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(ORDERS, {"orders": orders, "customers": customers, "first": 1, "last": orders})
        cursor.execute(LISTING)
        for _, definition in indexes:
            cursor.execute(definition)
        if children:
            cursor.execute(LINES)
            cursor.execute(HISTORY)
        if products:
            _products(cursor, products)
        if around:
            cursor.execute(AROUND, {"rows": around})
        if events:
            cursor.execute(EVENTS, {"events": events})
            cursor.execute("SELECT setval('stoa.event_position', %s)", (events,))
            cursor.execute("UPDATE stoa.relay SET position = %s, settled = %s", (events, events))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE commerce.orders, commerce.order_listing, commerce.order_unlisted, commerce.order_line,"
                       " commerce.order_history, commerce.customer,"
                       " commerce.product, commerce.stock, stoa.event")
    connection.close()
