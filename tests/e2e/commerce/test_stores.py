# SPDX-License-Identifier: Apache-2.0
"""Several stores: stock is kept and orders are served by each, and staff tied to one see nothing of the others."""
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import MAIN_STORE as MAIN
from support.shop import add_product, admin_login, admin_token, make_staff, place, placed, public_token, wait_order

STACK = dict()


@pytest.fixture(autouse=True, scope="module")
def books_agree(stack):
    yield
    assert Api(stack, "admin-api", admin_token()).get("/api/admin/stock/reconcile").json == {"agree": True, "data": []}
    checker.check(stack)


@pytest.fixture(scope="module")
def admin(stack):
    return Api(stack, "admin-api", admin_token())


@pytest.fixture(scope="module")
def store(admin):
    """A second store."""
    answer = admin.post("/api/admin/stores", {"name": "Harbour", "slug": "harbour"})
    assert answer.status == 201 and answer.headers["location"] == f"/api/admin/stores/{answer.json['id']}", answer
    return answer.json["id"]


@pytest.fixture(scope="module")
def there(stack, store):
    """Staff of the second store."""
    return Api(stack, "admin-api", admin_token(role="store_staff", scope_id=store))


@pytest.fixture(scope="module")
def here(stack):
    return Api(stack, "admin-api", admin_token(role="store_staff", scope_id=MAIN))


@pytest.fixture()
def customer(stack):
    return Api(stack, token=public_token())


def stock(api, product, store, set_to, expected=0):
    answer = api.post(f"/api/admin/stock/{product}/adjust", {"store_id": store, "set_to": set_to, "expected": expected, "reason": "count"})
    assert answer.status == 200, answer
    return answer.json


def test_stores_are_listed_for_everybody(stack, admin, store):
    for answer in (Api(stack).get("/api/stores"), admin.get("/api/admin/stores")):
        assert answer.status == 200
        assert [row["slug"] for row in answer.json["data"]] == ["harbour", "main"], answer


def test_a_store_is_changed_only_in_the_version_that_was_read(admin):
    made = admin.post("/api/admin/stores", {"name": "Hill", "slug": "hill"})
    path = made.headers["location"]
    assert admin.patch(path, {"name": "Hill top"}).status == 428
    assert admin.patch(path, {"name": "Hill top"}, headers={"If-Match": '"v2"'}).status == 412
    answer = admin.patch(path, {"name": "Hill top"}, headers={"If-Match": made.headers["etag"]})
    assert answer.status == 200 and answer.json["name"] == "Hill top" and answer.json["slug"] == "hill", answer
    assert admin.get(path).headers["etag"].startswith('"v2-')
    taken = admin.patch(path, {"slug": "main"}, headers={"If-Match": '"v2"'})
    assert (taken.status, taken.code) == (409, "slug_taken") and taken.json["errors"][0]["pointer"] == "#/slug", taken
    assert admin.post("/api/admin/stores", {"name": "Hill", "slug": "hill"}).code == "slug_taken"
    assert admin.post("/api/admin/stores", {"name": "Hill", "slug": "Hill top"}).status == 422
    assert admin.get(f"/api/admin/stores/{uuid.uuid4()}").code == "not_found"


def test_each_store_has_its_own_stock(stack, admin, store, customer):
    product = add_product(stack, stock=5)
    assert customer.get(f"/api/products/{product}").json["available"] == 5
    assert customer.get(f"/api/products/{product}", query={"store_id": store}).status == 404
    view = stock(admin, product, store, 3)
    assert view["store_id"] == store and view["on_hand"] == 3, view
    assert customer.get(f"/api/products/{product}", query={"store_id": store}).json["available"] == 3
    assert customer.get(f"/api/products/{product}").json["available"] == 5
    rows = customer.get("/api/products", query={"store_id": store}).json["data"]
    assert product in [row["id"] for row in rows]

    order = wait_order(customer, placed(customer, (product, 3), store_id=store)["id"], "confirmed")
    assert order["store_id"] == store
    assert stack.sql("SELECT store_id::text, on_hand, reserved FROM commerce.stock WHERE product_id = %s ORDER BY on_hand", product) == [
        (store, 3, 3), (MAIN, 5, 0)]
    # The main store has five more, which do not help here.
    short = wait_order(customer, placed(customer, (product, 1), store_id=store)["id"], "cancelled")
    assert short["status_reason"].startswith("out of stock")
    wait_order(customer, placed(customer, (product, 5))["id"], "confirmed")

    moves = {store: [], MAIN: []}
    for store_id, entries in moves.items():
        entries += admin.get(f"/api/admin/stock/{product}/movements", query={"store_id": store_id}).json["data"]
    assert [entry["kind"] for entry in moves[store]] == ["reserve", "count"]
    assert [entry["kind"] for entry in moves[MAIN]] == ["reserve", "receive"]


def test_an_order_names_a_store_that_is_there(stack, customer):
    product = add_product(stack)
    answer = place(customer, (product, 1), store_id=str(uuid.uuid4()))
    assert (answer.status, answer.code) == (422, "unknown_store"), answer
    assert answer.bad[0] == "#/store_id"
    assert placed(customer, (product, 1))["store_id"] == MAIN


def test_another_stores_orders_are_as_good_as_none(stack, admin, store, there, here, customer):
    product = add_product(stack)
    stock(admin, product, store, 100)
    theirs = wait_order(customer, placed(customer, (product, 1), store_id=store)["id"], "confirmed")
    ours = wait_order(customer, placed(customer, (product, 1))["id"], "confirmed")

    for api, own, foreign in ((there, theirs, ours), (here, ours, theirs)):
        assert api.get(f"/api/admin/orders/{own['id']}").status == 200
        listed = {row["id"] for row in api.get("/api/admin/orders", query={"limit": 100}).json["data"]}
        assert own["id"] in listed and foreign["id"] not in listed
        assert api.get("/api/admin/orders", query={"q": foreign["number"]}).json["data"] == []
        assert api.get("/api/admin/orders", query={"filter[store_id]": foreign["store_id"]}).code == "not_found"
        refused = [
            api.get(f"/api/admin/orders/{foreign['id']}"),
            api.patch(f"/api/admin/orders/{foreign['id']}/status", {"status": "picking"}, headers={"If-Match": '"v2"'}),
            api.post(f"/api/admin/orders/{foreign['id']}/cancel", {}),
        ]
        assert [(answer.status, answer.code) for answer in refused] == [(404, "not_found")] * 3, refused
    assert {row["store_id"] for row in admin.get("/api/admin/orders", query={"limit": 100}).json["data"]} >= {store, MAIN}
    only = admin.get("/api/admin/orders", query={"filter[store_id]": store, "limit": 100}).json["data"]
    assert only and {row["store_id"] for row in only} == {store}


def test_another_stores_stock_is_as_good_as_none(stack, admin, store, there, here):
    product = add_product(stack, stock=7)
    assert there.get(f"/api/admin/stock/{product}/movements").code == "not_found"  # none of it there yet
    stock(there, product, store, 2)
    assert there.get("/api/admin/stock/reconcile").json["agree"]
    for api, foreign in ((there, MAIN), (here, store)):
        refused = [
            api.get("/api/admin/stock", query={"store_id": foreign}),
            api.get("/api/admin/stock/reconcile", query={"store_id": foreign}),
            api.get(f"/api/admin/stock/{product}/movements", query={"store_id": foreign}),
            api.post(f"/api/admin/stock/{product}/adjust", {"store_id": foreign, "delta": 1, "reason": "mine"}),
            api.get(f"/api/admin/stores/{foreign}"),
        ]
        assert [(answer.status, answer.code) for answer in refused] == [(404, "not_found")] * len(refused), refused
    # Without a word it is their own.
    assert there.post(f"/api/admin/stock/{product}/adjust", {"delta": 1, "reason": "found one"}).json["on_hand"] == 3
    assert here.post(f"/api/admin/stock/{product}/adjust", {"delta": 1, "reason": "found one"}).json["on_hand"] == 8


def test_staff_of_one_store_keep_no_stores(stack, store):
    for role in ("admin", "super_admin"):
        api = Api(stack, "admin-api", admin_token(role=role, scope_id=store))
        answer = api.post("/api/admin/stores", {"name": "Mine", "slug": "mine"})
        assert (answer.status, answer.code) == (403, "forbidden"), answer
        answer = api.patch(f"/api/admin/stores/{store}", {"name": "Mine"}, headers={"If-Match": '"v1"'})
        assert (answer.status, answer.code) == (403, "forbidden"), answer


def test_a_login_carries_the_scope(stack, store, customer):
    product = add_product(stack)
    order = placed(customer, (product, 1))
    email = make_staff(stack, "store_staff")
    stack.sql("UPDATE accounts.account SET scope_id = %s WHERE email = %s", store, email)
    session = admin_login(stack, email)
    api = Api(stack, "admin-api", session["access_token"])
    assert api.get(f"/api/admin/orders/{order['id']}").code == "not_found"
    renewed = Api(stack, "admin-api").post("/api/admin/auth/refresh", {"refresh_token": session["refresh_token"]}).json
    assert Api(stack, "admin-api", renewed["access_token"]).get(f"/api/admin/orders/{order['id']}").code == "not_found"


def test_a_scope_that_is_no_id_is_no_token(stack):
    assert Api(stack, "admin-api", admin_token(scope_id="all")).get("/api/admin/orders").status == 401
