# SPDX-License-Identifier: Apache-2.0
"""One currency a store, fees of the store's own, and one set of limits: what can be listed can be ordered, paid and refunded."""
import uuid

import psycopg2
import pytest

from support.client import Api
from support.shop import (MAIN_STORE, add_product, admin_token, default_category, order_body, place, placed, public_token,
                          wait_order)

STACK = dict()


@pytest.fixture(scope="module")
def staff(stack):
    return Api(stack, "admin-api", admin_token(role="super_admin"))


@pytest.fixture()
def customer(stack):
    return Api(stack, token=public_token())


def money(amount, currency):
    return {"amount": amount, "currency": currency}


def open_store(staff, currency, fee, free_from=None, **more):
    answer = staff.post("/api/admin/stores", {
        "name": f"Store {currency}", "slug": f"s-{uuid.uuid4().hex[:8]}", "currency": currency, "delivery_fee": money(fee, currency),
        "free_delivery_from": free_from and money(free_from, currency), **more})
    assert answer.status == 201, answer
    return answer.json


def shelve(staff, product, store, pieces=1000):
    answer = staff.post(f"/api/admin/stock/{product}/adjust", {"store_id": store["id"], "delta": pieces, "reason": "new"})
    assert answer.status == 200, answer


def patch(staff, store, body):
    path = f"/api/admin/stores/{store['id']}"
    return staff.patch(path, body, headers={"If-Match": staff.get(path).headers["etag"]})


@pytest.mark.parametrize("currency, price, fee, free_from", [
    ("EUR", 250, 299, 5000), ("JPY", 250, 500, 3000), ("KWD", 1250, 750, 20000), ("UYW", 12345, 0, None), ("CHF", 95, 690, None)])
def test_an_order_pays_the_fee_of_its_store(stack, staff, customer, currency, price, fee, free_from):
    store, product = open_store(staff, currency, fee, free_from), add_product(stack, price=price, currency=currency)
    shelve(staff, product, store)
    for pieces in (1, 40):
        wanted = fee if free_from is None or pieces * price < free_from else 0
        order = placed(customer, (product, pieces), store_id=store["id"])
        assert order["delivery_fee"] == money(wanted, currency)
        assert order["total"] == money(pieces * price + wanted, currency)
        assert {order[name]["currency"] for name in ("subtotal", "discount", "tax", "refunded")} == {currency}
    fetched = placed(customer, (product, 1), store_id=store["id"], fulfilment="pickup")
    assert (fetched["delivery_fee"], fetched["total"]) == (money(0, currency), money(price, currency))
    listed = {row["id"]: row for row in customer.get("/api/stores", query={"limit": 100}).json["data"]}[store["id"]]
    assert (listed["currency"], listed["delivery_fee"]) == (currency, money(fee, currency))
    assert listed["free_delivery_from"] == (free_from and money(free_from, currency))


def test_orders_keep_what_they_were_placed_with(stack, staff, customer):
    store, product = open_store(staff, "JPY", 500), add_product(stack, price=250, currency="JPY")
    shelve(staff, product, store)
    order = wait_order(customer, placed(customer, (product, 2), store_id=store["id"])["id"], "confirmed")
    assert patch(staff, store, {"delivery_fee": money(800, "JPY"), "free_delivery_from": money(400, "JPY")}).status == 200
    assert placed(customer, (product, 1), store_id=store["id"])["delivery_fee"] == money(800, "JPY")
    assert placed(customer, (product, 2), store_id=store["id"])["delivery_fee"] == money(0, "JPY")
    changed = patch(staff, store, {"currency": "EUR", "delivery_fee": money(1, "EUR"), "free_delivery_from": None})
    assert (changed.status, changed.json["currency"], changed.json["free_delivery_from"]) == (200, "EUR", None), changed
    assert customer.get(f"/api/orders/{order['id']}").json["total"] == money(1000, "JPY")
    before = staff.get("/api/admin/audit", query={"filter[subject]": "stores", "limit": 1}).json["data"][0]["before"]
    assert (before["currency"], before["delivery_fee"]) == ("JPY", money(800, "JPY"))


def test_a_store_sells_in_its_currency_only(stack, staff, customer):
    store, yen, euro = open_store(staff, "JPY", 0), add_product(stack, currency="JPY"), add_product(stack)
    for product in (yen, euro):
        shelve(staff, product, store)

    def shown(**query):
        return {row["id"] for row in customer.get("/api/products", query={"limit": 100, "sort": "-created_at", **query}).json["data"]}

    assert shown(store_id=store["id"]) == {yen}
    assert euro in shown() and yen not in shown()
    for product, query in ((euro, {"store_id": store["id"]}), (yen, {})):
        assert customer.get(f"/api/products/{product}", query=query).status == 404
    for lines, query in (([(yen, 1), (euro, 1)], {"store_id": store["id"]}), ([(euro, 1), (yen, 1)], {})):
        answer = place(customer, *lines, **query)
        assert (answer.status, answer.code) == (422, "currency_mismatch"), answer
        assert [error["pointer"] for error in answer.json["errors"]] == ["#/lines/1/product_id"], answer


@pytest.mark.parametrize("body, pointer", [
    ({"currency": "JPY"}, "#/delivery_fee"), ({"delivery_fee": money(1, "JPY")}, "#/delivery_fee"),
    ({"currency": "JPY", "delivery_fee": money(1, "JPY")}, "#/free_delivery_from"),
    ({"free_delivery_from": money(1, "USD")}, "#/free_delivery_from")])
def test_amounts_of_a_store_are_in_its_currency(staff, body, pointer):
    store = open_store(staff, "EUR", 299, 5000)
    for answer in (patch(staff, store, body), staff.post("/api/admin/stores", {"name": "Other", "slug": f"s-{uuid.uuid4().hex[:8]}", **body})):
        assert (answer.status, answer.code) == (422, "currency_mismatch"), answer
        assert answer.json["errors"][0]["pointer"] == pointer, answer
    assert staff.get(f"/api/admin/stores/{store['id']}").json == store


def test_a_new_store_is_like_the_main_store(staff):
    main = staff.get(f"/api/admin/stores/{MAIN_STORE}").json
    store = staff.post("/api/admin/stores", {"name": "Like it", "slug": f"s-{uuid.uuid4().hex[:8]}"}).json
    terms = ("currency", "delivery_fee", "free_delivery_from", "time_zone")
    assert [store[term] for term in terms] == [main[term] for term in terms] == ["EUR", money(299, "EUR"), money(5000, "EUR"), "UTC"]


@pytest.mark.parametrize("currency", ["QQQ", "XXX", "XTS", "XAU", "CHE", "DEM", "HRK", "eur", "EU", "EURO", "E R", "", "123"])
def test_unknown_currencies(stack, staff, currency):
    product = {"sku": uuid.uuid4().hex, "name": "Gold", "category_id": default_category(stack), "unit": "1 oz", "tax_rate_bp": 0}
    store = {"name": "Odd", "slug": f"s-{uuid.uuid4().hex[:8]}"}
    for path, body, pointer in (("products", {**product, "price": money(1, currency)}, "#/price/currency"),
                                ("stores", {**store, "currency": currency}, "#/currency"),
                                ("stores", {**store, "delivery_fee": money(1, currency)}, "#/delivery_fee/currency"),
                                ("stores", {**store, "free_delivery_from": money(1, currency)}, "#/free_delivery_from/currency")):
        answer = staff.post(f"/api/admin/{path}", body)
        assert (answer.status, answer.code) == (422, "invalid_body"), answer
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer], answer


# ---- Limits -------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def limits(stack):
    """What the documents say the most is."""
    admin, public = (Api(stack, name).get("/openapi.json").json["components"]["schemas"] for name in ("admin-api", "public-api"))
    line = public["place_order_line"]["properties"]["quantity"]
    return {"price": admin["create_product"]["properties"]["price"]["properties"]["amount"]["maximum"],
            "fee": admin["store_new"]["properties"]["delivery_fee"]["properties"]["amount"]["maximum"],
            "paid": admin["record_payment"]["properties"]["amount"]["maximum"],
            "refund": admin["request_refund"]["properties"]["amount"]["maximum"],
            "quantity": line["maximum"], "lines": public["place_order"]["properties"]["lines"]["maxItems"]}


def test_the_limits_are_one_set(stack, limits):
    total = limits["price"] * limits["quantity"] * limits["lines"] + limits["fee"]
    assert limits["paid"] == limits["refund"] == total < 2**53
    checks = dict(stack.sql("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND convalidated"
                            " AND connamespace = 'commerce'::regnamespace"))
    for name, most in (("product_price_max", limits["price"]), ("order_line_price_max", limits["price"]), ("store_delivery_fee_minor_check", limits["fee"]),
                       ("order_line_quantity_max", limits["quantity"]), ("orders_total_max", total), ("store_free_delivery_minor_check", total)):
        assert f"<= '{most}'::bigint" in checks[name] or f"<= {most})" in checks[name], checks[name]
    with pytest.raises(psycopg2.errors.CheckViolation):
        add_product(stack, price=limits["price"] + 1)


def test_the_largest_order_is_placed_paid_and_refunded(stack, staff, customer, limits):
    """A hundred products at the highest price, as many pieces of each as there may be."""
    store = open_store(staff, "EUR", limits["fee"])
    products = []
    for i in range(limits["lines"]):
        body = {"sku": uuid.uuid4().hex, "name": f"Dear {i}", "category_id": default_category(stack), "unit": "1", "tax_rate_bp": 10000,
                "price": money(limits["price"], "EUR")}
        answer = staff.post("/api/admin/products", body)
        assert answer.status == 201, answer
        products.append(answer.json["id"])
        shelve(staff, products[-1], store, limits["quantity"])
    lines = [(product, limits["quantity"]) for product in products]
    order = customer.post("/api/orders", order_body(*lines, store_id=store["id"], payment_method="card"), key=str(uuid.uuid4())).json
    assert order["total"] == money(limits["paid"], "EUR"), order
    order = wait_order(customer, order["id"], "confirmed")
    path = f"/api/admin/orders/{order['id']}"
    version = order["version"]
    for status in ("picking", "ready"):
        answer = staff.patch(f"{path}/status", {"status": status}, headers={"If-Match": f'"v{version}"'})
        assert answer.status == 200, answer
        version = answer.json["version"]
    assert answer.json["payment_status"] == "paid", answer
    refund = staff.post(f"{path}/refunds", {"amount": limits["refund"], "reason": "all of it"}, key=str(uuid.uuid4()))
    assert (refund.status, refund.json["amount"]) == (201, money(limits["refund"], "EUR")), refund
