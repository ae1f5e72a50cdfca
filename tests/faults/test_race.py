# SPDX-License-Identifier: Apache-2.0
"""200 customers race for 100 units."""
import threading
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import add_product, order_body, public_token, stock_of
from support.stack import wait_until

STACK = dict(start=("public-api", "public-api#2", "worker", "worker#2"))


def race(stack, bodies, repeat_key=1):
    """Every body by a customer of its own, all at once; the answers by customer."""
    gate = threading.Barrier(len(bodies))
    answers, lock = [], threading.Lock()
    ledger = checker.Ledger()

    def run(index, body):
        api = Api(stack, "public-api#2" if index % 2 else "public-api", public_token(), timeout_s=60)
        key = str(uuid.uuid4())
        ledger.trying(key)
        gate.wait()
        for _ in range(repeat_key):
            answer = api.post("/api/orders", body, key=key)
            with lock:
                answers.append(answer)
            if answer.status == 201:
                ledger.promised(key, answer.json["id"])
    threads = [threading.Thread(target=run, args=(index, body)) for index, body in enumerate(bodies)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert {answer.status for answer in answers} == {201}, next(answer for answer in answers if answer.status != 201)
    return ledger


def outcomes(stack, ledger):
    ids = list(ledger.accepted.values())
    rows = stack.sql("SELECT status, count(*) FROM commerce.orders WHERE id = ANY(%s::uuid[]) GROUP BY 1", ids)
    return dict(rows)


@pytest.mark.parametrize("backlog", [False, True], ids=["as they come", "out of a backlog"])
def test_200_customers_for_100_units(stack, backlog):
    product = add_product(stack, stock=100)
    if backlog:
        stack.kill("worker")
        stack.kill("worker#2")
    ledger = race(stack, [order_body((product, 1))] * 200)
    if backlog:
        stack.start("worker")
        stack.start("worker#2")
    checker.check(stack, ledger, timeout_s=90)
    assert ledger.count == 200
    assert outcomes(stack, ledger) == {"confirmed": 100, "cancelled": 100}
    assert stock_of(stack, product) == (100, 100)
    reserved = stack.value("SELECT sum(reserved_delta)::bigint FROM commerce.stock_movement WHERE product_id = %s AND kind = 'reserve'", product)
    assert reserved == 100


def test_units_that_do_not_divide(stack):
    """Quantities of 3 for 100 units: 33 are confirmed, one unit is left."""
    product = add_product(stack, stock=100)
    ledger = race(stack, [order_body((product, 3))] * 60)
    checker.check(stack, ledger)
    assert outcomes(stack, ledger) == {"confirmed": 33, "cancelled": 27}
    assert stock_of(stack, product) == (100, 99)


def test_crossing_lines(stack):
    """Half of the customers name the products in the other order: no deadlock shows, and all or nothing holds."""
    one, two = add_product(stack, stock=50), add_product(stack, stock=50)
    bodies = [order_body((one, 1), (two, 1)) if i % 2 else order_body((two, 1), (one, 1)) for i in range(120)]
    ledger = race(stack, bodies)
    checker.check(stack, ledger)
    assert outcomes(stack, ledger) == {"confirmed": 50, "cancelled": 70}
    assert stock_of(stack, one) == (50, 50) and stock_of(stack, two) == (50, 50)


def test_two_lines_of_one_product_are_summed(stack):
    product = add_product(stack, stock=100)
    ledger = race(stack, [order_body((product, 1), (product, 1))] * 80)
    checker.check(stack, ledger)
    assert outcomes(stack, ledger) == {"confirmed": 50, "cancelled": 30}
    assert stock_of(stack, product) == (100, 100)


def test_every_customer_asks_twice_with_one_key(stack):
    product = add_product(stack, stock=30)
    ledger = race(stack, [order_body((product, 1))] * 60, repeat_key=2)
    checker.check(stack, ledger)
    assert ledger.count == 60 and outcomes(stack, ledger) == {"confirmed": 30, "cancelled": 30}


def test_what_is_given_back_can_be_sold_again(stack):
    product = add_product(stack, stock=10)
    api = Api(stack, token=public_token())
    for _ in range(5):
        ids = [api.post("/api/orders", order_body((product, 1)), key=str(uuid.uuid4())).json["id"] for _ in range(10)]
        wait_until("all to be sold", lambda: stock_of(stack, product) == (10, 10))
        threads = [threading.Thread(target=api.post, args=(f"/api/orders/{order}/cancel", {})) for order in ids * 2]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert stock_of(stack, product) == (10, 0), "cancelled twice at once gives back once"
    checker.check(stack)
