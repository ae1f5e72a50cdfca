# SPDX-License-Identifier: Apache-2.0
"""Two releases at once: what a newer one has stored ends no process of the older one, and no list for the sake of one row."""
import http.client
import json

import pytest

from support.client import Api, Events, Socket
from support.shop import PASSWORD, add_product, admin_login, admin_token, make_staff, placed, public_token, register, wait_order
from support.stack import wait_until

STACK = dict()
# What a newer release would have migrated, and what it writes then.
CONSTRAINTS = [("commerce.orders", "orders_status_check"), ("commerce.orders", "orders_payment_method_check"),
               ("commerce.orders", "orders_payment_status_check"), ("commerce.delivery", "delivery_state_check"),
               ("commerce.delivery", "delivery_has_courier")]


@pytest.fixture(autouse=True, scope="module")
def migrated(stack):
    for table, constraint in CONSTRAINTS:
        stack.sql(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


@pytest.fixture()
def customer(stack):
    return Api(stack, token=public_token())


@pytest.fixture(scope="module")
def staff(stack):
    return Api(stack, "admin-api", admin_token())


def seen(api, path):
    """The answer itself: a value that its own document does not know is what is looked for."""
    connection = http.client.HTTPConnection(*api.address, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {api.token}"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    return answer.status, answer.getheader("Retry-After"), body


def alive(stack):
    for name in stack.ports:
        assert Api(stack, name).get("/health").status == 200, name


@pytest.mark.parametrize("column", ["status", "payment_status", "payment_method"])
def test_an_order(stack, customer, staff, column):
    orders = [wait_order(customer, placed(customer, (add_product(stack), 1))["id"], "confirmed") for _ in range(2)]
    odd, known = orders[0]["id"], orders[1]["id"]
    stack.sql(f"UPDATE commerce.orders SET {column} = 'by_drone' WHERE id = %s", odd)
    for api, path in ((customer, "/api/orders"), (staff, "/api/admin/orders?limit=100")):
        status, _, body = seen(api, path)
        rows = {row["id"]: row for row in body["data"]}
        assert status == 200 and known in rows, body
        if column in rows[odd]:
            assert rows[odd][column] == "unknown" and rows[known][column] != "unknown"
        if column == "status" and api is customer:
            assert (rows[odd]["fulfilment_status"], rows[odd]["allowed_transitions"]) == ("unknown", [])
    for api, path in ((customer, f"/api/orders/{odd}"), (staff, f"/api/admin/orders/{odd}"), (customer, f"/api/orders/{odd}/events")):
        status, retry_after, body = seen(api, path)
        assert (status, retry_after) == (503, "1"), body
    for api, path, data in ((customer, f"/api/orders/{odd}/cancel", {}), (staff, f"/api/admin/orders/{odd}/cancel", {"reason": "x"})):
        assert api.post(path, data).status == 503, path
    alive(stack)
    stack.sql("DELETE FROM commerce.reservation WHERE order_id = %s", odd)


def test_a_history_with_a_status_of_a_newer_release(stack, customer, staff):
    order = wait_order(customer, placed(customer, (add_product(stack), 1))["id"], "confirmed")
    stack.sql("UPDATE commerce.order_history SET from_status = 'by_drone', to_status = 'by_drone' WHERE order_id = %s AND seq = 1", order["id"])
    for api, path in ((customer, f"/api/orders/{order['id']}"), (staff, f"/api/admin/orders/{order['id']}")):
        status, _, body = seen(api, path)
        assert status == 200 and body.get("order", body)["history"][0]["to"] == "unknown", body
    alive(stack)


def test_a_delivery(stack, customer, staff):
    order = wait_order(customer, placed(customer, (add_product(stack), 1))["id"], "confirmed")
    for status in ("picking", "ready"):
        order = staff.patch(f"/api/admin/orders/{order['id']}/status", {"status": status},
                            headers={"If-Match": f'"v{order["version"]}"'}).json
    delivery = order["delivery"]["id"]
    stack.sql("UPDATE commerce.delivery SET state = 'landing' WHERE id = %s", delivery)
    for api, path, status in ((staff, "/api/admin/deliveries?limit=100", 200), (staff, f"/api/admin/deliveries/{delivery}", 503),
                              (customer, f"/api/orders/{order['id']}", 200), (customer, "/api/orders", 200)):
        assert seen(api, path)[0] == status, path
    assert staff.post(f"/api/admin/orders/{order['id']}/cancel", {"reason": "x"}).status == 503, "not without its delivery"
    alive(stack)


@pytest.mark.parametrize("data", [
    {"from": "ready", "to": "by_drone"}, {"from": "ready", "to": "ready", "wind": "strong"}, {"wind": ["strong"] * 20000}, [1], {}])
def test_followers_get_events_of_a_newer_release(stack, customer, data):
    """Customers and couriers who follow an order: the event is passed on, or the connection ended; the process goes on."""
    order = wait_order(customer, placed(customer, (add_product(stack), 1))["id"], "confirmed")
    seq = stack.value("SELECT event_seq FROM commerce.orders WHERE id = %s", order["id"])
    with Socket(stack, f"/ws/orders/{order['id']}", customer.token) as socket, \
            Events(stack, f"/api/orders/{order['id']}/events", customer.token) as stream:
        socket.recv(), stream.recv()
        stack.sql("INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source, correlation_id,"
                  " data) VALUES (gen_random_uuid(), 'order.flown', 1, 'order', %s, %s, now(), 'test', gen_random_uuid(), %s)",
                  order["id"], seq + 1, json.dumps(data))
        assert json.loads(json.dumps(socket.recv()))["type"] == "order.flown"
        assert stream.recv()
    stack.sql("UPDATE commerce.orders SET event_seq = event_seq + 1 WHERE id = %s", order["id"])
    alive(stack)


def test_a_role(stack):
    """An account whose role only the newer release has is told to come again."""
    session, api, email = register(stack), Api(stack), make_staff(stack, "picker")
    stack.sql("UPDATE accounts.account SET role = 'pilot' WHERE email = ANY(%s)", [session["email"], email])
    answer = api.post("/api/auth/login", {"email": session["email"], "password": PASSWORD})
    assert (answer.status, answer.headers["retry-after"]) == (503, "1"), answer
    assert api.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]}).status == 503
    assert api.get("/api/me", token=public_token(role="pilot")).status == 401
    root = Api(stack, "admin-api", admin_login(stack, make_staff(stack, "super_admin"))["access_token"])
    assert root.get("/api/admin/users?limit=100").status == 200
    alive(stack)


def test_times_at_the_ends_of_time(stack, customer, staff):
    order = wait_order(customer, placed(customer, (add_product(stack), 1))["id"], "confirmed")
    for when in ("infinity", "-infinity", "0001-01-01", "20000-01-01"):
        stack.sql("UPDATE commerce.orders SET created_at = %s WHERE id = %s", when, order["id"])
        for api, path in ((customer, f"/api/orders/{order['id']}"), (staff, f"/api/admin/orders/{order['id']}"),
                          (customer, "/api/orders?limit=1"), (staff, "/api/admin/orders?limit=1")):
            assert seen(api, path)[0] in (200, 503), (when, path)
        alive(stack)
    stack.sql("UPDATE commerce.orders SET created_at = now() WHERE id = %s", order["id"])


def test_an_event_of_a_newer_version_waits_for_its_release(stack, customer):
    order = wait_order(customer, placed(customer, (add_product(stack), 1))["id"], "confirmed")
    seq = stack.value("SELECT event_seq FROM commerce.orders WHERE id = %s", order["id"])
    stack.sql("INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source, correlation_id, data)"
              " VALUES (gen_random_uuid(), 'order.created', 2, 'order', %s, %s, now(), 'test', gen_random_uuid(), '{}')", order["id"], seq + 1)
    wait_until("it to be put off", lambda: stack.value("SELECT count(*) FROM stoa.event_retry r JOIN stoa.event e ON e.id = r.event_id"
                                                       " WHERE e.aggregate_id = %s", order["id"]))
    assert not stack.value("SELECT count(*) FROM stoa.dead_letter")
    stack.sql("DELETE FROM stoa.event_retry; UPDATE commerce.orders SET event_seq = event_seq + 1 WHERE id = %s", order["id"])
