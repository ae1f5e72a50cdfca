# SPDX-License-Identifier: Apache-2.0
"""Deliveries: given to couriers, brought to the door, proved, or brought back; always in step with their orders."""
import base64
import concurrent.futures
import hashlib
import random
import threading
import uuid

import psycopg2
import pytest

from support import checker
from support.client import Api, Closed, Socket
from support.shop import add_product, admin_login, admin_token, make_staff, placed, public_token, stock_of, wait_order
from support.stack import wait_until

STACK = dict()
BEFORE_STAFF = ("an order has no outcome", "an order that is not confirmed holds stock")
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PLACE = {"latitude": 52.52, "longitude": 13.405}
STEPS = ("arrive-at-pickup", "pick-up", "start", "arrive", "deliver", "fail", "return", "drop")


@pytest.fixture(autouse=True, scope="module")
def books_agree(stack):
    yield
    checker.check(stack, skip=BEFORE_STAFF)


@pytest.fixture()
def customer(stack):
    return Api(stack, token=public_token())


@pytest.fixture(scope="module")
def staff(stack):
    return Api(stack, "admin-api", admin_token(role="store_staff"))


@pytest.fixture(scope="module")
def product(stack):
    return add_product(stack, stock=1000000)


class Courier(Api):
    """A courier who works: api and id; c.step(delivery_id, "pick-up")."""

    def __init__(self, stack, name="Lena Brandt", available=True, capacity=20, **more):
        self.id = str(uuid.uuid4())
        super().__init__(stack, token=public_token(self.id, role="courier"), **more)
        stack.sql("INSERT INTO commerce.courier (id, name, phone, seq, available, capacity, created_at, updated_at)"
                  " VALUES (%s, %s, '+49 30 5550201', 1, %s, %s, now(), now())", self.id, name, available, capacity)

    def step(self, delivery_id, step, data=None, **more):
        return self.post(f"/api/courier/deliveries/{delivery_id}/{step}", data, **more)

    def walk(self, delivery_id, *steps):
        """Takes steps one by one; the delivery as it stands then."""
        for step in steps:
            answer = self.step(delivery_id, step)
            assert answer.status == 200, answer
            assert answer.headers["etag"].startswith(f'"v{answer.json["version"]}-')
        return answer.json

    def put(self, path, data):
        return self.request("PUT", path, data=data)

    def get_one(self, delivery_id):
        return self.get(f"/api/courier/deliveries/{delivery_id}")


@pytest.fixture()
def courier(stack):
    return Courier(stack)


def move(staff, order, status, **more):
    return staff.patch(f"/api/admin/orders/{order['id']}/status", {"status": status, **more},
                       headers={"If-Match": f'"v{order["version"]}"'})


def ready(customer, staff, product, quantity=1, **more):
    order = wait_order(customer, placed(customer, (product, quantity), **more)["id"], "confirmed")
    for status in ("picking", "ready"):
        answer = move(staff, order, status)
        assert answer.status == 200, answer
        order = answer.json
    return order


def assign(staff, order_id, courier_id, version=None, reason=None, **more):
    headers = {"If-Match": f'"v{version}"'} if version else {}
    body = {"courier_id": courier_id, **({"reason": reason} if reason else {})}
    return staff.post(f"/api/admin/orders/{order_id}/assign", body, headers=headers, **more)


def assigned(customer, staff, product, courier, **more):
    """An order that this courier has; the order and the delivery as they stand."""
    order = ready(customer, staff, product, **more)
    answer = assign(staff, order["id"], courier.id)
    assert answer.status == 200, answer
    return answer.json, courier.get_one(answer.json["delivery"]["id"]).json


def at_the_door(customer, staff, product, courier, **more):
    order, delivery = assigned(customer, staff, product, courier, **more)
    return order, courier.walk(delivery["id"], "pick-up", "start", "arrive")


def seen_by(customer, order):
    return customer.get(f"/api/orders/{order['id']}").json


def photo(content=JPEG, **more):
    return {"kind": "photo", "content": base64.b64encode(content).decode(), **more}


def events_of(stack, delivery_id):
    return [row[0] for row in stack.sql("SELECT type FROM stoa.event WHERE aggregate = 'delivery' AND aggregate_id = %s"
                                        " ORDER BY aggregate_seq", delivery_id)]


def detail_of(staff, delivery_id):
    answer = staff.get(f"/api/admin/deliveries/{delivery_id}")
    assert answer.status == 200, answer
    return answer.json


# ---- The whole way -----------------------------------------------------------------------------------------------------


def test_from_the_counter_to_the_door(stack, customer, staff, courier):
    product = add_product(stack, stock=5)
    order = ready(customer, staff, product, 2, payment_method="cash", note="a note for the store")
    assert order["delivery"] == {"id": order["delivery"]["id"], "state": "unassigned", "courier": None, "courier_id": None,
                                 "attempts": 0, "pin": None, "position": None}
    assert order == staff.get(f"/api/admin/orders/{order['id']}").json["order"]
    answer = assign(staff, order["id"], courier.id, order["version"])
    assert answer.status == 200 and answer.json["status"] == "assigned", answer
    assert answer.headers["etag"].startswith(f'"v{order["version"] + 1}-') and answer.json["version"] == order["version"] + 1
    order = answer.json
    assert order == staff.get(f"/api/admin/orders/{order['id']}").json["order"]
    assert (order["delivery"]["courier"], order["delivery"]["courier_id"]) == ("Lena Brandt", courier.id)
    assert order["allowed_transitions"] == ["ready", "cancelled"]
    seen = seen_by(customer, order)["delivery"]
    assert (seen["state"], seen["courier"], seen["courier_id"]) == ("assigned", "Lena Brandt", None)
    pin = seen["pin"]
    assert len(pin) == 4 and pin.isdigit()

    delivery = courier.get_one(seen["id"]).json
    assert delivery["address"]["street"] == "Stoa Street 1" and delivery["to_collect"] == order["total"]
    assert delivery["number"] == order["number"] and delivery["order_id"] == order["id"] and delivery["attempts"] == 0
    assert set(delivery["allowed_steps"]) == {"start", "arrive-at-pickup", "pick-up", "drop"}
    assert "pin" not in delivery and "a note for the store" not in str(delivery)
    assert courier.get("/api/courier/deliveries").json["data"] == [delivery]
    states, statuses = [], []
    for step in ("start", "arrive-at-pickup", "pick-up", "start", "arrive"):
        answer = courier.step(delivery["id"], step)
        assert answer.status == 200 and answer.json == courier.get_one(delivery["id"]).json, answer
        states.append(answer.json["state"])
        statuses.append(seen_by(customer, order)["status"])
    assert states == ["en_route_to_pickup", "arrived_at_pickup", "picked_up", "en_route_to_dropoff", "arrived_at_dropoff"]
    assert statuses == ["assigned", "assigned", "picked_up", "in_transit", "in_transit"]
    assert seen_by(customer, order)["delivery"]["pin"] == pin
    answer = courier.step(delivery["id"], "deliver", {"kind": "pin", "value": pin, "position": PLACE})
    assert answer.status == 200 and answer.json["state"] == "delivered", answer
    assert answer.json["address"] is None and answer.json["allowed_steps"] == [] and answer.json["to_collect"] is None

    seen = seen_by(customer, order)
    assert seen["status"] == "delivered" and seen["fulfilment_status"] == "fulfilled"
    assert (seen["delivery"]["state"], seen["delivery"]["pin"], seen["delivery"]["attempts"]) == ("delivered", None, 1)
    assert [entry["actor"] for entry in seen["history"]][4:] == ["staff", "courier", "courier", "courier"]
    assert stock_of(stack, product) == (3, 0)
    assert events_of(stack, delivery["id"]) == ["delivery.assigned", "delivery.picked_up", "delivery.completed"]
    detail = detail_of(staff, delivery["id"])
    assert [entry["step"] for entry in detail["history"]] == ["create", "assign", "start", "arrive-at-pickup", "pick-up", "start",
                                                              "arrive", "deliver"]
    assert detail["history"][2]["actor"] == f"courier:{courier.id}"
    (assignment,) = detail["assignments"]
    assert (assignment["courier_id"], assignment["ended_by"]) == (courier.id, "deliver")
    (proof,) = detail["proofs"]
    assert (proof["kind"], proof["step"], proof["value"], proof["size"], proof["position"]) == ("pin", "deliver", None, 0, PLACE)
    assert proof["sha256"] == hashlib.sha256(pin.encode()).hexdigest()
    assert staff.get(f"/api/admin/deliveries/{delivery['id']}/proofs/{proof['id']}").code == "not_found"
    assert stack.value("SELECT load FROM commerce.courier WHERE id = %s", courier.id) == 0
    assert courier.get("/api/courier/deliveries").json["data"] == []
    rows, _ = courier.pages("/api/courier/deliveries", {"filter[state]": "delivered,returned"})
    assert [row["id"] for row in rows] == [delivery["id"]]


def test_three_attempts_and_the_way_back(stack, customer, staff, courier):
    product = add_product(stack, stock=5)
    order, delivery = at_the_door(customer, staff, product, courier)
    pin = seen_by(customer, order)["delivery"]["pin"]
    for attempt in (1, 2, 3):
        answer = courier.step(delivery["id"], "fail", {"reason": "nobody_home", "note": "rang twice"})
        assert answer.status == 200 and answer.json["state"] == "failed", answer
        assert answer.json["failure"] == "nobody_home: rang twice" and answer.json["attempts"] == attempt
        seen = seen_by(customer, order)
        assert (seen["status"], seen["status_reason"], seen["delivery"]["pin"]) == ("delivery_failed", "nobody_home: rang twice", None)
        assert ("start" in answer.json["allowed_steps"]) == (attempt < 3) and "return" in answer.json["allowed_steps"]
        if attempt < 3:
            courier.walk(delivery["id"], "start", "arrive")
            assert seen_by(customer, order)["delivery"]["pin"] == pin
    answer = courier.step(delivery["id"], "start")
    assert (answer.status, answer.code) == (409, "attempts_exhausted"), answer
    courier.walk(delivery["id"], "return")
    seen = staff.get(f"/api/admin/orders/{order['id']}").json["order"]
    assert seen["status"] == "returning" and seen["allowed_transitions"] == ["returned", "lost"]
    answer = move(staff, seen, "returned")
    assert answer.status == 200 and answer.json["delivery"]["state"] == "returned", answer
    assert stock_of(stack, product) == (5, 0)
    assert events_of(stack, delivery["id"]) == ["delivery.assigned", "delivery.picked_up", "delivery.failed", "delivery.failed",
                                                "delivery.failed", "delivery.returned"]
    assert courier.get_one(delivery["id"]).json["state"] == "returned"
    assert detail_of(staff, delivery["id"])["assignments"][0]["ended_by"] == "receive"


def test_staff_may_call_an_order_back_after_a_failure(customer, staff, courier, product):
    order, delivery = at_the_door(customer, staff, product, courier)
    assert courier.step(delivery["id"], "fail", {"reason": "refused"}).status == 200
    order = staff.get(f"/api/admin/orders/{order['id']}").json["order"]
    order = move(staff, order, "returning").json
    assert order["delivery"]["state"] == "returning" and courier.get_one(delivery["id"]).json["state"] == "returning"
    assert courier.step(delivery["id"], "return").json["state"] == "returning", "as if it were the courier's own step"
    assert courier.step(delivery["id"], "start").code == "illegal_transition"


# ---- Dispatch ----------------------------------------------------------------------------------------------------------


def test_who_can_be_given_an_order(stack, customer, staff, product):
    away, full = Courier(stack, available=False), Courier(stack, capacity=1)
    assigned(customer, staff, product, full)
    order = ready(customer, staff, product)
    for courier_id, status, code in ((away.id, 409, "courier_unavailable"), (full.id, 409, "courier_full"),
                                     (str(uuid.uuid4()), 422, "unknown_courier")):
        answer = assign(staff, order["id"], courier_id)
        assert (answer.status, answer.code) == (status, code), answer
    assert assign(staff, uuid.uuid4(), full.id).code == "not_found"
    assert assign(staff, order["id"], full.id, order["version"] + 1).code == "precondition_failed"
    assert staff.post(f"/api/admin/orders/{order['id']}/assign", {}).code == "invalid_body"
    answer = move(staff, order, "assigned")
    assert (answer.status, answer.code, answer.json["allowed"]) == (409, "illegal_transition", ["cancelled"]), answer
    early = placed(customer, (product, 1))
    courier = Courier(stack)
    answer = assign(staff, early["id"], courier.id)
    assert (answer.status, answer.code) == (409, "illegal_transition"), answer
    assert staff.post(f"/api/admin/orders/{early['id']}/unassign").code == "illegal_transition"
    assert seen_by(customer, order)["version"] == order["version"]


def test_an_order_goes_from_hand_to_hand(stack, customer, staff, product):
    first, second = Courier(stack, "Lena Brandt"), Courier(stack, "Omar Haddad")
    order, delivery = assigned(customer, staff, product, first)
    assert assign(staff, order["id"], first.id).json == order, "they have it already"
    first.walk(delivery["id"], "start", "arrive-at-pickup")
    answer = assign(staff, order["id"], second.id, order["version"])
    assert answer.status == 200 and answer.json["delivery"]["courier"] == "Omar Haddad", answer
    assert answer.json == staff.get(f"/api/admin/orders/{order['id']}").json["order"]
    assert [entry["to"] for entry in answer.json["history"]][-3:] == ["assigned", "ready", "assigned"]
    assert answer.headers["etag"].startswith(f'"v{order["version"] + 2}-')
    assert first.get_one(delivery["id"]).code == "not_found"
    for step in STEPS:
        body = {"kind": "pin", "value": "0000"} if step == "deliver" else {"reason": "other"} if step == "fail" else None
        assert first.step(delivery["id"], step, body).code == "not_found", step
    assert second.walk(delivery["id"], "pick-up")["state"] == "picked_up"
    assert assign(staff, order["id"], second.id).json["status"] == "picked_up", "they have it"
    assert staff.post(f"/api/admin/orders/{order['id']}/unassign", {"reason": "too late"}).code == "illegal_transition"
    assert [(a["courier_id"], a["ended_by"]) for a in detail_of(staff, delivery["id"])["assignments"]] == [
        (first.id, "unassign"), (second.id, None)]
    assert events_of(stack, delivery["id"]) == ["delivery.assigned", "delivery.unassigned", "delivery.assigned",
                                                "delivery.picked_up"]


def test_given_back_and_taken_away(stack, customer, staff, product, courier):
    order, delivery = assigned(customer, staff, product, courier)
    answer = courier.step(delivery["id"], "drop", {"reason": "a flat tyre"})
    assert answer.status == 200 and answer.json["state"] == "unassigned" and answer.json["address"] is None, answer
    assert courier.step(delivery["id"], "drop").json == answer.json
    seen = seen_by(customer, order)
    assert (seen["status"], seen["status_reason"], seen["delivery"]["courier"]) == ("ready", "a flat tyre", None)
    assert courier.step(delivery["id"], "pick-up").code == "illegal_transition"
    assert assign(staff, order["id"], courier.id).status == 200
    answer = staff.post(f"/api/admin/orders/{order['id']}/unassign", {"reason": "another plan"})
    assert answer.status == 200 and answer.json["status"] == "ready", answer
    assert answer.json == staff.get(f"/api/admin/orders/{order['id']}").json["order"]
    again = staff.post(f"/api/admin/orders/{order['id']}/unassign")
    assert again.status == 200 and again.json == answer.json, again
    assert assign(staff, order["id"], courier.id).status == 200
    order = staff.get(f"/api/admin/orders/{order['id']}").json["order"]
    assert move(staff, order, "ready").json["delivery"]["state"] == "unassigned", "by its status as well"
    assert stack.value("SELECT load FROM commerce.courier WHERE id = %s", courier.id) == 0


@pytest.mark.parametrize("who", ["staff", "customer"])
def test_cancelled_under_way_to_the_store(stack, customer, staff, product, courier, who):
    order, delivery = assigned(customer, staff, product, courier)
    courier.walk(delivery["id"], "start")
    answer = (staff.post(f"/api/admin/orders/{order['id']}/cancel", {"reason": "changed their mind"}) if who == "staff" else
              customer.post(f"/api/orders/{order['id']}/cancel", {"reason": "changed my mind"}))
    assert answer.status == 200 and answer.json["delivery"]["state"] == "cancelled", answer
    assert answer.json["delivery"]["courier"] is None
    if who == "customer":
        assert answer.json == seen_by(customer, order)
    for step in STEPS:
        body = {"kind": "pin", "value": "0000"} if step == "deliver" else {"reason": "other"} if step == "fail" else None
        answer = courier.step(delivery["id"], step, body)
        assert (answer.status, answer.code, answer.json["allowed"]) == (409, "illegal_transition", []), (step, answer)
    assert courier.get_one(delivery["id"]).json["address"] is None
    assert events_of(stack, delivery["id"]) == ["delivery.assigned", "delivery.unassigned"]
    assert assign(staff, order["id"], courier.id).code == "illegal_transition"


def test_what_is_fetched_has_no_delivery(stack, customer, staff, product):
    order = ready(customer, staff, product, fulfilment="pickup")
    assert order["delivery"] is None and order == staff.get(f"/api/admin/orders/{order['id']}").json["order"]
    answer = assign(staff, order["id"], Courier(stack).id)
    assert (answer.status, answer.code) == (409, "not_a_delivery"), answer
    assert stack.value("SELECT count(*) FROM commerce.delivery WHERE order_id = %s", order["id"]) == 0


def test_the_list_of_couriers(stack, customer, staff, product):
    stack.sql("UPDATE commerce.courier SET available = false")
    idle, busy, away = Courier(stack, "Idle"), Courier(stack, "Busy"), Courier(stack, "Away", available=False)
    assigned(customer, staff, product, busy)
    assert busy.put("/api/courier/location", PLACE).status == 204
    rows, _ = staff.pages("/api/admin/dispatch/couriers", {"filter[available]": "true"})
    assert [(row["name"], row["load"]) for row in rows] == [("Idle", 0), ("Busy", 1)]
    assert rows[0]["position"] is None and rows[0]["phone"] == "+49 30 5550201"
    assert {key: rows[1]["position"][key] for key in PLACE} == PLACE
    rows, pages = staff.pages("/api/admin/dispatch/couriers", limit=2)
    assert [row["id"] for row in rows[:2]] == [idle.id, busy.id] and not any(row["available"] for row in rows[2:])
    assert away.id in {row["id"] for row in rows} and len({row["id"] for row in rows}) == len(rows) and pages > 1


def test_lists_of_deliveries(stack, customer, staff, product):
    courier, other = Courier(stack), Courier(stack)
    mine = [assigned(customer, staff, product, courier)[1]["id"] for _ in range(5)]
    courier.walk(mine[0], "pick-up")
    assigned(customer, staff, product, other)
    for limit in (1, 2, 100):
        rows, _ = courier.pages("/api/courier/deliveries", limit=limit)
        assert [row["id"] for row in rows] == mine[::-1]
        rows, _ = staff.pages("/api/admin/deliveries", {"filter[courier_id]": courier.id}, limit=limit)
        assert [row["id"] for row in rows] == mine[::-1]
    rows, _ = staff.pages("/api/admin/deliveries", {"filter[courier_id]": courier.id, "filter[state]": "picked_up,failed"})
    assert [(row["id"], row["courier_name"]) for row in rows] == [(mine[0], "Lena Brandt")]
    assert detail_of(staff, mine[0])["delivery"] == rows[0]
    for path in ("/api/courier/deliveries?filter%5Bstate%5D=nowhere", "/api/courier/deliveries?colour=red"):
        assert courier.get(path).code == "invalid_parameter"
    assert staff.get("/api/admin/deliveries?filter%5Bcourier_id%5D=x").code == "invalid_parameter"
    cursor = courier.get("/api/courier/deliveries", query={"limit": 1}).json["next_cursor"]
    assert other.get("/api/courier/deliveries", query={"limit": 1, "cursor": cursor}).code == "invalid_cursor"


def test_another_stores_deliveries(stack, customer, staff, product, courier):
    order, delivery = at_the_door(customer, staff, product, courier)
    courier.step(delivery["id"], "fail", {"reason": "damaged", "photo": base64.b64encode(PNG).decode()})
    proof = detail_of(staff, delivery["id"])["proofs"][0]["id"]
    main = "01900000-0000-7000-8000-000000000001"
    here = Api(stack, "admin-api", admin_token(role="store_staff", scope_id=main))
    there = Api(stack, "admin-api", admin_token(role="store_staff", scope_id=str(uuid.uuid4())))
    for path in (f"/api/admin/deliveries/{delivery['id']}", f"/api/admin/deliveries/{delivery['id']}/proofs/{proof}"):
        assert here.get(path).status == 200 and there.get(path).code == "not_found"
    waiting = ready(customer, staff, product)
    assert assign(there, waiting["id"], courier.id).code == "not_found"
    assert there.post(f"/api/admin/orders/{order['id']}/unassign").code == "not_found"
    assert assign(here, waiting["id"], courier.id).status == 200
    assert there.get("/api/admin/deliveries").json["data"] == []
    assert there.get("/api/admin/deliveries", query={"filter[store_id]": main}).code == "not_found"
    assert delivery["id"] in {row["id"] for row in here.pages("/api/admin/deliveries", limit=100)[0]}


# ---- After the pick-up, without the courier -----------------------------------------------------------------------------
# Staff alone bring every order to an end, whatever became of its courier.

ON_THE_ROAD = {"picked_up": ("pick-up",), "in_transit": ("pick-up", "start"), "arrived": ("pick-up", "start", "arrive"),
               "delivery_failed": ("pick-up", "start", "fail"), "returning": ("pick-up", "start", "fail", "return")}


def on_the_road(customer, staff, product, courier, place, **more):
    """The order, as staff see it, and its delivery's id."""
    order, delivery = assigned(customer, staff, product, courier, **more)
    for step in ON_THE_ROAD[place]:
        assert courier.step(delivery["id"], step, {"reason": "other"} if step == "fail" else None).status == 200
    return staff.get(f"/api/admin/orders/{order['id']}").json["order"], delivery["id"]


def load_of(stack, courier):
    return stack.value("SELECT load FROM commerce.courier WHERE id = %s", courier.id)


@pytest.mark.parametrize("place", ON_THE_ROAD)
def test_goods_go_to_another_courier(stack, customer, staff, product, place):
    gone, other = Courier(stack, "Lena Brandt"), Courier(stack, "Omar Haddad")
    order, delivery_id = on_the_road(customer, staff, product, gone, place)
    attempts = order["delivery"]["attempts"]
    stack.sql("UPDATE commerce.courier SET available = false WHERE id = %s", gone.id)
    with Socket(stack, f"/ws/orders/{order['id']}", token=customer.token) as socket, \
            Socket(stack, f"/ws/orders/{order['id']}", token=gone.token) as left:
        socket.recv(), left.recv()
        assert assign(staff, order["id"], other.id).code == "reason_missing"
        answer = assign(staff, order["id"], other.id, order["version"], "the first one fell ill")
        assert answer.status == 200, answer
        told = socket.recv()
        assert (told["type"], told["data"]["reason"]) == ("order.reassigned", "the first one fell ill"), told
        assert left.recv()["type"] == "order.reassigned"
        assert left.close_code() == 4404, "who no longer has the order does not follow it"
    now = answer.json
    assert now == staff.get(f"/api/admin/orders/{order['id']}").json["order"]
    assert (now["status"], now["version"]) == (order["status"], order["version"] + 1)
    assert (now["delivery"]["courier_id"], now["delivery"]["attempts"]) == (other.id, attempts)
    assert now["history"][-1]["reason"] == "the first one fell ill"
    assert seen_by(customer, order)["delivery"]["courier"] == "Omar Haddad"
    assert assign(staff, order["id"], other.id, now["version"]).json == now, "they have it already"
    assert assign(staff, order["id"], gone.id, order["version"]).code == "precondition_failed"
    assert (load_of(stack, gone), load_of(stack, other)) == (0, 1)
    assert gone.get_one(delivery_id).code == "not_found"
    assert [(row["courier_id"], row["ended_by"]) for row in detail_of(staff, delivery_id)["assignments"]] == [
        (gone.id, "assign"), (other.id, None)]
    assert events_of(stack, delivery_id).count("delivery.assigned") == 2
    if place != "returning":
        for step in {"picked_up": ("start",), "delivery_failed": ("start",)}.get(place, ()):
            other.walk(delivery_id, step)
        assert other.step(delivery_id, "deliver", photo()).json["state"] == "delivered"
        assert seen_by(customer, order)["status"] == "delivered"
    assert load_of(stack, other) == (place == "returning")


@pytest.mark.parametrize("place", ON_THE_ROAD)
def test_staff_bring_it_back_or_write_it_off(stack, customer, staff, place):
    """From every place, both ends: the goods in the store again, or in the ledger as lost."""
    for end in ("returned", "lost"):
        product, courier = add_product(stack, stock=5), Courier(stack)
        order, delivery_id = on_the_road(customer, staff, product, courier, place, payment_method="card")
        assert stock_of(stack, product) == (4, 0)
        path = {"returned": {"in_transit": ("delivery_failed",)}.get(order["status"], ()), "lost": ()}[end]
        path += ("returning",) if end == "returned" and order["status"] != "returning" else ()
        for status in (*path, end):
            assert status in order["allowed_transitions"], order
            if status == "lost" or (order["status"], status) in (("picked_up", "returning"), ("in_transit", "delivery_failed")):
                answer = move(staff, order, status)
                assert (answer.status, answer.code) == (422, "reason_missing"), answer
            answer = move(staff, order, status, reason="the courier does not answer")
            assert answer.status == 200, answer
            order = answer.json
        assert order["delivery"] == staff.get(f"/api/admin/orders/{order['id']}").json["order"]["delivery"]
        assert order["delivery"]["state"] == end and order["allowed_transitions"] == []
        assert load_of(stack, courier) == 0 and courier.get_one(delivery_id).json["allowed_steps"] == []
        assert courier.step(delivery_id, "start").code == "illegal_transition"
        wait_until("the money to go back", lambda: seen_by(customer, order)["payment_status"] == "refunded")
        seen = seen_by(customer, order)
        assert (seen["status"], seen["status_reason"]) == (end, "the courier does not answer")
        assert seen["fulfilment_status"] == ("returned" if end == "returned" else "cancelled")
        ledger = stack.sql("SELECT kind, on_hand_delta, reason FROM commerce.stock_movement WHERE order_id = %s ORDER BY id", order["id"])
        if end == "returned":
            assert stock_of(stack, product) == (5, 0) and ledger[-1][:2] == ("return", 1)
        else:
            assert stock_of(stack, product) == (4, 0)
            assert ledger[-2:] == [("return", 1, "the courier does not answer"), ("write_off", -1, "the courier does not answer")]
            assert events_of(stack, delivery_id)[-1] == "delivery.lost"
        assert stack.value("SELECT count(*) FROM stoa.event WHERE aggregate_id = %s AND type = %s", order["id"],
                           {"returned": "inventory.returned", "lost": "inventory.written_off"}[end]) == 1
        assert stack.value("SELECT count(*) FROM stoa.audit WHERE subject = 'orders' AND subject_id = %s AND after->>'status' = %s",
                           order["id"], end) == 1


def test_a_courier_who_leaves(stack, customer, staff, product):
    """What is still in the store waits for another courier at once; what is on the road waits for staff."""
    root = Api(stack, "admin-api", admin_login(stack, make_staff(stack, "super_admin"))["access_token"])
    made = root.post("/api/admin/couriers", {"email": f"c-{uuid.uuid4().hex}@example.com", "name": "Yara Costa"})
    assert made.status == 201, made
    leaving = Courier.__new__(Courier)
    leaving.id = made.json["id"]
    Api.__init__(leaving, stack, token=public_token(leaving.id, role="courier"))
    wait_until("the courier to be known", lambda: leaving.put("/api/courier/availability", {"available": True}).status == 200)
    waiting, _ = assigned(customer, staff, product, leaving)
    away, _ = assigned(customer, staff, product, leaving)
    leaving.walk(away["delivery"]["id"], "pick-up")
    answer = root.patch(f"/api/admin/couriers/{leaving.id}", {"disabled": True}, headers={"If-Match": made.headers["etag"]})
    assert answer.status == 200, answer
    wait_until("what is in the store to be free", lambda: seen_by(customer, waiting)["status"] == "ready")
    assert seen_by(customer, waiting)["status_reason"] == "the courier has left"
    assert load_of(stack, leaving) == 1
    order = staff.get(f"/api/admin/orders/{away['id']}").json["order"]
    assert order["status"] == "picked_up" and order["allowed_transitions"] == ["returning", "lost"]
    other = Courier(stack)
    for order_id in (waiting["id"], away["id"]):
        assert assign(staff, order_id, leaving.id).code in ("courier_unavailable", None)
        assert assign(staff, order_id, other.id, reason="the courier has left").status == 200
    assert (load_of(stack, leaving), load_of(stack, other)) == (0, 2)


# ---- A courier's own things --------------------------------------------------------------------------------------------


def test_steps_are_repeated_without_effect(stack, customer, staff, product, courier):
    order, delivery = assigned(customer, staff, product, courier)
    for step in ("start", "arrive-at-pickup", "pick-up", "start", "arrive"):
        first = courier.step(delivery["id"], step)
        assert first.status == 200, first
        again = courier.step(delivery["id"], step)
        assert (again.status, again.json) == (200, first.json), again
    key = str(uuid.uuid4())
    first = courier.step(delivery["id"], "deliver", photo(), key=key)
    again = courier.step(delivery["id"], "deliver", photo(), key=key)
    assert again.json == first.json and again.headers["idempotent-replayed"] == "true", again
    other = courier.step(delivery["id"], "deliver", {"kind": "pin", "value": "0000"})
    assert other.status == 200 and other.json == first.json
    assert len(detail_of(staff, delivery["id"])["proofs"]) == 1
    assert len(detail_of(staff, delivery["id"])["history"]) == delivery["version"] + 6
    assert seen_by(customer, order)["delivery"]["attempts"] == 1


def test_steps_out_of_turn_name_what_is_allowed(customer, staff, product, courier):
    _, delivery = assigned(customer, staff, product, courier)
    answer = courier.step(delivery["id"], "arrive")
    assert (answer.status, answer.code) == (409, "illegal_transition"), answer
    assert set(answer.json["allowed"]) == {"start", "arrive-at-pickup", "pick-up", "drop"}
    for step, body in (("deliver", {"kind": "pin", "value": "0000"}), ("deliver", photo()), ("fail", {"reason": "other"}),
                       ("return", None)):
        assert courier.step(delivery["id"], step, body).code == "illegal_transition", step
    courier.walk(delivery["id"], "pick-up")
    answer = courier.step(delivery["id"], "drop")
    assert (answer.status, answer.json["allowed"]) == (409, ["start"]), answer
    assert courier.get_one(delivery["id"]).json["pin_tries_left"] == 5, "what was no turn was no try"


def test_somebody_elses_delivery_is_none(stack, customer, staff, product, courier):
    order, delivery = assigned(customer, staff, product, courier)
    other = Courier(stack)
    for delivery_id in (delivery["id"], order["id"], str(uuid.uuid4())):
        assert other.get_one(delivery_id).code == "not_found"
        for step in STEPS:
            body = {"kind": "pin", "value": "0000"} if step == "deliver" else {"reason": "other"} if step == "fail" else None
            assert other.step(delivery_id, step, body).code == "not_found"
    assert other.get("/api/courier/deliveries").json["data"] == []
    assert courier.get(f"/api/orders/{order['id']}").code == "forbidden"
    assert customer.get(f"/api/courier/deliveries/{delivery['id']}").code == "forbidden"
    assert Api(stack, token=public_token()).get(f"/api/orders/{order['id']}").code == "not_found"


def test_the_code_on_the_parcel(customer, staff, product, courier):
    order, delivery = assigned(customer, staff, product, courier)
    answer = courier.step(delivery["id"], "pick-up", {"scanned": "261121-00000000"})
    assert (answer.status, answer.code) == (422, "wrong_parcel"), answer
    answer = courier.step(delivery["id"], "pick-up", {"scanned": order["number"].lower()})
    assert answer.status == 200, answer
    courier.walk(delivery["id"], "start")
    answer = courier.step(delivery["id"], "deliver", {"kind": "barcode", "value": "261121-00000000"})
    assert (answer.status, answer.code) == (422, "wrong_parcel"), answer
    answer = courier.step(delivery["id"], "deliver", {"kind": "barcode", "value": order["number"], "reason": "left at the gate"})
    assert answer.status == 200, answer
    (proof,) = detail_of(staff, delivery["id"])["proofs"]
    assert (proof["kind"], proof["value"], proof["reason"]) == ("barcode", order["number"], "left at the gate")


def test_five_wrong_numbers(stack, customer, staff, product, courier):
    order, delivery = at_the_door(customer, staff, product, courier)
    pin = seen_by(customer, order)["delivery"]["pin"]
    wrong = "1234" if pin != "1234" else "4321"
    for left in (4, 3, 2, 1, 0):
        answer = courier.step(delivery["id"], "deliver", {"kind": "pin", "value": wrong}, key=str(uuid.uuid4()))
        assert (answer.status, answer.code, answer.json["tries_left"]) == (422, "pin_wrong", left), answer
        assert courier.get_one(delivery["id"]).json["pin_tries_left"] == left
    for body in ({"kind": "pin", "value": pin}, {"kind": "pin", "value": wrong}, {"kind": "barcode", "value": order["number"]},
                 {"kind": "signature", "content": base64.b64encode(PNG).decode(), "reason": "the customer signed"}, photo()):
        answer = courier.step(delivery["id"], "deliver", body)
        assert (answer.status, answer.code) == (409, "pin_locked"), answer
    answer = courier.step(delivery["id"], "deliver", photo(PNG, reason="the customer showed the order", position=PLACE))
    assert answer.status == 200, answer
    detail = detail_of(staff, delivery["id"])
    assert detail["pin_tries"] == 5 and [entry["reason"] for entry in detail["history"]].count("wrong PIN") == 5
    (proof,) = detail["proofs"]
    assert (proof["content_type"], proof["size"], proof["sha256"]) == ("image/png", len(PNG), hashlib.sha256(PNG).hexdigest())
    answer = staff.get(f"/api/admin/deliveries/{delivery['id']}/proofs/{proof['id']}")
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "image/png", PNG)


def test_two_telephones_share_five_tries(stack, customer, staff, product, courier):
    order, delivery = at_the_door(customer, staff, product, courier)
    pin = seen_by(customer, order)["delivery"]["pin"]
    wrong = [f"{n:04}" for n in range(12) if f"{n:04}" != pin][:10]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda value: courier.step(delivery["id"], "deliver", {"kind": "pin", "value": value}), wrong))
    # A request that lost again and again is told so and has counted nothing.
    counted = [answer.json["tries_left"] for answer in answers if answer.code == "pin_wrong"]
    assert len(counted) == len(set(counted)) and {answer.code for answer in answers} <= {"pin_wrong", "pin_locked", "conflict"}
    assert detail_of(staff, delivery["id"])["pin_tries"] == len(counted) <= 5


@pytest.mark.parametrize("body, pointer", [
    ({"kind": "photo"}, "#/content"), ({"kind": "pin"}, "#/value"), ({"kind": "barcode"}, "#/value"),
    ({"kind": "photo", "value": "1234"}, "#/value"), ({"kind": "pin", "value": "1234", "content": "/9j/"}, "#/value"),
    ({"kind": "photo", "content": "not base64!"}, "#/content"), ({"kind": "photo", "content": "R0lGODlh"}, "#/content"),
    ({"kind": "signature", "content": base64.b64encode(b"<svg/>").decode()}, "#/content"),
    (photo(JPEG[:4] + bytes(512 * 1024 - 2)), "#/content"),
])
def test_what_proves_nothing(stack, customer, staff, product, courier, body, pointer):
    _, delivery = at_the_door(customer, staff, product, courier)
    answer = courier.step(delivery["id"], "deliver", body)
    assert answer.status == 422 and answer.code in ("proof_not_acceptable", "invalid_body"), answer
    assert answer.bad == [pointer], answer
    assert courier.get_one(delivery["id"]).json["state"] == "arrived_at_dropoff"


@pytest.mark.parametrize("body, pointer", [
    ({}, "#/kind"), ({"kind": "word of honour"}, "#/kind"), ({"kind": "pin", "value": "1" * 65}, "#/value"),
    ({"kind": "pin", "value": "1", "position": {"latitude": 91, "longitude": 0}}, "#/position/latitude"),
    ({"kind": "pin", "value": "1", "reason": ""}, "#/reason"), ({"kind": "pin", "value": "1", "tip": 5}, "#/tip")])
def test_bad_proofs_are_named(stack, courier, body, pointer):
    answer = courier.step(uuid.uuid4(), "deliver", body)
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert pointer in answer.bad, answer


def test_the_largest_picture(customer, staff, product, courier):
    _, delivery = at_the_door(customer, staff, product, courier)
    content = JPEG[:4] + random.Random(1).randbytes(512 * 1024 - 4)
    answer = courier.step(delivery["id"], "deliver", photo(content), key=str(uuid.uuid4()))
    assert answer.status == 200, answer
    (proof,) = detail_of(staff, delivery["id"])["proofs"]
    answer = staff.get(f"/api/admin/deliveries/{delivery['id']}/proofs/{proof['id']}")
    assert answer.headers["content-type"] == "image/jpeg" and answer.body == content


def test_proofs_stand(stack, customer, staff, product, courier):
    _, delivery = at_the_door(customer, staff, product, courier)
    assert courier.step(delivery["id"], "deliver", photo()).status == 200
    for text in ("UPDATE commerce.delivery_proof SET reason = 'another' WHERE delivery_id = %s",
                 "DELETE FROM commerce.delivery_proof WHERE delivery_id = %s"):
        with pytest.raises(psycopg2.errors.IntegrityConstraintViolation):
            stack.sql(text, delivery["id"])
    with pytest.raises(psycopg2.errors.IntegrityConstraintViolation):
        stack.sql("TRUNCATE commerce.delivery_proof")
    assert len(detail_of(staff, delivery["id"])["proofs"]) == 1


def test_one_active_assignment_by_constraint(stack, customer, staff, product, courier):
    _, delivery = assigned(customer, staff, product, courier)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        stack.sql("INSERT INTO commerce.delivery_assignment (id, delivery_id, courier_id, by_actor, started_at)"
                  " VALUES (gen_random_uuid(), %s, %s, 'test', now())", delivery["id"], Courier(stack).id)


def test_working_hours(stack, courier):
    answer = courier.put("/api/courier/availability", {"available": False})
    assert answer.status == 200, answer
    assert (answer.json["available"], answer.json["capacity"], answer.json["version"]) == (False, 20, 2)
    assert courier.put("/api/courier/availability", {"available": False}).json == answer.json
    answer = courier.put("/api/courier/availability", {"available": True, "capacity": 2})
    assert (answer.json["available"], answer.json["capacity"], answer.json["version"]) == (True, 2, 3)
    for body in ({}, {"available": "yes"}, {"available": True, "capacity": 0}, {"available": True, "capacity": 21}):
        assert courier.put("/api/courier/availability", body).code == "invalid_body", body
    stranger = Courier.__new__(Courier)
    Api.__init__(stranger, stack, token=public_token(role="courier"))
    for path, body in (("/api/courier/availability", {"available": True}), ("/api/courier/location", PLACE)):
        assert stranger.put(path, body).code == "not_found"


def test_couriers_are_kept_from_their_accounts(stack):
    root = Api(stack, "admin-api", admin_login(stack, make_staff(stack, "super_admin"))["access_token"])
    made = root.post("/api/admin/couriers", {"email": f"c-{uuid.uuid4().hex}@example.com", "name": "Yara Costa"})
    assert made.status == 201, made
    me = Courier.__new__(Courier)
    Api.__init__(me, stack, token=public_token(made.json["id"], role="courier"))
    answer = wait_until("the courier to be known", lambda: (lambda a: a if a.status == 200 else None)(
        me.put("/api/courier/availability", {"available": True})))
    assert answer.json["name"] == "Yara Costa" and answer.json["capacity"] == 3
    answer = root.patch(f"/api/admin/couriers/{made.json['id']}", {"disabled": True}, headers={"If-Match": made.headers["etag"]})
    assert answer.status == 200, answer
    wait_until("the courier to be off duty", lambda: not stack.value(
        "SELECT available FROM commerce.courier WHERE id = %s", made.json["id"]))


# ---- Where they are ----------------------------------------------------------------------------------------------------


def kept(stack, courier):
    return stack.sql("SELECT latitude, longitude, accuracy FROM commerce.courier_position WHERE courier_id = %s ORDER BY at",
                     courier.id)


def test_positions_are_shown_and_thinned(stack, customer, staff, product, courier):
    order, delivery = assigned(customer, staff, product, courier)
    assert seen_by(customer, order)["delivery"]["position"] is None
    for north in (0, 0.0001, 0.0002, 0.0003):
        body = {"latitude": 52.52 + north, "longitude": 13.405, "accuracy": 12.5}
        assert courier.put("/api/courier/location", body).status == 204
    seen = seen_by(customer, order)["delivery"]["position"]
    assert (seen["latitude"], seen["longitude"], seen["accuracy"]) == (52.5203, 13.405, 12.5)
    assert kept(stack, courier) == [(52.52, 13.405, 12.5)], "what is near and soon after is not kept"
    assert courier.put("/api/courier/location", {"latitude": 52.53, "longitude": 13.405}).status == 204
    assert kept(stack, courier)[1:] == [(52.53, 13.405, 0)], "a hundred metres further it is"
    stack.sql("UPDATE commerce.courier SET position_at = position_at - interval '31 seconds' WHERE id = %s", courier.id)
    assert courier.put("/api/courier/location", {"latitude": 52.53, "longitude": 13.405}).status == 204
    assert len(kept(stack, courier)) == 3, "and half a minute later it is"
    etag = customer.get(f"/api/orders/{order['id']}").headers["etag"]
    assert customer.get(f"/api/orders/{order['id']}", headers={"If-None-Match": etag}).status == 304, "the courier stands"
    assert courier.put("/api/courier/location", {"latitude": 52.54, "longitude": 13.405}).status == 204
    answer = customer.get(f"/api/orders/{order['id']}", headers={"If-None-Match": etag})
    assert answer.status == 200 and answer.json["delivery"]["position"]["latitude"] == 52.54
    courier.walk(delivery["id"], "pick-up", "start")
    assert courier.step(delivery["id"], "deliver", photo()).status == 200
    answer = customer.get(f"/api/orders/{order['id']}")
    assert answer.json["delivery"]["position"] is None, "the courier is on another customer's way now"
    assert customer.get(f"/api/orders/{order['id']}", headers={"If-None-Match": answer.headers["etag"]}).status == 304


@pytest.mark.parametrize("body, pointer", [
    ({"latitude": 90.1, "longitude": 0}, "#/latitude"), ({"latitude": 0, "longitude": -180.5}, "#/longitude"), ({}, "#/latitude"),
    ({"latitude": "52", "longitude": 13}, "#/latitude"), ({"latitude": 1, "longitude": 1, "accuracy": -1}, "#/accuracy"),
    ({"latitude": 1, "longitude": 1, "speed": 9}, "#/speed")])
def test_bad_positions_are_named(courier, body, pointer):
    answer = courier.put("/api/courier/location", body)
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert pointer in answer.bad, answer


def test_positions_are_heard_once_a_second_on_average(stack):
    courier, other = Courier(stack, keep=True), Courier(stack)
    answers = [courier.put("/api/courier/location", PLACE) for _ in range(130)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused and {answer.status for answer in answers} == {204, 429}
    assert all(answer.code == "rate_limited" and int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert other.put("/api/courier/location", PLACE).status == 204, "it is each courier's own"


# ---- On the socket -----------------------------------------------------------------------------------------------------


def test_a_courier_follows_what_they_carry(stack, customer, staff, product, courier):
    order = ready(customer, staff, product, note="a note for the store")
    path = f"/ws/orders/{order['id']}"
    with Socket(stack, path, courier.token) as ws:
        assert ws.close_code(10) == 4404, "it is nobody's yet"
    assert assign(staff, order["id"], courier.id).status == 200
    delivery = order["delivery"]["id"]
    with Socket(stack, path, courier.token, query={"after": 0}) as ws:
        hello = ws.recv()
        assert hello["type"] == "connected" and hello["order"]["status"] == "assigned"
        assert hello["order"]["note"] is None and hello["order"]["delivery"]["pin"] is None
        assert hello["order"]["address"]["street"] == "Stoa Street 1"
        courier.walk(delivery, "pick-up")
        messages = [ws.recv() for _ in range(5)]
        assert {message["type"] for message in messages} == {"order.status_changed"}
        assert [message["data"]["to"] for message in messages] == ["confirmed", "picking", "ready", "assigned", "picked_up"]
        with Socket(stack, path, customer.token) as theirs:
            assert theirs.recv()["order"]["delivery"]["pin"] is not None
        with Socket(stack, path, Courier(stack).token) as others:
            assert others.close_code(10) == 4404
        courier.walk(delivery, "start")
        assert courier.step(delivery, "deliver", photo()).status == 200
        assert [ws.recv()["data"]["to"] for _ in range(2)] == ["in_transit", "delivered"]
        assert ws.close_code(10) == 4404, "their part is over"
    with Socket(stack, path, courier.token) as ws:
        assert ws.close_code(10) == 4404


def test_an_order_taken_away_is_followed_no_longer(stack, customer, staff, product, courier):
    order, _ = assigned(customer, staff, product, courier)
    with Socket(stack, f"/ws/orders/{order['id']}", courier.token) as ws:
        assert ws.recv()["type"] == "connected"
        assert staff.post(f"/api/admin/orders/{order['id']}/unassign").status == 200
        assert ws.recv()["data"]["to"] == "ready"
        with pytest.raises(Closed) as closed:
            ws.recv()
        assert closed.value.code == 4404
    with Socket(stack, f"/ws/orders/{order['id']}", courier.token) as ws:
        assert ws.close_code(10) == 4404


# ---- At once -----------------------------------------------------------------------------------------------------------


def race(barrier, act):
    barrier.wait(30)
    return act()


def test_a_thousand_races_for_an_order(stack, customer, staff, product):
    """Two dispatchers give one order, seen at one version, to two couriers: one wins each time."""
    lanes, rounds = 4, 250
    orders = [ready(customer, staff, product) for _ in range(lanes)]
    couriers = [[Courier(stack), Courier(stack)] for _ in range(lanes)]

    def lane(i):
        order, sides = orders[i]["id"], couriers[i]
        barrier, wins = threading.Barrier(2), [0, 0]
        apis = [Api(stack, "admin-api", staff.token, keep=True) for _ in sides]
        version = orders[i]["version"]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for _ in range(rounds):
                answers = list(pool.map(
                    lambda k: race(barrier, lambda: assign(apis[k], order, sides[k].id, version)), (0, 1)))
                won = [k for k in (0, 1) if answers[k].status == 200]
                assert len(won) == 1, answers
                assert answers[1 - won[0]].code == "precondition_failed", answers
                assert answers[won[0]].json["delivery"]["courier_id"] == sides[won[0]].id
                wins[won[0]] += 1
                back = apis[0].post(f"/api/admin/orders/{order}/unassign")
                assert back.status == 200 and back.json["version"] == version + 2, back
                version += 2
        return wins

    with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
        wins = list(pool.map(lane, range(lanes)))
    for i in range(lanes):
        delivery = orders[i]["delivery"]["id"]
        assert sum(wins[i]) == rounds
        rows = dict(stack.sql("SELECT courier_id::text, count(*) FROM commerce.delivery_assignment WHERE delivery_id = %s"
                              " GROUP BY 1", delivery))
        assert [rows.get(courier.id, 0) for courier in couriers[i]] == wins[i]
        assert stack.value("SELECT version FROM commerce.delivery WHERE id = %s", delivery) == 1 + 2 * rounds
        assert events_of(stack, delivery) == ["delivery.assigned", "delivery.unassigned"] * rounds
    assert not checker.faults(stack, skip=BEFORE_STAFF)


def test_a_reader_sees_order_and_delivery_in_one_state(stack, customer, staff, product, courier):
    """An answer never has an order in one place and its delivery in another."""
    order = ready(customer, staff, product)
    reader, done, wrong, read = Api(stack, token=customer.token, keep=True), threading.Event(), [], 0

    def keep_moving():
        api = Api(stack, "admin-api", staff.token, keep=True)
        for _ in range(100):
            assert assign(api, order["id"], courier.id).status == 200
            assert api.post(f"/api/admin/orders/{order['id']}/unassign").status == 200
        done.set()

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        moving = pool.submit(keep_moving)
        while not moving.done():
            seen = seen_by(reader, order)
            read += 1
            if (seen["status"], seen["delivery"]["state"]) not in (("ready", "unassigned"), ("assigned", "assigned")):
                wrong.append(seen)
        moving.result()
    assert read and done.is_set() and not wrong, wrong[0]


def test_a_courier_is_never_given_more_than_their_capacity(stack, customer, staff, product):
    for _ in range(5):
        courier = Courier(stack, capacity=3)
        orders = [ready(customer, staff, product) for _ in range(8)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda order: assign(staff, order["id"], courier.id), orders))
        won = [answer for answer in answers if answer.status == 200]
        assert len(won) <= 3 and {answer.code for answer in answers if answer.status != 200} <= {"courier_full", "conflict"}
        assert stack.value("SELECT load FROM commerce.courier WHERE id = %s", courier.id) == len(won) >= 1


def test_cancelled_while_it_is_picked_up(stack, customer, staff, product):
    """One of the two happens, and order and delivery agree which."""
    courier = Courier(stack)
    for i in range(40):
        order, delivery = assigned(customer, staff, product, courier)
        barrier = threading.Barrier(2)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            cancel = pool.submit(race, barrier, lambda: customer.post(f"/api/orders/{order['id']}/cancel", {}))
            pick_up = pool.submit(race, barrier, lambda: courier.step(delivery["id"], "pick-up"))
            answers = [cancel.result(), pick_up.result()]
        assert sorted(answer.status for answer in answers) == [200, 409], answers
        cancelled = answers[0].status == 200
        seen = seen_by(customer, order)
        assert (seen["status"], seen["delivery"]["state"]) == (("cancelled",) * 2 if cancelled else ("picked_up",) * 2)
        if not cancelled:
            courier.walk(delivery["id"], "start")
            assert courier.step(delivery["id"], "deliver", photo()).status == 200


@pytest.mark.parametrize("seed", range(2))
def test_anything_in_any_order(stack, customer, staff, product, seed):
    """Staff, couriers and the customer do random things, several at a time; order and delivery agree
    always, and one courier answers for each."""
    rng = random.Random(seed)
    couriers = [Courier(stack, capacity=2) for _ in range(3)]
    orders = [ready(customer, staff, product) for _ in range(6)]

    def act(choice):
        kind, order, courier, step, proof = choice
        delivery = order["delivery"]["id"]
        if kind == "assign":
            return assign(staff, order["id"], courier.id)
        if kind == "unassign":
            return staff.post(f"/api/admin/orders/{order['id']}/unassign")
        if kind == "cancel":
            return customer.post(f"/api/orders/{order['id']}/cancel", {})
        if kind == "move":
            now = staff.get(f"/api/admin/orders/{order['id']}").json["order"]
            return move(staff, now, rng.choice(["ready", "returning", "returned", "assigned", "collected",
                                                 "delivery_failed", "lost"]), reason="a reason")
        body = proof if step == "deliver" else {"reason": "other"} if step == "fail" else None
        return courier.step(delivery, step, body)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for _ in range(60):
            choices = [(rng.choices(["assign", "unassign", "cancel", "move", "step"], [6, 1, 0.1, 1, 14])[0], rng.choice(orders),
                        rng.choice(couriers), rng.choice(STEPS), rng.choice([photo(), {"kind": "pin", "value": "0000"}]))
                       for _ in range(6)]
            for answer in pool.map(act, choices):
                assert answer.status in (200, 404, 409, 412, 422), answer
            found = checker.faults(stack, skip=BEFORE_STAFF)
            assert not [fault for fault in found if "retry" not in fault], (seed, found)


def test_old_ways_are_forgotten(stack, courier):
    stack.sql("INSERT INTO commerce.courier_position (courier_id, at, latitude, longitude, accuracy) SELECT %s, now() - d *"
              " interval '1 day', 52.5, 13.4, 0 FROM unnest(ARRAY[1, 29, 31, 400]) d", courier.id)
    stack.start("cron")
    wait_until("old positions to go", lambda: stack.value(
        "SELECT count(*) FROM commerce.courier_position WHERE courier_id = %s", courier.id) == 2)
    stack.terminate("cron")
    assert stack.value("SELECT min(at) > now() - interval '30 days' FROM commerce.courier_position WHERE courier_id = %s", courier.id)
