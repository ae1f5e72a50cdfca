# SPDX-License-Identifier: Apache-2.0
"""Who follows an order loses nothing while Redis dies, is flushed, restarts, or no worker runs."""
import threading
import time

import pytest

from support.client import Api, Events, Socket
from support.shop import add_product, admin_token, placed, public_token, wait_order

STACK = dict(start=("public-api", "admin-api", "worker"), fsync=True)


def follow_through(stack, disturb, rounds=3):
    """Orders are placed and cancelled while Redis is disturbed; a socket and a stream of each must tell all six events."""
    token = public_token()
    api = Api(stack, token=token)
    product = add_product(stack, stock=1000)
    watching = []
    staff = Events(stack, "/api/admin/events/stream", admin_token(), name="admin-api")
    staff.recv()
    errors = []

    def place():
        try:
            for _ in range(rounds):
                order = placed(api, (product, 1))
                watching.append((order, Socket(stack, f"/ws/orders/{order['id']}", token, query={"after": 0}, timeout_s=60),
                                 Events(stack, f"/api/orders/{order['id']}/events", token, last=0, timeout_s=60)))
                time.sleep(0.5)
        except Exception as error:
            errors.append(error)
    # Not the other way round: what a thread starts is ended with it (PR_SET_PDEATHSIG).
    thread = threading.Thread(target=place)
    thread.start()
    while thread.is_alive():
        disturb()
    thread.join()
    assert not errors, errors
    for order, _, _ in watching:
        wait_order(api, order["id"], "confirmed", 60)
        assert api.post(f"/api/orders/{order['id']}/cancel", {}).status == 200
    for _, ws, stream in watching:
        assert ws.recv()["type"] == "connected" and stream.recv()["event"] == "connected"
        assert [ws.recv(60)["seq"] for _ in range(6)] == list(range(1, 7))
        assert [stream.recv(60)["id"] for _ in range(6)] == [str(seq) for seq in range(1, 7)]
        ws.connection.close()
        stream.connection.close()
    wanted = {order["id"]: list(range(1, 7)) for order, _, _ in watching}
    told, last = {order: [] for order in wanted}, 0
    while told != wanted:
        try:
            event = staff.recv(60)
        except TimeoutError:
            pytest.fail(f"told {told} up to {last}, the log ends at {stack.value('SELECT max(position) FROM stoa.event')}, settled "
                        f"{stack.sql('SELECT position, settled, gap_from FROM stoa.relay')}")
        assert int(event["id"]) > last
        last = int(event["id"])
        if event["data"]["aggregate_id"] in told:
            told[event["data"]["aggregate_id"]].append(event["data"]["aggregate_seq"])
    staff.connection.close()


def test_redis_is_flushed(stack):
    def flush():
        stack.redis().flushall()
        time.sleep(0.02)
    follow_through(stack, flush)


def test_redis_restarts_again_and_again(stack):
    def restart():
        stack.redis_restart()
        time.sleep(0.3)
    follow_through(stack, restart)


def test_redis_hangs(stack):
    def hang():
        stack.redis().execute_command("CLIENT", "PAUSE", "300", "ALL")
        time.sleep(0.5)
    follow_through(stack, hang)


def test_followers_are_cut_off_and_come_back(stack):
    """Their connections to Redis are killed, not Redis."""
    def kill():
        client = stack.redis()
        for kind in ("pubsub", "normal"):
            client.execute_command("CLIENT", "KILL", "TYPE", kind)
        time.sleep(0.1)
    follow_through(stack, kill)


def test_no_worker_is_needed_to_follow(stack):
    """Who commits tells the followers; nothing else has to run."""
    token = public_token()
    api = Api(stack, token=token)
    stack.kill("worker")
    try:
        order = placed(api, (add_product(stack), 1))
        with Socket(stack, f"/ws/orders/{order['id']}", token) as ws:
            assert ws.recv()["seq"] == 1
            assert api.post(f"/api/orders/{order['id']}/cancel", {}).status == 200
            assert ws.recv(30)["seq"] == 2
    finally:
        stack.start("worker")


@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_postgresql_restarts(stack, how):
    token = public_token()
    api = Api(stack, token=token)
    order = placed(api, (add_product(stack), 1))
    wait_order(api, order["id"], "confirmed")
    with Socket(stack, f"/ws/orders/{order['id']}", token, timeout_s=60) as ws, \
            Events(stack, f"/api/orders/{order['id']}/events", token, timeout_s=60) as stream:
        assert ws.recv()["seq"] == 3 and stream.recv()["id"] == "3"
        stack.postgres_restart(how)
        stack.wait_ready("public-api")
        assert api.post(f"/api/orders/{order['id']}/cancel", {}).status == 200
        assert [ws.recv()["seq"] for _ in range(3)] == [4, 5, 6]
        assert [stream.recv()["id"] for _ in range(3)] == ["4", "5", "6"]
