# SPDX-License-Identifier: Apache-2.0
"""How lists are answered once there is much to list: the plans the server really made, told by auto_explain, on 50,000 orders.

Nothing is timed. A plan must not read a table from end to end, sort more than the pages it merges, nor read many rows to show few.
"""
import pytest

from support import many
from support.client import Api
from support.plans import AUTO_EXPLAIN, Plans, looked_at, nodes
from support.shop import admin_token, public_token

ORDERS, EVENTS, PRODUCTS, AROUND = 50_000, 30_000, 5_000, 20_000
LARGE_ROWS = 1_000   # tables with fewer may be read in any way
SORT_MAX = 700       # a page of each of 32 days
READ_MAX = 2_500     # rows one node may look at for a page of twenty
STACK = dict(start=("public-api", "admin-api"), postgres=AUTO_EXPLAIN)

STATUS, CHANNEL, STORE = "filter[status]", "filter[channel]", "filter[store_id]"
TOTAL = {"sort": "total"}


def month(first="2025-12-01", last="2025-12-31"):
    return {"filter[created_at][gte]": f"{first}T00:00:00Z", "filter[created_at][lt]": f"{last}T00:00:00Z"}


STATUSES = [{}, {STATUS: "delivered"}, {STATUS: "cancelled"}, {STATUS: "delivery_failed"}, {STATUS: "pending,confirmed,picking"},
            {STATUS: "delivered,cancelled"}]
FILTERS = [{}, {CHANNEL: "web"}, {CHANNEL: "market"}, {CHANNEL: "nobody"}, {STORE: many.SMALL_STORE}, month(), month("2025-12-01", "2025-12-02"),
           month("2019-01-01", "2019-01-02"), {**month(), CHANNEL: "market"}]
SEARCHES = [{"q": "M000004711"}, {"q": "M999999999"}, {"q": "4711"}, {"q": "260101-0"}, {"q": "many-0@example.com"}, {"q": "y-777"}, {"q": "ny-7"},
            {"q": "nobody@example.com"}, {"q": "y-777", **TOTAL}, {"q": "ny-7", **TOTAL},
            {"q": "many-0@example.com", **TOTAL}, {"q": "many-0@example.com", STATUS: "delivered,cancelled"}]
ORDER_LISTS = [{**status, **filters, **sort} for sort in ({}, TOTAL) for filters in FILTERS for status in STATUSES] + SEARCHES


@pytest.fixture(scope="module", autouse=True)
def shop(stack):
    many.fill(stack.superuser_conninfo, ORDERS, customers=20_000, events=EVENTS, products=PRODUCTS, around=AROUND)
    for name in ("public-api", "admin-api"):  # plans made before are not those of a shop that has grown
        stack.restart(name)


@pytest.fixture(scope="module")
def large(stack):
    """Tables (partitions by their own names) that may not be read from end to end."""
    return {name for name, rows in stack.sql("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'") if rows >= LARGE_ROWS}


@pytest.fixture(scope="module")
def staff(stack):
    return Api(stack, "admin-api", admin_token(role="super_admin"), keep=True)


def faults(plan, large, read_max):
    found = []
    for node in nodes(plan["Plan"]):
        kind, relation = node["Node Type"], node.get("Relation Name")
        if kind == "Seq Scan" and relation in large:
            found.append(f"reads {relation} from end to end")
        if "Scan" in kind and read_max and looked_at(node) > read_max:
            found.append(f"{kind} of {relation or node.get('Index Name')} looks at {looked_at(node)} rows")
        if kind in ("Sort", "Incremental Sort"):
            rows = sum(child["Actual Rows"] * child["Actual Loops"] for child in node["Plans"])
            if rows > SORT_MAX:
                found.append(f"sorts {rows} rows")
    return found


def walk(api, path, query, plans, large, read_max=READ_MAX, pages=2):
    """Faults of the first pages of a list, and how many plans were seen."""
    found, seen, query = [], 0, {"limit": 20, **query}
    plans.take()
    for _ in range(pages):
        answer = api.get(path, query=query)
        assert answer.status == 200, (query, answer)
        made = plans.take()
        seen += len(made)
        for plan in made:
            found += [f"{path} {query}: {fault}\n{plan['Query Text'][:90]}" for fault in faults(plan, large, read_max)]
        cursor = answer.json.get("next_cursor")
        if not cursor:
            break
        query["cursor"] = cursor
    return found, seen


def test_no_list_of_orders_reads_more_than_it_shows(stack, staff, large):
    assert "orders" in large
    plans, found, seen = Plans(stack), [], 0
    for query in ORDER_LISTS:
        wrong, made = walk(staff, "/api/admin/orders", query, plans, large)
        found += wrong
        seen += made
    assert seen >= len(ORDER_LISTS)
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:20])


@pytest.mark.parametrize("number", [many.REGULAR, many.BUSY])
@pytest.mark.parametrize("status", [None, "delivered", "delivery_failed"])
def test_a_customer_reads_no_more_than_is_theirs(stack, large, number, status):
    """Asked often enough for the server to keep a plan for all."""
    api = Api(stack, token=public_token(many.customer_id(number)), keep=True)
    query = {"status": status} if status else {}
    for _ in range(7):
        api.get("/api/orders", query=query)
    wrong, seen = walk(api, "/api/orders", query, Plans(stack), large, read_max=200)
    assert seen and not wrong, wrong


@pytest.mark.parametrize("query", [{}, {"filter[type]": "many.usual"}, {"filter[type]": "many.rare"}, {"filter[type]": "nobody.knows"},
                                   {"after": 20_000}, {"after": 20_000, "filter[type]": "many.rare"}])
def test_the_feed_reads_what_it_shows(stack, staff, large, query):
    assert any(name.startswith("event_") for name in large)
    wrong, seen = walk(staff, "/api/admin/events", query, Plans(stack), large, read_max=200, pages=1)
    assert seen and not wrong, wrong


@pytest.mark.parametrize("path, query", [
    ("/api/admin/stock", {}), ("/api/admin/stock", {"q": "many"}), ("/api/admin/stock", {"filter[low]": "true"}),
    ("/api/admin/products", {}), ("/api/admin/products", {"sort": "sku"}), ("/api/admin/products", {"sort": "-updated_at"}),
    ("/api/admin/audit", {"filter[subject]": "stock"}),
    ("/api/admin/dead", {}), ("/api/admin/consumers", None), ("/api/admin/releases", None)])
def test_other_lists_of_staff_sort_and_scan_little(stack, staff, large, path, query):
    """How many rows are looked at grows with the catalogue where a filter is of a sum of columns; it is never the whole table."""
    if query is None:
        plans = Plans(stack)
        assert staff.get(path).status == 200
        wrong = [fault for plan in plans.take() for fault in faults(plan, large, None)]
    else:
        wrong, _ = walk(staff, path, query, Plans(stack), large, read_max=None)
    assert not wrong, wrong


@pytest.mark.parametrize("path, query", [
    ("/api/admin/deliveries", {}), ("/api/admin/deliveries", {"filter[state]": "delivered"}),
    ("/api/admin/deliveries", {"filter[state]": "failed"}), ("/api/admin/deliveries", {"filter[state]": "delivered,returned"}),
    ("/api/admin/deliveries", {"filter[courier_id]": many.customer_id(1000005)}), ("/api/admin/deliveries", {STORE: many.SMALL_STORE}),
    ("/api/admin/audit", {}), ("/api/admin/audit", {"filter[action]": "many_usual"}), ("/api/admin/audit", {"filter[action]": "many_rare"}),
    ("/api/admin/audit", {"filter[actor]": many.customer_id(7)}), ("/api/admin/audit", {"filter[subject]": "many"}),
    ("/api/admin/audit", {"filter[subject_id]": many.customer_id(7)}),
    ("/api/admin/customers", {}), ("/api/admin/customers", {"sort": "name"}), ("/api/admin/customers", {"sort": "role,name"}), ("/api/admin/customers", {"q": "around-77"}),
    ("/api/admin/customers", {"q": "77 around", "sort": "name"}),
    ("/api/admin/customers", {"filter[disabled]": "false"}), ("/api/admin/couriers", {}), ("/api/admin/couriers", {"sort": "name"}),
    ("/api/admin/users", {}), ("/api/admin/users", {"sort": "role,name"}), ("/api/admin/products", {}), ("/api/admin/products", {"sort": "sku"}),
    ("/api/admin/products", {"sort": "-updated_at"})])
def test_what_stands_around_the_orders_is_listed_by_index(stack, staff, large, path, query):
    assert {"delivery", "audit", "account", "product"} <= large
    wrong, seen = walk(staff, path, query, Plans(stack), large)
    assert seen and not wrong, wrong


STATE, COURIER = "filter[state]", "filter[courier_id]"
BUSY_COURIER = many.customer_id(1000005)
UNDER_WAY = "assigned,picked_up,en_route_to_dropoff,failed,returning"


@pytest.mark.parametrize("query", [{STATE: "unassigned"}, {STATE: UNDER_WAY}, {COURIER: BUSY_COURIER, STATE: "failed"},
                                   {COURIER: BUSY_COURIER, STATE: UNDER_WAY}, {COURIER: many.customer_id(1)}])
def test_no_list_of_deliveries_reads_more_than_it_shows(stack, staff, large, query):
    wrong, seen = walk(staff, "/api/admin/deliveries", query, Plans(stack), large)
    assert seen and not wrong, wrong


@pytest.mark.parametrize("query", [{}, {STATE: "delivered"}, {STATE: "delivered,returned,cancelled"}, {STATE: "failed"}])
def test_a_courier_reads_no_more_than_is_theirs(stack, large, query):
    api = Api(stack, token=public_token(BUSY_COURIER, role="courier"), keep=True)
    wrong, seen = walk(api, "/api/courier/deliveries", query, Plans(stack), large, read_max=200)
    assert seen and not wrong, wrong


@pytest.mark.parametrize("query", [{}, {"sort": "price"}, {"sort": "-price"}, {"sort": "price,-created_at"}, {"sort": "-created_at"}, {"featured": "true"},
                                   {"in_stock": "true"}, {"in_stock": "false"}, {"min_price": 500, "max_price": 600, "sort": "price"},
                                   {"q": "many"}, {"q": "4711 many"}, {"q": "nobody knows"}])
def test_lists_of_products_sort_and_scan_little(stack, large, query):
    assert "product" in large
    api = Api(stack, keep=True)
    for _ in range(7):
        api.get("/api/products", query=query)
    wrong, seen = walk(api, "/api/products", query, Plans(stack), large, read_max=None)
    assert seen and not wrong, wrong


@pytest.mark.parametrize("category", [None, "few", "many"])
def test_products_of_a_category_are_read_and_no_others(stack, large, category):
    """Asked often enough for the server to keep a plan for all."""
    api = Api(stack, keep=True)
    query = {"category_id": str(stack.value("SELECT id FROM commerce.category WHERE slug = %s", category))} if category else {}
    for _ in range(7):
        api.get("/api/products", query=query)
    wrong, seen = walk(api, "/api/products", query, Plans(stack), large, read_max=30)
    assert seen and not wrong, wrong


@pytest.mark.parametrize("store", [{}, {"store_id": many.SMALL_STORE}, {"store_id": many.MAIN_STORE}])
@pytest.mark.parametrize("what", ["orders", "products"])
def test_statistics_read_the_days_they_are_about(stack, staff, large, what, store):
    """A week has about 480 orders; the zones of the stores add a day at most."""
    plans = Plans(stack)
    plans.take()
    answer = staff.get(f"/api/admin/stats/{what}", query={"from": "2026-03-02", "to": "2026-03-08", **store})
    made = plans.take()
    found = [fault for plan in made for fault in faults(plan, large, READ_MAX)]
    assert answer.status == 200 and made and not found, (answer, found)
