# SPDX-License-Identifier: Apache-2.0
"""A 304 tells the truth: whatever an answer shows, of whatever table, its ETag changes with it; and a writer is stopped by
changes of what they write only."""
import re
import uuid

import pytest

from support.client import Api
from support.shop import (ADDRESS, PASSWORD, add_brand, add_category, add_department, add_product, admin_token, placed, public_token,
                          register, wait_order)
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api", "worker", "cron"))


@pytest.fixture(scope="module")
def staff(stack):
    return Api(stack, "admin-api", admin_token(role="super_admin"))


class Shop:
    """An order that a courier has, another one received, its product reviewed: all that one thing may show of another."""

    def __init__(self, stack, staff):
        self.stack, self.staff = stack, staff
        self.department = add_department(stack, f"Fruit {uuid.uuid4().hex[:6]}")
        self.category = add_category(stack, self.department, f"Apples {uuid.uuid4().hex[:6]}")
        self.brand = add_brand(stack, f"Orchard {uuid.uuid4().hex[:6]}")
        self.product = add_product(stack, category=self.category, brand=self.brand)
        self.sku = stack.value("SELECT sku FROM commerce.product WHERE id = %s", self.product)
        session = register(stack, name="Ada Example")
        self.customer_id, self.customer = session["account"]["id"], Api(stack, token=session["access_token"])
        self.courier_id = self.made("couriers", email=f"c-{uuid.uuid4().hex[:8]}@example.com", name="Lena Brandt", password=PASSWORD)
        self.courier = Api(stack, token=public_token(self.courier_id, role="courier"))
        self.user = self.made("users", email=f"u-{uuid.uuid4().hex[:8]}@stoa.example", name="Ulla", role="admin", password=PASSWORD)
        self.me = Api(stack, "admin-api", admin_token(self.user))
        self.store = self.made("stores", name="Harbour", slug=f"s-{uuid.uuid4().hex[:8]}")
        self.key = self.made("service-keys", name=f"k-{uuid.uuid4().hex[:8]}", permissions=["products.read"])
        self.address = self.customer.post("/api/addresses", ADDRESS).json["id"]
        wait_until("the courier", lambda: staff.get("/api/admin/dispatch/couriers", query={"limit": 100}).json["data"])
        self.received = self.bring()
        self.deliver(self.received)
        self.order = self.bring()
        answer = self.customer.post(f"/api/products/{self.product}/reviews", {"rating": 5, "title": "Good"})
        assert answer.status == 201, answer
        self.review = answer.json["id"]
        wait_until("the customer", lambda: staff.get(f"/api/admin/orders/{self.order['id']}").json["customer"]["name"])

    def made(self, kind, **body):
        answer = self.staff.post(f"/api/admin/{kind}", body)
        assert answer.status == 201, answer
        return answer.json["id"]

    def bring(self):
        assert self.courier.request("PUT", "/api/courier/availability", data={"available": True}).status in (200, 204)
        order = wait_order(self.customer, placed(self.customer, (self.product, 1))["id"], "confirmed")
        for status in ("picking", "ready"):
            answer = self.staff.patch(f"/api/admin/orders/{order['id']}/status", {"status": status}, headers={"If-Match": f'"v{order["version"]}"'})
            assert answer.status == 200, answer
            order = answer.json
        answer = self.staff.post(f"/api/admin/orders/{order['id']}/assign", {"courier_id": self.courier_id})
        assert answer.status == 200, answer
        return answer.json

    def deliver(self, order):
        delivery = order["delivery"]["id"]
        for step in ("pick-up", "start", "arrive"):
            assert self.courier.post(f"/api/courier/deliveries/{delivery}/{step}").status == 200
        pin = self.customer.get(f"/api/orders/{order['id']}").json["delivery"]["pin"]
        answer = self.courier.post(f"/api/courier/deliveries/{delivery}/deliver", {"kind": "pin", "value": pin})
        assert answer.status == 200, answer


@pytest.fixture(scope="module")
def shop(stack, staff):
    return Shop(stack, staff)


def reads(stack, shop):
    """(api, path) of each GET whose answers have tags; for each both orders where there are two."""
    ids = {"brands": shop.brand, "categories": shop.category, "departments": shop.department, "products": shop.product, "stores": shop.store,
           "orders": shop.order["id"], "deliveries": shop.order["delivery"]["id"], "couriers": shop.courier_id, "customers": shop.customer_id,
           "users": shop.user, "service-keys": shop.key, "addresses": shop.address, "reviews": shop.review, "product-skus": shop.sku, "stock": shop.product}
    found, left = [], []
    for name in ("public-api", "admin-api"):
        for template, methods in Api(stack, name).get("/openapi.json").json["paths"].items():
            if "304" not in methods.get("get", {"responses": {}})["responses"]:
                continue
            api = shop.staff if name == "admin-api" else shop.courier if template.startswith("/api/courier/") else shop.customer
            api = shop.me if template == "/api/admin/me" else api
            path = re.sub(r"([^/]+)/\{[^}]*\}", lambda m: f"{m[1]}/{ids[m[1]]}" if m[1] in ids else m[0], template)
            (left if "{" in path else found).append((api, path))
            if template.endswith("/orders/{id}"):
                found.append((api, path.replace(shop.order["id"], shop.received["id"])))
            if template.endswith("/deliveries/{id}"):
                found.append((api, path.replace(shop.order["delivery"]["id"], shop.received["delivery"]["id"])))
    assert {path for _, path in left} == {"/api/admin/dead/{id}"}, "a dead letter shows nothing of other tables"
    return found


def rename(shop, kind, name, **more):
    """As staff do."""
    path = f"/api/admin/{kind}"
    answer = shop.staff.patch(path, {"name": name, **more}, headers={"If-Match": shop.staff.get(path).headers["etag"]})
    assert answer.status == 200, answer


# What is changed, and where it is shown besides at its own address.
CHANGES = {
    "brand": (lambda shop, name: rename(shop, f"brands/{shop.brand}", name), ["/api/products/{product}", "/api/product-skus/{sku}", "/api/admin/products/{product}",
                                                                             "/api/catalog/brands"]),
    "category": (lambda shop, name: rename(shop, f"categories/{shop.category}", name), ["/api/catalog/categories"]),
    "department": (lambda shop, name: rename(shop, f"departments/{shop.department}", name), ["/api/catalog/departments"]),
    "product": (lambda shop, name: rename(shop, f"products/{shop.product}", name), ["/api/products/{product}", "/api/admin/stock"]),
    "store": (lambda shop, name: rename(shop, f"stores/{shop.store}", name), ["/api/stores"]),
    "customer": (lambda shop, name: shop.customer.patch("/api/me", {"name": name}), ["/api/admin/orders/{order}", "/api/admin/orders"]),
    "courier": (lambda shop, name: rename(shop, f"couriers/{shop.courier_id}", name), [
        "/api/orders/{order}", "/api/orders/{received}", "/api/admin/orders/{order}", "/api/admin/deliveries/{delivery}", "/api/admin/dispatch/couriers"]),
    "stock": (lambda shop, name: shop.staff.post(f"/api/admin/stock/{shop.product}/adjust", {"delta": 1, "reason": name}),
              ["/api/products/{product}", "/api/admin/stock/{product}/movements"]),
    "review": (lambda shop, name: shop.staff.post(f"/api/admin/reviews/{shop.review}/moderate", {"step": "publish"}),
               ["/api/products/{product}", "/api/products/{product}/rating", "/api/products/{product}/reviews", "/api/reviews/{review}"]),
}


def told_the_truth(api, path, was):
    """304 where nothing changed, something else where it did. Workers go on changing things, so between two looks, too."""
    def once():
        asked = api.get(path, headers={"If-None-Match": was.headers["etag"]})
        assert asked.status in (200, 304), asked
        return api.get(path).body == was.body if asked.status == 304 else asked.body != was.body
    return any(once() for _ in range(3))


@pytest.mark.parametrize("what", CHANGES)
def test_nothing_that_is_shown_changes_under_its_tag(stack, shop, what):
    change, wanted = CHANGES[what]
    names = {"product": shop.product, "sku": shop.sku, "order": shop.order["id"], "received": shop.received["id"],
             "delivery": shop.order["delivery"]["id"], "review": shop.review}
    wanted = {path.format(**names) for path in wanted}
    before = [(api, path, api.get(path)) for api, path in reads(stack, shop)]
    for api, path, was in before:
        assert was.status == 200 and re.fullmatch(r'"(v\d+-)?[0-9a-f]{16}"', was.headers["etag"]), (path, was)
        assert told_the_truth(api, path, was), path
    change(shop, f"Renamed {uuid.uuid4().hex[:6]}")

    def changed():
        return {path for api, path, was in before if api.get(path).body != was.body}

    wait_until(f"what shows the {what}", lambda: wanted <= changed())
    for api, path, was in before:
        assert told_the_truth(api, path, was), path


def test_a_writer_is_stopped_only_by_what_they_write(stack, staff, shop):
    """What is shown of others may change between reading and writing; the version must not."""
    order, product = f"/api/admin/orders/{shop.order['id']}", f"/api/admin/products/{shop.product}"
    seen = {path: staff.get(path).headers["etag"] for path in (order, product)}
    rename(shop, f"brands/{shop.brand}", "Another orchard")
    assert shop.customer.patch("/api/me", {"name": "Ada Lovelace"}).status == 200
    wait_until("the customer's name", lambda: staff.get(order).json["customer"]["name"] == "Ada Lovelace")
    assert all(staff.get(path).headers["etag"] != tag for path, tag in seen.items())
    version = staff.get(product).json["version"]
    for tag, featured in ((seen[product], True), (f'"v{version + 1}"', False)):
        answer = staff.patch(product, {"featured": featured}, headers={"If-Match": tag})
        assert answer.status == 200, answer
        assert staff.patch(product, {"featured": not featured}, headers={"If-Match": tag}).status == 412
    now = answer.headers["etag"]
    assert now.startswith(f'"v{version + 2}-') and now == staff.get(product).headers["etag"]
    for other in (f"W/{now}", '"v1-0000000000000000"', f'"{now.split("-")[1]}'):
        assert staff.patch(product, {"featured": True}, headers={"If-Match": other}).status == 412, other
    answer = staff.post(f"{order}/cancel", {"reason": "test"}, headers={"If-Match": seen[order]})
    assert answer.status == 200, answer
