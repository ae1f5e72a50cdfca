# SPDX-License-Identifier: Apache-2.0
"""Orders as staff see them, on a server and with tokens of their own."""
import datetime
import random
import time
import urllib.parse
import uuid

import pytest

from support import checker, shop
from support.client import Api
from support.shop import PASSWORD, add_product, admin_login, admin_token, make_staff, placed, public_token
from support.stack import wait_until

STACK = dict()


@pytest.fixture(scope="module")
def orders(stack):
    """40 orders of 5 customers, some without stock, spread over time; by id as the database has them."""
    rng = random.Random(11)
    products = [add_product(stack, stock=1000, price=price) for price in (100, 100, 2500)] + [add_product(stack, stock=0)]
    sessions = [shop.register(stack, f"customer-{i}@example.com", f"Customer {i}") for i in range(5)]
    ids = []
    for i in range(40):
        mine = Api(stack, token=sessions[i % 5]["access_token"])
        ids.append(placed(mine, (products[rng.randrange(4)], rng.randrange(1, 4)))["id"])
    checker.settle(stack)
    stack.sql("UPDATE commerce.orders SET channel = 'phone' WHERE id = ANY(%s::uuid[])", ids[::7])
    stack.sql("UPDATE commerce.orders SET created_at = date_trunc('minute', now()) - interval '3 days' WHERE id = ANY(%s::uuid[])",
              ids[:12])
    rows = {}
    for row in stack.sql("SELECT id, status, channel, created_at, total_minor, number, customer_id FROM commerce.orders"):
        rows[str(row[0])] = dict(zip(("status", "channel", "created_at", "total", "number", "customer"), row[1:]))
    return dict(rows=rows, sessions=sessions, ids=ids)


@pytest.fixture(scope="module")
def api(stack, orders):
    session = admin_login(stack, make_staff(stack, "store_staff"))
    assert session["account"]["role"] == "store_staff"
    return Api(stack, "admin-api", session["access_token"])


def newest_first(rows):
    return [item[0] for item in sorted(rows.items(), key=lambda item: (item[1]["created_at"], item[0]), reverse=True)]


def cheapest_first(rows):
    return [item[0] for item in sorted(rows.items(), key=lambda item: (item[1]["total"], item[0]))]


def stamp(at):
    return at.astimezone(datetime.timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


@pytest.mark.parametrize("sort, order", [(None, newest_first), ("-created_at", newest_first), ("total", cheapest_first)])
@pytest.mark.parametrize("limit", [1, 6, 100])
def test_pages_to_the_end(api, orders, sort, order, limit):
    rows, _ = api.pages("/api/admin/orders", {"sort": sort} if sort else {}, limit=limit)
    assert [row["id"] for row in rows] == order(orders["rows"])


@pytest.mark.parametrize("sort, order", [("-created_at", newest_first), ("total", cheapest_first)])
def test_every_filter(api, orders, sort, order):
    rows = orders["rows"]
    middle = sorted(row["created_at"] for row in rows.values())[20]
    some = next(iter(rows.values()))
    customer = orders["sessions"][2]
    filters = [
        ({"filter[status]": "confirmed"}, lambda row: row["status"] == "confirmed"),
        ({"filter[status]": "cancelled,confirmed"}, lambda row: True),
        ({"filter[status]": "delivered"}, lambda row: False),
        ({"filter[channel]": "phone"}, lambda row: row["channel"] == "phone"),
        ({"filter[created_at][gte]": stamp(middle)}, lambda row: row["created_at"] >= middle),
        ({"filter[created_at][lt]": stamp(middle)}, lambda row: row["created_at"] < middle),
        ({"q": some["number"]}, lambda row: row["number"] == some["number"]),
        ({"q": some["number"].lower()}, lambda row: row["number"] == some["number"]),
        ({"q": customer["email"].upper()}, lambda row: str(row["customer"]) == customer["account"]["id"]),
        ({"q": some["number"][-4:].lower()}, lambda row: some["number"][-4:] in row["number"]),
        ({"q": some["number"][:9]}, lambda row: some["number"][:9] in row["number"]),
        ({"q": some["number"][8:12]}, lambda row: some["number"][8:12] in row["number"]),
        ({"q": "OMER-2@EXAM"}, lambda row: str(row["customer"]) == customer["account"]["id"]),
        ({"q": "@example.com"}, lambda row: True),
        ({"q": "%%%"}, lambda row: False), ({"q": "___"}, lambda row: False), ({"q": "e\\x"}, lambda row: False),
        ({"q": "nobody@example.com"}, lambda row: False),
        ({"filter[status]": "cancelled", "filter[channel]": "phone", "filter[created_at][gte]": stamp(middle)},
         lambda row: row["status"] == "cancelled" and row["channel"] == "phone" and row["created_at"] >= middle),
    ]
    for query, wanted in filters:
        found, _ = api.pages("/api/admin/orders", {**query, "sort": sort}, limit=7)
        assert [row["id"] for row in found] == order({k: row for k, row in rows.items() if wanted(row)}), query


def test_an_old_number_is_found_by_its_end_and_by_its_day(stack, api, orders):
    """The middle of a number is looked for among the newest orders only; these are pushed back by newer ones."""
    row = next(iter(orders["rows"].values()))
    order_id = stack.value("SELECT id FROM commerce.orders WHERE number = %s", row["number"])
    old = uuid.UUID("019b76da-a800-7000-8000-00abcdef0123")  # 2026-01-01, 260101-NF6YY094 by its id
    stack.sql("INSERT INTO commerce.orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', %s::text, 'number', '260101-NF6YY094',"
              " 'created_at', '2026-01-01T08:00:00Z'))).* FROM commerce.orders o WHERE id = %s", str(old), order_id)
    stack.sql("INSERT INTO commerce.orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid()::text, 'number', 'F-' || n,"
              " 'id', 'ffffffff-ffff-7fff-8fff-' || lpad(n::text, 12, '0')))).* FROM commerce.orders o, generate_series(1, 2000) n WHERE id = %s", order_id)
    try:
        for words, found in (("260101-NF6YY094", True), ("y094", True), ("260101", True), ("260101-nf", True), ("F6YY", False), ("260102-NF", False),
                             ("F-17", False), ("X094", False)):
            rows = api.get("/api/admin/orders", query={"q": words, "limit": 100}).json["data"]
            assert (str(old) in {row["id"] for row in rows}) == found, words
    finally:
        stack.sql("DELETE FROM commerce.orders WHERE number = '260101-NF6YY094' OR number LIKE 'F-%%'")


def test_a_number_is_found_however_many_other_stores_have_its_part(stack, api, orders):
    """The part's orders are cut at a thousand, of one store if the search is of one."""
    store, order_id, mine = str(uuid.uuid4()), orders["ids"][-1], str(uuid.uuid4())
    stack.sql("INSERT INTO commerce.store (id, name, slug, created_at, updated_at) VALUES (%s, 'Corner', %s, now(), now())", store, f"c-{store[:8]}")
    copied = ("INSERT INTO commerce.orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', {id}, 'number', {number}, 'store_id', {store}))).*"
              " FROM commerce.orders o, generate_series(1, %s) n WHERE o.id = %s")
    stack.sql(copied.format(id="'ffffffff-ffff-7fff-8fff-' || lpad(n::text, 12, '0')", number="lpad(n::text, 4, '0') || 'XYZ'", store="o.store_id"),
              2000, order_id)
    stack.sql(copied.format(id="%s::uuid", number="'ZZZZXYZ'", store="%s::uuid"), mine, store, 1, order_id)
    try:
        staff = Api(stack, "admin-api", admin_token(role="store_staff", scope_id=store))
        for asked, query in ((staff, {}), (api, {"filter[store_id]": store})):
            rows = asked.get("/api/admin/orders", query={"q": "xyz", **query}).json["data"]
            assert [row["id"] for row in rows] == [mine], query
    finally:
        stack.sql("DELETE FROM commerce.orders WHERE number LIKE '%%XYZ'")


@pytest.mark.parametrize("sort, order", [("-created_at", newest_first), ("total", cheapest_first)])
def test_a_part_that_many_addresses_have(stack, api, orders, sort, order):
    """More customers than the list goes on with by their ids."""
    stack.sql("INSERT INTO commerce.customer (id, email, name, seq, created_at, updated_at)"
              " SELECT gen_random_uuid(), 'customer-' || n || '@crowd.example', 'C', 1, now(), now() FROM generate_series(100, 250) n")
    other, *named = [session["account"]["id"] for session in orders["sessions"]]
    stack.sql("UPDATE commerce.customer SET email = 'other@example.com' WHERE id = %s", other)
    for query in ({"q": "CUSTOMER-"}, {"q": "customer-", "filter[status]": "confirmed"}, {"q": "customer-", "filter[status]": "confirmed,cancelled"}):
        wanted = order({k: row for k, row in orders["rows"].items()
                        if str(row["customer"]) in named and row["status"] in query.get("filter[status]", "confirmed,cancelled").split(",")})
        rows, _ = api.pages("/api/admin/orders", {**query, "sort": sort}, limit=7)
        assert [row["id"] for row in rows] == wanted, query
        assert api.get("/api/admin/orders", query={**query, "limit": 1, "include": "total"}).json["total"]["count"] == len(wanted)
    assert api.get("/api/admin/orders", query={"q": "customer-111@"}).json["data"] == []
    stack.sql("DELETE FROM commerce.customer WHERE email LIKE '%%@crowd.example'")
    stack.sql("UPDATE commerce.customer SET email = %s WHERE id = %s", orders["sessions"][0]["email"], other)


def test_rows_name_the_customer(api, orders):
    rows, _ = api.pages("/api/admin/orders", limit=100)
    people = {session["account"]["id"]: session for session in orders["sessions"]}
    for row in rows:
        session = people[row["customer_id"]]
        assert row["customer_email"] == session["email"] and row["customer_name"] == session["account"]["name"]
        assert row["city"] == "Berlin" and row["total"]["amount"] == orders["rows"][row["id"]]["total"]


@pytest.mark.parametrize("query, pointer", [
    ("sort=name", "sort"), ("filter[status]=nowhere", "filter[status]"), ("filter[colour]=red", "filter[colour]"),
    ("filter[created_at][gte]=yesterday", "filter[created_at][gte]"), ("filter[created_at][ne]=2026-01-01T00:00:00Z", None),
    ("limit=1000", "limit"), ("q=", "q"), ("q=ab", "q"), ("colour=red", "colour")])
def test_bad_parameters_are_named(api, query, pointer):
    answer = api.get("/api/admin/orders?" + urllib.parse.quote(query, safe="=&"))
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert pointer is None or pointer in answer.bad, answer


def test_detail_with_history_and_events(stack, api, orders):
    order_id = newest_first({k: row for k, row in orders["rows"].items() if row["status"] == "confirmed"})[0]
    answer = api.get(f"/api/admin/orders/{order_id}")
    assert answer.status == 200, answer
    detail = answer.json
    assert detail["order"]["id"] == order_id and detail["order"]["status"] == "confirmed"
    assert [entry["to"] for entry in detail["order"]["history"]] == ["pending", "confirmed"]
    assert [event["type"] for event in detail["events"]] == ["order.created", "order.status_changed", "inventory.reserved"]
    assert [event["seq"] for event in detail["events"]] == [1, 2, 3]
    assert detail["events"][0]["data"]["order_id"] == order_id
    session = next(s for s in orders["sessions"] if s["account"]["id"] == detail["customer"]["id"])
    assert detail["customer"]["email"] == session["email"]
    assert api.get(f"/api/admin/orders/{order_id}", headers={"If-None-Match": answer.headers["etag"]}).status == 304
    as_customer = Api(stack, token=session["access_token"]).get(f"/api/orders/{order_id}").json
    for member in ("lines", "total", "address", "history", "number"):
        assert as_customer[member] == detail["order"][member]


def test_what_is_not_there(api):
    answer = api.get(f"/api/admin/orders/{uuid.uuid4()}")
    assert (answer.status, answer.code) == (404, "not_found"), answer


def test_tokens_of_one_side_are_noise_to_the_other(stack, api, orders):
    customer = orders["sessions"][0]["access_token"]
    answer = Api(stack, "admin-api", customer).get("/api/admin/orders")
    assert (answer.status, answer.code) == (401, "unauthenticated"), answer
    for path in ("/api/me", "/api/orders"):
        answer = Api(stack, token=api.token).get(path)
        assert (answer.status, answer.code) == (401, "unauthenticated"), answer


def test_accounts_of_one_side_are_unknown_to_the_other(stack, orders):
    staff = make_staff(stack, "admin")
    answer = Api(stack).post("/api/auth/login", {"email": staff, "password": PASSWORD})
    assert (answer.status, answer.code) == (401, "invalid_credentials"), answer
    customer = orders["sessions"][0]
    answer = Api(stack, "admin-api").post("/api/admin/auth/login", {"email": customer["email"], "password": PASSWORD})
    assert (answer.status, answer.code) == (401, "invalid_credentials"), answer
    answer = Api(stack, "admin-api").post("/api/admin/auth/refresh", {"refresh_token": customer["refresh_token"]})
    assert (answer.status, answer.code) == (401, "invalid_refresh_token"), answer


def test_staff_sessions(stack):
    email = make_staff(stack, "picker")
    session = admin_login(stack, email)
    mine = Api(stack, "admin-api", session["access_token"])
    assert mine.get("/api/admin/me").json["email"] == email
    second = mine.post("/api/admin/auth/refresh", {"refresh_token": session["refresh_token"]})
    assert second.status == 200, second
    third = mine.post("/api/admin/auth/refresh", {"refresh_token": second.json["refresh_token"]})
    assert third.status == 200, third
    for used_or_ended in (session, third.json):
        by_another = mine.post("/api/admin/auth/refresh", {"refresh_token": used_or_ended["refresh_token"]},
                               headers={"User-Agent": "another"})
        assert by_another.code == "invalid_refresh_token", by_another
    session = admin_login(stack, email)
    assert mine.as_(session["access_token"]).post("/api/admin/auth/logout").status == 204
    session = admin_login(stack, email)
    assert mine.as_(session["access_token"]).post("/api/admin/auth/logout-all").status == 204
    assert mine.post("/api/admin/auth/refresh", {"refresh_token": session["refresh_token"]}).status == 401


def test_an_expired_token_is_told_so(stack, orders):
    answer = Api(stack, "admin-api", admin_token(exp=int(time.time()) - 120)).get("/api/admin/orders")
    assert answer.status == 401 and "expired" in answer.json["detail"], answer
    assert answer.headers["www-authenticate"].startswith("Bearer")
    within = Api(stack, "admin-api", admin_token(exp=int(time.time()) - 30)).get("/api/admin/orders")
    assert within.status == 200, "60 s of leeway"


def test_a_new_customer_is_soon_known_here(stack, api):
    session = shop.register(stack, name="Brand New")
    order = placed(Api(stack, token=session["access_token"]), (add_product(stack), 1))
    wait_until("the customer's name", lambda: api.get(f"/api/admin/orders/{order['id']}").json["customer"]["name"] == "Brand New")
    unknown = placed(Api(stack, token=public_token()), (add_product(stack), 1))
    customer = api.get(f"/api/admin/orders/{unknown['id']}").json["customer"]
    assert customer["email"] is None and customer["name"] is None


LISTS = [{}, {"sort": "total"}, {"filter[status]": "confirmed"}, {"filter[status]": "cancelled,confirmed", "sort": "total"},
         {"filter[channel]": "phone"}, {"filter[channel]": "phone", "sort": "total"}, {"filter[status]": "picking,cancelled"}]


def read(api, query):
    return [(row["id"], row["status"], row["version"]) for row in api.pages("/api/admin/orders", query, limit=7)[0]]


def count(api, query):
    return api.get("/api/admin/orders", query={**query, "limit": 1, "include": "total"}).json["total"]["count"]


def test_a_list_is_the_same_before_and_after_its_batch(stack, api, orders):
    """Nothing writes the listing here until cron is started; then all of it is written, and what changes is shown at once."""
    now = datetime.datetime.now(datetime.timezone.utc)
    lists = [*LISTS, {"filter[created_at][gte]": stamp(now - datetime.timedelta(days=5)), "filter[created_at][lt]": stamp(now), "sort": "total"},
             {"q": next(iter(orders["rows"].values()))["number"][-5:]}]
    totals = [count(api, query) for query in lists]
    assert stack.value("SELECT count(*) FROM commerce.order_listing") < stack.value("SELECT count(*) FROM commerce.orders")
    before = [read(api, query) for query in lists]
    assert totals == [len(rows) for rows in before] and all(before), totals
    stack.start("cron")
    wait_until("an empty order_unlisted", lambda: not stack.value("SELECT EXISTS (SELECT FROM commerce.order_unlisted)"))
    assert stack.value("SELECT count(*) FROM commerce.order_listing") == stack.value("SELECT count(*) FROM commerce.orders")
    assert [read(api, query) for query in lists] == before
    assert [count(api, query) for query in lists] == totals
    stack.terminate("cron")
    moved = before[2][0][0]
    path = f"/api/admin/orders/{moved}/status"
    version = api.get(f"/api/admin/orders/{moved}").headers["etag"]
    picked = api.patch(path, {"status": "picking"}, headers={"If-Match": version})
    assert picked.status == 200, picked
    assert stack.value("SELECT status FROM commerce.order_listing WHERE id = %s", moved) == "confirmed"
    assert [row[0] for row in read(api, {"filter[status]": "picking"})] == [moved]
    assert moved not in [row[0] for row in read(api, {"filter[status]": "confirmed"})]
    assert [row[0] for row in read(api, {})] == [row[0] for row in before[0]]
    stack.start("cron")
    wait_until("the status in the listing",
               lambda: stack.value("SELECT status FROM commerce.order_listing WHERE id = %s", moved) == "picking")
    stack.terminate("cron")


def test_what_waits_for_its_worker_is_passed_over(stack, api, orders):
    """More changes than a batch looks at, all of an order that is pending, stand before one of another."""
    waits, moved = orders["ids"][20:22]
    stack.start("cron")
    wait_until("an empty order_unlisted", lambda: not stack.value("SELECT EXISTS (SELECT FROM commerce.order_unlisted)"))
    stack.terminate("cron")
    stack.sql("CREATE TABLE public.kept AS SELECT id, status, updated_at FROM commerce.orders WHERE id = ANY(%s::uuid[])", [waits, moved])
    stack.sql("TRUNCATE commerce.order_unlisted")
    stack.sql("UPDATE commerce.orders SET status = 'pending', updated_at = now() + interval '1 hour' WHERE id = %s", waits)
    stack.sql("INSERT INTO commerce.order_unlisted SELECT %s FROM generate_series(1, 20500)", waits)
    stack.sql("UPDATE commerce.orders SET status = 'ready' WHERE id = %s", moved)
    assert stack.value("SELECT count(*) FROM commerce.order_unlisted WHERE ctid < (SELECT min(ctid) FROM commerce.order_unlisted"
                       " WHERE id = %s)", moved) == 20501
    stack.start("cron")
    wait_until("the status in the listing",
               lambda: stack.value("SELECT status FROM commerce.order_listing WHERE id = %s", moved) == "ready")
    assert stack.value("SELECT count(*) FROM commerce.order_unlisted") == 20501
    stack.sql("UPDATE commerce.orders o SET status = k.status, updated_at = k.updated_at FROM public.kept k WHERE k.id = o.id;"
              "DROP TABLE public.kept")
    wait_until("an empty order_unlisted", lambda: not stack.value("SELECT EXISTS (SELECT FROM commerce.order_unlisted)"))
    stack.terminate("cron")
