# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the API after the commit and before the reply, and at random: a customer who asks again with the same key has one order."""
import http.client
import random
import signal
import threading
import time
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import Load, add_product, order_body, post_again, public_token, register, stock_of

STACK = dict(start=("worker",))


@pytest.fixture(autouse=True)
def no_api_is_left(stack):
    yield
    for name in ("public-api", "public-api#2"):
        if stack.alive(name):
            stack.kill(name)


@pytest.mark.parametrize("nth", [1, 3])
def test_killed_between_commit_and_reply(stack, nth):
    ledger = checker.Ledger()
    product = add_product(stack, stock=100)
    stack.start("public-api", env={"STOA_FAULT": f"api.committed:{nth}"})
    api = Api(stack, token=public_token())
    for i in range(nth):
        key, body = f"lost-{nth}-{i}", order_body((product, 1))
        ledger.trying(key)
        if i < nth - 1:
            ledger.promised(key, api.post("/api/orders", body, key=key).json["id"])
            continue
        with pytest.raises((OSError, http.client.HTTPException)):
            api.post("/api/orders", body, key=key)
    assert stack.wait_exit("public-api", 5) == -signal.SIGKILL
    assert stack.value("SELECT count(*) FROM commerce.orders WHERE id IN (SELECT order_id FROM commerce.order_line WHERE"
                       " product_id = %s)", product) == nth, "it was committed"
    stack.start("public-api")
    answer = api.post("/api/orders", body, key=key)
    assert answer.status == 201 and answer.headers["idempotent-replayed"] == "true", answer
    ledger.promised(key, answer.json["id"])
    checker.check(stack, ledger)
    assert stock_of(stack, product) == (100, nth)
    assert len(api.pages("/api/orders", limit=10)[0]) == nth


def test_killed_while_many_ask_for_the_same(stack):
    """20 customers' hands on one key, the process dies at the first commit, and all ask again at another."""
    product = add_product(stack, stock=100)
    stack.start("public-api", env={"STOA_FAULT": "api.committed"})
    stack.start("public-api#2")
    token, key, body = public_token(), str(uuid.uuid4()), order_body((product, 1))
    answers = []

    def run():
        try:
            answers.append(post_again(Api(stack, token=token), body, key))
        except (OSError, http.client.HTTPException):
            answers.append(post_again(Api(stack, "public-api#2", token), body, key))
    threads = [threading.Thread(target=run) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    made = [answer for answer in answers if answer.code != "idempotency_key_in_use"]
    assert made and {answer.status for answer in made} == {201}, answers
    assert len({answer.body for answer in made}) == 1
    assert stack.wait_exit("public-api", 5) == -signal.SIGKILL
    checker.check(stack)
    assert stock_of(stack, product) == (100, 1)


def test_killed_at_random_under_load(stack):
    rng = random.Random(5)
    ledger = checker.Ledger()
    products = [add_product(stack, stock=100000) for _ in range(3)]
    names = ("public-api", "public-api#2")
    for name in names:
        stack.start(name)
    with Load(stack, ledger, products, customers=5, names=names) as load:
        for _ in range(10):
            time.sleep(rng.uniform(0.05, 0.4))
            name = rng.choice(names)
            stack.kill(name)
            stack.start(name, wait=False)
        for name in names:
            stack.wait_ready(name)
    assert not load.errors, load.errors[0]
    assert ledger.count > 30
    checker.check(stack, ledger)


def test_registering_while_the_process_dies(stack):
    """Registration has no key: the second try is told that the address is taken, and the password of the first try opens it."""
    stack.start("public-api", env={"STOA_FAULT": "api.committed"})
    api = Api(stack)
    body = {"email": "lost@example.com", "password": "correct horse battery 42", "name": "Lost"}
    with pytest.raises((OSError, http.client.HTTPException)):
        api.post("/api/auth/register", body)
    stack.wait_exit("public-api", 5)
    stack.start("public-api")
    assert api.post("/api/auth/register", body).code == "email_taken"
    body.pop("name")
    assert api.post("/api/auth/login", body).status == 200
    assert register(stack)["account"]["id"]
    checker.check(stack)
