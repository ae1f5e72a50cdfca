# SPDX-License-Identifier: Apache-2.0
"""Numbers for staff: the same as a count over the orders."""
import collections
import datetime
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import MAIN_STORE, add_product, admin_token, placed, public_token, wait_order

STACK = dict()
VOID = ("cancelled", "rejected", "expired", "returned")


@pytest.fixture(scope="module")
def staff(stack):
    return Api(stack, "admin-api", admin_token())


@pytest.fixture(scope="module")
def orders(stack):
    """Orders of three products, some cancelled, put on several days; (day, status, total, lines)."""
    products = [add_product(stack, price=100 * (i + 1), name=f"Stat {i}") for i in range(3)]
    customer = Api(stack, token=public_token())
    rows = []
    for i in range(14):
        lines = [(products[k], 1 + (i + k) % 3) for k in range(1 + i % 3)]
        order = placed(customer, *lines)
        wait_order(customer, order["id"], "confirmed")
        if i % 4 == 0:
            assert customer.post(f"/api/orders/{order['id']}/cancel").status == 200
        at = datetime.datetime(2026, 3, 1 + i // 3, 23 if i % 2 else 0, 59, 59, tzinfo=datetime.timezone.utc)
        stack.sql("UPDATE commerce.orders SET created_at = %s WHERE id = %s", at, order["id"])
        rows.append((at.date().isoformat(), "cancelled" if i % 4 == 0 else "confirmed", order["total"]["amount"],
                     [(line["product_id"], line["quantity"], line["total"]["amount"]) for line in order["lines"]]))
    checker.settle(stack)
    return rows


def days(rows):
    wanted = {}
    for day, status, total, _ in rows:
        entry = wanted.setdefault(day, {"orders": 0, "revenue": 0, "statuses": collections.defaultdict(lambda: [0, 0])})
        entry["orders"] += 1
        entry["revenue"] += 0 if status in VOID else total
        entry["statuses"][status][0] += 1
        entry["statuses"][status][1] += total
    return wanted


def test_orders_by_day_and_status(staff, orders):
    answer = staff.get("/api/admin/stats/orders", query={"from": "2026-02-01", "to": "2026-03-31"})
    assert answer.status == 200, answer
    wanted = days(orders)
    assert [row["date"] for row in answer.json["data"]] == sorted(wanted)
    for row in answer.json["data"]:
        entry = wanted[row["date"]]
        assert (row["orders"], row["revenue"]) == (entry["orders"], {"amount": entry["revenue"], "currency": "EUR"})
        assert {one["status"]: [one["orders"], one["total"]["amount"]] for one in row["statuses"]} == entry["statuses"]


def test_days_are_whole(staff, orders):
    """From the first instant of the first day to the last of the last."""
    answer = staff.get("/api/admin/stats/orders", query={"from": "2026-03-02", "to": "2026-03-03"})
    assert (answer.json["from"], answer.json["to"]) == ("2026-03-02", "2026-03-03")
    assert {row["date"]: row["orders"] for row in answer.json["data"]} == {"2026-03-02": 3, "2026-03-03": 3}


def test_what_sold_most(staff, orders):
    answer = staff.get("/api/admin/stats/products", query={"from": "2026-03-01", "to": "2026-03-31"})
    assert answer.status == 200, answer
    sold = collections.defaultdict(lambda: [0, 0, 0])
    for _, status, _, lines in orders:
        for product, quantity, total in lines if status not in VOID else ():
            sold[product] = [sold[product][0] + quantity, sold[product][1] + 1, sold[product][2] + total]
    assert {row["product_id"]: [row["pieces"], row["orders"], row["revenue"]["amount"]] for row in answer.json["data"]} == sold
    pieces = [row["pieces"] for row in answer.json["data"]]
    assert pieces == sorted(pieces, reverse=True)
    best = staff.get("/api/admin/stats/products", query={"from": "2026-03-01", "to": "2026-03-31", "limit": 1}).json["data"]
    assert best == answer.json["data"][:1] and best[0]["name"].startswith("Stat ")


def test_without_a_range_it_is_the_last_days(stack, staff):
    product = add_product(stack, name="Today")
    placed(Api(stack, token=public_token()), (product, 500))
    answer = staff.get("/api/admin/stats/orders").json
    today = datetime.date.fromisoformat(answer["to"])
    assert today - datetime.date.fromisoformat(answer["from"]) == datetime.timedelta(days=29)
    assert today.isoformat() in {row["date"] for row in answer["data"]}
    assert product in {row["product_id"] for row in staff.get("/api/admin/stats/products").json["data"]}


def test_a_store_has_numbers_of_its_own(stack, staff, orders):
    query = {"from": "2026-03-01", "to": "2026-03-31"}
    everything = staff.get("/api/admin/stats/orders", query=query).json["data"]
    assert staff.get("/api/admin/stats/orders", query={**query, "store_id": MAIN_STORE}).json["data"] == everything
    other = staff.post("/api/admin/stores", {"name": "Empty", "slug": f"s-{uuid.uuid4().hex[:8]}"}).json["id"]
    tied = Api(stack, "admin-api", admin_token(role="admin", scope_id=other))
    for path in ("orders", "products"):
        assert staff.get(f"/api/admin/stats/{path}", query={**query, "store_id": other}).json["data"] == []
        assert tied.get(f"/api/admin/stats/{path}", query=query).json["data"] == []
        answer = tied.get(f"/api/admin/stats/{path}", query={**query, "store_id": MAIN_STORE})
        assert (answer.status, answer.code) == (404, "not_found"), answer


@pytest.mark.parametrize("path", ["orders", "products"])
@pytest.mark.parametrize("query, pointer", [
    ({"from": "2026-01-01", "to": "2026-04-03"}, "from"), ({"from": "2026-02-01", "to": "2026-01-31"}, "from"), ({"from": "2026-02-30"}, "from"),
    ({"to": "yesterday!"}, "to"), ({"to": "2026-1-1"}, "to"), ({"from": "1969-12-31", "to": "1970-01-05"}, "from"), ({"day": "1"}, "day"),
    ({"store_id": "x"}, "store_id")])
def test_bad_ranges_are_named(staff, path, query, pointer):
    answer = staff.get(f"/api/admin/stats/{path}", query=query)
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer], answer


def test_the_longest_range(staff, orders):
    assert staff.get("/api/admin/stats/orders", query={"from": "2026-01-01", "to": "2026-04-02"}).status == 200
    assert staff.get("/api/admin/stats/products", query={"from": "2026-01-01", "to": "2026-01-31"}).status == 200
    answer = staff.get("/api/admin/stats/products", query={"from": "2026-01-01", "to": "2026-02-01"})
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert staff.get("/api/admin/stats/orders", query={"from": "1970-01-01", "to": "1970-01-02"}).json["data"] == []
