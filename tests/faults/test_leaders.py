# SPDX-License-Identifier: Apache-2.0
"""A leader that is stopped, or cut off from PostgreSQL without an end of its connection: another leads within 5 s, and what
the old one still writes is refused."""
import os
import signal
import socket
import time

import pytest

from support import checker
from support.client import Api
from support.proxy import Proxy
from support.shop import Load, add_product, placed, public_token, wait_order
from support.stack import wait_until

ADDRESS = f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"  # nobody else's
STACK = dict(start=("public-api",), postgres={"listen_addresses": ADDRESS})
RELAY_LOCK, JOBS_LOCK = 0x73746F610001, 0x73746F610002
WITHIN_S = 5
SLACK_S = 4  # other tests load the machine


@pytest.fixture(autouse=True)
def no_leader_is_left(stack):
    yield
    for name in ("worker", "worker#2", "cron", "cron#2"):
        if stack.alive(name):
            stack.kill(name)


def term(stack, key):
    return stack.value("SELECT coalesce(max(term), 0) FROM stoa.leader WHERE key = %s", key)


def start_leader(stack, name, key, **more):
    before = term(stack, key)
    stack.start(name, **more)
    wait_until(f"{name} to lead", lambda: term(stack, key) > before)


def stays_follower(stack, key):
    """The one that was away does not take it back."""
    now = term(stack, key)
    time.sleep(3)
    assert term(stack, key) == now


@pytest.mark.parametrize("how", ["stopped", "cut off"])
def test_confirmations_go_on(stack, how):
    ledger = checker.Ledger()
    products = [add_product(stack, stock=100000) for _ in range(3)]
    api = Api(stack, token=public_token())
    with Proxy(stack) as proxy:
        start_leader(stack, "worker", RELAY_LOCK, env={"DATABASE_URL": proxy.conninfo})
        stack.start("worker#2")
        led = term(stack, RELAY_LOCK)
        with Load(stack, ledger, products, customers=3):
            time.sleep(1)
            stack.send("worker", signal.SIGSTOP) if how == "stopped" else proxy.cut()
            since, stopped_at = time.monotonic(), stack.value("SELECT clock_timestamp()")
            order = placed(api, (products[0], 1))
            # The first that came after it: all that were placed meanwhile are behind it in the log.
            wait_until("confirmations to go on", lambda: stack.sql(
                "SELECT 1 FROM commerce.orders WHERE created_at > %s AND status = 'confirmed' LIMIT 1", stopped_at))
            took = time.monotonic() - since
            wait_order(api, order["id"], "confirmed")
            time.sleep(1)
            stack.send("worker", signal.SIGCONT) if how == "stopped" else proxy.heal()
            time.sleep(1)
        assert term(stack, RELAY_LOCK) == led + 1
        assert took < WITHIN_S + SLACK_S
        stays_follower(stack, RELAY_LOCK)
        checker.check(stack, ledger, timeout_s=90)
        stack.kill("worker")


def test_stopped_at_every_moment(stack):
    """Again and again, each time at another step of its work: its transactions hold nobody up, its saves are refused."""
    ledger = checker.Ledger()
    products = [add_product(stack, stock=100000) for _ in range(3)]
    names = ["worker", "worker#2"]
    for name in names:
        stack.start(name)
    with Load(stack, ledger, products, customers=3):
        for round_ in range(4):
            time.sleep(0.3 + 0.013 * round_)
            led = term(stack, RELAY_LOCK)
            for name in names:
                stack.send(name, signal.SIGSTOP)
                try:
                    wait_until("another leader, or not", lambda led=led: term(stack, RELAY_LOCK) > led, WITHIN_S + SLACK_S)
                    break
                except Exception:
                    continue
                finally:
                    stack.send(name, signal.SIGCONT)
            assert term(stack, RELAY_LOCK) > led
    checker.check(stack, ledger, timeout_s=90)


def test_cron_is_taken_over(stack):
    start_leader(stack, "cron", JOBS_LOCK)
    stack.start("cron#2")
    led = term(stack, JOBS_LOCK)
    stack.send("cron", signal.SIGSTOP)
    since = time.monotonic()
    wait_until("the other to lead", lambda: term(stack, JOBS_LOCK) > led)
    assert time.monotonic() - since < WITHIN_S + SLACK_S
    stack.send("cron", signal.SIGCONT)
    stays_follower(stack, JOBS_LOCK)
    assert stack.terminate("cron") == 0 and stack.terminate("cron#2") == 0


def test_a_peer_that_is_gone_is_noticed(stack):
    """Both sides of every connection to PostgreSQL ask the other one for a sign of life."""
    stack.start("worker", env={"DATABASE_URL": f"host={ADDRESS} user=stoa dbname=stoa"})
    there = f"{int.from_bytes(socket.inet_aton(ADDRESS), 'little'):08X}:{5432:04X}"

    def connected():
        with open("/proc/net/tcp") as file:
            return [row for row in map(str.split, file) if there in row and row[3] == "01"]
    wait_until("what is prepared to be read", lambda: all(int(queue, 16) == 0 for row in connected() for queue in row[4].split(":")))
    rows = connected()
    assert len(rows) >= 8, "both ends of four connections, at least"
    assert {row[5].split(":")[0] for row in rows} <= {"01", "02"}, "an answer is awaited, or keepalive runs"
