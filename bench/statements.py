# SPDX-License-Identifier: Apache-2.0
"""pgbench scripts made of the very statements the services run: read from their .sql files, parameters replaced by pgbench
expressions, so that neither side can drift from the other."""
import re

MAIN_STORE = "'01900000-0000-7000-8000-000000000001'::uuid"
FILES = [
    "services/commerce/catalogue/catalogue.sql", "services/commerce/orders/orders.sql", "packages/events/sql/event.sql",
    "packages/service/sql/idempotency.sql",
]


def load(root):
    """Texts of all named statements, by name."""
    texts = {}
    for file in FILES:
        parts = re.split(r"^-- (name|fragment): (\w+).*\n", (root / file).read_text(), flags=re.M)
        fragments = {}
        for kind, name, body in zip(parts[1::3], parts[2::3], parts[3::3]):
            lines = [line for line in body.splitlines() if not line.startswith("--")]
            text = " ".join(" ".join(lines).split()).rstrip(";")
            text = re.sub(r":\{(\w+)\}", lambda m: fragments[m.group(1)], text)
            (texts if kind == "name" else fragments)[name] = text
    return texts


def fill(text, values):
    """The statement with each :name or :name? replaced by the expression of that name. "id!" aliases go."""
    text = re.sub(r'(?<!:):(\w+(?:\.\w+)?)\??', lambda m: values[m.group(1)], text)
    return re.sub(r'"(\w+)!"', r"\1", text) + ";\n"


def product_get(texts, number):
    return fill(texts["product_get"], {"id": f":id{number}::uuid", "store_id": MAIN_STORE})


# What POST /api/orders with three lines runs: look-up of the key, the products, one transaction of five statements. Ids are made of
# two random numbers in SQL, for pgbench's own variables are numbers.
RANDOMS = "".join(f"\\set r{i} random(1, 9000000000000000000)\n" for i in range(1, 5)) + \
          "".join(f"\\set p{i} random(1, :products)\n" for i in range(1, 4))


def random_uuid(a, b):
    return f"(lpad(to_hex(:{a}::bigint), 16, '0') || lpad(to_hex(:{b}::bigint), 16, '0'))::uuid"


def literal(text):
    """As an SQL literal without anything pgbench would take for a variable."""
    return "'" + re.sub(r":(?=\w)", ": ", text).replace("'", "''") + "'"


def order_place(texts, json_event, json_body, customer):
    order, event, now = random_uuid("r1", "r2"), random_uuid("r3", "r4"), "now()"
    products = "ARRAY[" + ", ".join(f"(:ids::uuid[])[:p{i}::int]" for i in range(1, 4)) + "]"
    key = "to_hex(:r1::bigint)"
    common = {
        "id": order, "order_id": order, "store_id": MAIN_STORE, "fulfilment": "'delivery'", "pickup_code": "NULL", "now": now, "number": f"'N' || {key}", "customer_id": f"'{customer}'::uuid",
        "payment_method": "'cash'", "currency": "'EUR'", "subtotal_minor": "3000", "delivery_fee_minor": "299",
        "discount_minor": "0", "tax_minor": "196", "total_minor": "3299", "recipient": "'Ada Lovelace'",
        "street": "'Main street 1'", "postal_code": "'10115'", "city": "'Berlin'", "country": "'DE'", "address_note": "NULL",
        "note": "NULL", "seq": "1", "from_status": "NULL", "to_status": "'pending'", "actor": "'customer'", "reason": "NULL",
        "product_ids": products,
        "type": "'order.created'", "version": "1", "aggregate": "'order'", "aggregate_id": order, "aggregate_seq": "1",
        "occurred_at": now, "source": "'pgbench'", "correlation_id": event, "causation_id": "NULL", "traceparent": "NULL",
        "data": literal(json_event), "scope": f"'{customer}'::uuid", "key": key, "route": "'order_place'",
        "fingerprint": "decode(repeat('ab', 32), 'hex')", "status": "201", "location": f"'/api/orders/' || {key}",
        "etag": "'\"v1\"'", "body": literal(json_body),
    }
    reads = ["idempotency_find", "products_for_order"]
    writes = ["order_insert", "order_history_insert", "order_line_insert", "event_insert", "idempotency_insert"]
    lines = [{"line_no": f"{i}", "product_id": f"(:ids::uuid[])[:p{i}::int]", "sku": f"'BENCH-{i}'", "name": f"'{name}'", "unit": f"'{unit}'",
              "quantity": f"{i}", "unit_price_minor": "500", "total_minor": f"{500 * i}", "substitution": "NULL"}
             for i, (name, unit) in enumerate([("Whole milk", "1 l"), ("Rye bread", "500 g"), ("Apples", "1 kg")], 1)]

    def text_of(name):
        values = dict(common)
        if name == "event_insert":
            values["id"] = event
        if name == "order_line_insert":  # of three rows, as the services' own group commit makes it
            head, row = texts[name].split("VALUES ")
            return head + "VALUES " + ", ".join(fill(row, {**common, **line}).rstrip(";\n") for line in lines) + ";\n"
        return fill(texts[name], values)
    return RANDOMS + "".join(map(text_of, reads)) + "BEGIN;\n" + "".join(map(text_of, writes)) + "END;\n"
