# SPDX-License-Identifier: Apache-2.0
"""The addresses people keep: fifty at most, one of them offered first, nobody else's; orders take a copy."""
import threading
import uuid

import pytest

from support.client import Api
from support.shop import ADDRESS, add_product, order_body, public_token

STACK = dict(start=("public-api", "worker"))
MOVED = {**ADDRESS, "street": "New Street 2", "city": "Hamburg"}


@pytest.fixture()
def api(stack):
    """A customer with an empty book."""
    return Api(stack, token=public_token(), keep=True)


def add(api, **more):
    answer = api.post("/api/addresses", {**ADDRESS, **more})
    assert answer.status == 201, answer
    return answer.json


def in_parallel(count, run):
    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


def defaults(api):
    return [row["id"] for row in api.pages("/api/addresses")[0] if row["is_default"]]


def place(api, product, **where):
    """Orders one piece to exactly that."""
    body = {**order_body((product, 1)), **where}
    if "address" not in where:
        del body["address"]
    return api.post("/api/orders", body, key=str(uuid.uuid4()))


def test_an_address_lives(api):
    answer = api.post("/api/addresses", {**ADDRESS, "label": "home", "note": "2nd floor"})
    assert answer.status == 201, answer
    made = answer.json
    assert {name: made[name] for name in ADDRESS} == ADDRESS
    assert (made["label"], made["note"], made["is_default"], made["version"]) == ("home", "2nd floor", True, 1)
    where, etag = answer.headers["location"], answer.headers["etag"]
    assert where == f"/api/addresses/{made['id']}"
    got = api.get(where)
    assert got.json == made and got.headers["etag"] == etag
    assert api.get(where, headers={"If-None-Match": etag}).status == 304
    changed = api.patch(where, {"city": "Bremen", "label": "", "note": ""}, headers={"If-Match": etag})
    assert changed.status == 200, changed
    assert (changed.json["city"], changed.json["label"], changed.json["note"], changed.json["version"]) == ("Bremen", None, None, 2)
    assert changed.json["street"] == ADDRESS["street"], "what is left out stays"
    assert api.get(where).json == changed.json
    for answer in (api.patch(where, {"city": "Kiel"}, headers={"If-Match": etag}),
                   api.request("DELETE", where, headers={"If-Match": etag})):
        assert (answer.status, answer.code) == (412, "precondition_failed"), answer
    assert api.patch(where, {"city": "Kiel"}).json["version"] == 3, "If-Match may be left out"
    assert api.patch(where, {"label": "work", "note": "bell 7"}).json["label"] == "work"
    removed = api.patch(where, {"label": None}).json
    assert (removed["label"], removed["note"], removed["version"]) == (None, "bell 7", 5), "null removes, absence does not"
    gone = api.request("DELETE", where)
    assert gone.status == 204 and not gone.body
    for answer in (api.get(where), api.patch(where, {"city": "Bonn"}), api.request("DELETE", where)):
        assert (answer.status, answer.code) == (404, "not_found"), answer
    assert api.get("/api/addresses").json["data"] == []


def test_somebody_elses_address_is_none(stack, api):
    theirs = add(api)
    other = Api(stack, token=public_token())
    add(other)
    where = f"/api/addresses/{theirs['id']}"
    for answer in (other.get(where), other.patch(where, {"city": "Bonn"}), other.request("DELETE", where)):
        assert (answer.status, answer.code) == (404, "not_found"), answer
    assert [row["id"] for row in other.get("/api/addresses").json["data"]] != [theirs["id"]]
    assert api.get(where).json == theirs


def test_one_is_offered_first(api):
    first, second = add(api), add(api)
    assert first["is_default"] and not second["is_default"]
    third = add(api, is_default=True)
    assert third["is_default"] and defaults(api) == [third["id"]]
    assert api.patch(f"/api/addresses/{second['id']}", {"is_default": True}).json["is_default"]
    assert defaults(api) == [second["id"]]
    assert not api.patch(f"/api/addresses/{second['id']}", {"is_default": False}).json["is_default"]
    assert defaults(api) == []
    api.patch(f"/api/addresses/{first['id']}", {"is_default": False})
    assert defaults(api) == []
    api.patch(f"/api/addresses/{first['id']}", {"is_default": True})
    assert api.request("DELETE", f"/api/addresses/{first['id']}").status == 204
    assert defaults(api) == [], "another one is not chosen for anybody"


def test_there_is_one_default_after_concurrent_changes(api):
    ids = [add(api)["id"] for _ in range(8)]
    for _ in range(10):
        answers = []
        in_parallel(8, lambda i: answers.append(api.patch(f"/api/addresses/{ids[i]}", {"is_default": True}).status))
        assert answers == [200] * 8 and len(defaults(api)) == 1


def test_a_book_has_fifty_addresses(stack, api):
    for _ in range(45):
        add(api)
    answers = []
    in_parallel(12, lambda i: answers.append(api.post("/api/addresses", ADDRESS)))
    assert sorted(answer.status for answer in answers) == [201] * 5 + [409] * 7
    assert {answer.code for answer in answers} == {None, "too_many_addresses"}
    rows, pages = api.pages("/api/addresses", limit=7)
    assert len(rows) == len({row["id"] for row in rows}) == 50 and pages == 8
    assert len(api.get("/api/addresses").json["data"]) == 20
    assert api.request("DELETE", f"/api/addresses/{rows[0]['id']}").status == 204
    add(api)
    assert api.post("/api/addresses", ADDRESS).code == "too_many_addresses"


def test_a_retry_with_its_key_adds_once(api):
    key = str(uuid.uuid4())
    first, again = (api.post("/api/addresses", ADDRESS, key=key) for _ in range(2))
    assert first.status == again.status == 201 and first.body == again.body
    assert len(api.get("/api/addresses").json["data"]) == 1


def test_every_bad_field_is_named(api):
    answer = api.post("/api/addresses", {**ADDRESS, "country": "Germany", "city": "", "recipient": "x" * 201, "extra": 1})
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert set(answer.bad) == {"#/country", "#/city", "#/recipient", "#/extra"}
    where = f"/api/addresses/{add(api)['id']}"
    answer = api.patch(where, {"street": "", "city": None, "note": "x" * 501})
    assert set(answer.bad) == {"#/street", "#/city", "#/note"}, answer


def test_an_order_goes_to_an_address_that_is_kept(stack, api):
    product = add_product(stack)
    kept = add(api, note="ring twice")
    answer = place(api, product, address_id=kept["id"])
    assert answer.status == 201, answer
    order = answer.json
    assert order["address"] == {**ADDRESS, "note": "ring twice"}
    api.patch(f"/api/addresses/{kept['id']}", MOVED)
    assert api.get(f"/api/orders/{order['id']}").json["address"] == order["address"], "the order has its own copy"
    api.request("DELETE", f"/api/addresses/{kept['id']}")
    assert api.get(f"/api/orders/{order['id']}").json["address"] == order["address"]


def test_an_order_names_exactly_one_address_of_ones_own(stack, api):
    product = add_product(stack)
    kept = add(api)
    for more in (dict(address=ADDRESS, address_id=kept["id"]), {}):
        answer = place(api, product, **more)
        assert (answer.status, answer.code) == (422, "invalid_body"), answer
        assert answer.bad == ["#/address"]
    theirs = add(Api(stack, token=public_token()))
    for other in (theirs["id"], str(uuid.uuid4())):
        answer = place(api, product, address_id=other)
        assert (answer.status, answer.code) == (422, "unknown_address"), answer
        assert answer.bad[0] == "#/address_id"
    answer = place(api, product, address_id="home")
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
