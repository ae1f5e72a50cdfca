# SPDX-License-Identifier: Apache-2.0
"""Being told of events: WebSockets and server-sent events, their ends, and many of them."""
import base64
import json
import os
import re
import resource
import selectors
import socket
import subprocess
import threading
import time
import uuid

import pytest

from support import checker, shop
from support.client import Api, Closed, Events, Refused, Socket, raw_exchange
from support.shop import add_product, placed, public_token, wait_order
from support.stack import free_port, wait_until

STACK = dict(start=("public-api", "public-api#2", "admin-api", "worker"))


@pytest.fixture
def token():
    return public_token()


@pytest.fixture
def api(stack, token):
    return Api(stack, token=token)


def confirmed(stack, api):
    order = placed(api, (add_product(stack), 1))
    return wait_order(api, order["id"], "confirmed")


def events_of(order):
    return f"/api/orders/{order['id']}/events"


# ---- Server-sent events of an order ------------------------------------------------------------------------------------


def test_the_stream_tells_what_the_socket_tells(stack, api, token):
    stack.kill("worker")
    order = placed(api, (add_product(stack), 1))
    with Socket(stack, f"/ws/orders/{order['id']}", token) as ws, Events(stack, events_of(order), token) as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "no-store"
        hello = stream.recv()
        assert (hello["event"], hello["id"]) == ("connected", "1")
        assert hello["data"] == ws.recv() and hello["data"]["order"] == order
        assert stream.retry == 2000
        stack.start("worker")
        wait_order(api, order["id"], "confirmed")
        api.post(f"/api/orders/{order['id']}/cancel", {})
        for seq in range(2, 7):
            event, message = stream.recv(), ws.recv()
            assert event["data"] == message and event["id"] == str(seq) and message["seq"] == seq
            assert event["event"] == message["type"]


@pytest.mark.parametrize("after", range(0, 5))
def test_a_stream_resumes_without_a_gap(stack, api, token, after):
    order = confirmed(stack, api)
    for how in (dict(last=after), dict(query={"after": after}), dict(last=after, query={"after": 0})):
        with Events(stack, events_of(order), token, **how) as stream:
            hello = stream.recv()
            assert hello["data"]["seq"] == 3
            # One that is cut off now goes on from there: what it was not told yet comes then.
            assert hello["id"] == str(min(after, 3))
            assert [stream.recv()["id"] for _ in range(max(3 - after, 0))] == [str(seq) for seq in range(after + 1, 4)]
            with pytest.raises(TimeoutError):
                stream.recv(0.2)


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "", "99999999999999999999", "1, 2"])
def test_a_bad_last_event_id_is_named(stack, api, token, last):
    order = placed(api, (add_product(stack), 1))
    with pytest.raises(Refused) as refused:
        Events(stack, events_of(order), token, last=last)
    answer = refused.value.answer
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert answer.bad[0] == "Last-Event-ID"


@pytest.mark.parametrize("accept, status", [
    ("text/event-stream", 200), ("*/*", 200), ("text/*;q=0.5", 200), ("application/json, TEXT/EVENT-STREAM", 200),
    ("application/json", 406), ("text/event-stream;q=0", 406), ("", 406)])
def test_what_the_client_accepts(stack, api, token, accept, status):
    order = placed(api, (add_product(stack), 1))
    answer = api.request("HEAD", events_of(order), headers={"Accept": accept})
    assert answer.status == status, answer
    if status == 406:
        assert (api.get(events_of(order), headers={"Accept": accept}).code) == "not_acceptable"


def test_head_gives_the_head_and_keeps_the_connection(stack, api, token):
    order = placed(api, (add_product(stack), 1))
    kept = Api(stack, token=token, keep=True)
    for _ in range(2):
        answer = kept.request("HEAD", events_of(order))
        assert (answer.status, answer.headers["content-type"], answer.body) == (200, "text/event-stream", b"")
        assert answer.headers.get("connection") != "close"
    kept.close()


def test_to_http_1_0_without_chunks(stack, api, token):
    order = confirmed(stack, api)
    with Events(stack, events_of(order), token, version="1.0", last=1) as stream:
        assert "transfer-encoding" not in stream.headers and stream.headers["connection"] == "close"
        assert [stream.recv()["id"] for _ in range(3)] == ["1", "2", "3"]


def test_a_stream_of_somebody_elses_order_is_not_there(stack, api):
    order = placed(api, (add_product(stack), 1))
    for path, token, status, code in (
            (events_of(order), public_token(), 404, "not_found"), (f"/api/orders/{uuid.uuid4()}/events", api.token, 404, "not_found"),
            (events_of(order), None, 401, "unauthenticated"), (events_of(order), shop.admin_token(), 401, "unauthenticated")):
        with pytest.raises(Refused) as refused:
            Events(stack, path, token)
        assert (refused.value.answer.status, refused.value.answer.code) == (status, code)


def test_what_is_sent_behind_a_stream_is_not_answered(stack, api, token):
    order = placed(api, (add_product(stack), 1))
    head = f"GET {events_of(order)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    answer, ended = raw_exchange(stack, "public-api", (head + head).encode(), timeout_s=0.5)
    assert answer.count(b"HTTP/1.1 200") == 1 and answer.count(b"event: connected") == 1 and not ended


# ---- Ends --------------------------------------------------------------------------------------------------------------


def test_a_socket_and_a_stream_end_with_their_token(stack, api, token):
    """A token is taken a minute longer than it says, for clocks that are off: so long, and no longer."""
    order = confirmed(stack, api)
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    short = public_token(claims["sub"], exp=int(time.time()) - 57)
    with Socket(stack, f"/ws/orders/{order['id']}", short) as ws, Events(stack, events_of(order), short) as stream, \
            Socket(stack, f"/ws/orders/{order['id']}", token) as other:
        assert ws.recv()["type"] == "connected" and other.recv()["type"] == "connected"
        assert ws.close_code(30) == 4401
        assert [event["event"] for event in stream.end(30)] == ["connected"] and stream.ended
        with pytest.raises(Refused) as refused:
            Events(stack, events_of(order), short)
        assert refused.value.answer.status == 401
        assert api.post(f"/api/orders/{order['id']}/cancel", {}).status == 200
        assert other.recv()["seq"] == 4, "others go on"


def test_streams_are_ended_by_a_drain_and_go_on_elsewhere(stack, api, token):
    order = confirmed(stack, api)
    with Events(stack, events_of(order), token, name="public-api#2") as stream:
        assert stream.recv()["id"] == "3"
        stack.send("public-api#2", 15)
        assert stream.end(20) == [] and stream.ended
    assert stack.wait_exit("public-api#2") == 0
    assert api.post(f"/api/orders/{order['id']}/cancel", {}).status == 200
    with Events(stack, events_of(order), token, last=stream.last_id) as stream:
        assert [stream.recv()["id"] for _ in range(4)] == ["3", "4", "5", "6"]
    stack.start("public-api#2")


def test_a_stream_that_is_left_is_forgotten(stack, api, token):
    order = confirmed(stack, api)
    for _ in range(30):
        Events(stack, events_of(order), token).connection.close()
    with Events(stack, events_of(order), token) as stream:
        try:
            assert stream.recv()["event"] == "connected"
        except Closed as closed:
            pytest.fail(f"{closed}")


# ---- The whole log -----------------------------------------------------------------------------------------------------


@pytest.fixture
def staff(stack):
    return Api(stack, "admin-api", shop.admin_token())


def log_of(staff, after=0, kind=None):
    """The feed by pages, to its present end."""
    found = []
    while True:
        query = {"after": after, "limit": 100, **({"filter[type]": kind} if kind else {})}
        page = staff.get("/api/admin/events", query=query).json
        found += page["data"]
        after = page["next_after"]
        if not page["has_more"]:
            return found


def take(stream, count):
    return [stream.recv() for _ in range(count)]


def settled(stack, staff):
    """The whole log, once nothing more is to come."""
    checker.settle(stack)
    last = stack.value("SELECT max(position) FROM stoa.event")
    return wait_until("the relay to have settled all", lambda: (lambda log: log if log and log[-1]["position"] == last else None)(
        log_of(staff)))


def test_staff_is_told_the_whole_log(stack, api, staff):
    for _ in range(60):
        placed(api, (add_product(stack), 1))
    log = settled(stack, staff)
    with Events(stack, "/api/admin/events/stream", staff.token, name="admin-api", query={"after": 0}) as stream:
        hello = stream.recv()
        assert (hello["event"], hello["id"], hello["data"]) == ("connected", "0", {"type": "connected", "position": 0})
        told = take(stream, len(log))
        assert [event["data"] for event in told] == log
        assert [event["id"] for event in told] == [str(event["position"]) for event in log]
        order = confirmed(stack, api)  # and what happens meanwhile
        more = take(stream, 3)
        assert [event["data"]["aggregate_id"] for event in more] == [order["id"]] * 3
        assert [event["data"]["aggregate_seq"] for event in more] == [1, 2, 3]
    half = log[len(log) // 2]["position"]
    with Events(stack, "/api/admin/events/stream", staff.token, name="admin-api", query={"after": 0}, last=half) as stream:
        assert stream.recv()["id"] == str(half)
        assert [event["data"] for event in take(stream, len(log) - len(log) // 2 - 1)] == log[len(log) // 2 + 1:]


def test_staff_is_told_one_type_from_now_on(stack, api, staff):
    confirmed(stack, api)
    settled(stack, staff)
    with Events(stack, "/api/admin/events/stream", staff.token, name="admin-api",
                query={"filter[type]": "order.status_changed"}) as stream, \
            Events(stack, "/api/admin/events/stream", staff.token, name="admin-api",
                   query={"filter[type]": "nothing.of_the_kind"}) as silent:
        assert stream.recv()["event"] == "connected" and silent.recv()["event"] == "connected"
        order = confirmed(stack, api)
        event = stream.recv()
        assert event["event"] == "order.status_changed" and event["data"]["aggregate_id"] == order["id"]
        with pytest.raises(TimeoutError):
            silent.recv(0.3)
    with Events(stack, "/api/admin/events/stream", staff.token, name="admin-api", last=event["id"],
                query={"filter[type]": "order.status_changed"}) as stream:
        assert stream.recv()["id"] == event["id"]
        following = confirmed(stack, api)
        assert stream.recv()["data"]["aggregate_id"] == following["id"]


def test_a_staff_stream_that_catches_up_slowly_misses_nothing(stack, api, staff):
    """A reader with a small window and long pauses is given page by page, whatever comes meanwhile."""
    order = confirmed(stack, api)
    add_events(stack, order["id"], 4, 150, size=8000)
    log = settled(stack, staff)
    with Events(stack, "/api/admin/events/stream", staff.token, name="admin-api", query={"after": 0}, window=4096) as stream:
        stream.recv()
        told = take(stream, len(log) // 2)
        time.sleep(1)
        add_events(stack, order["id"], 154, 50, size=8000)
        told += take(stream, len(log) + 50 - len(log) // 2)
    assert [event["data"] for event in told] == settled(stack, staff)


@pytest.mark.parametrize("query", ["after=-1", "after=x", "filter[type]=", "limit=3"])
def test_bad_parameters_of_a_stream(stack, staff, query):
    answer = staff.get(f"/api/admin/events/stream?{query}")
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer


# ---- Many --------------------------------------------------------------------------------------------------------------


def add_events(stack, order_id, first, count, size=100):
    """Facts about an order, straight into the log: faster than any shop makes them."""
    stack.sql("WITH counted AS (UPDATE commerce.orders SET event_seq = %s WHERE id = %s)"
              "INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source,"
              " correlation_id, data) SELECT gen_random_uuid(), 'order.tested', 1, 'order', %s, seq, now(), 'test',"
              " gen_random_uuid(), json_build_object('n', seq, 'text', repeat('x', %s)) FROM generate_series(%s, %s) seq",
              first + count - 1, order_id, order_id, size, first, first + count - 1)


def test_stopped_readers_are_dropped_and_fast_ones_are_not(stack, api, token):
    """A thousand who do not read: each costs a bounded queue for a moment, and their neighbours notice nothing."""
    still, fast = confirmed(stack, api), confirmed(stack, api)
    stopped = []
    before = stack.pss_kib("public-api")
    for i in range(1000):
        if i % 4:
            stopped.append(Socket(stack, f"/ws/orders/{still['id']}", token, window=2048))
        else:
            stopped.append(Events(stack, events_of(still), token, window=2048))
    with Socket(stack, f"/ws/orders/{fast['id']}", token) as ws, Events(stack, events_of(fast), token) as stream:
        assert ws.recv()["seq"] == 3 and stream.recv()["id"] == "3"
        peak, at = 0, 4
        for _ in range(30):
            add_events(stack, still["id"], at, 10, size=2000)
            add_events(stack, fast["id"], at, 10, size=2000)
            assert [ws.recv()["seq"] for _ in range(10)] == list(range(at, at + 10))
            assert [stream.recv()["id"] for _ in range(10)] == [str(seq) for seq in range(at, at + 10)]
            at += 10
            peak = max(peak, stack.pss_kib("public-api"))
        # 600 kB were sent to each. What is kept for one is a quarter of its queue of 64 KiB, and a message.
        assert peak - before < 1000 * 64, (before, peak)
        # Who comes back now, and reads, is given all of it; the others are dropped.
        with Socket(stack, f"/ws/orders/{still['id']}", token, query={"after": 3}, window=4096) as late:
            late.recv()
            assert [late.recv()["seq"] for _ in range(300)] == list(range(4, 304))
        wait_until("the slow to be dropped", lambda: sum(open_now(stack, "public-api").values()) == 2)
    for follower in stopped:
        follower.connection.close()
    print(f"{before} KiB before, {peak} KiB at most, {stack.pss_kib('public-api')} KiB after")


def test_a_reader_that_stopped_is_told_that_it_was_too_slow(stack, api, token):
    """After ten seconds in which it took nothing; it may read on until then as if nothing were."""
    order = confirmed(stack, api)
    with Socket(stack, f"/ws/orders/{order['id']}", token, window=2048) as ws, \
            Events(stack, events_of(order), token, window=2048) as stream:
        wait_until("it to be counted", lambda: open_now(stack, "public-api")["stream"] == 1)
        add_events(stack, order["id"], 4, 200, size=2000)
        wait_until("it to be dropped", lambda: open_now(stack, "public-api")["stream"] == 0)
        seqs, told, code = [], [], None
        try:
            while True:
                seqs.append(ws.recv(5)["seq"])
        except Closed as closed:
            code = closed.code
        except TimeoutError:
            pass  # the kernel gives up what it could not send, and tells nobody
        try:
            while True:
                told.append(int(stream.recv(5)["id"]))
        except (Closed, TimeoutError):
            pass
        for told in (seqs, told):
            assert told == list(range(3, 3 + len(told))) and 1 < len(told) < 200
        assert code in (1013, None), "None: the close frame found no room before the connection went"
    with Socket(stack, f"/ws/orders/{order['id']}", token, query={"after": seqs[-1]}) as ws:
        assert ws.recv()["seq"] == 203
        assert [ws.recv()["seq"] for _ in range(203 - seqs[-1])] == list(range(seqs[-1] + 1, 204))


def open_now(stack, name):
    """{sockets, streams} of a process, over its loops."""
    text = stack.probe(name, "/metrics")[1]
    return {kind: sum(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith(f"stoa_{kind}_connections{{"))
            for kind in ("websocket", "stream")}


class Crowd:
    """Followers of orders in one thread, who come back elsewhere when they are told to, as a client library does."""

    def __init__(self, stack, orders, token, names, streams=0.2):
        self.stack, self.token, self.names = stack, token, names
        self.selector = selectors.DefaultSelector()
        self.seen = {}
        self.ends = []
        for number, order in enumerate(orders):
            self.seen[number] = []
            self.join(number, order, number % 10 < streams * 10, names[0], None)

    def join(self, number, order, stream, name, after):
        if stream:
            follower = Events(self.stack, events_of(order), self.token, name=name, last=after)
            first = int(follower.recv()["data"]["seq"])
        else:
            follower = Socket(self.stack, f"/ws/orders/{order['id']}", self.token, name=name, query={"after": after} if after else None)
            first = follower.recv()["seq"]
        if not self.seen[number]:
            self.seen[number].append(first)
        self.selector.register(follower.connection, selectors.EVENT_READ, (number, order, stream, follower))

    def read_stream(self, number, follower):
        """What is here of events; what is not whole yet, or only a heartbeat, is left for later."""
        try:
            while True:
                self.seen[number].append(int(follower.recv(0.005)["id"]))
        except TimeoutError:
            pass

    def read_socket(self, number, follower):
        while True:
            opcode, payload = follower.recv_frame(5)
            if opcode == 0x1:
                self.seen[number].append(json.loads(payload)["seq"])
            elif opcode == 0x8:
                raise Closed(int.from_bytes(payload[:2], "big"))
            if not follower.buffer:
                return

    def run(self, until, timeout_s=60):
        end = time.monotonic() + timeout_s
        while not until(self):
            assert time.monotonic() < end, f"{len(self.ends)} ends, {sum(map(len, self.seen.values()))} events"
            for key, _ in self.selector.select(0.2):
                number, order, stream, follower = key.data
                try:
                    (self.read_stream if stream else self.read_socket)(number, follower)
                except Closed as closed:
                    self.selector.unregister(follower.connection)
                    follower.connection.close()
                    self.ends.append("last chunk" if stream and follower.ended else closed.code)
                    self.join(number, order, stream, self.names[1], self.seen[number][-1])

    def close(self):
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()


def test_a_drain_of_a_thousand_loses_no_event(stack, api, token):
    orders = [confirmed(stack, api) for _ in range(50)]
    crowd = Crowd(stack, [orders[i % 50] for i in range(1000)], token, ("public-api#2", "public-api"))
    stop, told = threading.Event(), [3]

    def tell():
        while not stop.wait(0.15):
            for order in orders:
                add_events(stack, order["id"], told[0] + 1, 1)
            told[0] += 1
    teller = threading.Thread(target=tell)
    teller.start()
    try:
        crowd.run(lambda crowd: sum(map(len, crowd.seen.values())) > 2000)
        stack.send("public-api#2", 15)
        crowd.run(lambda crowd: len(crowd.ends) == 1000)
    finally:
        stop.set()
        teller.join()
    assert stack.wait_exit("public-api#2", 20) == 0
    stack.start("public-api#2")
    crowd.run(lambda crowd: all(seen[-1] == told[0] for seen in crowd.seen.values()))
    crowd.close()
    assert set(crowd.ends) == {1012, "last chunk"} and len(crowd.ends) == 1000, set(crowd.ends)
    for seen in crowd.seen.values():
        assert seen == list(range(3, told[0] + 1))


# ---- Descriptors -------------------------------------------------------------------------------------------------------


def test_without_descriptors_those_who_are_in_are_served(stack, api, token):
    order = confirmed(stack, api)
    pid, crowd = stack.pids["public-api"], []
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    with Socket(stack, f"/ws/orders/{order['id']}", token) as ws:
        assert ws.recv()["seq"] == 3
        open_files = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_files + 20, before[1]))
        try:
            for _ in range(200):
                crowd.append(socket.create_connection(("127.0.0.1", stack.ports["public-api"])))
            add_events(stack, order["id"], 4, 1)
            assert ws.recv()["seq"] == 4
            resting = wait_until("a rest", lambda: rests(crowd[0]))
            assert resting > 0
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        # Those who waited come in now.
        crowd[-1].sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert crowd[-1].recv(4096).startswith(b"HTTP/1.1 200")
        for connection in crowd:
            connection.close()
        assert api.get(f"/api/orders/{order['id']}").status == 200


def rests(connection):
    """How often the process rested, asked over a connection it has already."""
    connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    text = b""
    while b"stoa_http_refused_total{" not in text:
        text += connection.recv(65536)
    while True:
        try:
            connection.settimeout(0.2)
            text += connection.recv(65536)
        except TimeoutError:
            break
    return sum(int(float(line.split()[-1])) for line in text.decode().splitlines() if line.startswith("stoa_http_accept_rests_total{"))


def test_clients_too_many_for_the_descriptors_are_told(stack):
    """A process with a low hard limit says what it is enough for, and answers 503 to who comes after."""
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (250, 250))
    name = "public-api#small"
    port = free_port(set(stack.ports.values()))
    env = stack.environment(name, {"PORT": port, "STOA_THREADS": "1"})
    with subprocess.Popen([stack.binary(name)], env=env, cwd=stack.folder, stdout=subprocess.PIPE, text=True, preexec_fn=limit) as process:
        try:
            for line in process.stdout:
                row = json.loads(line)
                if "descriptors" in row["msg"]:
                    most = int(re.search(r"enough for (\d+) clients", row["msg"]).group(1))
                if "ready after" in row["msg"]:
                    break
            assert 50 < most < 250
            crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(most + 5)]
            answers = b""
            for connection in crowd[most:]:
                connection.settimeout(20)
                answers = connection.recv(4096)
                assert answers.startswith(b"HTTP/1.1 503") and b"Retry-After" in answers, answers
            crowd[0].sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert crowd[0].recv(4096).startswith(b"HTTP/1.1 200")
            for connection in crowd:
                connection.close()
        finally:
            process.terminate()
        assert process.wait(20) == 0
