# SPDX-License-Identifier: Apache-2.0
"""Two want one order to go two ways, a thousand times over: one of them wins, and the books agree."""
import collections
import concurrent.futures
import random
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import add_product, admin_token, order_body, public_token, stock_of
from support.stack import wait_until

ROUNDS = 1000
STACK = dict(start=("public-api", "admin-api", "worker", "worker#2", "cron"),
             env={"STOA_PAYMENT_PROVIDER": "manual", "STOA_RESERVATION_TTL": "1h"})


@pytest.fixture()
def product(stack):
    return add_product(stack, stock=10 * ROUNDS)


class Hands:
    """Eight at once, each with connections of its own that stay open."""

    def __init__(self, stack):
        self.staff = Api(stack, "admin-api", admin_token(), keep=True, timeout_s=60)
        self.customer = Api(stack, "public-api", public_token(), keep=True, timeout_s=60)
        self.pool = concurrent.futures.ThreadPoolExecutor(8)

    def all(self, calls):
        """The answers of calls, which are begun in the order given."""
        return [future.result() for future in [self.pool.submit(*call) for call in calls]]

    def pairs(self, left, right, orders):
        """[(left's answer, right's answer)] of each order; who of the two is asked first is a toss."""
        calls, places = [], []
        for order in orders:
            both = [(left, order), (right, order)]
            first = random.randrange(2)
            calls += [both[first], both[1 - first]]
            places.append(first)
        answers = self.all(calls)
        return [(answers[2 * i + place], answers[2 * i + 1 - place]) for i, place in enumerate(places)]

    def place(self, product, method):
        answer = self.customer.post("/api/orders", order_body((product, 1), payment_method=method), key=str(uuid.uuid4()))
        assert answer.status == 201, answer
        return answer.json["id"]

    def pay(self, order):
        return self.staff.post(f"/api/admin/orders/{order}/payments", {"kind": "authorized", "reference": f"psp-{order}"},
                               key=str(uuid.uuid4()))

    def cancel(self, order):
        return self.customer.post(f"/api/orders/{order}/cancel", {})


@pytest.fixture()
def hands(stack):
    made = Hands(stack)
    yield made
    made.pool.shutdown()


def many(stack, hands, product, method="card", status="pending"):
    """A thousand orders that hold their goods."""
    orders = hands.all([(hands.place, product, method)] * ROUNDS)
    wait_until("all to hold their goods", lambda: stock_of(stack, product)[1] == ROUNDS)
    assert statuses(stack, orders) == {status: ROUNDS}
    return orders


def statuses(stack, orders):
    return dict(stack.sql("SELECT status, count(*) FROM commerce.orders WHERE id = ANY(%s::uuid[]) GROUP BY 1", orders))


def of(stack, orders, column):
    return {str(row[0]): row[1] for row in stack.sql(
        f"SELECT id, {column} FROM commerce.orders WHERE id = ANY(%s::uuid[])", orders)}


def test_paid_and_cancelled(stack, hands, product):
    """In either order: a payment before the cancellation is given back, one after it is not taken."""
    orders = many(stack, hands, product)
    outcomes = collections.Counter()
    answers = hands.pairs(hands.pay, hands.cancel, orders)
    money = of(stack, orders, "payment_status")
    for order, (paid, cancelled) in zip(orders, answers):
        assert cancelled.status == 200 and cancelled.json["status"] == "cancelled", cancelled
        assert paid.status == 201 or paid.code == "payment_too_late", paid
        assert money[order] == ("voided" if paid.status == 201 else "none")
        outcomes[paid.status] += 1
    print(dict(outcomes))
    assert statuses(stack, orders) == {"cancelled": ROUNDS}
    assert stock_of(stack, product) == (10 * ROUNDS, 0)
    checker.check(stack)


def test_confirmed_and_cancelled(stack, hands, product):
    """Customers who think better of it while the worker is at it: nothing is held in the end."""
    def think_better(method):
        order = hands.place(product, method)
        answer = hands.cancel(order)
        assert answer.status == 200 and answer.json["status"] == "cancelled", answer
        return order
    orders = hands.all([(think_better, "cash" if i % 2 else "card") for i in range(ROUNDS)])
    checker.check(stack)
    assert statuses(stack, orders) == {"cancelled": ROUNDS}
    assert stock_of(stack, product) == (10 * ROUNDS, 0)
    print(stack.sql("SELECT version, count(*) FROM commerce.orders WHERE id = ANY(%s::uuid[]) GROUP BY 1", orders))


def test_paid_and_expired(stack, hands, product):
    """The sweeper begins with the oldest, payments come from both ends: each order is paid for or has expired."""
    orders = many(stack, hands, product)
    stack.sql("UPDATE commerce.reservation SET expires_at = clock_timestamp() + interval '0.5 second' WHERE order_id = ANY(%s::uuid[])",
              orders)
    both_ends = [order for pair in zip(orders, reversed(orders)) for order in pair][:ROUNDS]
    answers = hands.all([(hands.pay, order) for order in both_ends])
    assert {answer.status for answer in answers} <= {201, 409}
    wait_until("the others to expire", lambda: "pending" not in statuses(stack, orders))
    now = of(stack, orders, "status")
    for order, answer in zip(both_ends, answers):
        assert answer.status == 201 or answer.code == "payment_too_late", answer
        assert now[order] == ("confirmed" if answer.status == 201 else "expired"), answer
    found = statuses(stack, orders)
    print(found)
    assert sum(found.values()) == ROUNDS and set(found) <= {"confirmed", "expired"}
    assert stock_of(stack, product) == (10 * ROUNDS, found.get("confirmed", 0))
    checker.check(stack)


def test_two_with_one_version(stack, hands, product):
    """Two changes of status with the same If-Match: one is done, the other told that it is no longer so."""
    orders = many(stack, hands, product, "cash", "confirmed")

    def move_to(status):
        def move(order):
            return hands.staff.patch(f"/api/admin/orders/{order}/status", {"status": status}, headers={"If-Match": '"v2"'})
        return move
    outcomes = collections.Counter()
    answers = hands.pairs(move_to("picking"), move_to("cancelled"), orders)
    now = of(stack, orders, "status")
    for order, (picked, cancelled) in zip(orders, answers):
        assert sorted((picked.status, cancelled.status)) == [200, 412], (picked, cancelled)
        assert now[order] == ("picking" if picked.status == 200 else "cancelled")
        outcomes[now[order]] += 1
    print(dict(outcomes))
    assert set(of(stack, orders, "version").values()) == {3}
    assert stock_of(stack, product) == (10 * ROUNDS, outcomes["picking"])
    checker.check(stack)
