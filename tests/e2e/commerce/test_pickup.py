# SPDX-License-Identifier: Apache-2.0
"""Orders that are fetched from the store: no address, no fee, a code; and moves that have to say why."""
import concurrent.futures
import json
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import ADDRESS, add_product, admin_token, order_body, placed, public_token, stock_of, wait_order

STACK = dict()


@pytest.fixture(autouse=True, scope="module")
def books_agree(stack):
    yield
    checker.check(stack)


@pytest.fixture()
def customer(stack):
    return Api(stack, token=public_token())


@pytest.fixture(scope="module")
def staff(stack):
    return Api(stack, "admin-api", admin_token(role="store_staff"))


def move(staff, order, status, **more):
    return staff.patch(f"/api/admin/orders/{order['id']}/status", {"status": status, **more},
                       headers={"If-Match": f'"v{order["version"]}"'})


def ready(customer, staff, *lines, **more):
    """(the order as staff see it, its code as the customer does)"""
    order = wait_order(customer, placed(customer, *lines, **more)["id"], "confirmed")
    code = order["pickup_code"]
    for status in ("picking", "ready"):
        answer = move(staff, order, status)
        assert answer.status == 200, answer
        order = answer.json
    return order, code


def wrong(code):
    return "999999" if code != "999999" else "000000"


def test_fetched_with_a_code(stack, customer, staff):
    product = add_product(stack, stock=5, price=1000)
    order = placed(customer, (product, 2), fulfilment="pickup", payment_method="cash")
    assert order["fulfilment"] == "pickup" and order["address"] is None and order["total"]["amount"] == 2000
    assert order["delivery_fee"]["amount"] == 0
    code = order["pickup_code"]
    assert len(code) == 6 and code.isdigit()
    order = wait_order(customer, order["id"], "confirmed")
    assert order["pickup_code"] == code
    for status in ("picking", "ready"):
        order = move(staff, order, status).json
        assert order["pickup_code"] is None, "staff are shown it by the customer"
    assert order["allowed_transitions"] == ["collected", "cancelled"]
    detail = staff.get(f"/api/admin/orders/{order['id']}")
    assert code not in json.dumps(detail.json["events"]) and detail.json["order"]["pickup_code"] is None
    answer = move(staff, order, "collected", code=code)
    assert answer.status == 200 and (answer.json["status"], answer.json["payment_status"]) == ("collected", "paid"), answer
    assert stock_of(stack, product) == (3, 0)
    payments = staff.get(f"/api/admin/orders/{order['id']}").json["payments"]
    assert [(row["kind"], row["amount"]["amount"], row["provider"]) for row in payments] == [("captured", 2000, "cash")]


def test_wrong_codes_are_counted(stack, customer, staff):
    order, code = ready(customer, staff, (add_product(stack), 1), fulfilment="pickup")
    answer = move(staff, order, "collected")
    assert (answer.status, answer.code, answer.bad[0]) == (422, "invalid_body", "#/code"), answer
    for _ in range(4):
        answer = move(staff, order, "collected", code=wrong(code))
        assert (answer.status, answer.code) == (409, "pickup_code_wrong"), answer
    assert staff.get(f"/api/admin/orders/{order['id']}").json["order"] == order, "nothing happened to it"
    assert move(staff, order, "collected", code=code).status == 200, "the fifth is right"
    order, code = ready(customer, staff, (add_product(stack), 1), fulfilment="pickup")
    for i in range(5):
        assert move(staff, order, "collected", code=wrong(code)).code == "pickup_code_wrong"
    answer = move(staff, order, "collected", code=code)
    assert (answer.status, answer.code) == (409, "pickup_code_locked"), answer
    assert move(staff, order, "cancelled").status == 200


def test_guesses_at_once_are_five(stack, customer, staff):
    order, code = ready(customer, staff, (add_product(stack), 1), fulfilment="pickup")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: move(staff, order, "collected", code=wrong(code)), range(48)))
    codes = [answer.code for answer in answers]
    assert set(codes) <= {"pickup_code_wrong", "pickup_code_locked", "conflict"} and codes.count("pickup_code_wrong") <= 5, codes
    assert stack.value("SELECT pickup_tries FROM commerce.orders WHERE id = %s", order["id"]) == 5


def test_what_is_brought_is_not_collected(stack, customer, staff):
    order, code = ready(customer, staff, (add_product(stack), 1))
    assert code is None and order["fulfilment"] == "delivery" and order["address"] == ADDRESS
    assert "collected" not in order["allowed_transitions"]
    answer = move(staff, order, "collected", code="123456")
    assert (answer.status, answer.code) == (409, "not_a_pickup"), answer


@pytest.mark.parametrize("more, pointer", [
    ({"fulfilment": "drone"}, "#/fulfilment"), ({"fulfilment": "pickup", "address": ADDRESS}, "#/address"),
    ({"fulfilment": "pickup", "address_id": str(uuid.uuid4())}, "#/address"), ({"address": None}, "#/address")])
def test_addresses_are_for_what_is_brought(stack, customer, more, pointer):
    body = {name: value for name, value in order_body((add_product(stack), 1), **more).items() if value is not None}
    answer = customer.post("/api/orders", body, key=str(uuid.uuid4()))
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert pointer in answer.bad


def test_a_rejection_says_why(stack, customer, staff):
    """A pending order, before the worker has looked at it."""
    stack.kill("worker")
    order = placed(customer, (add_product(stack), 1))
    for reason in ({}, {"reason": ""}):
        answer = move(staff, order, "rejected", **reason)
        assert (answer.status, answer.code, answer.bad[0]) == (422, "reason_missing", "#/reason"), answer
    answer = move(staff, order, "rejected", reason="we closed early")
    assert answer.status == 200 and (answer.json["status"], answer.json["status_reason"]) == ("rejected", "we closed early")
    stack.start("worker")
    checker.settle(stack)
    shown = customer.get(f"/api/orders/{order['id']}").json
    assert shown["status"] == "rejected" and shown["history"][-1]["reason"] == "we closed early"
