# SPDX-License-Identifier: Apache-2.0
"""Numbers for staff: the same as a count over the orders."""
import collections
import datetime
import uuid
import zoneinfo

import pytest

from support import checker
from support.client import Api
from support.shop import MAIN_STORE, add_product, admin_token, placed, public_token, wait_order

STACK = dict()
VOID = ("cancelled", "rejected", "expired", "returned", "lost")


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
    assert answer.bad == [pointer], answer


def test_the_longest_range(staff, orders):
    assert staff.get("/api/admin/stats/orders", query={"from": "2026-01-01", "to": "2026-04-02"}).status == 200
    assert staff.get("/api/admin/stats/products", query={"from": "2026-01-01", "to": "2026-01-31"}).status == 200
    answer = staff.get("/api/admin/stats/products", query={"from": "2026-01-01", "to": "2026-02-01"})
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert staff.get("/api/admin/stats/orders", query={"from": "1970-01-01", "to": "1970-01-02"}).json["data"] == []


# ---- Whose day it is ----------------------------------------------------------------------------

def put(stack, store, at):
    """Another order of the store, placed at an instant."""
    stack.sql("INSERT INTO commerce.orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', %s::text, 'number', %s::text,"
              " 'store_id', %s::text, 'created_at', %s::timestamptz))).* FROM commerce.orders o LIMIT 1", uuid.uuid4(), uuid.uuid4().hex, store, at)


def open_store(staff, zone):
    answer = staff.post("/api/admin/stores", {"name": zone, "slug": f"s-{uuid.uuid4().hex[:8]}", "time_zone": zone})
    assert (answer.status, answer.json["time_zone"]) == (201, zone), answer
    return answer.json["id"]


def per_day(staff, first, last, **query):
    rows = staff.get("/api/admin/stats/orders", query={"from": first, "to": last, **query}).json["data"]
    return {row["date"]: row["orders"] for row in rows}


@pytest.mark.parametrize("zone, day", [
    ("UTC", "2025-06-15"), ("Europe/Berlin", "2025-03-30"), ("Europe/Berlin", "2025-10-26"),  # 23 and 25 hours
    ("Africa/Cairo", "2025-04-25"),       # begins at one o'clock
    ("America/Havana", "2025-11-02"),     # has midnight twice
    ("Australia/Lord_Howe", "2025-04-06"),  # is half an hour longer
    ("Asia/Kathmandu", "2025-06-15"), ("Pacific/Kiritimati", "2025-06-15"), ("Pacific/Pago_Pago", "2025-06-15"), ("Etc/GMT+12", "2025-06-15")])
def test_the_day_is_the_stores(stack, staff, orders, zone, day):
    """An order each half hour, from two days before to two days after: each day has those that its clocks showed."""
    store, clock, wanted = open_store(staff, zone), zoneinfo.ZoneInfo(zone), collections.Counter()
    middle = datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    for half_hours in range(-96, 96):
        at = middle + datetime.timedelta(minutes=30 * half_hours)
        put(stack, store, at)
        wanted[at.astimezone(clock).date().isoformat()] += 1
    assert per_day(staff, "2025-01-01", "2025-03-31", store_id=store) | per_day(staff, "2025-04-01", "2025-06-30", store_id=store) | per_day(
        staff, "2025-09-01", "2025-11-30", store_id=store) == wanted
    for one in wanted:
        assert per_day(staff, one, one, store_id=store) == {one: wanted[one]}
        lines = staff.get("/api/admin/stats/products", query={"from": one, "to": one, "store_id": store}).json
        assert (lines["from"], lines["data"]) == (one, [])


def test_all_stores_are_the_sum_of_their_days(stack, staff, orders):
    """11:30 in UTC is the next day already in the east and still the day before in the west."""
    wanted = collections.Counter()
    for zone, day in (("Pacific/Kiritimati", "2024-05-02"), ("UTC", "2024-05-01"), ("Etc/GMT+12", "2024-04-30")):
        store = open_store(staff, zone)
        put(stack, store, "2024-05-01T11:30:00Z")
        assert per_day(staff, "2024-04-01", "2024-05-31", store_id=store) == {day: 1}
        wanted[day] += 1
    assert per_day(staff, "2024-04-01", "2024-05-31") == wanted


def test_today_is_the_stores(staff):
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        answer = staff.get("/api/admin/stats/orders", query={"store_id": open_store(staff, zone)}).json
        assert abs(datetime.datetime.now(zoneinfo.ZoneInfo(zone)) - datetime.datetime.fromisoformat(
            f"{answer['to']}T12:00").replace(tzinfo=zoneinfo.ZoneInfo(zone))) <= datetime.timedelta(hours=12, minutes=5)


@pytest.mark.parametrize("zone", ["Berlin", "Europe/Atlantis", "europe/berlin", "CET", "EST5EDT", "+01:00", "UTC+1", "<+01>-1", "posix/Europe/Berlin",
                                  "localtime", "../UTC", "Etc/GMT+15", "", "UTC "])
def test_no_zone(staff, zone):
    answer = staff.post("/api/admin/stores", {"name": "Nowhere", "slug": "nowhere", "time_zone": zone})
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/time_zone"], answer
    path = f"/api/admin/stores/{MAIN_STORE}"
    answer = staff.patch(path, {"time_zone": zone}, headers={"If-Match": staff.get(path).headers["etag"]})
    assert answer.status == 422 and staff.get(path).json["time_zone"] == "UTC", answer
