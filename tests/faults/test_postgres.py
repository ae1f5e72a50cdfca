# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL restarted under load, its backends terminated, its locks held: what was promised is there once, and all heals alone."""
import socket
import threading
import time
import uuid

import pytest

from support import checker
from support.client import Api
from support.proxy import Proxy
from support.shop import Load, add_product, place, placed, public_token, stock_of
from support.stack import wait_until

# Durable, as in production: what was committed must be there after the power went.
STACK = dict(fsync=True)
NAMES = ("public-api", "admin-api", "worker")


@pytest.fixture()
def products(stack):
    return [add_product(stack, stock=100000) for _ in range(4)] + [add_product(stack, stock=0)]


def under_load(stack, products, what, times=3, pause_s=1.0):
    pids = dict(stack.pids)
    ledger = checker.Ledger()
    with Load(stack, ledger, products, customers=4, lines=2) as load:
        for _ in range(times):
            time.sleep(pause_s)
            what()
        time.sleep(pause_s)
    assert not load.errors, load.errors[0]
    assert ledger.count > 20
    for name in NAMES:
        stack.wait_ready(name)
    checker.check(stack, ledger, timeout_s=90)
    assert stack.pids == pids, "every process recovered by itself"
    return load


@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_restarted(stack, products, how):
    load = under_load(stack, products, lambda: stack.postgres_restart(how))
    unexpected = set(load.statuses) - {201, 503}
    assert not unexpected, f"away is 503 and nothing else: {load.statuses}"


def test_backends_terminated(stack, products):
    def terminate():
        stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'stoa'"
                  " AND application_name IS DISTINCT FROM 'x'")
    under_load(stack, products, terminate, times=6, pause_s=0.5)


def test_statements_cancelled(stack, products):
    def cancel():
        for _ in range(10):
            stack.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'stoa'"
                      " AND state = 'active'")
            time.sleep(0.02)
    under_load(stack, products, cancel, times=4, pause_s=0.3)


def test_stock_rows_locked_for_a_while(stack):
    """Somebody's psql holds the rows; orders are taken, and confirmed when it lets go."""
    product = add_product(stack, stock=100)
    api = Api(stack, token=public_token())
    holder = stack.connect()
    holder.autocommit = False
    with holder.cursor() as cursor:
        cursor.execute("SELECT * FROM commerce.stock WHERE product_id = %s FOR UPDATE", (product,))
    orders = [placed(api, (product, 1)) for _ in range(10)]
    time.sleep(1)
    assert stock_of(stack, product) == (100, 0)
    holder.rollback()
    holder.close()
    checker.check(stack, timeout_s=90)
    assert stock_of(stack, product) == (100, 10)
    assert {api.get(f"/api/orders/{order['id']}").json["status"] for order in orders} == {"confirmed"}


def test_a_slow_transaction_is_not_skipped_and_holds_nobody_up(stack):
    """An event's position is drawn, its transaction stays open while later ones commit and are relayed; then it commits."""
    product = add_product(stack, stock=100)
    api = Api(stack, token=public_token())
    slow = stack.connect()
    slow.autocommit = False
    account = "01234567-89ab-7def-8123-456789abcdef"
    with slow.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source, correlation_id, data)"
            " VALUES (gen_random_uuid(), 'account.changed', 1, 'account', %s, 1, now(), 'test', gen_random_uuid(), %s)",
            (account, '{"account_id":"%s","audience":"public","email":"slow@example.com","name":"Slow","role":"customer"}' % account))
    orders = [placed(api, (product, 1)) for _ in range(5)]
    wait_until("those who came later to be done", lambda: stock_of(stack, product) == (100, 5), 15)
    time.sleep(1)
    slow.commit()
    slow.close()
    wait_until("the slow one to be heard of", lambda: stack.sql("SELECT 1 FROM commerce.customer WHERE id = %s", account), 15)
    assert len(orders) == 5
    checker.check(stack)


def test_a_rolled_back_event_is_waited_for_no_longer(stack):
    """Gaps that nobody can fill any more do not stay."""
    api = Api(stack, token=public_token())
    product = add_product(stack, stock=100)
    for _ in range(5):
        gap = stack.connect()
        gap.autocommit = False
        with gap.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id(), nextval('stoa.event_position')")
        placed(api, (product, 1))
        gap.rollback()
        gap.close()
    checker.check(stack)
    placed(api, (product, 1))
    checker.settle(stack)
    wait_until("the gaps to be forgotten", lambda: stack.value("SELECT cardinality(gap_from) FROM stoa.relay") == 0, 30)


class Watch:
    """Readers and buyers who ask once each and note how long they waited: (asked at, waited, status, Retry-After)."""

    def __init__(self, stack, product, ledger):
        self.seen, self._stop = [], threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(stack, product, ledger, i)) for i in range(6)]

    def _run(self, stack, product, ledger, index):
        api = Api(stack, "public-api#2", public_token(), timeout_s=30)
        while not self._stop.is_set():
            key, asked = str(uuid.uuid4()), time.monotonic()
            if index % 2:
                ledger.trying(key)
                answer = place(api, (product, 1), key=key)
                if answer.status == 201:
                    ledger.promised(key, answer.json["id"])
            else:
                answer = api.get(f"/api/products/{product}")
            self.seen.append((asked, time.monotonic() - asked, answer.status, answer.headers.get("retry-after")))
            time.sleep(0.01)

    def __enter__(self):
        [thread.start() for thread in self._threads]
        return self

    def __exit__(self, *exc):
        self._stop.set()
        [thread.join(60) for thread in self._threads]


@pytest.mark.parametrize("how", ["frozen", "cut off"])
def test_silent(stack, how):
    """PostgreSQL stands still, or its network drops everything: nobody waits longer than 2 s, the answer says when to come
    back; then all goes on at once."""
    slack_s = 2  # other tests load the machine
    product, ledger = add_product(stack, stock=100000), checker.Ledger()
    with Proxy(stack) as proxy:
        stack.start("public-api#2", env={"DATABASE_URL": proxy.conninfo})
        pids = dict(stack.pids)
        cut, heal = (stack.postgres_freeze, stack.postgres_thaw) if how == "frozen" else (proxy.cut, proxy.heal)
        with Watch(stack, product, ledger) as watch:
            for _ in range(2):
                time.sleep(1)
                cut()
                began = time.monotonic()
                try:
                    time.sleep(6)
                    assert stack.ready("public-api#2")[0] == 503
                finally:
                    heal()
                ended = time.monotonic()
                wait_until("service", lambda ended=ended: any(row[0] > ended and row[2] in (200, 201) for row in watch.seen))
                first = min(at + took for at, took, status, _ in watch.seen if at > ended and status in (200, 201))
                assert first < ended + 1 + slack_s
                late = [row for row in watch.seen if row[0] < ended and row[0] + row[1] > began and row[1] > 2 + slack_s]
                assert not late, late[:5]
                silent = [row for row in watch.seen if began + 2 + slack_s < row[0] < ended]
                assert len(silent) > 50, "refused at once, not one by one"
                assert {row[2:] for row in silent} == {(503, "1")}
        wait_until("all to be served", lambda: all(stack.ready(name)[0] == 200 for name in (*NAMES, "public-api#2")))
        assert {row[2] for row in watch.seen} == {200, 201, 503}
        checker.check(stack, ledger, timeout_s=90)
        assert stack.pids == pids
        stack.kill("public-api#2")


def test_a_crowd_that_waited_leaves_no_memory_behind(stack):
    """600 requests wait for a PostgreSQL that stands still: what they took goes back to the system when they have gone."""
    product = add_product(stack, stock=5)
    head = f"GET /api/products/{product} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    def crowd():
        connections = [socket.create_connection(("127.0.0.1", stack.ports["public-api"]), timeout=30) for _ in range(600)]
        for connection in connections:
            connection.sendall(head)
        return connections

    def gone(connections):
        statuses = {connection.recv(65536)[9:12] for connection in connections}
        [connection.close() for connection in connections]
        return statuses

    gone(crowd())
    time.sleep(5)
    before = stack.pss_kib("public-api")
    for _ in range(3):
        stack.postgres_freeze()
        try:
            waiting = crowd()
            time.sleep(0.5)
        finally:
            stack.postgres_thaw()
        assert gone(waiting) <= {b"200", b"503"}
    wait_until("the memory to come back", lambda: stack.pss_kib("public-api") < before + 4 * 1024)


def test_restarted_while_customers_watch(stack):
    """A socket outlives the restart of the database, and misses nothing."""
    from support.client import Socket
    token = public_token()
    api = Api(stack, token=token)
    order = placed(api, (add_product(stack), 1))
    checker.settle(stack)
    with Socket(stack, f"/ws/orders/{order['id']}", token) as ws:
        assert ws.recv()["seq"] == 3
        stack.postgres_restart("immediate")
        stack.wait_ready("public-api")
        assert api.post(f"/api/orders/{order['id']}/cancel", {}).status == 200
        assert [ws.recv(30)["seq"] for _ in range(3)] == [4, 5, 6]


def test_many_readers_while_it_restarts(stack):
    """Reads are answered or told 503; none hangs and none is answered wrong."""
    product = add_product(stack, stock=5, price=777)
    stop, seen, lock = threading.Event(), {}, threading.Lock()

    def read():
        api = Api(stack, timeout_s=20)
        while not stop.is_set():
            answer = api.get(f"/api/products/{product}")
            good = answer.json["price"]["amount"] == 777 if answer.status == 200 else answer.code
            with lock:
                seen[(answer.status, good)] = seen.get((answer.status, good), 0) + 1
    threads = [threading.Thread(target=read) for _ in range(4)]
    [thread.start() for thread in threads]
    time.sleep(0.5)
    stack.postgres_restart("immediate")
    time.sleep(1.5)
    stop.set()
    [thread.join(30) for thread in threads]
    assert not any(thread.is_alive() for thread in threads)
    assert set(seen) <= {(200, True), (503, "unavailable"), (503, "deadline")} and seen[(200, True)] > 50, seen
