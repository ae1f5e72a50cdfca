# SPDX-License-Identifier: Apache-2.0
"""The life of an order as its customer sees it: placed, watched, confirmed, cancelled, listed."""
import collections
import re
import threading
import time
import uuid

import pytest

from support import checker, shop
from support.client import Api, Refused, Socket
from support.shop import add_product, follow, order_body, place, placed, public_token, stock_of, wait_order
from support.stack import wait_until

STACK = dict(start=("public-api", "worker"))


@pytest.fixture()
def token():
    return public_token()


@pytest.fixture()
def api(stack, token):
    return Api(stack, token=token)


@pytest.fixture(autouse=True, scope="module")
def books_agree(stack):
    """Whatever the tests of this module did, the books agree in the end."""
    yield
    checker.check(stack)


def contained_tax(total, rate_bp):
    """Half up, of what the price contains."""
    return (2 * total * rate_bp + 10000 + rate_bp) // (2 * (10000 + rate_bp))


def test_the_whole_way_with_a_registered_customer(stack):
    session = shop.register(stack)
    mine = Api(stack, token=session["access_token"])
    product = add_product(stack, stock=10, price=1299, name="Whole way")
    answer = place(mine, (product, 2))
    assert answer.status == 201, answer
    order = answer.json
    assert answer.headers["location"] == f"/api/orders/{order['id']}"
    assert answer.headers["etag"].startswith('"v1-')
    assert order["status"] == "pending" and order["version"] == 1
    messages = follow(stack, order["id"], session["access_token"], until="confirmed")
    assert messages[0]["type"] == "connected"
    now = mine.get(answer.headers["location"])
    assert now.json["status"] == "confirmed" and now.headers["etag"].startswith('"v2-')
    assert [entry["to"] for entry in now.json["history"]] == ["pending", "confirmed"]
    assert [entry["actor"] for entry in now.json["history"]] == ["customer", "worker"]
    assert stock_of(stack, product) == (10, 2)
    assert mine.get(f"/api/products/{product}").json["available"] == 8


def test_prices_are_the_servers(stack, api):
    cheap = add_product(stack, price=105, tax=700, unit="500 g")
    dear = add_product(stack, price=1999, tax=1900)
    order = placed(api, (cheap, 3), (dear, 1), note="Ring twice")
    lines = {line["product_id"]: line for line in order["lines"]}
    assert lines[cheap]["total"] == {"amount": 315, "currency": "EUR"} and lines[cheap]["unit"] == "500 g"
    assert lines[dear]["unit_price"]["amount"] == 1999
    assert order["subtotal"]["amount"] == 2314
    assert order["delivery_fee"]["amount"] == 299
    assert order["tax"]["amount"] == contained_tax(315, 700) + contained_tax(1999, 1900)
    assert order["total"]["amount"] == 2314 + 299 - order["discount"]["amount"]
    assert order["address"]["city"] == "Berlin" and order["note"] == "Ring twice"
    assert order["payment_status"] == "none" and order["payment_method"] == "cash"
    line = {"product_id": cheap, "quantity": 1, "unit_price": 1}
    answer = api.post("/api/orders", order_body(lines=[line]), key=str(uuid.uuid4()))
    assert (answer.status, answer.code) == (422, "invalid_body"), "a client names no price"


@pytest.mark.parametrize("price, fee", [(4999, 299), (5000, 0), (5001, 0)])
def test_delivery_is_free_from_fifty(stack, api, price, fee):
    assert placed(api, (add_product(stack, price=price), 1))["delivery_fee"]["amount"] == fee


def test_lines_of_one_product_are_summed_first(stack, api):
    product = add_product(stack, stock=5)
    other = add_product(stack, stock=5)
    order = placed(api, (product, 2), (other, 1), (product, 3))
    assert sorted(line["quantity"] for line in order["lines"]) == [1, 5]
    wait_order(api, order["id"], "confirmed")
    assert stock_of(stack, product) == (5, 5)
    order = placed(api, (other, 2), (other, 3))
    wait_order(api, order["id"], "cancelled")
    assert stock_of(stack, other) == (5, 1), "2 and 3 would have fitted one by one; 5 do not"


def test_a_shortage_is_named(stack, api, token):
    product = add_product(stack, stock=3, safety=1, name="Rare tea")
    plenty = add_product(stack, stock=100, name="Plain tea")
    order = placed(api, (product, 3), (plenty, 1))
    messages = follow(stack, order["id"], token, until="cancelled")
    order = wait_order(api, order["id"], "cancelled")
    assert order["status_reason"] == "out of stock: Rare tea (3 ordered, 2 left)"
    assert stock_of(stack, plenty) == (100, 0), "all or nothing"
    changed = [message for message in messages if message["type"] == "order.status_changed"]
    if changed:
        shortage, = changed[-1]["data"]["shortages"]
        assert shortage["product_id"] == product and shortage["name"] == "Rare tea"
        assert (shortage["requested"], shortage["available"]) == (3, 2)
    events = [row[0] for row in stack.sql("SELECT type FROM stoa.event WHERE aggregate_id = %s ORDER BY aggregate_seq", order["id"])]
    assert events == ["order.created", "order.status_changed", "order.cancelled"]
    assert order["allowed_transitions"] == []


def test_several_shortages(stack, api):
    one, two = add_product(stack, stock=0, name="Nothing"), add_product(stack, stock=1, name="One left")
    order = wait_order(api, placed(api, (one, 1), (two, 2))["id"], "cancelled")
    assert order["status_reason"].startswith("out of stock: ") and order["status_reason"].endswith("and 1 more")


# ---- Idempotency ---------------------------------------------------------------------------------------------------


def count_orders(stack, token_api):
    return len(token_api.pages("/api/orders", limit=100)[0])


def test_without_a_key_nothing_is_ordered(stack, api):
    answer = api.post("/api/orders", order_body((add_product(stack), 1)))
    assert (answer.status, answer.code) == (400, "idempotency_key_missing"), answer
    assert count_orders(stack, api) == 0


def test_a_repeated_key_gets_the_first_answer(stack, api):
    body, key = order_body((add_product(stack), 1)), str(uuid.uuid4())
    first = api.post("/api/orders", body, key=key)
    wait_order(api, first.json["id"], "confirmed")
    again = api.post("/api/orders", body, key=key)
    quoted = api.post("/api/orders", body, key=f'"{key}"')
    for answer in (again, quoted):
        assert answer.status == 201 and answer.body == first.body, "as it was then, not as it is now"
        assert answer.headers["idempotent-replayed"] == "true"
        assert answer.headers["location"] == first.headers["location"] and answer.headers["etag"] == first.headers["etag"]
    assert "idempotent-replayed" not in first.headers
    assert count_orders(stack, api) == 1


def test_a_repeated_key_does_not_yield(stack, api):
    """The inbox says that the consumer is five seconds behind, and will be: who places waits, who asks again does not."""
    def yields():
        found = re.search(r"^stoa_yields_total\S+ (\S+)$", stack.probe("public-api", "/metrics")[1], re.M)
        return float(found.group(1)) if found else 0
    body, key = order_body((add_product(stack), 1)), str(uuid.uuid4())
    first = api.post("/api/orders", body, key=key)
    made = f"{int((time.time() + 25) * 1000):012x}"
    event = f"{made[:8]}-{made[8:]}-7000-8000-{uuid.uuid4().hex[:12]}"
    stack.sql("INSERT INTO stoa.inbox (consumer, event_id, position, handled_at)"
              " VALUES ('commerce.reserve_stock', %s, 1, now() + interval '30 seconds')", event)
    try:
        before = yields()
        wait_until("a request that waits", lambda: api.post("/api/orders", body, key=str(uuid.uuid4())) and yields() > before)
        before = yields()
        for _ in range(5):
            again = api.post("/api/orders", body, key=key)
            assert again.headers["idempotent-replayed"] == "true" and again.body == first.body
        assert yields() == before
    finally:
        stack.sql("DELETE FROM stoa.inbox WHERE event_id = %s", event)


def test_a_key_used_for_something_else(stack, api):
    product, key = add_product(stack), str(uuid.uuid4())
    assert api.post("/api/orders", order_body((product, 1)), key=key).status == 201
    answer = api.post("/api/orders", order_body((product, 2)), key=key)
    assert (answer.status, answer.code) == (422, "idempotency_key_reused"), answer
    assert count_orders(stack, api) == 1


def test_a_key_belongs_to_its_account(stack, api):
    body, key = order_body((add_product(stack), 1)), str(uuid.uuid4())
    other = Api(stack, token=public_token())
    assert api.post("/api/orders", body, key=key).json["id"] != other.post("/api/orders", body, key=key).json["id"]


def test_a_refused_body_does_not_spend_the_key(stack, api):
    key = str(uuid.uuid4())
    body = order_body((add_product(stack), 1))
    assert api.post("/api/orders", {**body, "lines": []}, key=key).status == 422
    assert api.post("/api/orders", body, key=key).status == 201


def test_a_refusal_of_the_rules_is_kept(stack, api):
    key, body = str(uuid.uuid4()), order_body((str(uuid.uuid4()), 1))
    first = api.post("/api/orders", body, key=key)
    again = api.post("/api/orders", body, key=key)
    assert first.status == again.status == 422 and first.code == again.code == "unknown_product"
    assert again.headers["idempotent-replayed"] == "true" and again.body == first.body


@pytest.mark.parametrize("round_no", range(3))
def test_the_same_key_twenty_times_at_once_is_one_order(stack, api, round_no):
    product = add_product(stack, stock=100)
    body, key = order_body((product, 1)), str(uuid.uuid4())
    gate, answers = threading.Barrier(20), []

    def run():
        gate.wait()
        answers.append(api.post("/api/orders", body, key=key))
    threads = [threading.Thread(target=run) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    made = [answer for answer in answers if answer.status == 201]
    running = [answer for answer in answers if answer.code == "idempotency_key_in_use" and answer.headers["retry-after"] == "1"]
    assert made and len(made) + len(running) == 20, collections.Counter((a.status, a.code) for a in answers)
    assert len({answer.body for answer in made}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in made) == 1
    assert api.post("/api/orders", body, key=key).body == made[0].body
    assert count_orders(stack, api) == 1
    wait_order(api, made[0].json["id"], "confirmed")
    assert stock_of(stack, product) == (100, 1)


# ---- Watching ------------------------------------------------------------------------------------------------------


def test_the_socket_tells_every_event_in_order(stack, api, token):
    stack.kill("worker")
    try:
        order = placed(api, (add_product(stack), 1))
        with Socket(stack, f"/ws/orders/{order['id']}", token) as ws:
            hello = ws.recv()
            assert (hello["type"], hello["seq"]) == ("connected", 1)
            assert hello["order"] == order
            stack.start("worker")
            changed = ws.recv()
            assert (changed["type"], changed["seq"]) == ("order.status_changed", 2)
            assert (changed["data"]["from"], changed["data"]["to"]) == ("pending", "confirmed")
            assert changed["data"]["version"] == 2 and changed["data"]["order_id"] == order["id"]
            reserved = ws.recv()
            assert (reserved["type"], reserved["seq"]) == ("inventory.reserved", 3)
            assert api.post(f"/api/orders/{order['id']}/cancel", {"reason": "changed my mind"}).status == 200
            rest = [ws.recv() for _ in range(3)]
            assert [message["type"] for message in rest] == ["order.status_changed", "order.cancelled", "inventory.released"]
            assert [message["seq"] for message in rest] == [4, 5, 6]
            assert ws.close() == 1000
    finally:
        if not stack.alive("worker"):
            stack.start("worker")


@pytest.mark.parametrize("after", range(0, 8))
def test_resuming_misses_nothing(stack, api, token, after):
    order = placed(api, (add_product(stack), 1))
    wait_order(api, order["id"], "confirmed")
    api.post(f"/api/orders/{order['id']}/cancel", {})
    with Socket(stack, f"/ws/orders/{order['id']}", token, query={"after": after}) as ws:
        hello = ws.recv()
        assert hello["seq"] == 6 and hello["order"]["status"] == "cancelled"
        told = [ws.recv()["seq"] for _ in range(max(6 - after, 0))]
        assert told == list(range(after + 1, 7))
        with pytest.raises(TimeoutError):
            ws.recv(0.3)


def test_reconnecting_again_and_again_sees_each_event_once(stack, api, token):
    stack.kill("worker")
    order = placed(api, (add_product(stack), 1))
    seen, last = [], 1
    for round_no in range(20):
        try:
            with Socket(stack, f"/ws/orders/{order['id']}", token, query={"after": last}) as ws:
                assert ws.recv()["type"] == "connected"
                if round_no == 3:
                    stack.start("worker")
                while last < 3:
                    message = ws.recv(0.2 if round_no < 3 else 2)
                    seen.append(message["seq"])
                    last = message["seq"]
                    break
        except TimeoutError:
            pass
    if not stack.alive("worker"):
        stack.start("worker")
    assert seen == [2, 3]


def test_the_token_may_come_as_a_subprotocol(stack, api, token):
    order = placed(api, (add_product(stack), 1))
    with Socket(stack, f"/ws/orders/{order['id']}", token, via="protocol") as ws:
        assert ws.headers["sec-websocket-protocol"] == "bearer"
        assert ws.recv()["type"] == "connected"


def test_somebody_elses_order_is_not_there(stack, api):
    order = placed(api, (add_product(stack), 1))
    stranger = public_token()
    other = Api(stack, token=stranger)
    for answer in (other.get(f"/api/orders/{order['id']}"), other.post(f"/api/orders/{order['id']}/cancel", {})):
        assert (answer.status, answer.code) == (404, "not_found"), answer
    missing = other.get(f"/api/orders/{uuid.uuid4()}")
    foreign = other.get(f"/api/orders/{order['id']}")
    assert missing.json["detail"] == foreign.json["detail"], "one cannot tell whether it exists"
    for path in (f"/ws/orders/{order['id']}", f"/ws/orders/{uuid.uuid4()}"):
        with Socket(stack, path, stranger) as ws:
            assert ws.close_code(10) == 4404
    assert other.get("/api/orders").json["data"] == []


def test_a_bad_token_is_told_by_a_close_code(stack, api):
    order = placed(api, (add_product(stack), 1))
    for token in (None, "nonsense", public_token(exp=int(time.time()) - 3600), shop.admin_token()):
        with Socket(stack, f"/ws/orders/{order['id']}", token, via="protocol") as ws:
            assert ws.close_code(10) == 4401


def test_the_socket_address_without_an_upgrade(stack, api):
    order = placed(api, (add_product(stack), 1))
    answer = api.get(f"/ws/orders/{order['id']}")
    assert (answer.status, answer.code) == (426, "upgrade_required"), answer
    with Socket(stack, "/ws/orders/nonsense", api.token) as ws:
        assert ws.close_code(10) == 4404
    for query in ("after=-1", "after=x", "after=1&after=2", "before=1"):
        with pytest.raises(Refused) as refused:
            Socket(stack, f"/ws/orders/{order['id']}?{query}", api.token)
        assert (refused.value.answer.status, refused.value.answer.code) == (400, "invalid_parameter")


def test_bad_frames_end_the_socket_and_nothing_else(stack, api, token):
    order = placed(api, (add_product(stack), 1))
    bad = [(dict(opcode=0x1, payload=b"x", masked=False), {1002}), (dict(opcode=0x3, payload=b""), {1002}),
           (dict(opcode=0x9, payload=b"x" * 126), {1002}), (dict(opcode=0x1, payload=b"\xff\xfe"), {1007, 1003, 1008}),
           (dict(opcode=0x1, payload=b"x", rsv=4), {1002}), (dict(opcode=0x0, payload=b"x"), {1002}),
           (dict(opcode=0x1, payload=b"x" * 300000), {1009, 1003, 1008}), (dict(opcode=0x9, payload=b"x", fin=False), {1002})]
    for frame, codes in bad:
        with Socket(stack, f"/ws/orders/{order['id']}", token) as ws:
            ws.recv()
            try:
                ws.send_frame(**frame)
            except OSError:
                continue
            code = ws.close_code(10)
            assert code is None or code in codes, (frame, code)
    with Socket(stack, f"/ws/orders/{order['id']}", token) as ws:
        ws.recv()
        ws.send_frame(0x9, b"still there?")
        while True:
            opcode, payload = ws.recv_frame(10)
            if opcode == 0xA:
                break
        assert payload == b"still there?"


# ---- Cancelling ----------------------------------------------------------------------------------------------------


def test_cancelling_gives_the_stock_back(stack, api):
    product = add_product(stack, stock=4)
    order = placed(api, (product, 4))
    wait_order(api, order["id"], "confirmed")
    assert stock_of(stack, product) == (4, 4)
    answer = api.post(f"/api/orders/{order['id']}/cancel", {"reason": "too slow"})
    assert answer.status == 200, answer
    assert answer.json["status"] == "cancelled" and answer.json["status_reason"] == "too slow"
    assert answer.json["version"] == 3 and answer.headers["etag"].startswith('"v3-')
    assert answer.json["history"][-1]["actor"] == "customer"
    assert api.get(f"/api/orders/{order['id']}").json == answer.json
    assert stock_of(stack, product) == (4, 0)
    again = api.post(f"/api/orders/{order['id']}/cancel", {"reason": "really"})
    assert again.status == 200 and again.json == answer.json, "twice is once"
    assert stock_of(stack, product) == (4, 0)


def test_cancelling_without_a_body(stack, api):
    order = placed(api, (add_product(stack), 1))
    answer = api.post(f"/api/orders/{order['id']}/cancel")
    assert answer.status == 200, answer


def test_cancelling_before_the_worker_comes(stack, api):
    product = add_product(stack, stock=4)
    stack.kill("worker")
    order = placed(api, (product, 2))
    assert api.post(f"/api/orders/{order['id']}/cancel", {}).json["status"] == "cancelled"
    stack.start("worker")
    checker.settle(stack)
    assert api.get(f"/api/orders/{order['id']}").json["status"] == "cancelled"
    assert stock_of(stack, product) == (4, 0)


def test_cancelling_in_a_race_with_the_worker(stack, api):
    """Whichever commits first, the order ends cancelled once, and nothing stays reserved."""
    product = add_product(stack, stock=100)
    for _ in range(30):
        order = placed(api, (product, 1))
        answer = api.post(f"/api/orders/{order['id']}/cancel", {})
        assert answer.status == 200 and answer.json["status"] == "cancelled", answer
    checker.settle(stack)
    assert stock_of(stack, product) == (100, 0)


def test_what_has_left_cannot_be_cancelled(stack, api):
    order = placed(api, (add_product(stack), 1))
    wait_order(api, order["id"], "confirmed")
    stack.sql("UPDATE commerce.orders SET status = 'delivered' WHERE id = %s", order["id"])
    answer = api.post(f"/api/orders/{order['id']}/cancel", {})
    stack.sql("UPDATE commerce.orders SET status = 'confirmed' WHERE id = %s", order["id"])
    assert (answer.status, answer.code) == (409, "illegal_transition"), answer
    assert isinstance(answer.json["allowed"], list) and "cancelled" not in answer.json["allowed"]


# ---- Own orders ----------------------------------------------------------------------------------------------------


def test_own_orders_newest_first(stack, api):
    product, missing = add_product(stack, stock=1000), add_product(stack, stock=0)
    ids = [placed(api, (product if i % 3 else missing, 1))["id"] for i in range(23)]
    checker.settle(stack)
    rows, pages = api.pages("/api/orders", limit=5)
    assert [row["id"] for row in rows] == ids[::-1] and pages == 5
    cancelled, _ = api.pages("/api/orders", {"status": "cancelled"}, limit=3)
    assert [row["id"] for row in cancelled] == [order for i, order in enumerate(ids) if not i % 3][::-1]
    assert rows[0] == api.get(f"/api/orders/{ids[-1]}").json
    assert api.get("/api/orders", query={"status": "nowhere"}).code == "invalid_parameter"
    cursor = api.get("/api/orders", query={"limit": 5}).json["next_cursor"]
    stranger = Api(stack, token=public_token()).get("/api/orders", query={"limit": 5, "cursor": cursor})
    assert (stranger.status, stranger.code) == (400, "invalid_cursor"), "a cursor is its account's"


def test_order_etag(stack, api):
    order = placed(api, (add_product(stack), 1))
    wait_order(api, order["id"], "confirmed")
    etag = api.get(f"/api/orders/{order['id']}").headers["etag"]
    assert api.get(f"/api/orders/{order['id']}", headers={"If-None-Match": etag}).status == 304


@pytest.mark.parametrize("change, pointer, code", [
    ({"lines": []}, "#/lines", "invalid_body"),
    ({"lines": [{"product_id": "x", "quantity": 1}]}, "#/lines/0/product_id", "invalid_body"),
    ({"lines": [{"product_id": str(uuid.uuid4()), "quantity": 1}]}, "#/lines/0/product_id", "unknown_product"),
    ({"lines": None}, "#/lines", "invalid_body"), ({"payment_method": "shells"}, "#/payment_method", "invalid_body"),
    ({"address": {}}, "#/address/city", "invalid_body"), ({"address": None}, "#/address", "invalid_body"),
    ({"note": "x" * 1001}, "#/note", "invalid_body"), ({"note": 5}, "#/note", "invalid_body"),
    ({"surprise": True}, "#/surprise", "invalid_body")])
def test_bad_orders_name_the_field(stack, api, change, pointer, code):
    answer = api.post("/api/orders", {**order_body((add_product(stack), 1)), **change}, key=str(uuid.uuid4()))
    assert (answer.status, answer.code) == (422, code), answer
    assert pointer in answer.bad, answer


@pytest.mark.parametrize("quantity", [0, -1, 1000, 1.5, "1", None, 10**30, True])
def test_bad_quantities(stack, api, quantity):
    answer = place(api, (add_product(stack), quantity))
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert "#/lines/0/quantity" in answer.bad


def test_limits_of_an_order(stack, api):
    product = add_product(stack, stock=5)
    answer = place(api, (product, 999), (product, 1))
    assert (answer.status, answer.code) == (422, "quantity_too_high"), answer
    answer = api.post("/api/orders", order_body(*[(product, 1)] * 101), key=str(uuid.uuid4()))
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    answer = place(api, (product, 1), (add_product(stack, currency="USD"), 1))
    assert (answer.status, answer.code) == (422, "currency_mismatch"), answer
    assert placed(api, *[(product, 1)] * 100)["lines"][0]["quantity"] == 100


def test_a_retired_product_cannot_be_ordered(stack, api):
    product = add_product(stack)
    stack.sql("UPDATE commerce.product SET deleted_at = now() WHERE id = %s", product)
    answer = place(api, (add_product(stack), 1), (product, 1))
    assert (answer.status, answer.code) == (422, "unknown_product"), answer
    assert answer.bad[0] == "#/lines/1/product_id"
