# SPDX-License-Identifier: Apache-2.0
"""The catalogue: filters, search, every sort, and pages to the end without a gap or a repeat."""
import itertools
import random
import urllib.parse
import uuid

import pytest

from support import shop
from support.client import Api

STACK = dict(start=("public-api", "public-api#2"))


@pytest.fixture(scope="module")
def catalogue(stack):
    """120 products with few names and prices, so that ties abound; what each is, by id."""
    rng = random.Random(7)
    departments = [shop.add_department(stack, name, rank) for rank, name in enumerate(["Fruit", "Bakery", "Drinks"])]
    categories = [shop.add_category(stack, departments[i % 3], f"Category {i}", i) for i in range(6)]
    brands = [shop.add_brand(stack, name) for name in ("Alba", "Borealis", "Čedok")]
    names = ["Apple", "Bread", "Cider", "apple juice", "Äpfel", "100 % rye", "a_b", "Zwieback", "bread roll", "Brot\\"]
    rows = {}
    for i in range(120):
        row = dict(name=names[i % len(names)], price=rng.choice([99, 100, 250, 999, 1000, 5000]), stock=rng.choice([0, 1, 5, 100]),
                   safety=rng.choice([0, 0, 1]), category=rng.choice(categories), brand=rng.choice(brands + [None]),
                   featured=rng.random() < 0.2, sku=f"CAT-{i:03d}")
        rows[shop.add_product(stack, **row)] = row
    # Some were entered by one statement, in the same microsecond.
    stack.sql("UPDATE commerce.product SET created_at = date_trunc('hour', now()) WHERE sku < 'CAT-040'")
    for product_id, at in stack.sql("SELECT id, created_at FROM commerce.product"):
        rows[str(product_id)]["created_at"] = at
    return dict(rows=rows, departments=departments, categories=categories, brands=brands)


@pytest.fixture()
def api(stack):
    return Api(stack)


def test_departments_categories_and_brands(api, catalogue):
    answer = api.get("/api/catalog/departments")
    assert answer.status == 200, answer
    assert [row["name"] for row in answer.json["data"]] == ["Fruit", "Bakery", "Drinks"]
    everything = api.get("/api/catalog/categories").json["data"]
    assert {row["id"] for row in everything} == set(catalogue["categories"])
    one = api.get("/api/catalog/categories", query={"department_id": catalogue["departments"][1]}).json["data"]
    assert [row["name"] for row in one] == ["Category 1", "Category 4"]
    assert {row["department_id"] for row in one} == {catalogue["departments"][1]}
    assert [row["name"] for row in api.get("/api/catalog/brands").json["data"]] == ["Alba", "Borealis", "Čedok"]
    assert api.get("/api/catalog/categories", query={"department_id": str(uuid.uuid4())}).json["data"] == []


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("path", ["departments", "categories", "brands"])
def test_departments_categories_and_brands_come_in_pages(api, catalogue, path, limit):
    rows, pages = api.pages(f"/api/catalog/{path}", limit=limit)
    assert [row["id"] for row in rows] == catalogue[path] and pages == -(-len(rows) // limit)


def test_a_departments_categories_come_in_pages(api, catalogue):
    query = {"department_id": catalogue["departments"][1]}
    rows, pages = api.pages("/api/catalog/categories", query, limit=1)
    assert [row["name"] for row in rows] == ["Category 1", "Category 4"] and pages == 2
    cursor = api.get("/api/catalog/categories", query={**query, "limit": 1}).json["next_cursor"]
    answer = api.get("/api/catalog/categories", query={"department_id": catalogue["departments"][0], "cursor": cursor})
    assert (answer.status, answer.code) == (400, "invalid_cursor"), answer


@pytest.mark.parametrize("path", ["departments", "categories", "brands"])
def test_these_lists_have_one_order(api, catalogue, path):
    for name, value in (("sort", "name"), ("limit", 0), ("limit", 101), ("colour", "red")):
        answer = api.get(f"/api/catalog/{path}", query={name: value})
        assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
        assert answer.bad == [name]


ALPHABET = ["100 % rye", "a_b", "Äpfel", "Apple", "apple juice", "Bread", "bread roll", "Brot\\", "Cider", "Zwieback"]


def by_sort(rows, sort):
    keys = {
        "name": lambda item: (ALPHABET.index(item[1]["name"]), item[0]),
        "price": lambda item: (item[1]["price"], item[0]),
        "-price": lambda item: (item[1]["price"], item[0]),
        "-created_at": lambda item: (item[1]["created_at"], item[0]),
    }
    return [item[0] for item in sorted(rows.items(), key=keys[sort], reverse=sort.startswith("-"))]


def matches(row, query):
    available = row["stock"] - row["safety"]
    return all((
        query.get("category_id") in (None, row["category"]),
        query.get("brand_id") in (None, row["brand"]),
        query.get("featured") is None or (query["featured"] == "true") == row["featured"],
        row["price"] >= int(query.get("min_price", 0)),
        row["price"] <= int(query.get("max_price", 10**9)),
        query.get("in_stock") is None or (query["in_stock"] == "true") == (available > 0),
    ))


@pytest.mark.parametrize("sort", ["name", "price", "-price", "-created_at"])
@pytest.mark.parametrize("limit", [1, 7, 20, 100])
def test_pages_to_the_end_without_gap_or_repeat(api, catalogue, sort, limit):
    rows, pages = api.pages("/api/products", {"sort": sort}, limit=limit)
    ids = [row["id"] for row in rows]
    assert ids == by_sort(catalogue["rows"], sort)
    assert pages == -(-len(ids) // limit)


@pytest.mark.parametrize("sort", ["name", "price", "-price", "-created_at"])
def test_every_filter_alone_and_in_pairs(api, catalogue, sort):
    filters = [{}, {"category_id": catalogue["categories"][2]}, {"brand_id": catalogue["brands"][0]}, {"featured": "true"},
               {"featured": "false"}, {"min_price": "100"}, {"max_price": "999"}, {"in_stock": "true"}, {"in_stock": "false"}]
    for one, two in itertools.combinations(filters, 2):
        query = {**one, **two, "sort": sort}
        rows, _ = api.pages("/api/products", query, limit=50)
        expected = by_sort({key: row for key, row in catalogue["rows"].items() if matches(row, query)}, sort)
        assert [row["id"] for row in rows] == expected, query


def test_rows_say_what_is_sold(api, catalogue):
    rows, _ = api.pages("/api/products", limit=100)
    brands = dict(zip(catalogue["brands"], ("Alba", "Borealis", "Čedok")))
    for row in rows:
        made = catalogue["rows"][row["id"]]
        assert row["name"] == made["name"] and row["sku"] == made["sku"]
        assert row["price"] == {"amount": made["price"], "currency": "EUR"}
        assert row["brand"] == brands.get(made["brand"]) and row["category_id"] == made["category"]
        assert row["available"] == max(made["stock"] - made["safety"], 0)
        assert row["featured"] == made["featured"]


@pytest.mark.parametrize("words, finds", [
    ("apple", {"Apple", "apple juice"}), ("APPLE", {"Apple", "apple juice"}), ("äpfel", {"Äpfel"}), ("APFEL", {"Äpfel"}), ("a\u0308pfel", {"Äpfel"}),
    ("juice apple", {"apple juice"}), ("roll what  BREAD", {"bread roll"}), ("\uff05", {"100 % rye"}), ("\uff3c", {"Brot\\"}), ("%", {"100 % rye"}),
    ("_", {"a_b"}), ("\\", {"Brot\\"}), ("bread ro", {"bread roll"}), ("no such thing", set()), ("' OR 1=1 --", set())])
def test_search_takes_words_as_they_stand(api, catalogue, words, finds):
    rows, _ = api.pages("/api/products", {"q": words}, limit=100)
    assert {row["name"] for row in rows} == finds
    assert len(rows) == len([1 for row in catalogue["rows"].values() if row["name"] in finds])


def test_search_finds_by_sku(api, catalogue):
    rows, _ = api.pages("/api/products", {"q": "cat-007"}, limit=10)
    assert [row["sku"] for row in rows] == ["CAT-007"]
    assert [api.get(f"/api/product-skus/{sku}").json["sku"] for sku in ("CAT-007", "cat-007")] == ["CAT-007"] * 2


def test_a_cursor_goes_on_at_another_instance(stack, catalogue):
    """Signed with a shared secret: the next page may be asked of any process."""
    first = Api(stack).get("/api/products", query={"limit": 5}).json
    second = Api(stack, "public-api#2").get("/api/products", query={"limit": 5, "cursor": first["next_cursor"]})
    assert second.status == 200, second
    ids = [row["id"] for row in first["data"] + second.json["data"]]
    assert ids == by_sort(catalogue["rows"], "name")[:10]


def test_a_cursor_outlives_login_and_logout(stack, catalogue):
    stranger, customer = Api(stack), Api(stack, token=shop.public_token())
    wanted, seen, cursor = by_sort(catalogue["rows"], "name")[:15], [], None
    for api in (stranger, customer, stranger):
        page = api.get("/api/products", query={"limit": 5, **({"cursor": cursor} if cursor else {})})
        assert page.status == 200, page
        seen += [row["id"] for row in page.json["data"]]
        cursor = page.json["next_cursor"]
    assert seen == wanted


def test_the_next_page_is_also_in_the_link_header(api, catalogue):
    answer = api.get("/api/products", query={"limit": 5, "sort": "price"})
    link = answer.headers["link"]
    assert 'rel="next"' in link
    target = urllib.parse.urlsplit(link[link.index("<") + 1:link.index(">")])
    answer = api.get(f"{target.path}?{target.query}")
    assert [row["id"] for row in answer.json["data"]] == by_sort(catalogue["rows"], "price")[5:10]


def test_a_cursor_is_bound_to_its_question(api, catalogue):
    cursor = api.get("/api/products", query={"limit": 5, "sort": "price"}).json["next_cursor"]
    assert api.get("/api/products", query={"limit": 50, "sort": "price", "cursor": cursor}).status == 200
    tampered = ("A" if cursor[5] != "A" else "B").join([cursor[:5], cursor[6:]])
    for query in ({"cursor": cursor}, {"cursor": cursor, "sort": "-price"}, {"cursor": cursor, "sort": "price", "featured": "true"},
                  {"cursor": tampered, "sort": "price"}, {"cursor": cursor[:-1], "sort": "price"}, {"cursor": "AAAA", "sort": "price"},
                  {"cursor": "%00", "sort": "price"}, {"cursor": "ä", "sort": "price"}, {"cursor": cursor + cursor, "sort": "price"}):
        answer = api.get("/api/products", query=query)
        assert (answer.status, answer.code) == (400, "invalid_cursor"), (query, answer)


@pytest.mark.parametrize("query, names", [
    ({"sort": "colour"}, "sort"), ({"limit": "0"}, "limit"), ({"limit": "101"}, "limit"), ({"limit": "x"}, "limit"),
    ({"limit": ""}, "limit"), ({"limit": "1e1"}, "limit"), ({"limit": "9" * 30}, "limit"), ({"min_price": "-1"}, "min_price"),
    ({"featured": "yes"}, "featured"), ({"category_id": "not-a-uuid"}, "category_id"), ({"colour": "red"}, "colour"),
    ({"q": ""}, "q"), ({"q": "x" * 101}, "q"), ({"cursor": "x" * 7000}, "cursor")])
def test_bad_parameters_are_named(api, catalogue, query, names):
    answer = api.get("/api/products", query=query)
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert names in answer.bad, answer


def test_a_repeated_parameter_is_refused(api, catalogue):
    answer = api.get("/api/products?limit=5&limit=6")
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer


def test_one_product_by_id_and_by_sku(api, catalogue):
    product_id = next(iter(catalogue["rows"]))
    answer = api.get(f"/api/products/{product_id}")
    assert answer.status == 200 and answer.json["id"] == product_id, answer
    by_sku = api.get(f"/api/product-skus/{answer.json['sku']}")
    assert by_sku.json == answer.json and by_sku.headers["etag"] == answer.headers["etag"]
    unchanged = api.get(f"/api/products/{product_id}", headers={"If-None-Match": answer.headers["etag"]})
    assert unchanged.status == 304 and not unchanged.body, unchanged
    assert api.get(f"/api/products/{product_id}", headers={"If-None-Match": '"v99", W/' + answer.headers["etag"]}).status == 304
    assert api.get(f"/api/products/{product_id}", headers={"If-None-Match": '"v99"'}).status == 200


def test_a_sku_may_have_any_character(stack, api, catalogue):
    sku = "Ä 1/2 %+?#&"
    product_id = shop.add_product(stack, sku=sku)
    answer = api.get("/api/product-skus/" + urllib.parse.quote(sku, safe=""))
    stack.sql("UPDATE commerce.product SET deleted_at = now() WHERE id = %s", product_id)
    assert answer.status == 200 and answer.json["id"] == product_id, answer


def test_what_is_not_there(stack, api, catalogue):
    for path in (f"/api/products/{uuid.uuid4()}", "/api/product-skus/none", "/api/products/42", "/api/nothing"):
        answer = api.get(path)
        assert (answer.status, answer.code) == (404, "not_found"), answer
    gone = shop.add_product(stack)
    stack.sql("UPDATE commerce.product SET deleted_at = now() WHERE id = %s", gone)
    assert api.get(f"/api/products/{gone}").status == 404


def test_head_is_get_without_the_body(api, catalogue):
    product_id = next(iter(catalogue["rows"]))
    full = api.get(f"/api/products/{product_id}")
    head = api.request("HEAD", f"/api/products/{product_id}")
    assert head.status == 200 and not head.body
    assert head.headers["etag"] == full.headers["etag"] and head.headers["content-length"] == full.headers["content-length"]


def test_prices_move_between_pages_without_losing_others(stack, api, catalogue):
    """Keyset paging: what is inserted meanwhile does not shift what comes after."""
    first = api.get("/api/products", query={"limit": 30, "sort": "name"}).json
    added = [shop.add_product(stack, name="AAA first") for _ in range(3)]
    rows, cursor = list(first["data"]), first["next_cursor"]
    while cursor:
        page = api.get("/api/products", query={"limit": 30, "sort": "name", "cursor": cursor}).json
        rows += page["data"]
        cursor = page["next_cursor"]
    stack.sql("UPDATE commerce.product SET deleted_at = now() WHERE id = ANY(%s::uuid[])", added)
    assert [row["id"] for row in rows] == by_sort(catalogue["rows"], "name")
