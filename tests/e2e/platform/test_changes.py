# SPDX-License-Identifier: Apache-2.0
"""Every PATCH of the documents: what changes nothing counts nothing, null empties what may be null, and text has one form."""
import uuid

import pytest

from support.client import Api
from support.shop import ADDRESS, MAIN_STORE, add_product, admin_login, make_staff, public_token, register

STACK = dict()
REFUSED = ["a\nb", "a\r\nb", "a\tb", "a\u0085b", "a\u2028b", "a\u2029b", "a\u200bb", "a\u2060b", "\ufeffa", "a\u202eb", "a\u2066b", "a\x7f", "\x1b[31m"]
BLANK = ["", " ", "\u00a0\u3000", "\t", "\r\n", "\u0085", "\u2028", "\u200d", "\u200c\u200e"]


def word():
    return f"w-{uuid.uuid4().hex[:10]}"


class Shop:
    """One thing of each kind that a PATCH changes: the caller, the thing as it is, and what was sent to make it."""

    def __init__(self, stack):
        self.stack = stack
        session = register(stack)
        self.me = Api(stack, token=session["access_token"])
        self.courier = Api(stack, token=public_token(role="courier"))
        self.staff = Api(stack, "admin-api", admin_login(stack, make_staff(stack, role="super_admin"))["access_token"])

    def api(self, path):
        return self.staff if path.startswith("/api/admin/") else self.courier if path.startswith("/api/courier/") else self.me

    def post(self, path, **body):
        answer = self.api(path).post(path, body)
        assert answer.status == 201, answer
        return answer.json

    def make(self, path):
        """The path of a new thing, and the thing."""
        name = path.split("/")[-2]
        return getattr(self, "make_" + (name if "{" in path else "me").replace("-", "_"))(path.rsplit("/", 1)[0])

    def make_me(self, _):
        return "/api/me", self.me.get("/api/me").json

    def made(self, path, **body):
        thing = self.post(path, **body)
        return f"{path}/{thing['id']}", thing

    def make_addresses(self, path):
        return self.made(path, **ADDRESS, label="home", note="two\nlines")

    def make_departments(self, path):
        return self.made(path, name="Fruit", slug=word(), rank=1)

    def make_categories(self, path):
        return self.made(path, name="Apples", slug=word(), rank=1, department_id=self.make_departments("/api/admin/departments")[1]["id"])

    def make_brands(self, path):
        return self.made(path, name="Brand", slug=word())

    def make_products(self, path):
        return self.made(path, sku=word(), name="Boskoop", unit="1 kg", price={"amount": 299, "currency": "EUR"}, tax_rate_bp=700,
                         category_id=self.make_categories("/api/admin/categories")[1]["id"], brand_id=self.make_brands("/api/admin/brands")[1]["id"])

    def make_stores(self, path):
        return self.made(path, name="Store", slug=word())

    def make_stock(self, path):
        product = add_product(self.stack)
        return f"{path}/{product}", next(row for row in self.staff.pages(path, query={"store_id": MAIN_STORE})[0] if row["product_id"] == product)

    def make_reviews(self, path):
        review = str(uuid.uuid4())
        self.stack.sql("INSERT INTO commerce.review (id, product_id, customer_id, rating, title, text, state, created_at, updated_at)"
                       " VALUES (%s, %s, %s, 4, 'Good', 'Crisp', 'published', now(), now())", review, add_product(self.stack),
                       self.me.get("/api/me").json["id"])
        return f"{path}/{review}", self.me.get(f"{path}/{review}").json

    def person(self, path, **more):
        return self.made(path, email=f"{word()}@example.com", name="Ann", phone="+49 30 123456", **more)

    def make_users(self, path):
        return self.person(path, role="picker")

    make_customers = make_couriers = person


@pytest.fixture(scope="module")
def shop(stack):
    return Shop(stack)


@pytest.fixture(scope="module")
def documents(stack):
    return [Api(stack, name).get("/openapi.json").json for name in ("public-api", "admin-api")]


def shape(document, schema):
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def bodies(documents, *methods):
    """Path, method and shape of each body."""
    for document in documents:
        for path, operations in document["paths"].items():
            for method in methods:
                content = operations.get(method, {}).get("requestBody", {}).get("content", {}).get("application/json")
                if content:
                    yield document, path, method, shape(document, content["schema"])


def patches(documents):
    """Those whose members may all be left out; the others say what is to be done."""
    found = [(path, body) for _, path, _, body in bodies(documents, "patch") if not body.get("required")]
    assert len(found) >= 12, found
    return found


def counted(stack):
    """Versions of all things, events and audit rows."""
    versions = [stack.sql(f"SELECT id::text, version FROM {table} ORDER BY 1") for table in
                ("commerce.product", "commerce.department", "commerce.category", "commerce.brand", "commerce.store", "commerce.review",
                 "commerce.address", "accounts.account")]
    return versions, stack.value("SELECT count(*) FROM stoa.event"), stack.value("SELECT count(*) FROM stoa.audit"), \
        stack.sql("SELECT product_id::text, version FROM commerce.stock ORDER BY 1")


def settled(stack):
    """What workers still write about the things just made has been written."""
    before = None
    while before != (before := counted(stack)):
        pass
    return before


def test_what_changes_nothing_counts_nothing(stack, shop, documents):
    for path, body in patches(documents):
        where, thing = shop.make(path)
        api = shop.api(path)
        got = api.get(where) if path != "/api/admin/stock/{product_id}" else None
        etag = {"If-Match": got.headers["etag"] if got and "etag" in got.headers else f'"v{thing.get("version", 1)}"'}
        same = {name: thing[name] for name in body["properties"] if thing.get(name) is not None}
        before = settled(stack)
        for number, data in enumerate(({}, same, {})):
            answer = api.patch(where, data, headers=etag, **({"key": str(uuid.uuid4())} if number == 2 else {}))
            assert answer.status == 200, (path, data, answer)
            assert answer.headers["etag"].startswith(etag["If-Match"].rstrip('"')), (path, data, answer)
            assert {name: answer.json[name] for name in same} == same
        assert counted(stack) == before, path
        late = api.patch(where, {}, headers={"If-Match": '"v99"'})
        assert late.status == 412, (path, late)


def test_null_and_blank_empty_what_may_be_null(shop, documents):
    seen = 0
    for path, body in patches(documents):
        for name, schema in body["properties"].items():
            kinds = schema.get("type", [])
            if "null" not in kinds and {"type": "null"} not in schema.get("anyOf", []):
                continue
            for value in [None] + ([" "] if "string" in kinds and "minLength" not in schema and "format" not in schema else []):
                where, thing = shop.make(path)
                answer = shop.api(path).patch(where, {name: value}, headers={"If-Match": f'"v{thing.get("version", 1)}"'} if path != "/api/me" else {})
                assert answer.status == 200 and answer.json[name] is None, (path, name, value, answer)
                seen += 1
    assert seen >= 8


def is_line(schema):
    return schema.get("pattern", "").startswith("^[^\\u0000-\\u001F")


def test_a_line_is_not_blank_and_has_nothing_that_cannot_be_seen(stack, shop, documents):
    """In every required line of every body the one fault is named; other members may be missing besides."""
    seen = set()
    for document, path, method, body in bodies(documents, "post", "put", "patch"):
        api = shop.api(path) if path.startswith("/api/admin/") == (document is documents[1]) else shop.staff
        for pointer, schema in lines_of(document, body):
            for text in REFUSED + (BLANK if schema.get("minLength") else []):
                sent = nested(pointer, text)
                where = path.replace("{id}", str(uuid.uuid4())).replace("{product_id}", str(uuid.uuid4()))
                answer = api.request(method.upper(), where, sent, headers={"If-Match": '"v1"', "Idempotency-Key": str(uuid.uuid4())})
                if answer.status == 429:
                    continue
                assert answer.status == 422, (method, path, pointer, text, answer)
                named = [error["detail"] for error in answer.json["errors"] if error["pointer"] == "#/" + "/".join(pointer)]
                assert len(named) == 1 and named[0].startswith("must "), (path, pointer, text, answer)
                seen.add((path, pointer[-1]))
    assert {"name", "recipient", "street", "postal_code", "city", "title", "unit"} <= {name for _, name in seen}, seen


def lines_of(document, body, trail=(), depth=0):
    for name, schema in body.get("properties", {}).items():
        schema = shape(document, next((part for part in schema.get("anyOf", []) if "$ref" in part), schema))
        if is_line(schema):
            yield trail + (name,), schema
        elif schema.get("type") == "object" and depth < 3:
            yield from lines_of(document, schema, trail + (name,), depth + 1)


def nested(pointer, text):
    for name in reversed(pointer):
        text = {name: text}
    return text


def test_text_has_one_form(shop):
    answer = shop.me.post("/api/addresses", {**ADDRESS, "recipient": "\u3000Zoe\u0308 ", "city": "\u0645\u06cc\u200c\u062e\u0648", "country": "de", "note": "a\r\nb\u2028c "})
    assert answer.status == 201, answer
    assert [answer.json[name] for name in ("recipient", "city", "country", "note")] == ["Zo\u00eb", "\u0645\u06cc\u200c\u062e\u0648", "DE", "a\nb\nc"]
    for country in ("AA", "QQ", "EU", "UK", "12", "xk", "D", "DEU"):
        answer = shop.me.post("/api/addresses", {**ADDRESS, "country": country})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "#/country"), answer


def test_a_password_is_compared_in_one_form(stack):
    email = f"{word()}@example.com"
    register(stack, email=email, password="Motde\u0301passe 42 long")
    api = Api(stack)
    for password in ("Motd\u00e9passe 42 long", "Motde\u0301passe\u00a042 long"):
        assert api.post("/api/auth/login", {"email": f" {email.upper()}", "password": password}).status == 200
    assert api.post("/api/auth/login", {"email": email, "password": "Motdepasse 42 long"}).status == 401
