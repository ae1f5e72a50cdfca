# SPDX-License-Identifier: Apache-2.0
"""Being told of events: WebSockets and server-sent events, their ends, and many of them."""
import time
import uuid

import pytest

from support import shop
from support.client import Api, Closed, Events, Refused, Socket, raw_exchange
from support.shop import add_product, placed, public_token, wait_order

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
    assert answer.json["errors"][0]["pointer"] == "Last-Event-ID"


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
    import base64
    import json
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
