# SPDX-License-Identifier: Apache-2.0
"""STOA_BUS=postgres: the whole flow with no Redis at all, and the same faults."""
import random
import signal
import time

import pytest

from support import checker
from support.client import Api, Socket
from support.post import code_of, wait_letter
from support.shop import Load, add_product, placed, public_token, register, stock_of, wait_order
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api", "worker"), with_redis=False, env={"STOA_LOCKOUT_FAILURES": "3"})
LOCKED_AFTER = 3


def test_nothing_here_knows_of_redis(stack):
    for name in ("public-api", "worker"):
        status, ready = stack.ready(name)
        assert status == 200 and ready["status"] == "ready" and "redis" not in ready["checks"], ready


def test_mail_and_lockout_need_no_redis(stack):
    session, api = register(stack), Api(stack)
    assert api.post("/api/auth/code", {"email": session["email"]}).status == 202
    code = code_of(wait_letter(stack, session["email"], "Your code to log in"))
    assert api.post("/api/auth/code/login", {"email": session["email"], "code": code}).status == 200
    codes = [api.post("/api/auth/login", {"email": session["email"], "password": "wrong password"},
                      headers={"X-Forwarded-For": "203.0.113.1"}).code for _ in range(LOCKED_AFTER + 1)]
    assert codes == ["invalid_credentials"] * LOCKED_AFTER + ["account_locked"]


def test_the_flow(stack):
    session = register(stack)
    token = session["access_token"]
    api = Api(stack, token=token)
    product = add_product(stack, stock=10, name="Amphora")
    order = placed(api, (product, 4))
    with Socket(stack, f"/ws/orders/{order['id']}", token, query={"after": 1}) as ws:
        assert ws.recv()["type"] == "connected"
        assert [ws.recv(20)["type"] for _ in range(2)] == ["order.status_changed", "inventory.reserved"]
    short = wait_order(api, placed(api, (product, 7))["id"], "cancelled")
    assert short["status_reason"] == "out of stock: Amphora (7 ordered, 6 left)"
    assert api.post(f"/api/orders/{order['id']}/cancel", {}).json["status"] == "cancelled"
    assert stock_of(stack, product) == (10, 0)
    wait_until("commerce to know the customer", lambda: stack.sql("SELECT 1 FROM commerce.customer WHERE id = %s",
                                                                  session["account"]["id"]))
    checker.check(stack)


@pytest.mark.parametrize("step", ["consumer.before", "consumer.inside", "consumer.after", "relay.read", "relay.published", "relay.saved"])
def test_killed_at_a_step(stack, step):
    ledger = checker.Ledger()
    product = add_product(stack, stock=1000)
    api = Api(stack, token=public_token())
    stack.kill("worker")
    stack.start("worker", env={"STOA_FAULT": f"{step}:2"}, wait=False)  # it may fall before anybody has asked it
    count, end = 0, time.monotonic() + 30
    while stack.alive("worker") and time.monotonic() < end:
        key = f"{step}-{count}"
        ledger.trying(key)
        ledger.promised(key, placed(api, (product, 1), key=key)["id"])
        count += 1
        time.sleep(0.02)
    assert stack.wait_exit("worker", 5) == -signal.SIGKILL
    stack.start("worker")
    checker.check(stack, ledger, timeout_s=90)
    assert stock_of(stack, product) == (1000, count)


def test_killed_at_random_under_load(stack):
    rng = random.Random(9)
    ledger = checker.Ledger()
    products = [add_product(stack, stock=100000) for _ in range(4)]
    stack.start("worker#2")
    with Load(stack, ledger, products, customers=4, lines=2) as load:
        for _ in range(6):
            time.sleep(rng.uniform(0.1, 0.6))
            name = rng.choice(["worker", "worker#2"])
            stack.kill(name)
            stack.start(name, wait=False)
    assert not load.errors, load.errors[0]
    checker.check(stack, ledger, timeout_s=90)
    stack.kill("worker#2")


def test_workers_end_when_asked(stack):
    """Idle or busy, leading or standing by: within seconds and with 0."""
    product = add_product(stack, stock=100000)
    ledger = checker.Ledger()
    stack.start("worker#2")
    for name in ("worker#2", "worker", "worker#2", "worker"):
        assert stack.terminate(name, 15) == 0
        stack.start(name)
    with Load(stack, ledger, [product], customers=3):
        for name in ("worker", "worker#2", "worker"):
            time.sleep(0.4)
            assert stack.terminate(name, 15) == 0
            stack.start(name)
    assert stack.terminate("worker#2", 15) == 0
    checker.check(stack, ledger)


def test_postgresql_restarted(stack):
    ledger = checker.Ledger()
    products = [add_product(stack, stock=100000) for _ in range(3)]
    with Load(stack, ledger, products, customers=3) as load:
        time.sleep(0.7)
        stack.postgres_restart("fast")
        time.sleep(1)
    assert not load.errors, load.errors[0]
    checker.check(stack, ledger, timeout_s=90)


def test_nothing_is_left_on_the_bus(stack):
    wait_until("the bus to be empty", lambda: stack.value("SELECT count(*) FROM stoa.bus_entry") == 0, 60)
