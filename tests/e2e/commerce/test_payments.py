# SPDX-License-Identifier: Apache-2.0
"""Money of an order: authorised, captured, voided, refunded; what it stands at, and what is refused."""
import concurrent.futures
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import add_product, admin_token, placed, public_token, stock_of, wait_order
from support.stack import wait_until

STACK = dict()


@pytest.fixture(autouse=True, scope="module")
def books_agree(stack):
    yield
    checker.check(stack)


@pytest.fixture()
def customer(stack):
    return Api(stack, token=public_token())


@pytest.fixture(scope="module")
def admin(stack):
    return Api(stack, "admin-api", admin_token())


def move(admin, order, status, **more):
    answer = admin.patch(f"/api/admin/orders/{order['id']}/status", {"status": status, **more},
                         headers={"If-Match": f'"v{order["version"]}"'})
    assert answer.status == 200, answer
    return answer.json


def detail(admin, order):
    answer = admin.get(f"/api/admin/orders/{order['id']}")
    assert answer.status == 200, answer
    return answer.json


def record(admin, order, kind, key=None, **more):
    body = {"kind": kind, "reference": f"ref-{uuid.uuid4()}", **more}
    return admin.post(f"/api/admin/orders/{order['id']}/payments", body, key=key or str(uuid.uuid4()))


def refund(admin, order, amount, reason="broken eggs", key=None):
    return admin.post(f"/api/admin/orders/{order['id']}/refunds", {"amount": amount, "reason": reason},
                      key=key or str(uuid.uuid4()))


def confirmed(customer, *lines, method="card"):
    return wait_order(customer, placed(customer, *lines, payment_method=method)["id"], "confirmed")


def ready(admin, order):
    return move(admin, move(admin, order, "picking"), "ready")


def money_of(admin, order):
    """[(kind, amount, provider)] of the records and [(amount, state)] of the refunds."""
    shown = detail(admin, order)
    return ([(row["kind"], row["amount"]["amount"], row["provider"]) for row in shown["payments"]],
            [(row["amount"]["amount"], row["state"]) for row in shown["refunds"]])


def settled(admin, order):
    """Waits until the worker has settled what the order gives back."""
    wait_until("the refunds to be settled", lambda: all(row["state"] == "settled" for row in detail(admin, order)["refunds"]))
    return detail(admin, order)["order"]


def test_a_card_is_authorised_then_captured(stack, customer, admin):
    order = confirmed(customer, (add_product(stack), 2))
    total = order["total"]["amount"]
    assert order["payment_status"] == "authorized" and order["version"] == 2
    assert money_of(admin, order) == ([("authorized", total, "instant")], [])
    order = ready(admin, order)
    assert order["payment_status"] == "paid", order
    shown = detail(admin, order)
    assert shown["order"] == order
    assert [event["type"] for event in shown["events"]] == [
        "order.created", "order.status_changed", "inventory.reserved", "order.payment_changed", "order.status_changed",
        "picking.started", "order.status_changed", "picking.completed", "order.payment_changed"]
    assert [payment["seq"] for payment in shown["payments"]] == [4, 9]
    said = [event["data"] for event in shown["events"] if event["type"] == "order.payment_changed"]
    assert [(data["kind"], data["payment_status"], data["version"], data["amount"]["amount"]) for data in said] == [
        ("authorized", "authorized", 2, total), ("captured", "paid", 4, total)]
    assert not any("ref" in str(data) for data in said), "what the provider calls it is not the customer's to know"


def test_cash_is_captured_when_it_changes_hands(stack, customer, admin):
    order = confirmed(customer, (add_product(stack), 1), method="cash")
    assert order["payment_status"] == "none"
    order = ready(admin, order)
    assert order["payment_status"] == "none" and money_of(admin, order) == ([], [])


@pytest.mark.parametrize("by", ["customer", "staff"])
def test_cancelling_voids_what_was_only_authorised(stack, customer, admin, by):
    order = confirmed(customer, (add_product(stack), 1))
    if by == "customer":
        order = customer.post(f"/api/orders/{order['id']}/cancel", {}).json
    else:
        order = move(admin, order, "cancelled")
    assert (order["status"], order["payment_status"], order["refunded"]["amount"]) == ("cancelled", "voided", 0)
    total = order["total"]["amount"]
    assert money_of(admin, order) == ([("authorized", total, "instant"), ("voided", total, "instant")], [])


def test_cancelling_gives_back_what_was_captured(stack, customer, admin):
    product = add_product(stack, stock=5)
    order = ready(admin, confirmed(customer, (product, 2)))
    order = customer.post(f"/api/orders/{order['id']}/cancel", {"reason": "no time"}).json
    assert order["status"] == "cancelled" and stock_of(stack, product) == (5, 0)
    order = settled(admin, order)
    total = order["total"]["amount"]
    assert (order["payment_status"], order["refunded"]["amount"]) == ("refunded", total)
    assert money_of(admin, order)[1] == [(total, "settled")]
    mine = customer.get(f"/api/orders/{order['id']}").json
    assert mine["refunded"] == order["total"] and mine["payment_status"] == "refunded"
    types = [event["type"] for event in detail(admin, order)["events"]]
    assert types[-6:] == ["order.status_changed", "order.cancelled", "inventory.returned", "order.refund_requested",
                          "order.refunded", "order.payment_changed"]
    last = mine["history"][-1]
    assert (last["from"], last["to"], last["actor"], last["version"]) == ("cancelled", "cancelled", "provider", mine["version"])


def test_parts_are_refunded_up_to_what_was_captured(stack, customer, admin):
    order = ready(admin, confirmed(customer, (add_product(stack, price=1000), 6)))
    total = order["total"]["amount"]
    key = str(uuid.uuid4())
    answer = refund(admin, order, 250, key=key)
    assert answer.status == 201 and answer.json["state"] == "pending" and answer.json["amount"]["amount"] == 250, answer
    again = refund(admin, order, 250, key=key)
    assert again.json == answer.json and again.headers["idempotent-replayed"] == "true"
    order = settled(admin, order)
    assert (order["payment_status"], order["refunded"]["amount"], order["status"]) == ("partially_refunded", 250, "ready")
    answer = refund(admin, order, total - 249)
    assert (answer.status, answer.code) == (409, "refund_too_high"), answer
    assert refund(admin, order, total - 250).status == 201
    assert settled(admin, order)["payment_status"] == "refunded"
    assert refund(admin, order, 1).code == "refund_too_high"
    assert len(detail(admin, order)["refunds"]) == 2


def test_refunds_at_once_have_one_ceiling(stack, customer, admin):
    order = ready(admin, confirmed(customer, (add_product(stack, price=1000), 6)))
    total = order["total"]["amount"]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: refund(Api(stack, "admin-api", admin_token()), order, total // 2), range(6)))
    assert sorted(answer.status for answer in answers) == [201] * 2 + [409] * 4, answers
    assert {answer.code for answer in answers if answer.status == 409} <= {"refund_too_high", "conflict"}
    assert settled(admin, order)["payment_status"] == "refunded"


def test_nothing_captured_nothing_refunded(stack, customer, admin):
    order = confirmed(customer, (add_product(stack), 1))
    assert refund(admin, order, 1).code == "refund_too_high"
    assert refund(admin, {"id": uuid.uuid4()}, 1).code == "not_found"


@pytest.mark.parametrize("body, pointer", [
    ({"amount": 0, "reason": "x"}, "#/amount"), ({"amount": -1, "reason": "x"}, "#/amount"), ({"amount": 1}, "#/reason"),
    ({"amount": 99_901_000_000_001, "reason": "x"}, "#/amount"), ({"amount": 1, "reason": ""}, "#/reason")])
def test_bad_refunds_are_named(stack, customer, admin, body, pointer):
    order = confirmed(customer, (add_product(stack), 1))
    answer = admin.post(f"/api/admin/orders/{order['id']}/refunds", body, key=str(uuid.uuid4()))
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert pointer in answer.bad


def test_what_providers_say_later(stack, customer, admin):
    """More than the total, less, and what cannot be said of an order that stands where it stands."""
    order = confirmed(customer, (add_product(stack, price=6000), 1))
    assert record(admin, order, "authorized").code == "payment_not_awaited"
    assert record(admin, order, "failed").code == "payment_not_awaited"
    assert record(admin, order, "voided", amount=1).code == "payment_amount_wrong"
    answer = record(admin, order, "captured", amount=1000)
    assert answer.status == 201 and answer.json["payment_status"] == "partially_paid", answer
    assert answer.json["status"] == "confirmed" and answer.json["version"] == 3
    assert answer.json["history"][-1]["reason"] == "10.00 EUR captured"
    assert answer.headers["etag"].startswith('"v3-')
    answer = record(admin, order, "captured")
    assert answer.json["payment_status"] == "paid" and money_of(admin, order)[0][-1] == ("captured", 5000, "instant")
    assert record(admin, order, "voided").code == "payment_not_awaited"
    answer = record(admin, order, "captured", amount=1)
    assert answer.json["payment_status"] == "overpaid"
    order = answer.json
    assert ready(admin, order)["payment_status"] == "overpaid", "ready captures nothing twice"
    assert customer.get(f"/api/orders/{order['id']}").json["payment_status"] == "overpaid"


def test_an_authorisation_can_be_given_up(stack, customer, admin):
    order = confirmed(customer, (add_product(stack), 1))
    answer = record(admin, order, "voided")
    assert answer.status == 201 and (answer.json["status"], answer.json["payment_status"]) == ("confirmed", "voided")
    assert ready(admin, answer.json)["payment_status"] == "voided", "there is nothing to capture"


def test_a_reference_is_used_once(stack, customer, admin):
    first, second = (confirmed(customer, (add_product(stack), 1)) for _ in range(2))
    assert record(admin, first, "captured", reference="PSP-1").status == 201
    answer = record(admin, second, "captured", reference="PSP-1")
    assert (answer.status, answer.code) == (409, "payment_reference_taken"), answer
    assert customer.get(f"/api/orders/{second['id']}").json == second, "nothing happened to it"
    answer = record(admin, second, "captured", reference="PSP-2", key=(key := str(uuid.uuid4())))
    again = record(admin, second, "captured", reference="PSP-2", key=key)
    assert answer.status == 201 and again.json == answer.json and again.headers["idempotent-replayed"] == "true"


def test_money_comes_too_late(stack, customer, admin):
    order = confirmed(customer, (add_product(stack), 1))
    move(admin, order, "cancelled")
    for kind in ("authorized", "captured", "failed", "voided"):
        answer = record(admin, order, kind)
        assert (answer.status, answer.code) == (409, "payment_too_late"), answer


def test_keys_and_permissions(stack, customer, admin):
    order = confirmed(customer, (add_product(stack), 1))
    path = f"/api/admin/orders/{order['id']}"
    for route, body in (("payments", {"kind": "captured", "reference": "x"}), ("refunds", {"amount": 1, "reason": "x"})):
        assert admin.post(f"{path}/{route}", body).code == "idempotency_key_missing"
        staff = Api(stack, "admin-api", admin_token(role="store_staff"))
        assert staff.post(f"{path}/{route}", body, key=str(uuid.uuid4())).code == "forbidden"
    answer = admin.post(f"{path}/payments", {"kind": "paid", "reference": ""}, key=str(uuid.uuid4()))
    assert set(answer.bad) == {"#/kind", "#/reference"}, answer


def test_refunds_of_cash_are_paid_out_by_staff(stack, customer, admin):
    """Cash that was paid ahead: a refund waits for somebody who hands it out, or says that it cannot be."""
    order = confirmed(customer, (add_product(stack, price=6000), 1), method="cash")
    order = record(admin, order, "captured").json
    assert order["payment_status"] == "paid"
    first, second = (refund(admin, order, 2000).json for _ in range(2))
    checker.settle(stack)
    assert money_of(admin, order)[1] == [(2000, "pending"), (2000, "pending")]
    path = f"/api/admin/orders/{order['id']}/refunds"
    answer = admin.post(f"{path}/{first['id']}/settle")
    assert answer.status == 200 and answer.json["state"] == "settled", answer
    assert admin.post(f"{path}/{first['id']}/settle").json["state"] == "settled", "twice is once"
    assert admin.post(f"{path}/{first['id']}/fail").code == "refund_not_pending"
    assert refund(admin, order, 2001).code == "refund_too_high"
    assert admin.post(f"{path}/{second['id']}/fail").json["state"] == "failed"
    assert admin.post(f"{path}/{second['id']}/settle").code == "refund_not_pending"
    shown = detail(admin, order)["order"]
    assert (shown["payment_status"], shown["refunded"]["amount"]) == ("partially_refunded", 2000)
    assert refund(admin, order, 4000).status == 201, "what failed can be asked for again"
    assert admin.post(f"{path}/{uuid.uuid4()}/settle").code == "not_found"
    other = confirmed(customer, (add_product(stack), 1))
    assert admin.post(f"/api/admin/orders/{other['id']}/refunds/{first['id']}/settle").code == "not_found"


def test_settling_at_once_is_settling_once(stack, customer, admin):
    order = confirmed(customer, (add_product(stack, price=6000), 1), method="cash")
    order = record(admin, order, "captured").json
    asked = refund(admin, order, 1000).json
    path = f"/api/admin/orders/{order['id']}/refunds/{asked['id']}"
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda i: Api(stack, "admin-api", admin_token()).post(
            f"{path}/{'settle' if i % 2 else 'fail'}"), range(6)))
    assert {answer.code for answer in answers if answer.status != 200} <= {"refund_not_pending", "conflict"}, answers
    states = {answer.json["state"] for answer in answers if answer.status == 200}
    assert len(states) == 1, answers
