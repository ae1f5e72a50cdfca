# SPDX-License-Identifier: Apache-2.0
"""Reviews: by customers who have received the product, decided by moderators, summed up by a worker."""
import concurrent.futures
import re
import uuid

import pytest

from support.client import Api
from support.shop import add_product, admin_token, placed, public_token, wait_order
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api", "worker", "worker#2"))
REVIEW = {"rating": 4, "title": "Good", "text": "Fresh and crisp"}
EMPTY = {"count": 0, "average": 0, "histogram": {f"stars_{stars}": 0 for stars in range(1, 6)}}


class Customer(Api):
    def __init__(self, stack):
        self.id = str(uuid.uuid4())
        super().__init__(stack, token=public_token(self.id))

    def receive(self, product, status="delivered"):
        """An order with the product that has come to this status."""
        order = wait_order(self, placed(self, (product, 1))["id"], "confirmed")
        self.stack.sql("UPDATE commerce.orders SET status = %s WHERE id = %s", status, order["id"])
        return self

    def review(self, product, **more):
        """A review of a product that the customer has received."""
        answer = self.receive(product).post(f"/api/products/{product}/reviews", {**REVIEW, **more})
        assert answer.status == 201, answer
        return answer.json


@pytest.fixture()
def product(stack):
    return add_product(stack, stock=1000000)


@pytest.fixture()
def customer(stack):
    return Customer(stack)


@pytest.fixture(scope="module")
def staff(stack):
    return Api(stack, "admin-api", admin_token(role="store_staff"))


def moderate(staff, review, step, reason=None, **more):
    return staff.post(f"/api/admin/reviews/{review['id']}/moderate", {"step": step, **({"reason": reason} if reason else {})}, **more)


def published(staff, customer, product, **more):
    answer = moderate(staff, customer.review(product, **more), "publish")
    assert answer.status == 200, answer
    return answer.json


def rating_of(stack, product):
    return Api(stack).get(f"/api/products/{product}/rating").json


def wait_rating(stack, product, count, average):
    wait_until(f"{count} reviews of {average} stars",
               lambda: (rating := rating_of(stack, product))["count"] == count and rating["average"] == average)


def reviews_of(stack, product, **query):
    return [row["id"] for row in Api(stack).get(f"/api/products/{product}/reviews", query=query).json["data"]]


# ---- Writing ---------------------------------------------------------------------------------------------------------


def test_a_review_from_the_order_to_the_shop(stack, customer, staff, product):
    """Every step over the API, the order collected with its code."""
    path = f"/api/products/{product}/reviews"
    order = wait_order(customer, placed(customer, (product, 1), fulfilment="pickup")["id"], "confirmed")
    code = order["pickup_code"]
    for status, more in (("picking", {}), ("ready", {}), ("collected", {"code": code})):
        early = customer.post(path, REVIEW)
        assert (early.status, early.code) == (403, "not_bought"), early
        answer = staff.patch(f"/api/admin/orders/{order['id']}/status", {"status": status, **more},
                             headers={"If-Match": f'"v{order["version"]}"'})
        assert answer.status == 200, answer
        order = answer.json
    answer = customer.post(path, REVIEW)
    assert answer.status == 201, answer
    review = answer.json
    assert answer.headers["location"] == f"/api/reviews/{review['id']}" and answer.headers["etag"].startswith('"v1-')
    assert {name: review[name] for name in REVIEW} == REVIEW
    assert (review["product_id"], review["state"], review["reason"], review["version"]) == (product, "pending", None, 1)
    assert customer.get(f"/api/reviews/{review['id']}").json == review
    assert reviews_of(stack, product) == [] and rating_of(stack, product) == EMPTY
    answer = moderate(staff, review, "publish")
    assert (answer.status, answer.json["state"], answer.json["customer_id"], answer.headers["etag"][:4]) \
        == (200, "published", customer.id, '"v2-'), answer
    shown = Api(stack).get(path).json["data"]
    assert [set(row) for row in shown] == [{"id", "product_id", "rating", "title", "text", "created_at", "updated_at"}]
    assert shown[0]["id"] == review["id"]
    wait_rating(stack, product, 1, 4)
    assert rating_of(stack, product)["histogram"] == {**EMPTY["histogram"], "stars_4": 1}
    events = stack.sql("SELECT type, aggregate_seq, data FROM stoa.event WHERE aggregate_id = %s ORDER BY aggregate_seq", review["id"])
    assert [(row[0], row[1]) for row in events] == [("review.submitted", 1), ("review.published", 2)]
    assert events[1][2] == {"review_id": review["id"], "product_id": product, "customer_id": customer.id, "rating": 4}


@pytest.mark.parametrize("status", ["pending", "ready", "picked_up", "cancelled", "returned"])
def test_only_an_order_that_has_arrived_counts(customer, product, status):
    answer = customer.receive(product, status).post(f"/api/products/{product}/reviews", REVIEW)
    assert (answer.status, answer.code) == (403, "not_bought"), answer


def test_another_customers_order_or_another_product_does_not_count(stack, customer, product):
    Customer(stack).receive(product)
    customer.receive(add_product(stack))
    answer = customer.post(f"/api/products/{product}/reviews", REVIEW)
    assert (answer.status, answer.code) == (403, "not_bought"), answer


def test_one_review_of_a_customer_and_product(stack, customer, product):
    path = f"/api/products/{product}/reviews"
    review = customer.review(product)
    again = customer.receive(product).post(path, REVIEW)
    assert (again.status, again.code) == (409, "review_exists"), again
    customer.review(add_product(stack))
    assert customer.delete(f"/api/reviews/{review['id']}").status == 204
    assert customer.post(path, REVIEW).status == 201, "the first one is withdrawn"


def test_many_at_once_become_one(stack, customer, product):
    customer.receive(product)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: customer.post(f"/api/products/{product}/reviews", REVIEW), range(8)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert {answer.code for answer in answers} == {None, "review_exists"}


def test_a_retry_with_its_key_is_answered_again(stack, customer, product):
    customer.receive(product)
    first, second = (customer.post(f"/api/products/{product}/reviews", REVIEW, key="review-1") for _ in range(2))
    assert (first.status, second.status) == (201, 201) and first.json == second.json
    assert second.headers["idempotent-replayed"] == "true" and second.headers["location"] == first.headers["location"]
    other = customer.post(f"/api/products/{product}/reviews", {**REVIEW, "rating": 1}, key="review-1")
    assert (other.status, other.code) == (422, "idempotency_key_reused"), other


@pytest.mark.parametrize("body, pointer", [
    ({"rating": 0, "title": "x"}, "#/rating"), ({"rating": 6, "title": "x"}, "#/rating"), ({"rating": 4.5, "title": "x"}, "#/rating"),
    ({"title": "x"}, "#/rating"), ({"rating": 3}, "#/title"), ({"rating": 3, "title": ""}, "#/title"),
    ({"rating": 3, "title": "x" * 121}, "#/title"), ({"rating": 3, "title": "x", "text": "x" * 4001}, "#/text"),
    ({"rating": 3, "title": "x", "text": None}, "#/text"), ({"rating": 3, "title": "x", "state": "published"}, "#/state")])
def test_bounds(customer, product, body, pointer):
    answer = customer.post(f"/api/products/{product}/reviews", body)
    assert (answer.status, answer.code, answer.bad[0]) == (422, "invalid_body", pointer), answer


def test_products_that_are_not_there(stack, customer):
    gone = add_product(stack)
    customer.review(gone)
    stack.sql("UPDATE commerce.product SET deleted_at = now() WHERE id = %s", gone)
    for product in (gone, str(uuid.uuid4()), "42"):
        answers = [customer.post(f"/api/products/{product}/reviews", REVIEW), customer.get(f"/api/products/{product}/reviews"),
                   customer.get(f"/api/products/{product}/rating")]
        assert [(answer.status, answer.code) for answer in answers] == [(404, "not_found")] * 3, answers


# ---- Reading, changing, withdrawing ----------------------------------------------------------------------------------


def test_a_review_is_its_authors(stack, customer, staff, product):
    review = customer.review(product)
    path = f"/api/reviews/{review['id']}"
    for somebody in (Customer(stack), Api(stack, token=public_token(role="customer"))):
        for answer in (somebody.get(path), somebody.patch(path, {"rating": 1}), somebody.delete(path)):
            assert (answer.status, answer.code) == (404, "not_found"), answer
    assert Api(stack).get(path).status == 401
    assert Api(stack, token=public_token(role="courier")).get(path).status == 403
    assert Api(stack, "admin-api", admin_token(role="picker")).get("/api/admin/reviews").status == 403
    assert moderate(Api(stack, "admin-api", admin_token(role="picker")), review, "publish").status == 403
    assert customer.get(path).json == review


def test_a_change_waits_for_a_moderator_again(stack, customer, staff, product):
    review = published(staff, customer, product)
    path = f"/api/reviews/{review['id']}"
    wait_rating(stack, product, 1, 4)
    answer = customer.patch(path, {"rating": 2, "text": None}, headers={"If-Match": '"v2"'})
    assert answer.status == 200, answer
    assert (answer.json["rating"], answer.json["title"], answer.json["text"]) == (2, "Good", None)
    assert (answer.json["state"], answer.headers["etag"][:4]) == ("pending", '"v3-')
    assert reviews_of(stack, product) == []
    wait_rating(stack, product, 0, 0)
    late = customer.patch(path, {"rating": 5}, headers={"If-Match": '"v2"'})
    assert (late.status, late.code) == (412, "precondition_failed"), late
    assert customer.patch(path, {"title": "Not so good"}).json["text"] is None, "what is left out stays"
    assert moderate(staff, review, "publish").status == 200
    wait_rating(stack, product, 1, 2)
    for body, pointer in (({"rating": 6}, "#/rating"), ({"rating": None}, "#/rating"), ({"title": None}, "#/title"),
                          ({"text": ""}, "#/text")):
        answer = customer.patch(path, body)
        assert (answer.status, answer.bad[0]) == (422, pointer), answer


def test_a_review_is_withdrawn(stack, customer, staff, product):
    review = published(staff, customer, product)
    path = f"/api/reviews/{review['id']}"
    wait_rating(stack, product, 1, 4)
    late = customer.delete(path, headers={"If-Match": '"v1"'})
    assert (late.status, late.code) == (412, "precondition_failed"), late
    assert customer.delete(path, headers={"If-Match": '"v2"'}).status == 204
    for answer in (customer.get(path), customer.patch(path, {"rating": 1}), customer.delete(path)):
        assert answer.status == 404, answer
    assert reviews_of(stack, product) == []
    wait_rating(stack, product, 0, 0)
    answer = moderate(staff, review, "publish")
    assert (answer.status, answer.code, answer.json["allowed"]) == (409, "illegal_transition", []), answer
    assert stack.value("SELECT count(*) FROM stoa.event WHERE aggregate_id = %s AND type = 'review.withdrawn'", review["id"]) == 1


# ---- Moderation ------------------------------------------------------------------------------------------------------


def test_a_rejection_has_a_reason(stack, customer, staff, product):
    review = customer.review(product)
    answer = moderate(staff, review, "reject")
    assert (answer.status, answer.code, answer.bad[0]) == (422, "reason_missing", "#/reason"), answer
    answer = moderate(staff, review, "reject", "Names a person")
    assert (answer.status, answer.json["state"], answer.json["reason"]) == (200, "rejected", "Names a person"), answer
    mine = customer.get(f"/api/reviews/{review['id']}").json
    assert (mine["state"], mine["reason"], mine["version"]) == ("rejected", "Names a person", 2)
    mine = customer.patch(f"/api/reviews/{review['id']}", {"text": "Better now"}).json
    assert (mine["state"], mine["reason"]) == ("pending", None)
    assert moderate(staff, review, "publish").status == 200
    wait_rating(stack, product, 1, 4)
    assert moderate(staff, review, "reject", "Names a person after all").status == 200
    wait_rating(stack, product, 0, 0)
    assert moderate(staff, review, "publish").json["reason"] is None


def test_steps_that_are_not_there(stack, customer, staff, product):
    review = customer.review(product)
    for step, allowed in (("edit", ["publish", "reject"]), ("withdraw", ["publish", "reject"])):
        answer = moderate(staff, review, step, "x")
        assert (answer.status, answer.code, answer.json["allowed"]) == (409, "illegal_transition", allowed), answer
    assert moderate(staff, review, "publish").status == 200
    answer = moderate(staff, review, "publish")
    assert (answer.status, answer.code, answer.json["allowed"]) == (409, "illegal_transition", ["reject"]), answer
    assert moderate(staff, review, "approve").status == 422
    assert moderate(staff, {"id": uuid.uuid4()}, "publish").status == 404


def test_a_moderator_decides_about_what_they_saw(stack, customer, staff, product):
    review = customer.review(product)
    customer.patch(f"/api/reviews/{review['id']}", {"text": "Buy at example.com"})
    late = moderate(staff, review, "publish", headers={"If-Match": '"v1"'})
    assert (late.status, late.code) == (412, "precondition_failed"), late
    first, second = (moderate(staff, review, "publish", headers={"If-Match": '"v2"'}, key="m-1") for _ in range(2))
    assert first.status == 200 and first.json == second.json
    trail = Api(stack, "admin-api", admin_token()).get("/api/admin/audit", query={"filter[subject]": f"reviews/{review['id']}"})
    assert [(row["action"], row["before"]["state"], row["after"]["state"]) for row in trail.json["data"]] \
        == [("review_moderate", "pending", "published")]


def test_what_waits_for_moderators(stack, staff):
    one, two = add_product(stack), add_product(stack)
    author = Customer(stack)
    first, second = author.review(one), author.review(two)
    third = published(staff, Customer(stack), two, rating=1)
    author.patch(f"/api/reviews/{first['id']}", {"rating": 5})

    def ids(**query):
        return [row["id"] for row in staff.get("/api/admin/reviews", query=query).json["data"]]

    assert ids(limit=3) == [third["id"], second["id"], first["id"]]
    assert ids(**{"filter[product_id]": two}) == [third["id"], second["id"]]
    assert ids(**{"filter[product_id]": two, "filter[state]": "published"}) == [third["id"]]
    mine = [first["id"], second["id"]]
    oldest = ids(**{"filter[state]": "pending", "sort": "updated_at", "limit": 100})
    assert [row for row in oldest if row in mine] == [second["id"], first["id"]]
    assert staff.get("/api/admin/reviews", query={"filter[state]": "new"}).status == 400
    assert staff.get("/api/admin/reviews", query={"sort": "rating"}).status == 400


# ---- Pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(stack, staff):
    """(a product, its 23 published reviews as they are stored): few ratings, and some came in the same microsecond."""
    product = add_product(stack)
    for i in range(23):
        stack.sql("INSERT INTO commerce.review (id, product_id, customer_id, rating, title, state, created_at, updated_at)"
                  " VALUES (%s, %s, %s, %s, 'x', 'published', timestamptz '2026-01-01' + %s * interval '1 s', now())",
                  uuid.uuid4(), product, uuid.uuid4(), 1 + i % 3, i // 4)
    stack.sql("INSERT INTO commerce.review (id, product_id, customer_id, rating, title, state, created_at, updated_at)"
              " SELECT gen_random_uuid(), product_id, gen_random_uuid(), rating, title, 'pending', created_at, updated_at"
              " FROM commerce.review WHERE product_id = %s", product)
    return product, stack.sql("SELECT id::text, rating, created_at FROM commerce.review WHERE product_id = %s AND state = 'published'", product)


ORDERS = {"-created_at": lambda row: (row[2], row[0]), "-rating": lambda row: (row[1], row[0]), "rating": lambda row: (row[1], row[0])}


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("limit", [1, 5, 23, 100])
def test_pages_to_the_end(stack, many, sort, limit):
    product, rows = many
    expected = [row[0] for row in sorted(rows, key=ORDERS[sort], reverse=sort[0] == "-")]
    found, pages = Api(stack).pages(f"/api/products/{product}/reviews", {"sort": sort}, limit=limit)
    assert [row["id"] for row in found] == expected and pages == -(-23 // limit)
    two, _ = Api(stack).pages(f"/api/products/{product}/reviews", {"sort": sort, "filter[rating]": 2}, limit=limit)
    assert [row["id"] for row in two] == [row["id"] for row in found if row["rating"] == 2]


def test_a_page_ends_at_a_review_that_goes(stack, customer, staff, product):
    """Nothing is lost or shown twice when the last review of a page is withdrawn, and a new one comes."""
    reviews = [published(staff, Customer(stack) if i != 1 else customer, product) for i in range(3)]
    newest = [review["id"] for review in reversed(reviews)]
    page = Api(stack).get(f"/api/products/{product}/reviews", query={"limit": 2}).json
    assert [row["id"] for row in page["data"]] == newest[:2]
    assert customer.delete(f"/api/reviews/{reviews[1]['id']}").status == 204
    published(staff, Customer(stack), product)
    rest = Api(stack).get(f"/api/products/{product}/reviews", query={"limit": 2, "cursor": page["next_cursor"]}).json
    assert ([row["id"] for row in rest["data"]], rest["has_more"]) == (newest[2:], False)


def test_cursors_belong_to_their_list(stack, many, product):
    cursor = Api(stack).get(f"/api/products/{many[0]}/reviews", query={"limit": 2}).json["next_cursor"]
    for path, query in ((f"/api/products/{many[0]}/reviews", {"sort": "rating"}), (f"/api/products/{many[0]}/reviews", {"filter[rating]": 1})):
        answer = Api(stack).get(path, query={**query, "limit": 2, "cursor": cursor})
        assert (answer.status, answer.code) == (400, "invalid_cursor"), answer
    for query in ({"filter[rating]": 6}, {"limit": 0}, {"limit": 101}, {"sort": "title"}, {"offset": 1}):
        answer = Api(stack).get(f"/api/products/{product}/reviews", query=query)
        assert (answer.status, answer.code) == (400, "invalid_parameter"), answer


# ---- The aggregate ---------------------------------------------------------------------------------------------------


def test_the_average_has_two_decimals(stack, staff, product):
    for stars in (5, 4, 4):
        published(staff, Customer(stack), product, rating=stars)
    wait_rating(stack, product, 3, 4.33)
    assert rating_of(stack, product)["histogram"] == {"stars_1": 0, "stars_2": 0, "stars_3": 0, "stars_4": 2, "stars_5": 1}


def test_the_catalogue_shows_the_rating(stack, customer, staff, product):
    api, path = Api(stack), f"/api/products/{product}"
    assert (api.get(path).json["rating_count"], api.get(path).json["rating_average"]) == (0, 0)
    mine = published(staff, customer, product, rating=5)
    published(staff, Customer(stack), product, rating=2)
    wait_rating(stack, product, 2, 3.5)
    rated = api.get(path)
    assert (rated.json["rating_count"], rated.json["rating_average"]) == (2, 3.5)
    listed = api.get("/api/products", query={"q": rated.json["sku"]}).json["data"]
    assert [(row["rating_count"], row["rating_average"]) for row in listed] == [(2, 3.5)]
    assert api.get(path, headers={"If-None-Match": rated.headers["etag"]}).status == 304
    assert customer.delete(f"/api/reviews/{mine['id']}").status == 204
    wait_rating(stack, product, 1, 2)
    changed = api.get(path, headers={"If-None-Match": rated.headers["etag"]})
    assert (changed.status, changed.json["rating_average"]) == (200, 2), "the ETag is that of the rating, too"


def test_an_event_that_comes_twice_counts_once(stack, staff, product):
    published(staff, Customer(stack), product)
    wait_rating(stack, product, 1, 4)

    def duplicates():
        said = "".join(Api(stack, name).get("/metrics").body.decode() for name in ("worker", "worker#2"))
        return sum(map(int, re.findall(r'handled_total{consumer="commerce.rate_published",result="duplicate"} (\d+)', said)))

    before, stream = duplicates(), "stoa:stream:review.published"
    version = stack.value("SELECT version FROM commerce.product_rating WHERE product_id = %s", product)
    for _, fields in (entries := stack.redis().xrange(stream)):
        stack.redis().xadd(stream, fields)
    wait_until("the duplicates", lambda: duplicates() == before + len(entries))
    assert stack.value("SELECT version FROM commerce.product_rating WHERE product_id = %s", product) == version
    assert rating_of(stack, product)["count"] == 1


def test_many_at_once_are_all_counted(stack, staff, product):
    """Two workers compute the same aggregate; the one that commits last has seen all reviews."""
    waiting = [Customer(stack).review(product, rating=1 + i % 5) for i in range(40)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda review: moderate(staff, review, "publish"), waiting))
    assert {answer.status for answer in answers} == {200}
    wait_rating(stack, product, 40, 3)


def test_a_worker_that_dies_loses_and_doubles_nothing(stack, staff, product):
    reviews = []
    for i in range(12):
        reviews.append(published(staff, Customer(stack), product, rating=1 + i % 5))
        if i in (3, 8):
            stack.restart("worker")
    expected = [1 + i % 5 for i in range(12)]
    wait_rating(stack, product, 12, round(sum(expected) / 12, 2))
    assert rating_of(stack, product)["histogram"] == {f"stars_{stars}": expected.count(stars) for stars in range(1, 6)}
