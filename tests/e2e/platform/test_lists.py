# SPDX-License-Identifier: Apache-2.0
"""What every list and every GET that gives JSON takes, by the documents: totals, fields, orders. A new one is met here by itself."""
import itertools
import json
import uuid

import pytest

from support import shop
from support.client import Api

STACK = dict(start=("public-api", "admin-api", "worker"))
CAPTURED = {"name": "commerce.keep_customer"}


@pytest.fixture(scope="module")
def apis(stack):
    """Both sides as somebody who may read all, with some rows in most lists."""
    account = shop.register(stack)
    customer = Api(stack, token=account["access_token"])
    products = [shop.add_product(stack, price=100 + i % 3) for i in range(7)]
    for product in products[:5]:
        order = shop.placed(customer, (product, 1))
        shop.wait_order(customer, order["id"], "confirmed")
    for i in range(4):
        assert customer.post("/api/addresses", {"recipient": f"R {i}", "street": "S 1", "postal_code": "1", "city": "B", "country": "DE"},
                             key=str(uuid.uuid4())).status == 201
    for _ in range(3):
        shop.make_staff(stack, "picker")
    ids = {"/api/orders/{id}": order["id"], "/api/products/{id}": products[0], "/api/admin/orders/{id}": order["id"],
           "/api/admin/customers/{id}": account["account"]["id"], "/api/admin/products/{id}": products[0]}
    return {"public-api": customer, "admin-api": Api(stack, "admin-api", shop.admin_token(role="super_admin"))}, ids


def documents(apis):
    return [(api, api.get("/openapi.json").json) for api in apis[0].values()]


def resolve(document, schema):
    return document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def gives(document, operation):
    """The shape of a GET's JSON; None: it gives none."""
    media = operation["responses"].get("200", {}).get("content", {}).get("application/json")
    return resolve(document, media["schema"]) if media and "$ref" in media["schema"] else None


def takes(operation):
    return {parameter["name"]: parameter for parameter in operation.get("parameters", [])}


def lists(apis):
    """(api, path, operation, shape of an item) of all lists whose path needs no id."""
    for api, document in documents(apis):
        for path, methods in document["paths"].items():
            operation = methods.get("get")
            if operation and "cursor" in takes(operation) and "{" not in path:
                yield api, path, operation, resolve(document, gives(document, operation)["properties"]["data"]["items"])


def test_every_list_says_how_many_there_are(apis):
    met = 0
    for api, path, _, _ in lists(apis):
        first = api.get(path, query={"limit": 2, "include": "total"})
        if first.status == 403:
            continue  # a list of couriers, say
        assert first.status == 200, first
        rows, _ = api.pages(path, limit=100)
        assert first.json["total"] == {"count": len(rows), "exact": True}, path
        if first.json["has_more"]:
            met += 1
            second = api.get(path, query={"limit": 2, "include": "total", "cursor": first.json["next_cursor"]})
            assert second.json["total"]["count"] in (len(rows), len(rows) + 1), path  # requests leave rows in some
            assert "total" not in api.get(path, query={"limit": 2, "cursor": first.json["next_cursor"]}).json
            assert "include=total" in first.headers["link"]
        assert api.get(path, query={"include": "everything"}).code == "invalid_parameter"
    assert met >= 6


def test_a_total_is_counted_up_to_a_limit(stack, apis):
    stack.sql("INSERT INTO commerce.brand (id, name, slug, created_at, updated_at)"
              " SELECT gen_random_uuid(), 'Counted ' || n, 'counted-' || n, now(), now() FROM generate_series(1, 10001) n")
    ask = lambda: apis[0]["public-api"].get("/api/catalog/brands", query={"include": "total", "limit": 1, "fields": "id"}).json["total"]
    assert ask() == {"count": 10000, "exact": False}
    stack.sql("DELETE FROM commerce.brand WHERE slug LIKE 'counted-%%' AND slug NOT IN (SELECT 'counted-' || n FROM generate_series(1, 9000) n)")
    assert ask() == {"count": stack.value("SELECT count(*) FROM commerce.brand"), "exact": True}
    stack.sql("DELETE FROM commerce.brand WHERE slug LIKE 'counted-%%'")


def test_filtered_lists_count_what_they_list(apis):
    api = apis[0]["admin-api"]
    for path, query in (("/api/admin/orders", {"filter[status]": "confirmed"}), ("/api/admin/orders", {"filter[status]": "confirmed,cancelled"}),
                        ("/api/admin/orders", {"filter[status]": "delivered"}), ("/api/admin/orders", {"q": "example.com"}),
                        ("/api/admin/orders", {"q": "nobody@nowhere"}), ("/api/admin/orders", {"sort": "total", "filter[channel]": "web"}),
                        ("/api/admin/stock", {"filter[low]": "true"})):
        rows, _ = api.pages(path, query, limit=100)
        for limit in (1, 100):
            assert api.get(path, query={**query, "limit": limit, "include": "total"}).json["total"] == {"count": len(rows), "exact": True}, query


def test_every_get_gives_the_fields_that_are_asked_for(apis):
    met = 0
    for api, document in documents(apis):
        for path, methods in document["paths"].items():
            operation = methods.get("get")
            shape = operation and gives(document, operation)
            if not shape or "fields" not in takes(operation):
                continue
            a_list = "cursor" in takes(operation)
            item = resolve(document, shape["properties"]["data"]["items"]) if a_list else shape
            target = path.replace("{id}", str(apis[1].get(path, uuid.uuid4()))).replace("{name}", "x")
            answer = api.get(target, query={"fields": "colour"})
            if answer.status in (401, 403, 404) or "{" in target:
                continue
            assert (answer.status, answer.code) == (400, "invalid_parameter"), (path, answer)
            assert answer.json["errors"][0]["parameter"] == "fields" and "colour" in answer.json["errors"][0]["detail"]
            names = list(item["properties"])[:2]
            whole, part = api.get(target), api.get(target, query={"fields": ",".join(names)})
            if whole.status in (401, 403, 404):
                continue
            assert (whole.status, part.status) == (200, 200), (path, whole, part)
            version = whole.headers.get("etag", "").split("-")[0]
            assert not version.startswith('"v') or part.headers["etag"].startswith(version), path
            assert api.get(target).headers.get("etag") == whole.headers.get("etag"), path  # of a list: of the page, if it has one
            rows = part.json["data"] if a_list else [part.json]
            assert all(set(row) <= set(names) for row in rows), path
            met += 1
    assert met > 25


def test_fields_of_what_is_inside(apis):
    api, ids = apis
    order = api["public-api"].get(f"/api/orders/{ids['/api/orders/{id}']}")
    part = api["public-api"].get(f"/api/orders/{order.json['id']}", query={"fields": "number,lines.quantity,address.city,total"})
    assert part.json == {"number": order.json["number"], "lines": [{"quantity": line["quantity"]} for line in order.json["lines"]],
                         "address": {"city": order.json["address"]["city"]}, "total": order.json["total"]}
    assert api["public-api"].get(f"/api/orders/{order.json['id']}", query={"fields": "number,lines.quantity,address.city,total"},
                                 headers={"If-None-Match": part.headers["etag"]}).status == 304
    assert api["public-api"].get(f"/api/orders/{order.json['id']}", headers={"If-None-Match": part.headers["etag"]}).status == 200
    for wrong in ("total.amount", "lines.", "", ",", "number,", "lines.quantity.x", "a" * 65, ",".join(["number"] * 65), "Number", "data.id"):
        answer = api["public-api"].get("/api/orders", query={"fields": wrong})
        assert (answer.status, answer.code, answer.json["errors"][0]["parameter"]) == (400, "invalid_parameter", "fields"), (wrong, answer)
    assert api["public-api"].post("/api/orders?fields=id", shop.order_body((ids["/api/products/{id}"], 1)), key=str(uuid.uuid4())).status == 400


def test_a_cursor_is_good_whatever_is_shown(apis):
    api = apis[0]["public-api"]
    first = api.get("/api/products", query={"limit": 2, "include": "total", "fields": "id"}).json
    second = api.get("/api/products", query={"limit": 2, "cursor": first["next_cursor"], "fields": "name,id"})
    assert second.status == 200 and all(set(row) == {"id", "name"} for row in second.json["data"])


def test_every_order_of_every_list_meets_each_row_once(apis):
    """In pages of two, sorted by the keys that its name says, first key first."""
    met = set()
    for api, path, operation, item in lists(apis):
        sorts = takes(operation).get("sort", {"schema": {}})["schema"].get("enum", [])
        if api.get(path).status == 403:
            continue
        whole = {json.dumps(row["id"]) for row in api.pages(path, limit=100)[0]} if "id" in item["properties"] else None
        for sort in sorts:
            rows, _ = api.pages(path, {"sort": sort}, limit=2)
            if whole:
                ids = [json.dumps(row["id"]) for row in rows]
                assert sorted(ids) == sorted(whole), (path, sort)
            keys = sort.split(",")
            for one, other in itertools.pairwise(rows):
                for key in keys:
                    if key.lstrip("-") not in one or isinstance(one[key.lstrip("-")], (dict, str)) or one[key.lstrip("-")] is None:
                        break
                    a, b = one[key.lstrip("-")], other[key.lstrip("-")]
                    assert a >= b if key.startswith("-") else a <= b, (path, sort, one, other)
                    if a != b:
                        break
            met.add((path, sort))
    assert len(met) > 8
