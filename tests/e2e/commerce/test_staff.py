# SPDX-License-Identifier: Apache-2.0
"""What staff do: orders moved through the store and cancelled, stock counted and corrected, the log of events read."""
import concurrent.futures
import json
import random
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import MAIN_STORE, add_product, admin_token, placed, public_token, stock_of, wait_order
from support.stack import wait_until

STACK = dict()


@pytest.fixture(autouse=True, scope="module")
def books_agree(stack):
    """Whatever the tests of this module did, the books agree in the end."""
    yield
    checker.check(stack)
    assert not stack.sql("SELECT o.id, o.status, r.state FROM commerce.orders o JOIN commerce.reservation r ON r.order_id = o.id"
                         " WHERE r.state <> CASE WHEN o.status IN ('confirmed', 'picking') THEN 'active'"
                         " WHEN o.status IN ('cancelled', 'returned') THEN 'released' ELSE 'consumed' END")
    answer = Api(stack, "admin-api", admin_token()).get("/api/admin/stock/reconcile")
    assert answer.status == 200 and answer.json == {"agree": True, "data": []}, answer


@pytest.fixture()
def token():
    return public_token()


@pytest.fixture()
def customer(stack, token):
    return Api(stack, token=token)


@pytest.fixture(scope="module")
def staff_id():
    return str(uuid.uuid4())


@pytest.fixture(scope="module")
def staff(stack, staff_id):
    return Api(stack, "admin-api", admin_token(staff_id, role="store_staff"))


def move(api, order_id, status, version, reason=None, **more):
    body = {"status": status}
    if reason:
        body["reason"] = reason
    for code, in api.stack.sql("SELECT pickup_code FROM commerce.orders WHERE id = %s", order_id) if status == "collected" else ():
        body["code"] = code
    headers = {"If-Match": f'"v{version}"'} if version is not None else {}
    return api.patch(f"/api/admin/orders/{order_id}/status", body, headers=headers, **more)


def walk(api, order, *statuses):
    """Moves an order on, step by step; the order as it stands then."""
    for status in statuses:
        answer = move(api, order["id"], status, order["version"])
        assert answer.status == 200, answer
        assert answer.json["status"] == status and answer.json["version"] == order["version"] + 1
        assert answer.headers["etag"].startswith(f'"v{answer.json["version"]}-')
        order = answer.json
    return order


def confirmed(customer, *lines, **more):
    return wait_order(customer, placed(customer, *lines, **more)["id"], "confirmed")


def events_of(api, order_id):
    return [event["type"] for event in api.get(f"/api/admin/orders/{order_id}").json["events"]]


def ledger_of(stack, product):
    return stack.sql("SELECT kind, on_hand_delta, reserved_delta FROM commerce.stock_movement WHERE product_id = %s ORDER BY id",
                     product)


# ---- Orders ------------------------------------------------------------------------------------------------------------


def test_from_the_shelf_to_the_counter(stack, customer, staff, staff_id):
    product, other = add_product(stack, stock=10), add_product(stack, stock=5)
    order = confirmed(customer, (product, 3), (other, 5), fulfilment="pickup")
    order = walk(staff, order, "picking")
    assert stock_of(stack, product) == (10, 3) and order["fulfilment_status"] == "in_progress"
    order = walk(staff, order, "ready")
    assert stock_of(stack, product) == (7, 0) and stock_of(stack, other) == (0, 0)
    assert {"cancelled", "collected"} <= set(order["allowed_transitions"])
    answer = move(staff, order["id"], "collected", order["version"], "showed the code")
    assert answer.status == 200 and answer.json["fulfilment_status"] == "fulfilled", answer
    assert answer.json["allowed_transitions"] == [] and answer.json["status_reason"] == "showed the code"
    assert stock_of(stack, product) == (7, 0)
    assert ledger_of(stack, product) == [("receive", 10, 0), ("reserve", 0, 3), ("pick", -3, -3)]
    detail = staff.get(f"/api/admin/orders/{order['id']}").json
    assert detail["order"] == answer.json
    assert [(entry["from"], entry["to"], entry["actor"]) for entry in detail["order"]["history"]] == [
        (None, "pending", "customer"), ("pending", "confirmed", "worker"), ("confirmed", "picking", f"staff:{staff_id}"),
        ("picking", "ready", f"staff:{staff_id}"), ("ready", "collected", f"staff:{staff_id}")]
    assert events_of(staff, order["id"]) == [
        "order.created", "order.status_changed", "inventory.reserved", "order.status_changed", "picking.started",
        "order.status_changed", "picking.completed", "order.status_changed", "order.payment_changed"]
    assert "staff:" not in json.dumps(detail["events"])


def test_customers_are_not_told_who_it_was(stack, customer, staff):
    order = walk(staff, confirmed(customer, (add_product(stack), 1)), "picking")
    seen = customer.get(f"/api/orders/{order['id']}").json
    assert [entry["actor"] for entry in seen["history"]] == ["customer", "worker", "staff"]


def test_a_move_needs_the_version(stack, customer, staff):
    order = confirmed(customer, (add_product(stack), 1))
    answer = move(staff, order["id"], "picking", None)
    assert (answer.status, answer.code) == (428, "precondition_required"), answer
    for version in (1, 3, 99):
        answer = move(staff, order["id"], "picking", version)
        assert (answer.status, answer.code) == (412, "precondition_failed"), answer
    assert customer.get(f"/api/orders/{order['id']}").json == order
    assert move(staff, uuid.uuid4(), "picking", 1).code == "not_found"


@pytest.mark.parametrize("path, target, allowed", [
    ((), "ready", ["picking", "cancelled"]), ((), "confirmed", ["picking", "cancelled"]),
    ((), "delivered", ["picking", "cancelled"]), (("picking",), "collected", ["ready", "cancelled"]),
    (("picking", "ready"), "picked_up", ["collected", "cancelled"]),
    (("picking", "ready", "collected"), "cancelled", []), (("picking", "ready", "collected"), "returned", [])])
def test_what_the_table_does_not_have(stack, customer, staff, path, target, allowed):
    order = walk(staff, confirmed(customer, (add_product(stack), 1), fulfilment="pickup"), *path)
    answer = move(staff, order["id"], target, order["version"])
    assert (answer.status, answer.code) == (409, "illegal_transition"), answer
    assert answer.json["allowed"] == allowed
    assert staff.get(f"/api/admin/orders/{order['id']}").json["order"]["version"] == order["version"]


@pytest.mark.parametrize("body, pointer", [
    ({}, "#/status"), ({"status": "nowhere"}, "#/status"), ({"status": None}, "#/status"), ({"status": 3}, "#/status"),
    ({"status": "picking", "reason": "x" * 501}, "#/reason"), ({"status": "picking", "version": 2}, "#/version")])
def test_bad_moves_are_named(stack, customer, staff, body, pointer):
    order = placed(customer, (add_product(stack), 1))
    answer = staff.patch(f"/api/admin/orders/{order['id']}/status", body, headers={"If-Match": '"v1"'})
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert pointer in answer.bad, answer


def test_two_with_the_same_version(stack, customer, staff):
    product = add_product(stack, stock=1000)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in range(25):
            order = confirmed(customer, (product, 1))
            for status in ("picking", "ready"):
                answers = list(pool.map(lambda _: move(staff, order["id"], status, order["version"]), range(2)))
                assert sorted(answer.status for answer in answers) == [200, 412], answers
                order = next(answer.json for answer in answers if answer.status == 200)
    assert stock_of(stack, product) == (975, 0)


def test_cancelled_or_picked(stack, customer, staff):
    """Two who want different things of one version: one gets it, and the stock tells the same story."""
    product, picked = add_product(stack, stock=1000), 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            order = confirmed(customer, (product, 2))
            picking = pool.submit(move, staff, order["id"], "picking", order["version"])
            cancel = pool.submit(staff.post, f"/api/admin/orders/{order['id']}/cancel", {},
                                 headers={"If-Match": f'"v{order["version"]}"'})
            statuses = picking.result().status, cancel.result().status
            assert statuses in ((200, 412), (412, 200)), statuses
            picked += statuses[0] == 200
    assert stock_of(stack, product) == (1000, 2 * picked)


def test_the_customer_cancels_while_the_goods_are_in_the_store(stack, customer, staff):
    """Whatever the store has begun: what was put aside, or packed, goes back."""
    product = add_product(stack, stock=10)
    for path in ((), ("picking",), ("picking", "ready")):
        order = walk(staff, confirmed(customer, (product, 4)), *path)
        answer = customer.post(f"/api/orders/{order['id']}/cancel", {"reason": "no longer hungry"})
        assert answer.status == 200 and answer.json["status"] == "cancelled", (path, answer)
        assert stock_of(stack, product) == (10, 0), path


def test_a_move_under_a_key_is_one_move(stack, customer, staff):
    order = confirmed(customer, (add_product(stack), 1))
    key = str(uuid.uuid4())
    first = move(staff, order["id"], "picking", order["version"], key=key)
    again = move(staff, order["id"], "picking", order["version"], key=key)
    assert first.status == again.status == 200 and first.json == again.json
    assert again.headers["idempotent-replayed"] == "true"


def test_staff_cancel(stack, customer, staff):
    product = add_product(stack, stock=10)
    wants = {(): ("release", (10, 0)), ("picking",): ("release", (10, 0)), ("picking", "ready"): ("return", (10, 0))}
    for path, (kind, stock) in wants.items():
        order = walk(staff, confirmed(customer, (product, 4)), *path)
        answer = staff.post(f"/api/admin/orders/{order['id']}/cancel", {"reason": "the lid came off"})
        assert answer.status == 200 and answer.json["status"] == "cancelled", answer
        assert answer.json["status_reason"] == "the lid came off"
        assert stock_of(stack, product) == stock and ledger_of(stack, product)[-1][0] == kind
        again = staff.post(f"/api/admin/orders/{order['id']}/cancel", {})
        assert again.status == 200 and again.json == answer.json and again.headers["etag"] == answer.headers["etag"]
        last = {"release": "inventory.released", "return": "inventory.returned"}[kind]
        assert events_of(staff, order["id"])[-3:] == ["order.status_changed", "order.cancelled", last]


def test_what_is_gone_cannot_be_cancelled(stack, customer, staff):
    order = walk(staff, confirmed(customer, (add_product(stack), 1), fulfilment="pickup"), "picking", "ready", "collected")
    answer = staff.post(f"/api/admin/orders/{order['id']}/cancel", {})
    assert (answer.status, answer.code, answer.json["allowed"]) == (409, "illegal_transition", []), answer
    assert staff.post(f"/api/admin/orders/{uuid.uuid4()}/cancel", {}).code == "not_found"
    answer = staff.post(f"/api/admin/orders/{order['id']}/cancel", {}, headers={"If-Match": '"v1"'})
    assert answer.code == "precondition_failed", answer


def test_cancelling_at_once_is_cancelling_once(stack, customer, staff):
    product = add_product(stack, stock=10)
    order = walk(staff, confirmed(customer, (product, 4)), "picking", "ready")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: staff.post(f"/api/admin/orders/{order['id']}/cancel", {}), range(4)))
    assert [answer.status for answer in answers] == [200] * 4, answers
    assert stock_of(stack, product) == (10, 0)


def test_on_hold_and_on_again(stack, customer, staff):
    """Held before the worker looked; the worker passes it by, and takes it on when it is pending again."""
    product = add_product(stack, stock=3)
    stack.terminate("worker")
    try:
        held, let_go = placed(customer, (product, 2)), placed(customer, (product, 1))
        held = walk(staff, held, "on_hold")
        let_go = walk(staff, let_go, "on_hold")
        rejected = placed(customer, (product, 1))
        assert move(staff, rejected["id"], "rejected", 1, "we do not deliver there").json["fulfilment_status"] == "cancelled"
    finally:
        stack.start("worker")
    checker.settle(stack)
    assert customer.get(f"/api/orders/{held['id']}").json["status"] == "on_hold"
    assert stock_of(stack, product) == (3, 0)
    walk(staff, held, "pending")
    assert [entry["to"] for entry in wait_order(customer, held["id"], "confirmed")["history"]] == [
        "pending", "on_hold", "pending", "confirmed"]
    assert events_of(staff, held["id"]) == [
        "order.created", "order.status_changed", "order.on_hold", "order.status_changed", "order.resumed",
        "order.status_changed", "inventory.reserved"]
    assert customer.post(f"/api/orders/{let_go['id']}/cancel", {}).status == 200
    assert stock_of(stack, product) == (3, 2)


# ---- Stock -------------------------------------------------------------------------------------------------------------


def adjust(api, product, reason="found behind the shelf", **body):
    key = body.pop("key", None)
    return api.post(f"/api/admin/stock/{product}/adjust", {"reason": reason, **body}, key=key)


def stock_events(stack, product):
    return stack.sql("SELECT type, data FROM stoa.event WHERE aggregate = 'stock' AND data->>'product_id' = %s ORDER BY aggregate_seq",
                     product)


def test_by_so_many(stack, staff, staff_id):
    product = add_product(stack, stock=10, sku="ADJUST-1")
    answer = adjust(staff, product, delta=5)
    assert answer.status == 200 and answer.headers["etag"].startswith('"v2-'), answer
    assert (answer.json["on_hand"], answer.json["available"], answer.json["low"]) == (15, 15, False)
    assert adjust(staff, product, "broken", delta=-3).json["on_hand"] == 12
    assert stock_of(stack, product) == (12, 0)
    rows, _ = staff.pages(f"/api/admin/stock/{product}/movements")
    assert [(row["kind"], row["on_hand_delta"], row["actor"], row["reason"]) for row in rows] == [
        ("adjust", -3, f"staff:{staff_id}", "broken"), ("adjust", 5, f"staff:{staff_id}", "found behind the shelf"),
        ("receive", 10, "test", None)]
    (first, data), (second, _) = stock_events(stack, product)
    assert first == second == "inventory.adjusted"
    assert data == {"store_id": MAIN_STORE, "product_id": product, "sku": "ADJUST-1", "kind": "adjust", "delta": 5, "on_hand": 15,
                    "reserved": 0, "available": 15, "reason": "found behind the shelf"}


def test_to_what_was_counted(stack, staff):
    product = add_product(stack, stock=10)
    answer = adjust(staff, product, set_to=8, expected=10)
    assert answer.status == 200 and answer.json["on_hand"] == 8, answer
    answer = adjust(staff, product, set_to=9, expected=10)
    assert (answer.status, answer.code) == (409, "stock_not_expected"), answer
    assert (answer.json["on_hand"], answer.json["reserved"]) == (8, 0)
    assert adjust(staff, product, set_to=8, expected=8).status == 200, "a count that finds all as it should be is a count"
    assert [row[:2] for row in ledger_of(stack, product)] == [("receive", 10), ("count", -2), ("count", 0)]


def test_what_cannot_be(stack, customer, staff):
    product = add_product(stack, stock=10)
    confirmed(customer, (product, 4))
    for body, code in (({"delta": -7}, "stock_below_reserved"), ({"delta": -11}, "stock_negative"),
                       ({"set_to": 3, "expected": 10}, "stock_below_reserved"), ({"delta": 10**9}, "stock_too_high")):
        answer = adjust(staff, product, **body)
        assert (answer.status, answer.code) == (409, code), answer
        assert (answer.json["on_hand"], answer.json["reserved"]) == (10, 4)
    assert stock_of(stack, product) == (10, 4) and not stock_events(stack, product)
    assert adjust(staff, product, delta=-6).json["available"] == 0
    assert adjust(staff, uuid.uuid4(), delta=1).code == "not_found"
    assert adjust(staff, "none", delta=1).code == "not_found"


@pytest.mark.parametrize("body, pointer", [
    ({}, "#/delta"), ({"delta": 1, "set_to": 1, "expected": 1}, "#/delta"), ({"delta": 0}, "#/delta"), ({"delta": 1.5}, "#/delta"),
    ({"delta": 10**9 + 1}, "#/delta"), ({"set_to": 1}, "#/expected"), ({"delta": 1, "expected": 1}, "#/expected"),
    ({"set_to": -1, "expected": 0}, "#/set_to"), ({"delta": 1, "reason": ""}, "#/reason"), ({"delta": 1, "reason": None}, "#/reason")])
def test_bad_corrections_are_named(stack, staff, body, pointer):
    product = add_product(stack, stock=10)
    answer = staff.post(f"/api/admin/stock/{product}/adjust", {"reason": "because", **body})
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert pointer in answer.bad, answer
    assert stock_of(stack, product) == (10, 0)


def test_a_correction_under_a_key_is_one(stack, staff):
    product = add_product(stack, stock=10)
    key = str(uuid.uuid4())
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: adjust(staff, product, delta=1, key=key), range(4)))
    answers.append(adjust(staff, product, delta=1, key=key))
    assert {answer.status for answer in answers} <= {200, 409} and answers[-1].headers["idempotent-replayed"] == "true", answers
    assert stock_of(stack, product) == (11, 0)
    assert adjust(staff, product, delta=2, key=key).code == "idempotency_key_reused"


def test_low_is_said_once(stack, staff):
    product = add_product(stack, stock=20, safety=2)
    for delta in (-12, -1, -1, 1, -1, 20, -20):
        assert adjust(staff, product, delta=delta).status == 200
    types = [row[0].split(".")[1] for row in stock_events(stack, product)]
    assert types == ["adjusted", "adjusted", "low", "adjusted", "adjusted", "adjusted", "adjusted", "adjusted", "low"]
    low = [row[1] for row in stock_events(stack, product) if row[0] == "inventory.low"]
    assert [(data["available"], data["low_at"]) for data in low] == [(5, 5), (4, 5)]


def test_corrections_while_orders_come(stack, staff, token):
    """Everybody at once on one product: whatever wins, the counter is the sum of what was answered."""
    product = add_product(stack, stock=200)

    def order(_):
        return placed(Api(stack, token=token), (product, 1))["id"]

    def correct(i):
        return adjust(staff, product, delta=(-1) ** i * 2).status
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        orders, corrections = [pool.submit(order, i) for i in range(40)], [pool.submit(correct, i) for i in range(40)]
        ids = [future.result() for future in orders]
        assert {future.result() for future in corrections} == {200}
    for order_id in ids:
        wait_order(Api(stack, token=token), order_id, "confirmed")
    assert stock_of(stack, product) == (200, 40)


def test_counts_against_one_number(stack, staff):
    product = add_product(stack, stock=50)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda i: adjust(staff, product, set_to=60 + i, expected=50), range(6)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5, answers
    assert {answer.code for answer in answers if answer.status == 409} == {"stock_not_expected"}


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_lists_of_stock(stack, staff, limit):
    mark = f"Shelf{limit}"
    rng = random.Random(limit)
    made = {add_product(stack, stock=rng.randrange(12), name=f"{mark} {i}", safety=rng.randrange(3)) for i in range(15)}
    rows = stack.sql("SELECT p.id, s.on_hand - s.reserved - s.safety FROM commerce.product p JOIN commerce.stock s"
                     " ON s.product_id = p.id WHERE p.id = ANY(%s::uuid[]) ORDER BY p.sku", list(made))
    for query, wanted in (({}, lambda left: True), ({"filter[low]": "true"}, lambda left: left <= 5),
                          ({"filter[low]": "false"}, lambda left: left > 5)):
        found, _ = staff.pages("/api/admin/stock", {"q": mark.upper(), **query}, limit=limit)
        assert [(row["product_id"], row["available"]) for row in found] == [
            (str(row[0]), row[1]) for row in rows if wanted(row[1])]
        assert all(row["low"] == (row["available"] <= row["low_at"]) for row in found)


def test_pages_of_a_ledger(stack, staff):
    product = add_product(stack, stock=10)
    for i in range(11):
        assert adjust(staff, product, f"reason {i}", delta=1).status == 200
    for limit in (1, 4, 100):
        rows, _ = staff.pages(f"/api/admin/stock/{product}/movements", limit=limit)
        assert [row["reason"] for row in rows] == [f"reason {i}" for i in reversed(range(11))] + [None]
    assert staff.get(f"/api/admin/stock/{uuid.uuid4()}/movements").code == "not_found"
    other = add_product(stack)
    cursor = staff.get(f"/api/admin/stock/{product}/movements", query={"limit": 1}).json["next_cursor"]
    answer = staff.get(f"/api/admin/stock/{other}/movements", query={"limit": 1, "cursor": cursor})
    assert answer.status == 400 or all(row["reason"] is None for row in answer.json["data"]), "it shows nothing of another product"


def test_what_does_not_add_up_is_found(stack, staff):
    product = add_product(stack, stock=10)
    stack.sql("UPDATE commerce.stock SET on_hand = 11 WHERE product_id = %s", product)
    try:
        answer = staff.get("/api/admin/stock/reconcile")
        assert answer.status == 200 and answer.json == {"agree": False, "data": [
            {"store_id": MAIN_STORE, "product_id": product, "on_hand": 11, "reserved": 0, "ledger_on_hand": 10, "ledger_reserved": 0}]}, answer
    finally:
        stack.sql("UPDATE commerce.stock SET on_hand = 10 WHERE product_id = %s", product)


def test_pickers_see_stock_and_leave_it(stack, staff):
    product = add_product(stack)
    picker = Api(stack, "admin-api", admin_token(role="picker"))
    assert picker.get("/api/admin/stock").status == 200
    assert adjust(picker, product, delta=1).code == "forbidden"
    assert move(picker, uuid.uuid4(), "picking", 1).code == "forbidden"



# What a move does to (on_hand, reserved) for each piece of the order; written down once more.
BOOKED = {("confirmed", "cancelled"): (0, -1), ("picking", "cancelled"): (0, -1), ("picking", "ready"): (-1, -1),
          ("ready", "cancelled"): (1, 0), ("assigned", "cancelled"): (1, 0)}
STAFF_MOVES = {"confirmed": {"picking", "cancelled"}, "picking": {"ready", "cancelled"},
               "ready": {"collected", "cancelled"}}


@pytest.mark.parametrize("seed", range(3))
def test_anything_in_any_order(stack, customer, staff, seed):
    """Random moves and corrections, legal and not, against a model of three products and ten orders."""
    rng = random.Random(seed)
    products = [add_product(stack, stock=60) for _ in range(3)]
    stock = {product: [60, 0] for product in products}
    orders = []
    for _ in range(10):
        lines = {product: rng.randrange(1, 5) for product in rng.sample(products, rng.randrange(1, 4))}
        orders.append((confirmed(customer, *lines.items(), fulfilment="pickup"), lines))
        for product, quantity in lines.items():
            stock[product][1] += quantity
    for _ in range(150):
        if rng.random() < 0.3:
            product, delta = rng.choice(products), rng.choice([-40, -3, -1, 1, 2, 30])
            on_hand, reserved = stock[product]
            answer = adjust(staff, product, delta=delta)
            assert answer.status == (200 if on_hand + delta >= reserved else 409), (answer, stock[product], delta)
            stock[product][0] += delta if answer.status == 200 else 0
            continue
        i = rng.randrange(len(orders))
        (order, lines), stale = orders[i], rng.random() < 0.1
        target = rng.choice(["picking", "ready", "assigned", "collected", "cancelled", "returned", "confirmed"])
        answer = move(staff, order["id"], target, order["version"] - stale)
        expected = 412 if stale else 200 if target in STAFF_MOVES.get(order["status"], ()) else 409
        assert answer.status == expected, (answer, order["status"], target)
        if expected == 200:
            orders[i] = (answer.json, lines)
            for product, quantity in lines.items():
                on_hand, reserved = BOOKED.get((order["status"], target), (0, 0))
                stock[product][0] += on_hand * quantity
                stock[product][1] += reserved * quantity
        assert all(stock_of(stack, product) == tuple(stock[product]) for product in products)


# ---- The log -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def auditor(stack):
    return Api(stack, "admin-api", admin_token(role="admin"))


def feed(api, after=0, limit=100, **more):
    """The log from a position to where it ends now."""
    rows = []
    while True:
        answer = api.get("/api/admin/events", query={"after": after, "limit": limit, **more})
        assert answer.status == 200, answer
        page = answer.json
        rows += page["data"]
        assert len(page["data"]) <= limit and (page["data"] or not page["has_more"])
        assert page["next_after"] == (page["data"][-1]["position"] if page["data"] else after)
        after = page["next_after"]
        if not page["has_more"]:
            return rows


def newest(stack):
    return stack.value("SELECT coalesce(max(position), 0) FROM stoa.event")


def caught_up(stack, api, after=0):
    """The feed when it has come to the end of the log."""
    end = newest(stack)

    def look():
        rows = feed(api, after)
        return [rows] if (rows[-1]["position"] if rows else after) >= end else None
    return wait_until("the feed to be at the end of the log", look)[0]


def test_the_whole_log_in_order(stack, customer, auditor):
    order = confirmed(customer, (add_product(stack), 2))
    checker.settle(stack)
    rows = caught_up(stack, auditor)
    log = stack.sql("SELECT position, id, type, aggregate, aggregate_id, aggregate_seq, data FROM stoa.event ORDER BY position")
    assert [(row["position"], row["id"], row["type"], row["aggregate"], row["aggregate_id"], row["aggregate_seq"], row["data"])
            for row in rows] == [(row[0], str(row[1]), row[2], row[3], str(row[4]), *row[5:]) for row in log]
    mine = [row for row in rows if row["aggregate_id"] == order["id"]]
    assert [row["aggregate_seq"] for row in mine] == [1, 2, 3]
    assert mine[1]["causation_id"] == mine[0]["id"] and mine[1]["correlation_id"] == mine[0]["correlation_id"]
    assert feed(auditor, limit=7) == rows
    assert feed(auditor, after=rows[4]["position"], limit=3) == rows[5:]
    assert feed(auditor, **{"filter[type]": "order.created"}) == [row for row in rows if row["type"] == "order.created"]
    assert feed(auditor, **{"filter[type]": "nobody.knows"}) == []
    assert feed(auditor, after=2**63 - 1) == []


def test_the_feed_waits_for_who_is_late(stack, customer, auditor):
    """A position drawn by a transaction that is still open is waited for: what follows is not shown before it."""
    checker.settle(stack)
    caught_up(stack, auditor)
    start = newest(stack)
    late = stack.connect()
    try:
        late.autocommit = False
        with late.cursor() as cursor:
            cursor.execute("INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source,"
                           " correlation_id, data) VALUES (gen_random_uuid(), 'test.late', 1, 'test', gen_random_uuid(), 1, now(),"
                           " 'test', gen_random_uuid(), '{}')")
        confirmed(customer, (add_product(stack), 1))
        checker.settle(stack)
        assert newest(stack) > start + 1
        for _ in range(20):
            assert feed(auditor, after=start) == []
        late.commit()
    finally:
        late.close()
    rows = caught_up(stack, auditor, after=start)
    assert [row["type"] for row in rows] == ["test.late", "order.created", "order.status_changed", "inventory.reserved"]


def test_a_reader_beside_writers_misses_nothing(stack, token, auditor):
    product = add_product(stack)
    start, seen = newest(stack), []
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        orders = [pool.submit(lambda _: placed(Api(stack, token=token), (product, 1)), i) for i in range(60)]
        while not all(order.done() for order in orders):
            seen += feed(auditor, after=seen[-1]["position"] if seen else start, limit=5)
    checker.settle(stack)
    seen += caught_up(stack, auditor, after=seen[-1]["position"] if seen else start)
    log = stack.sql("SELECT position FROM stoa.event WHERE position > %s ORDER BY position", start)
    assert [row["position"] for row in seen] == [row[0] for row in log]
    assert len(seen) == 60 * 3


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=101", "filter[type]=", "filter[colour]=red", "cursor=x"])
def test_bad_questions_to_the_log(auditor, query):
    answer = auditor.get("/api/admin/events?" + query.replace("[", "%5B").replace("]", "%5D"))
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer


def test_the_log_is_not_for_everybody(staff):
    assert staff.get("/api/admin/events").code == "forbidden"
