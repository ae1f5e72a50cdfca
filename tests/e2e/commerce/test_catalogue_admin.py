# SPDX-License-Identifier: Apache-2.0
"""The catalogue as staff keep it: made, changed, deleted, restored; what customers see follows at once, orders do not."""
import threading
import uuid

import pytest

from support import checker, shop
from support.client import Api
from support.shop import MAIN_STORE, admin_token, placed, public_token

STACK = dict()
GROUPS = ("departments", "categories", "brands")
MAX = 1000000000


@pytest.fixture(autouse=True, scope="module")
def books_agree(stack):
    yield
    checker.check(stack)


@pytest.fixture()
def staff(stack):
    account = uuid.uuid4()
    api = Api(stack, "admin-api", admin_token(account))
    api.account = str(account)
    return api


@pytest.fixture()
def public(stack):
    return Api(stack)


def word(prefix="n"):
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def made(api, path, **body):
    answer = api.post(f"/api/admin/{path}", body)
    assert answer.status == 201 and answer.headers["etag"].startswith('"v1-'), answer
    assert answer.headers["location"] == f"/api/admin/{path}/{answer.json['id']}"
    return answer.json


@pytest.fixture()
def shelf(staff):
    """A department, a category in it, a brand."""
    department = made(staff, "departments", name="Fruit", slug=word())
    category = made(staff, "categories", name="Apples", slug=word(), department_id=department["id"], rank=3)
    brand = made(staff, "brands", name=word("Brand"), slug=word())
    return dict(department=department, category=category, brand=brand)


def product_body(shelf, **more):
    return {"sku": word("SKU"), "name": "Boskoop", "category_id": shelf["category"]["id"], "brand_id": shelf["brand"]["id"],
            "unit": "1 kg", "price": {"amount": 299, "currency": "EUR"}, "tax_rate_bp": 700, **more}


def change(api, path, row, data, version=None):
    return api.patch(f"/api/admin/{path}/{row['id']}", data, headers={"If-Match": f'"v{version or row["version"]}"'})


def delete(api, path, row, version=None):
    return api.request("DELETE", f"/api/admin/{path}/{row['id']}", headers={"If-Match": f'"v{version or row["version"]}"'})


def restore(api, path, row):
    return api.post(f"/api/admin/{path}/{row['id']}/restore")


def events(stack, product):
    return stack.sql("SELECT type, aggregate_seq, data FROM stoa.event WHERE aggregate = 'product' AND aggregate_id = %s ORDER BY aggregate_seq",
                     product["id"])


# ---- Products --------------------------------------------------------------------------------------------------------


def test_a_products_life(stack, staff, public, shelf):
    body = product_body(shelf, description="Sour,\nand good", featured=True, safety=2, low_at=7)
    product = made(staff, "products", **body)
    assert {name: product[name] for name in body if name not in ("safety", "low_at")} == \
        {name: value for name, value in body.items() if name not in ("safety", "low_at")}
    assert product["brand"] == shelf["brand"]["name"] and product["version"] == 1 and product["deleted_at"] is None
    answer = staff.get(f"/api/admin/products/{product['id']}")
    assert answer.json == product and answer.headers["etag"].startswith('"v1-')
    assert staff.get(f"/api/admin/products/{product['id']}", headers={"If-None-Match": answer.headers["etag"]}).status == 304
    shown = public.get(f"/api/products/{product['id']}").json
    assert (shown["name"], shown["price"], shown["available"]) == ("Boskoop", body["price"], 0)
    stock, = [row for row in staff.get("/api/admin/stock", query={"q": product["sku"]}).json["data"]]
    assert (stock["on_hand"], stock["safety"], stock["low_at"], stock["low"]) == (0, 2, 7, True)

    answer = change(staff, "products", product, {"name": "Elstar", "price": {"amount": 349, "currency": "EUR"}, "brand_id": None})
    assert answer.status == 200 and answer.headers["etag"].startswith('"v2-'), answer
    now = answer.json
    assert (now["name"], now["price"]["amount"], now["brand"], now["brand_id"], now["version"]) == ("Elstar", 349, None, None, 2)
    assert now["sku"] == product["sku"] and now["updated_at"] > product["updated_at"]
    shown = public.get(f"/api/products/{product['id']}").json
    assert (shown["name"], shown["price"]["amount"], shown["brand"]) == ("Elstar", 349, None)

    assert delete(staff, "products", now).status == 204
    assert public.get(f"/api/products/{product['id']}").status == 404
    assert public.get(f"/api/product-skus/{product['sku']}").status == 404
    gone = staff.get(f"/api/admin/products/{product['id']}").json
    assert gone["deleted_at"] and gone["version"] == 3
    assert delete(staff, "products", now).status == 204, "deleting twice is deleting once"
    answer = change(staff, "products", gone, {"name": "x"})
    assert (answer.status, answer.code) == (409, "is_deleted"), answer

    answer = restore(staff, "products", product)
    assert answer.status == 200 and answer.json["version"] == 4 and answer.json["deleted_at"] is None, answer
    again = restore(staff, "products", product)
    assert again.json == answer.json and again.headers["etag"].startswith('"v4-')
    assert public.get(f"/api/products/{product['id']}").status == 200
    assert [(kind, seq) for kind, seq, _ in events(stack, product)] == \
        [("product.created", 1), ("product.changed", 2), ("product.deleted", 3), ("product.changed", 4)]
    assert events(stack, product)[1][2]["price"] == {"amount": 349, "currency": "EUR"}


def test_the_trail_tells_before_and_after(staff, shelf):
    product = made(staff, "products", **product_body(shelf))
    now = change(staff, "products", product, {"name": "Elstar"}).json
    delete(staff, "products", now)
    rows = staff.get("/api/admin/audit", query={"filter[subject]": f"products/{product['id']}"}).json["data"]
    assert [(row["action"], row["before"], row["after"]) for row in reversed(rows)] == [
        ("product_create", None, product), ("product_change", product, now), ("product_delete", now, None)]
    assert {row["actor"] for row in rows} == {staff.account}


def test_orders_keep_their_copies(stack, staff, shelf):
    product = made(staff, "products", **product_body(shelf))
    assert staff.post(f"/api/admin/stock/{product['id']}/adjust", {"delta": 9, "reason": "new"}).status == 200
    customer = Api(stack, token=public_token())
    order = placed(customer, (product["id"], 2))
    now = change(staff, "products", product, {"name": "Elstar", "price": {"amount": 1, "currency": "EUR"}, "sku": word("SKU")}).json
    assert delete(staff, "products", now).status == 204
    line, = shop.wait_order(customer, order["id"], "confirmed")["lines"]
    assert (line["sku"], line["name"], line["unit_price"]["amount"]) == (product["sku"], "Boskoop", 299)
    answer = shop.place(customer, (product["id"], 1))
    assert (answer.status, answer.code) == (422, "unknown_product"), answer


def test_a_product_cannot_take_anothers_sku(staff, shelf):
    first = made(staff, "products", **product_body(shelf))
    second = made(staff, "products", **product_body(shelf))
    assert delete(staff, "products", first).status == 204
    for answer in (staff.post("/api/admin/products", product_body(shelf, sku=first["sku"])),
                   staff.post("/api/admin/products", product_body(shelf, sku=first["sku"].lower())),
                   change(staff, "products", second, {"sku": first["sku"].swapcase()})):
        assert (answer.status, answer.code) == (409, "sku_taken"), answer
        assert answer.bad == ["#/sku"]


def test_a_retry_with_its_key_makes_one(stack, staff, shelf):
    body, key = product_body(shelf), str(uuid.uuid4())
    first, second = (staff.post("/api/admin/products", body, key=key) for _ in range(2))
    assert first.status == second.status == 201 and first.json == second.json and "idempotent-replayed" in second.headers
    assert second.headers["location"] == first.headers["location"] and second.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("more, pointer", [
    ({"sku": ""}, "#/sku"), ({"sku": "x" * 65}, "#/sku"), ({"sku": "A B"}, "#/sku"), ({"sku": "Ä"}, "#/sku"), ({"sku": "-A"}, "#/sku"),
    ({"sku": "A\nB"}, "#/sku"), ({"name": ""}, "#/name"), ({"name": "ä" * 201}, "#/name"), ({"name": " \u3000"}, "#/name"),
    ({"name": "\u202ex"}, "#/name"), ({"name": "x\ny"}, "#/name"), ({"name": "\x1b[31m"}, "#/name"), ({"name": 7}, "#/name"),
    ({"unit": "\t"}, "#/unit"), ({"unit": "x" * 65}, "#/unit"), ({"description": "x" * 4001}, "#/description"),
    ({"description": "a\x07b"}, "#/description"), ({"price": {"amount": -1, "currency": "EUR"}}, "#/price/amount"),
    ({"price": {"amount": MAX + 1, "currency": "EUR"}}, "#/price/amount"), ({"price": {"amount": 1.5, "currency": "EUR"}}, "#/price/amount"),
    ({"price": {"amount": 1, "currency": "euro"}}, "#/price/currency"), ({"price": 299}, "#/price"), ({"tax_rate_bp": -1}, "#/tax_rate_bp"),
    ({"tax_rate_bp": 10001}, "#/tax_rate_bp"), ({"safety": -1}, "#/safety"), ({"low_at": MAX + 1}, "#/low_at"),
    ({"category_id": "x"}, "#/category_id"), ({"brand_id": "x"}, "#/brand_id"), ({"colour": "red"}, "#/colour"), ({"version": 3}, "#/version")])
def test_what_breaks_a_rule_is_named(staff, shelf, more, pointer):
    answer = staff.post("/api/admin/products", product_body(shelf, **more))
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert answer.bad == [pointer] and answer.json["errors"][0]["detail"], answer
    if pointer[2:] in ("safety", "low_at", "version"):
        return
    product = made(staff, "products", **product_body(shelf))
    answer = change(staff, "products", product, more)
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert answer.bad == [pointer], answer


def test_the_bounds_themselves_are_good(staff, shelf):
    body = product_body(shelf, sku="A" * 32 + uuid.uuid4().hex, name="ä" * 200, description="x" * 4000, unit="ü" * 64,
                        price={"amount": MAX, "currency": "EUR"}, tax_rate_bp=10000, safety=MAX, low_at=0)
    product = made(staff, "products", **body)
    assert product["name"] == body["name"]
    assert change(staff, "products", product, {"price": {"amount": 0, "currency": "JPY"}, "tax_rate_bp": 0, "description": ""}).status == 200


def test_nul_is_refused_everywhere(staff, shelf):
    for name in ("sku", "name", "unit", "description"):
        answer = staff.post("/api/admin/products", product_body(shelf, **{name: "a\0b"}))
        assert answer.status in (400, 422), answer
    answer = staff.post("/api/admin/brands", {"name": "a\0b", "slug": word()})
    assert answer.status in (400, 422), answer


def test_what_it_belongs_to_must_be_there(staff, shelf):
    other = made(staff, "brands", name="Other", slug=word())
    assert delete(staff, "brands", other).status == 204
    product = made(staff, "products", **product_body(shelf))
    for code, more in (("unknown_category", {"category_id": str(uuid.uuid4())}), ("unknown_category", {"category_id": shelf["brand"]["id"]}),
                       ("unknown_brand", {"brand_id": str(uuid.uuid4())}), ("unknown_brand", {"brand_id": other["id"]})):
        for answer in (staff.post("/api/admin/products", product_body(shelf, **more)), change(staff, "products", product, more)):
            assert (answer.status, answer.code) == (422, code), (more, answer)
    answer = change(staff, "products", product, {"brand_id": "none"})
    assert (answer.status, answer.code) == (422, "invalid_body"), answer


# ---- What customers are told has changed ---------------------------------------------------------------------------------


def test_the_etag_changes_with_all_that_is_shown(stack, staff, public, shelf):
    product = made(staff, "products", **product_body(shelf))
    other = made(staff, "brands", name=word("Other"), slug=word())
    path, seen = f"/api/products/{product['id']}", {}

    def look(what):
        answer = public.get(path)
        assert seen.setdefault(answer.headers["etag"], what) == what, seen
        assert public.get(path, headers={"If-None-Match": answer.headers["etag"]}).status == 304
        return answer.json
    look("made")
    product = change(staff, "products", product, {"price": {"amount": 1, "currency": "EUR"}}).json
    assert look("price")["price"]["amount"] == 1
    name = word("Renamed")
    assert change(staff, "brands", shelf["brand"], {"name": name}).status == 200
    assert look("brand renamed")["brand"] == name
    staff.post(f"/api/admin/stock/{product['id']}/adjust", {"delta": 5, "reason": "new"})
    assert look("stock")["available"] == 5
    assert staff.patch(f"/api/admin/stock/{product['id']}", {"safety": 2}).status == 200
    assert look("safety")["available"] == 3
    # Another brand, which has changed less often than the one before.
    product = change(staff, "products", product, {"brand_id": other["id"]}).json
    assert look("another brand")["brand"] == other["name"]
    product = change(staff, "products", product, {"brand_id": shelf["brand"]["id"]}).json
    look("safety")  # and back: what is shown is what was shown then
    product = change(staff, "products", product, {"brand_id": None}).json
    assert look("no brand")["brand"] is None


def test_levels_of_stock(stack, staff, shelf):
    product = made(staff, "products", **product_body(shelf))
    path = f"/api/admin/stock/{product['id']}"
    staff.post(f"{path}/adjust", {"delta": 20, "reason": "new"})
    before = stack.sql("SELECT count(*) FROM commerce.stock_movement WHERE product_id = %s", product["id"])
    answer = staff.patch(path, {"safety": 10, "low_at": 9})
    assert answer.status == 200, answer
    row = answer.json
    assert (row["on_hand"], row["available"], row["safety"], row["low_at"], row["low"]) == (20, 10, 10, 9, False)
    assert staff.patch(path, {"low_at": 10}).json["low"] is True
    assert stack.sql("SELECT count(*) FROM stoa.event e JOIN commerce.stock s ON s.id = e.aggregate_id WHERE s.product_id = %s"
                     " AND e.type = 'inventory.low'", product["id"]) == [(1,)]
    assert stack.sql("SELECT count(*) FROM commerce.stock_movement WHERE product_id = %s", product["id"]) == before
    assert staff.patch(path, {"safety": 30}).json["available"] == -10
    stale = staff.patch(path, {"safety": 0}, headers={"If-Match": answer.headers["etag"]})
    assert (stale.status, stale.code) == (412, "precondition_failed"), stale
    assert staff.patch(path, {"safety": -1}).code == "invalid_body"
    assert staff.patch(f"/api/admin/stock/{uuid.uuid4()}", {"safety": 1}).status == 404
    assert staff.get("/api/admin/stock/reconcile").json["agree"] is True


# ---- Groups ----------------------------------------------------------------------------------------------------------


def group_body(path, shelf, **more):
    body = {"name": word("Name"), "slug": word(), **more}
    if path == "categories":
        body.setdefault("department_id", shelf["department"]["id"])
    return body


@pytest.mark.parametrize("path", GROUPS)
def test_a_groups_life(staff, public, shelf, path):
    body = group_body(path, shelf)
    group = made(staff, path, **body)
    assert {name: group[name] for name in body} == body
    assert ("rank" in group) == (path != "brands") and ("department_id" in group) == (path == "categories")

    def shown():
        return {row["id"]: row["name"] for row in public.pages(f"/api/catalog/{path}", limit=100)[0]}
    assert shown()[group["id"]] == body["name"]
    answer = change(staff, path, group, {"name": "Changed", "slug": word()})
    assert answer.status == 200 and answer.headers["etag"].startswith('"v2-'), answer
    assert shown()[group["id"]] == "Changed"
    assert staff.get(f"/api/admin/{path}/{group['id']}").json == answer.json
    assert delete(staff, path, group).status == 412, "it is at version 2"
    assert delete(staff, path, answer.json).status == 204
    assert group["id"] not in shown()
    assert delete(staff, path, answer.json).status == 204
    answer = change(staff, path, group, {"name": "x"}, version=3)
    assert (answer.status, answer.code) == (409, "is_deleted"), answer
    answer = restore(staff, path, group)
    assert answer.status == 200 and answer.json["version"] == 4, answer
    assert restore(staff, path, group).json == answer.json and group["id"] in shown()


@pytest.mark.parametrize("path", GROUPS)
def test_a_slug_is_taken_once_of_a_kind(staff, shelf, path):
    first, second = (made(staff, path, **group_body(path, shelf)) for _ in range(2))
    for answer in (staff.post(f"/api/admin/{path}", group_body(path, shelf, slug=first["slug"])),
                   change(staff, path, second, {"slug": first["slug"]})):
        assert (answer.status, answer.code) == (409, "slug_taken"), answer
        assert answer.bad == ["#/slug"]


def test_nothing_is_deleted_that_is_used(staff, shelf):
    product = made(staff, "products", **product_body(shelf))
    for path in GROUPS:
        answer = delete(staff, path, shelf[{"departments": "department", "categories": "category", "brands": "brand"}[path]])
        assert (answer.status, answer.code) == (409, "still_used"), answer
    assert delete(staff, "products", product).status == 204
    for path, name in (("brands", "brand"), ("categories", "category"), ("departments", "department")):
        assert delete(staff, path, shelf[name]).status == 204
    for path, row, code in (("products", product, "unknown_category"), ("categories", shelf["category"], "unknown_department")):
        answer = restore(staff, path, row)
        assert (answer.status, answer.code) == (422, code), answer
    for path, name in (("departments", "department"), ("categories", "category")):
        assert restore(staff, path, shelf[name]).status == 200
    answer = restore(staff, "products", product)
    assert (answer.status, answer.code) == (422, "unknown_brand"), answer
    assert restore(staff, "brands", shelf["brand"]).status == 200
    assert restore(staff, "products", product).status == 200


@pytest.mark.parametrize("path, more, pointer", [
    ("brands", {"rank": 1}, "#/rank"), ("brands", {"department_id": str(uuid.uuid4())}, "#/department_id"),
    ("departments", {"department_id": str(uuid.uuid4())}, "#/department_id"), ("departments", {"rank": -1}, "#/rank"),
    ("departments", {"slug": "Fruit"}, "#/slug"), ("departments", {"slug": "a b"}, "#/slug"), ("brands", {"slug": ""}, "#/slug"),
    ("brands", {"slug": "x" * 101}, "#/slug"), ("brands", {"name": "x" * 101}, "#/name"), ("brands", {"name": "a\tb"}, "#/name"),
    ("categories", {"name": " "}, "#/name")])
def test_rules_of_groups(staff, shelf, path, more, pointer):
    group = made(staff, path, **group_body(path, shelf))
    for answer in (staff.post(f"/api/admin/{path}", group_body(path, shelf, **more)), change(staff, path, group, more)):
        assert (answer.status, answer.code) == (422, "invalid_body"), answer
        assert answer.bad == [pointer], answer


def test_a_category_is_in_a_department(staff, shelf):
    answer = staff.post("/api/admin/categories", {"name": "x", "slug": word()})
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert answer.bad[0] == "#/department_id"
    for answer in (staff.post("/api/admin/categories", {"name": "x", "slug": word(), "department_id": str(uuid.uuid4())}),
                   change(staff, "categories", shelf["category"], {"department_id": shelf["brand"]["id"]})):
        assert (answer.status, answer.code) == (422, "unknown_department"), answer
    other = made(staff, "departments", name="Other", slug=word())
    assert change(staff, "categories", shelf["category"], {"department_id": other["id"]}).json["department_id"] == other["id"]
    assert delete(staff, "departments", shelf["department"]).status == 204


# ---- Lists -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listed(stack):
    api = Api(stack, "admin-api", admin_token())
    department = made(api, "departments", name="Listed", slug=word())
    categories = [made(api, "categories", name=f"C{i}", slug=word(), department_id=department["id"])["id"] for i in range(2)]
    brands = [made(api, "brands", name=f"B{i}", slug=word())["id"] for i in range(2)]
    rows = []
    for i in range(24):
        body = {"sku": f"LIST-{(i * 7) % 24:02d}", "name": f"{'ABC'[i % 3]} listed", "category_id": categories[i % 2], "unit": "1",
                "price": {"amount": i, "currency": "EUR"}, "tax_rate_bp": 0, "featured": i % 4 == 0}
        if i % 3:
            body["brand_id"] = brands[i % 2]
        rows.append(made(api, "products", **body))
    for row in rows[:5]:
        assert delete(api, "products", row).status == 204
    return dict(live=rows[5:], gone=rows[:5], categories=categories, brands=brands, department=department)


@pytest.mark.parametrize("limit", [1, 6, 100])
@pytest.mark.parametrize("sort, key, down", [("name", lambda row: (row["name"], row["id"]), False), ("sku", lambda row: row["sku"], False),
                                             ("-updated_at", lambda row: (row["updated_at"], row["id"]), True)])
def test_sorts_and_pages(staff, listed, sort, key, down, limit):
    rows, pages = staff.pages("/api/admin/products", {"q": "list-", "sort": sort}, limit=limit)
    assert [row["id"] for row in rows] == [row["id"] for row in sorted(listed["live"], key=key, reverse=down)]
    assert pages == -(-len(rows) // limit)


def test_filters(staff, listed):
    def found(**query):
        rows, _ = staff.pages("/api/admin/products", {"q": "list-", **query}, limit=100)
        return {row["id"] for row in rows}

    def wanted(test):
        return {row["id"] for row in listed["live"] if test(row)}
    one, brand = listed["categories"][0], listed["brands"][1]
    assert found() == found(**{"filter[deleted]": "false"}) == wanted(lambda row: True)
    assert found(**{"filter[deleted]": "true"}) == {row["id"] for row in listed["gone"]}
    assert found(**{"filter[category]": one}) == wanted(lambda row: row["category_id"] == one)
    assert found(**{"filter[brand]": brand}) == wanted(lambda row: row["brand_id"] == brand)
    assert found(**{"filter[featured]": "true", "filter[category]": one}) == wanted(lambda row: row["featured"] and row["category_id"] == one)
    assert found(**{"filter[brand]": str(uuid.uuid4())}) == set()


@pytest.mark.parametrize("sort", ["name", "-updated_at"])
def test_groups_are_listed(staff, listed, sort):
    rows, _ = staff.pages("/api/admin/categories", {"filter[department]": listed["department"]["id"], "sort": sort}, limit=1)
    assert [row["name"] for row in rows] == (["C0", "C1"] if sort == "name" else ["C1", "C0"])
    assert listed["department"]["id"] in {row["id"] for row in staff.pages("/api/admin/departments", {"sort": sort}, limit=100)[0]}
    slug = listed["department"]["slug"]
    assert [row["id"] for row in staff.get("/api/admin/departments", query={"q": slug}).json["data"]] == [listed["department"]["id"]]
    assert staff.get("/api/admin/departments", query={"q": slug, "filter[deleted]": "true"}).json["data"] == []
    assert staff.get("/api/admin/brands", query={"limit": 1}).status == 200


@pytest.mark.parametrize("path, query", [("products", {"sort": "price"}), ("products", {"filter[brand]": "x"}), ("products", {"limit": 0}),
                                         ("products", {"colour": "red"}), ("brands", {"sort": "sku"}), ("categories", {"filter[deleted]": "maybe"})])
def test_bad_parameters_are_named(staff, path, query):
    answer = staff.get(f"/api/admin/{path}", query=query)
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert answer.bad == list(query)


def test_pages_stand_still_under_changes(staff, listed, shelf):
    """What is added, renamed or deleted meanwhile neither hides nor repeats the others."""
    query = {"q": "list-", "sort": "name", "limit": 5}
    page = staff.get("/api/admin/products", query=query).json
    seen, last = [row["id"] for row in page["data"]], page["data"][-1]
    extra = made(staff, "products", **product_body(shelf, name="A listed", sku=word("LIST")))
    renamed = change(staff, "products", last, {"name": "Z listed"}, version=staff.get(f"/api/admin/products/{last['id']}").json["version"])
    assert renamed.status == 200
    while page["next_cursor"]:
        page = staff.get("/api/admin/products", query={**query, "cursor": page["next_cursor"]}).json
        seen += [row["id"] for row in page["data"]]
    change(staff, "products", renamed.json, {"name": last["name"]})
    delete(staff, "products", extra)
    others = [product for product in seen if product not in (last["id"], extra["id"])]
    assert sorted(others) == sorted(row["id"] for row in listed["live"] if row["id"] != last["id"])


@pytest.mark.parametrize("name", ["ä" * 190, "\U0001f34e" * 60, "\U0001f34e" * 199])
def test_pages_go_on_after_any_name(staff, public, shelf, name):
    """A cursor carries the longest name there may be."""
    ids = [made(staff, "products", **product_body(shelf, name=f"{name}{i}"))["id"] for i in range(3)]
    for api, path, query in ((staff, "/api/admin/products", "filter[category]"), (public, "/api/products", "category_id")):
        rows, pages = api.pages(path, {query: shelf["category"]["id"]}, limit=1)
        assert [row["id"] for row in rows] == ids and pages == 3


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_names_are_sorted_as_an_alphabet_has_them_and_found_in_any_order(staff, public, shelf, limit):
    names = ["Café", "cafe crema", "Mandel", "Müsli", "Müsli Riegel", "Nudeln", "Øl", "Peanut butter", "Straße"]
    for name in reversed(names):
        made(staff, "products", **product_body(shelf, name=name))
    for api, path, query in ((staff, "/api/admin/products", "filter[category]"), (public, "/api/products", "category_id")):
        def listed(**more):
            return [row["name"] for row in api.pages(path, {query: shelf["category"]["id"], "sort": "name", **more}, limit=limit)[0]]
        assert listed() == names
        for words, found in {"cafe": names[:2], "CAFÉ": names[:2], "crema café": names[1:2], "musli": names[3:5], "butter peanut": names[7:8],
                             "ol": ["Øl"], "STRASSE": ["Straße"], "tea": []}.items():
            assert listed(q=words) == found, words


@pytest.mark.parametrize("path", GROUPS)
def test_lists_of_groups_go_on_after_any_name(staff, public, shelf, path):
    name = word() + "\U0001f34e" * 60
    ids = [made(staff, path, **group_body(path, shelf, name=f"{name}{i}"))["id"] for i in range(3)]
    assert [row["id"] for row in staff.pages(f"/api/admin/{path}", {"q": name}, limit=1)[0]] == ids
    assert [row["id"] for row in public.pages(f"/api/catalog/{path}", limit=1)[0] if row["id"] in ids] == ids


@pytest.mark.parametrize("sort", ["name", "sku", "-updated_at"])
@pytest.mark.parametrize("how", ["renamed", "deleted"])
def test_the_last_row_of_a_page_may_go(staff, public, shelf, sort, how):
    """It is where the next page begins, and no other row is lost with it."""
    ids = [made(staff, "products", **product_body(shelf, name=f"Row {i}", sku=f"{word('ROW')}-{i}"))["id"] for i in range(6)]
    lists = [(staff, "/api/admin/products", {"filter[category]": shelf["category"]["id"], "sort": sort})]
    if sort == "name":
        lists.append((public, "/api/products", {"category_id": shelf["category"]["id"]}))
    firsts = [api.get(path, query={**query, "limit": 2}).json for api, path, query in lists]
    shown = [row["id"] for row in firsts[0]["data"]]
    last = staff.get(f"/api/admin/products/{shown[-1]}").json
    if how == "deleted":
        assert delete(staff, "products", last).status == 204
    else:
        assert change(staff, "products", last, {"name": "A", "sku": word("A")}).status == 200
    for (api, path, query), first in zip(lists, firsts):
        assert [row["id"] for row in first["data"]] == shown
        rest = api.get(path, query={**query, "limit": 100, "cursor": first["next_cursor"]}).json["data"]
        assert {row["id"] for row in rest} == set(ids) - set(shown), (sort, how)


@pytest.mark.parametrize("path", GROUPS)
@pytest.mark.parametrize("how", ["renamed", "deleted"])
def test_the_last_group_of_a_page_may_go(staff, public, shelf, path, how):
    name = word()
    ids = [made(staff, path, **group_body(path, shelf, name=f"{name} {i}"))["id"] for i in range(4)]
    first = staff.get(f"/api/admin/{path}", query={"q": name, "limit": 2}).json
    assert [row["id"] for row in first["data"]] == ids[:2]
    if how == "deleted":
        assert delete(staff, path, first["data"][-1]).status == 204
    else:
        assert change(staff, path, first["data"][-1], {"name": "A", "slug": word("a")}).status == 200
    rest = staff.get(f"/api/admin/{path}", query={"q": name, "limit": 100, "cursor": first["next_cursor"]}).json
    assert [row["id"] for row in rest["data"]] == ids[2:]


# ---- At once ---------------------------------------------------------------------------------------------------------


def together(*calls):
    answers = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(i):
        gate.wait()
        answers[i] = calls[i]()
    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_changes_with_one_etag_one_wins(stack, staff, shelf):
    for _ in range(10):
        product = made(staff, "products", **product_body(shelf))
        calls = [lambda i=i: change(staff, "products", product, {"name": f"Name {i}"}) for i in range(4)]
        calls.append(lambda: delete(staff, "products", product))
        answers = together(*calls)
        statuses = sorted(answer.status for answer in answers)
        # A change after the deletion meets a deleted product or another version; one wins.
        assert sum(status in (200, 204) for status in statuses) == 1 and set(statuses) <= {200, 204, 412}, answers
        now = staff.get(f"/api/admin/products/{product['id']}").json
        assert now["version"] == 2 and len(events(stack, product)) == 2


def test_a_category_is_not_deleted_under_a_new_product(stack, staff, shelf):
    for _ in range(15):
        category = made(staff, "categories", name="Race", slug=word(), department_id=shelf["department"]["id"])
        create, gone = together(lambda: staff.post("/api/admin/products", product_body(shelf, category_id=category["id"])),
                                lambda: delete(staff, "categories", category))
        assert (create.status, gone.status) in ((201, 409), (422, 204)), (create, gone)
    assert stack.sql("SELECT count(*) FROM commerce.product p JOIN commerce.category c ON c.id = p.category_id"
                     " WHERE p.deleted_at IS NULL AND c.deleted_at IS NOT NULL") == [(0,)]


def test_a_brand_is_not_deleted_under_a_product_that_takes_it(stack, staff, shelf):
    for _ in range(15):
        brand = made(staff, "brands", name="Race", slug=word())
        product = made(staff, "products", **product_body(shelf))
        taken, gone = together(lambda: change(staff, "products", product, {"brand_id": brand["id"]}), lambda: delete(staff, "brands", brand))
        assert (taken.status, gone.status) in ((200, 409), (422, 204)), (taken, gone)


def test_one_sku_for_one_of_many(staff, shelf):
    body = product_body(shelf)
    answers = together(*[lambda: staff.post("/api/admin/products", body)] * 5)
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409], answers


# ---- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ("products",) + GROUPS)
def test_who_only_reads(stack, staff, shelf, path):
    body = product_body(shelf) if path == "products" else group_body(path, shelf)
    row = made(staff, path, **body)
    for role in ("picker", "store_staff"):
        reader = Api(stack, "admin-api", admin_token(role=role))
        assert reader.get(f"/api/admin/{path}").status == 200 and reader.get(f"/api/admin/{path}/{row['id']}").json == row
        for answer in (reader.post(f"/api/admin/{path}", body), change(reader, path, row, {"name": "x"}), delete(reader, path, row),
                       restore(reader, path, row)):
            assert (answer.status, answer.code) == (403, "forbidden"), answer


def test_staff_of_one_store_only_read(stack, shelf):
    tied = Api(stack, "admin-api", admin_token(role="admin", scope_id=MAIN_STORE))
    assert tied.get("/api/admin/products").status == 200
    for answer in (tied.post("/api/admin/products", product_body(shelf)), change(tied, "brands", shelf["brand"], {"name": "x"}),
                   delete(tied, "brands", shelf["brand"]), restore(tied, "brands", shelf["brand"])):
        assert (answer.status, answer.code) == (403, "forbidden"), answer


@pytest.mark.parametrize("path", ("products",) + GROUPS)
def test_versions_are_asked_for(staff, shelf, path):
    row = made(staff, path, **(product_body(shelf) if path == "products" else group_body(path, shelf)))
    for answer in (staff.patch(f"/api/admin/{path}/{row['id']}", {"name": "x"}), staff.request("DELETE", f"/api/admin/{path}/{row['id']}")):
        assert (answer.status, answer.code) == (428, "precondition_required"), answer
    answer = change(staff, path, row, {"name": "x"}, version=9)
    assert (answer.status, answer.code) == (412, "precondition_failed"), answer
    missing = {"id": uuid.uuid4(), "version": 1}
    for answer in (staff.get(f"/api/admin/{path}/{missing['id']}"), change(staff, path, missing, {"name": "x"}), delete(staff, path, missing),
                   restore(staff, path, missing)):
        assert (answer.status, answer.code) == (404, "not_found"), answer
