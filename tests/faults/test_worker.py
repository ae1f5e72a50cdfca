# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the worker before, inside and after handling, of the relay at each of its steps, and at random moments."""
import random
import signal
import time

import pytest

from support import checker
from support.client import Api
from support.shop import Load, add_product, placed, public_token, stock_of
from support.stack import wait_until

STACK = dict(start=("public-api",), env={"STOA_CONSUMER_CONCURRENCY": "16"})

CONSUMER_STEPS = ["consumer.before", "consumer.inside", "consumer.after"]
RELAY_STEPS = ["relay.read", "relay.published", "relay.saved"]


@pytest.fixture()
def api(stack):
    return Api(stack, token=public_token())


@pytest.fixture(autouse=True)
def no_worker_is_left(stack):
    yield
    for name in ("worker", "worker#2"):
        if stack.alive(name):
            stack.kill(name)


@pytest.mark.parametrize("nth", [1, 2, 7])
@pytest.mark.parametrize("step", CONSUMER_STEPS + RELAY_STEPS)
def test_killed_at_a_step(stack, api, step, nth):
    """The worker kills itself on its nth passing of the step; the next one finishes what it left."""
    ledger = checker.Ledger()
    product, missing = add_product(stack, stock=1000), add_product(stack, stock=0)
    stack.start("worker", env={"STOA_FAULT": f"{step}:{nth}"}, wait=False)  # it may fall before anybody has asked it
    orders, i = [], 0
    end = time.monotonic() + 30
    while stack.alive("worker") and time.monotonic() < end:
        key = f"{step}-{nth}-{i}"
        ledger.trying(key)
        order = placed(api, (missing if i % 4 == 3 else product, 1), key=key)
        ledger.promised(key, order["id"])
        orders.append(order["id"])
        i += 1
        time.sleep(0.02)
    assert stack.wait_exit("worker", 5) == -signal.SIGKILL, "it fell where it should"
    stack.start("worker")
    checker.check(stack, ledger)
    wanted = sum(1 for i in range(len(orders)) if i % 4 != 3)
    assert stock_of(stack, product) == (1000, wanted)


def test_killed_at_the_same_step_again_and_again(stack, api):
    """A poison of a moment: each worker falls on its second event, and still all is done in the end, once."""
    ledger = checker.Ledger()
    product = add_product(stack, stock=1000)
    for i in range(12):
        key = f"again-{i}"
        ledger.trying(key)
        ledger.promised(key, placed(api, (product, 1), key=key)["id"])
    for step in CONSUMER_STEPS * 2:
        stack.start("worker", env={"STOA_FAULT": f"{step}:2"}, wait=False)
        try:
            stack.wait_exit("worker", 4)
        except Exception:
            stack.kill("worker")  # nothing was left for it
    stack.start("worker")
    checker.check(stack, ledger, timeout_s=90)
    assert stock_of(stack, product) == (1000, 12)


def test_killed_at_random_under_load(stack):
    """Two workers, one of which is killed again and again."""
    rng = random.Random(3)
    ledger = checker.Ledger()
    products = [add_product(stack, stock=100000) for _ in range(5)] + [add_product(stack, stock=0)]
    stack.start("worker")
    stack.start("worker#2")
    with Load(stack, ledger, products, customers=4, lines=2) as load:
        for _ in range(12):
            time.sleep(rng.uniform(0.05, 0.5))
            name = rng.choice(["worker", "worker#2"])
            stack.kill(name)
            stack.start(name, wait=False)
    assert not load.errors, load.errors[0]
    assert ledger.count > 50
    checker.check(stack, ledger, timeout_s=90)


def test_the_relay_is_taken_over(stack, api):
    """The leader dies; the standby leads within seconds and nothing is missed."""
    product = add_product(stack, stock=1000)
    stack.start("worker")
    first = placed(api, (product, 1))
    checker.settle(stack)
    stack.start("worker#2")
    stack.kill("worker")
    second = placed(api, (product, 1))
    started = time.monotonic()
    checker.check(stack)
    assert time.monotonic() - started < 20
    for order in (first, second):
        assert api.get(f"/api/orders/{order['id']}").json["status"] == "confirmed"


def test_stopped_and_continued(stack, api):
    """A worker that stands still while another takes over does nothing twice when it goes on."""
    product = add_product(stack, stock=10000)
    ledger = checker.Ledger()
    stack.start("worker")
    stack.start("worker#2")
    with Load(stack, ledger, [product], customers=3):
        time.sleep(0.5)
        stack.send("worker", signal.SIGSTOP)
        time.sleep(3)
        stack.send("worker", signal.SIGCONT)
        time.sleep(0.5)
    checker.check(stack, ledger, timeout_s=90)


def test_a_worker_asked_to_end_leaves_nothing_half_done(stack, api):
    product = add_product(stack, stock=100000)
    ledger = checker.Ledger()
    stack.start("worker")
    stack.start("worker#2")
    with Load(stack, ledger, [product], customers=4):
        for name in ("worker", "worker#2", "worker"):
            time.sleep(0.5)
            assert stack.terminate(name) == 0
            stack.start(name)
    checker.check(stack, ledger)
    assert stack.value("SELECT count(*) FROM stoa.event_retry") == 0


def test_a_customer_watches_while_workers_die(stack):
    """The socket tells every event once and in order, whatever happens behind it."""
    from support.client import Socket
    token = public_token()
    api = Api(stack, token=token)
    product = add_product(stack, stock=1000)
    for step in ("consumer.inside", "consumer.after", "relay.published"):
        order = placed(api, (product, 1))
        with Socket(stack, f"/ws/orders/{order['id']}", token) as ws:
            assert ws.recv()["seq"] == 1
            stack.start("worker", env={"STOA_FAULT": step}, wait=False)
            stack.wait_exit("worker", 20)
            stack.start("worker")
            told = [ws.recv(60)["seq"] for _ in range(2)]
            assert told == [2, 3]
        stack.kill("worker")
    stack.start("worker")
    checker.check(stack)
    wait_until("all to be confirmed", lambda: stock_of(stack, product) == (1000, 3))
