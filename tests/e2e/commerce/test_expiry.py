# SPDX-License-Identifier: Apache-2.0
"""Cards that staff record: goods are held meanwhile, and free again when nothing comes in time, sweeper or no sweeper."""
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import add_product, admin_token, placed, public_token, stock_of, wait_order
from support.stack import wait_until
from e2e.commerce.test_payments import detail, move, record, refund

STACK = dict(env={"STOA_PAYMENT_PROVIDER": "manual", "STOA_RESERVATION_TTL": "1h"})


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


@pytest.fixture()
def cron(stack):
    stack.start("cron")
    yield
    assert stack.terminate("cron") == 0


def held(stack, customer, *lines):
    """An order whose goods are held until it is paid for."""
    order = placed(customer, *lines, payment_method="card")

    def look():
        shown = customer.get(f"/api/orders/{order['id']}").json
        return shown if shown["version"] > 1 else None
    order = wait_until("the goods to be held", look)
    assert (order["status"], order["payment_status"]) == ("pending", "none"), order
    return order


def lapse(stack, order):
    """Its time is up."""
    stack.sql("UPDATE commerce.reservation SET expires_at = clock_timestamp() - interval '1 second' WHERE order_id = %s", order["id"])


def test_goods_are_held_until_the_card_is_authorised(stack, customer, admin):
    product = add_product(stack, stock=5)
    order = held(stack, customer, (product, 3))
    assert stock_of(stack, product) == (5, 3)
    left = stack.value("SELECT extract(epoch FROM expires_at - created_at)::int FROM commerce.reservation WHERE order_id = %s",
                       order["id"])
    assert left == 3600
    assert [(row["from"], row["to"], row["actor"]) for row in order["history"]] == [
        (None, "pending", "customer"), ("pending", "pending", "worker")]
    answer = record(admin, order, "authorized")
    assert answer.status == 201 and (answer.json["status"], answer.json["payment_status"]) == ("confirmed", "authorized"), answer
    assert answer.json["version"] == 3 and stock_of(stack, product) == (5, 3)
    assert stack.sql("SELECT state, expires_at FROM commerce.reservation WHERE order_id = %s", order["id"]) == [("active", None)]
    assert [event["type"] for event in detail(admin, order)["events"]] == [
        "order.created", "inventory.reserved", "order.status_changed", "order.payment_changed"]
    order = move(admin, move(admin, answer.json, "picking"), "ready")
    assert order["payment_status"] == "paid"
    order = move(admin, order, "cancelled")
    assert order["payment_status"] == "paid" and stock_of(stack, product) == (5, 0)
    asked = detail(admin, order)["refunds"][0]
    assert asked["state"] == "pending", "the provider takes its time"
    answer = admin.post(f"/api/admin/orders/{order['id']}/refunds/{asked['id']}/fail")
    assert answer.status == 200 and detail(admin, order)["order"]["payment_status"] == "paid"
    assert refund(admin, order, order["total"]["amount"]).status == 201


def test_a_failed_card_lets_go_of_the_goods(stack, customer, admin):
    product = add_product(stack, stock=5)
    order = held(stack, customer, (product, 3))
    answer = record(admin, order, "failed")
    assert answer.status == 201 and (answer.json["status"], answer.json["payment_status"]) == ("cancelled", "failed"), answer
    assert stock_of(stack, product) == (5, 0) and answer.json["status_reason"] == "the payment failed"
    assert record(admin, order, "authorized").code == "payment_too_late"


def test_only_the_total_confirms(stack, customer, admin):
    order = held(stack, customer, (add_product(stack), 1))
    total = order["total"]["amount"]
    for amount in (total - 1, total + 1):
        answer = record(admin, order, "authorized", amount=amount)
        assert (answer.status, answer.code) == (409, "payment_amount_wrong"), answer
    assert record(admin, order, "captured").code == "payment_not_awaited"
    assert record(admin, order, "authorized", amount=total).json["status"] == "confirmed"
    assert record(admin, order, "authorized", amount=total).code == "payment_not_awaited"


def test_cash_does_not_wait(stack, customer, admin):
    order = wait_order(customer, placed(customer, (add_product(stack), 1), payment_method="cash")["id"], "confirmed")
    assert order["payment_status"] == "none" and order["version"] == 2


@pytest.mark.parametrize("how", ["cancelled", "rejected"])
def test_ended_before_it_was_paid_for(stack, customer, admin, how):
    product = add_product(stack, stock=5)
    order = move(admin, held(stack, customer, (product, 3)), how, reason="closed today")
    assert order["payment_status"] == "none" and stock_of(stack, product) == (5, 0)
    assert record(admin, order, "authorized").code == "payment_too_late"


def test_on_hold_holds_nothing_and_holds_anew(stack, customer, admin):
    product = add_product(stack, stock=5)
    order = move(admin, held(stack, customer, (product, 3)), "on_hold", reason="is that you?")
    assert stock_of(stack, product) == (5, 0)
    assert record(admin, order, "authorized").code == "payment_not_awaited"
    move(admin, order, "pending")
    wait_until("the goods to be held again", lambda: stock_of(stack, product) == (5, 3))
    assert record(admin, order, "authorized").json["status"] == "confirmed"


def test_the_sweeper_ends_what_is_not_paid_for(stack, customer, admin, cron):
    product, other = add_product(stack, stock=5), add_product(stack, stock=5)
    late, stays = held(stack, customer, (product, 3), (other, 1)), held(stack, customer, (product, 2))
    lapse(stack, late)
    order = wait_order(customer, late["id"], "expired")
    assert order["version"] == 3 and order["status_reason"] == "not paid in time"
    assert stock_of(stack, product) == (5, 2) and stock_of(stack, other) == (5, 0)
    assert [row[0] for row in stack.sql("SELECT state FROM commerce.reservation WHERE order_id = %s", late["id"])] == ["expired"] * 2
    shown = detail(admin, late)
    assert [event["type"] for event in shown["events"]] == [
        "order.created", "inventory.reserved", "order.status_changed", "reservation.expired", "inventory.released"]
    assert shown["order"]["history"][-1]["actor"] == "timer"
    assert record(admin, late, "authorized").code == "payment_too_late"
    assert customer.get(f"/api/orders/{stays['id']}").json == stays


def test_more_than_a_batch_of_them(stack, customer, cron):
    product = add_product(stack, stock=1000)
    with_time = held(stack, customer, (product, 1))
    orders = [placed(customer, (product, 2), payment_method="card")["id"] for _ in range(120)]
    wait_until("all to be held", lambda: stock_of(stack, product) == (1000, 241))
    stack.sql("UPDATE commerce.reservation SET expires_at = clock_timestamp() WHERE order_id = ANY(%s::uuid[])", orders)
    wait_until("all of them to end", lambda: stock_of(stack, product) == (1000, 1))
    assert stack.value("SELECT count(*) FROM commerce.orders WHERE id = ANY(%s::uuid[]) AND status = 'expired'", orders) == 120
    assert customer.get(f"/api/orders/{with_time['id']}").json["status"] == "pending"


def test_a_sale_does_not_wait_for_the_sweeper(stack, customer):
    """No cron: what is held past its time is sold to the next one all the same, and only as much of it as there is."""
    product = add_product(stack, stock=6)
    late, in_time = held(stack, customer, (product, 3)), held(stack, customer, (product, 2))
    lapse(stack, late)
    order = held(stack, customer, (product, 4))
    assert order["status"] == "pending" and stock_of(stack, product) == (6, 6)
    assert customer.get(f"/api/orders/{late['id']}").json["status"] == "expired"
    assert customer.get(f"/api/orders/{in_time['id']}").json["status"] == "pending"
    refused = placed(customer, (product, 1), payment_method="card")
    assert wait_order(customer, refused["id"], "cancelled")["status_reason"].startswith("out of stock")


def test_a_sale_that_needs_nothing_of_it_leaves_it(stack, customer, admin):
    product = add_product(stack, stock=6)
    late = held(stack, customer, (product, 3))
    lapse(stack, late)
    held(stack, customer, (product, 3))
    assert customer.get(f"/api/orders/{late['id']}").json["status"] == "pending"
    assert record(admin, late, "authorized").json["status"] == "confirmed", "nobody was quicker"


def test_a_cron_that_dies_in_the_middle(stack, customer):
    product = add_product(stack, stock=1000)
    orders = [placed(customer, (product, 1), payment_method="card")["id"] for _ in range(60)]
    wait_until("all to be held", lambda: stock_of(stack, product) == (1000, 60))
    stack.start("cron")
    stack.sql("UPDATE commerce.reservation SET expires_at = clock_timestamp() WHERE order_id = ANY(%s::uuid[])", orders)
    wait_until("some to end", lambda: stock_of(stack, product)[1] < 60, every_s=0.001)
    stack.kill("cron")
    stack.start("cron#2")
    wait_until("the rest to end", lambda: stock_of(stack, product) == (1000, 0))
    assert stack.terminate("cron#2") == 0
