# SPDX-License-Identifier: Apache-2.0
"""Redis is disposable: flushed, restarted empty, out of memory, read-only, its groups destroyed, all in mid-flight."""
import contextlib
import re
import threading
import time

import pytest
import redis

from support import checker
from support.client import Api
from support.shop import Load, add_product, order_body, placed, post_again, public_token, stock_of, wait_order
from support.stack import wait_until

STACK = dict(start=("public-api", "worker", "worker#2"))


@pytest.fixture()
def products(stack):
    return [add_product(stack, stock=100000) for _ in range(4)] + [add_product(stack, stock=0)]


def under_load(stack, products, what, times=4, pause_s=0.4):
    ledger = checker.Ledger()
    with Load(stack, ledger, products, customers=4, lines=2) as load:
        for _ in range(times):
            time.sleep(pause_s)
            what()
        time.sleep(pause_s)
    assert not load.errors, load.errors[0]
    assert set(load.statuses) == {201}, f"no customer notices: {load.statuses}"
    assert ledger.count > 30
    checker.check(stack, ledger, timeout_s=90)
    for name in ("public-api", "worker", "worker#2"):
        wait_until(f"{name} to be ready", lambda name=name: stack.ready(name)[1].get("status") == "ready")


def test_flushall(stack, products):
    under_load(stack, products, lambda: stack.redis().flushall())


def test_flushall_with_a_backlog(stack):
    """Events wait in the streams with nobody to take them, and the streams vanish."""
    ledger = checker.Ledger()
    product = add_product(stack, stock=1000)
    api = Api(stack, token=public_token())
    for name in ("worker", "worker#2"):
        stack.kill(name)
    stack.start("worker", env={"STOA_FAULT": "consumer.before"}, wait=False)
    for i in range(40):
        ledger.trying(f"backlog-{i}")
        ledger.promised(f"backlog-{i}", placed(api, (product, 1), key=f"backlog-{i}")["id"])
    stack.wait_exit("worker", 20)
    stack.redis().flushall()
    stack.start("worker")
    stack.start("worker#2")
    checker.check(stack, ledger, timeout_s=90)
    assert stock_of(stack, product) == (1000, 40)


def test_restarted_empty(stack, products):
    under_load(stack, products, stack.redis_restart)


def test_away_for_a_while(stack, products):
    def away():
        stack.redis_stop()
        time.sleep(1)
        stack.redis_start()
    under_load(stack, products, away, times=2)


def test_hanging(stack, products):
    """Half-open: it takes connections and commands, and answers nothing for a while."""
    under_load(stack, products, lambda: stack.redis().execute_command("CLIENT", "PAUSE", "700", "ALL"), times=3, pause_s=1)


def test_streams_and_groups_destroyed(stack, products):
    def destroy():
        client = stack.redis()
        for key in client.scan_iter("*"):
            if client.type(key) == b"stream":
                for group in client.xinfo_groups(key):
                    client.xgroup_destroy(key, group["name"])
                client.delete(key)
    under_load(stack, products, destroy)


def test_groups_destroyed_streams_kept(stack, products):
    def destroy():
        client = stack.redis()
        for key in client.scan_iter("*"):
            if client.type(key) == b"stream":
                for group in client.xinfo_groups(key):
                    client.xgroup_destroy(key, group["name"])
    under_load(stack, products, destroy, times=3)


def test_streams_trimmed_from_outside(stack, products):
    def trim():
        client = stack.redis()
        for key in client.scan_iter("*"):
            if client.type(key) == b"stream":
                client.xtrim(key, maxlen=0, approximate=False)
    under_load(stack, products, trim, times=3)


def test_script_cache_flushed(stack, products):
    under_load(stack, products, lambda: stack.redis().script_flush(), times=2)


def test_connections_killed(stack, products):
    def kill():
        client = stack.redis()
        for kind in ("normal", "pubsub"):
            try:
                client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
            except redis.exceptions.RedisError:
                pass
    under_load(stack, products, kill)


def test_out_of_memory(stack, products):
    """Every write is refused for a while; then there is room again."""
    def fill():
        client = stack.redis()
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        time.sleep(0.8)
        client.config_set("maxmemory", "0")
    under_load(stack, products, fill, times=2)


def test_read_only(stack, products):
    """As after a fail-over gone wrong: READONLY to every write, then a master again, possibly empty."""
    def demote():
        client = stack.redis()
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
        time.sleep(0.8)
        client.execute_command("REPLICAOF", "NO", "ONE")
    under_load(stack, products, demote, times=2)


@contextlib.contextmanager
def full(stack):
    stack.redis().config_set("maxmemory-policy", "noeviction")
    stack.redis().config_set("maxmemory", "1")
    yield "OOM"
    stack.redis().config_set("maxmemory", "0")


@contextlib.contextmanager
def read_only(stack):
    stack.redis().execute_command("REPLICAOF", "127.0.0.1", "1")
    yield "READONLY"
    stack.redis().execute_command("REPLICAOF", "NO", "ONE")


@contextlib.contextmanager
def away(stack):
    stack.redis_stop()
    yield ""
    stack.redis_start()


def gauge(stack, name, series):
    found = re.search(rf"^{re.escape(series)}(?:{{[^}}]*}})? (\S+)$", stack.probe(name, "/metrics")[1], re.M)
    return float(found.group(1)) if found else None


@pytest.mark.parametrize("fault", [full, read_only, away])
def test_events_travel_by_postgresql(stack, products, fault):
    """While Redis takes no events orders are confirmed all the same, all who look are told why, and then it is as before."""
    ledger, api = checker.Ledger(), Api(stack, token=public_token())
    names = ("public-api", "worker", "worker#2")
    said = {name: stack.log(name).count("Redis takes no writes") for name in names}
    with Load(stack, ledger, products, customers=3, lines=2) as load:
        time.sleep(1)
        with fault(stack) as why:
            time.sleep(2)
            for _ in range(5):
                wait_order(api, placed(api, (products[0], 1))["id"], "confirmed", 20)
            assert stack.value("SELECT count(*) FROM stoa.bus_group") > 0
            for name in names:
                status, ready = stack.ready(name)
                assert (status, ready["status"]) == (200, "degraded") and why in ready["checks"]["redis"]["error"], ready
                wait_until("the gauge", lambda name=name: gauge(stack, name, "stoa_redis_up") == 0)
        order = placed(api, (products[0], 1))
        wait_order(api, order["id"], "confirmed", 20)
        wait_until("Redis to be used again", lambda: stack.redis().get("stoa:place") is not None and
                   int(stack.redis().get("stoa:place")) == stack.value("SELECT position FROM stoa.relay"), 20)
    assert set(load.statuses) == {201} and not load.errors
    checker.check(stack, ledger, timeout_s=90)
    for name in names:
        wait_until(f"{name} to be ready", lambda name=name: stack.ready(name)[1].get("status") == "ready")
        if why:  # a line that an earlier test had said within 10 s is counted, and said later
            assert 0 < stack.log(name).count("Redis takes no writes") <= said[name] + 2, "said once, not each second"
    assert stack.value("SELECT count(*) FROM stoa.bus_entry") == 0
    wait_until("no lag", lambda: 0 in (gauge(stack, name, "stoa_relay_lag_events") for name in names[1:]))


def test_the_lag_is_of_the_log(stack, products):
    """Whether or not the bus answers: what the relay has not passed, and for how long."""
    for name in ("worker", "worker#2"):
        stack.kill(name)
    api = Api(stack, token=public_token())
    for _ in range(5):
        placed(api, (products[0], 1))
    time.sleep(1.5)
    with full(stack):
        stack.start("worker")
        waited = wait_until("the lag", lambda: gauge(stack, "worker", "stoa_relay_lag_seconds"), every_s=0.005)
        assert waited > 1
    stack.start("worker#2")
    checker.settle(stack)
    wait_until("no lag", lambda: gauge(stack, "worker", "stoa_relay_lag_seconds") == 0)


def test_followers_are_told_without_notices(stack):
    """Change notices go through Redis; without it a socket still gets its events, by asking."""
    from support.client import Socket
    token = public_token()
    api = Api(stack, token=token)
    order = placed(api, (add_product(stack), 1))
    checker.settle(stack)
    with Socket(stack, f"/ws/orders/{order['id']}", token) as ws:
        assert ws.recv()["seq"] == 3
        stack.redis_stop()
        try:
            assert api.post(f"/api/orders/{order['id']}/cancel", {}).status == 200
            assert [ws.recv(20)["seq"] for _ in range(3)] == [4, 5, 6]
        finally:
            stack.redis_start()


def test_the_same_key_twenty_times_while_redis_is_flushed(stack):
    product = add_product(stack, stock=100)
    token, stop = public_token(), threading.Event()

    def flush():
        while not stop.wait(0.01):
            stack.redis().flushall()
    flusher = threading.Thread(target=flush)
    flusher.start()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(
        post_again(Api(stack, token=token), order_body((product, 1)), "flushed"))) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    stop.set()
    flusher.join()
    assert [answer.status for answer in answers] == [201] * 20 and len({answer.body for answer in answers}) == 1
    checker.check(stack, timeout_s=90)
    assert stock_of(stack, product) == (100, 1)
