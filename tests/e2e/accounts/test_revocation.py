# SPDX-License-Identifier: Apache-2.0
"""What ends a login or a key ends it everywhere: at every loop of every process, on sockets and on streams, also without Redis."""
import time
import uuid

import pytest

from support.client import Api, Closed, Events, Refused, Socket, parse_answers, raw_exchange
from support.shop import PASSWORD, add_product, admin_login, admin_token, make_staff, placed, public_token, register, wait_order
from support.stack import wait_until

PUBLIC, ADMIN = ("public-api", "public-api#2"), ("admin-api", "admin-api#2")
STACK = dict(start=(*PUBLIC, *ADMIN, "worker", "cron"), env={"STOA_THREADS": "2"})
WITHIN_S = 2.0
LATE_S = 8.0  # what a loaded machine may add, and far below the life of a token
CONNECTIONS = 20  # so many new ones of a process meet each of its loops, but for once in half a million
NEW = "another password 43"


class Login:
    """A login of one audience: its tokens, and what it has open in each process."""

    def __init__(self, stack, session, names, paths):
        self.stack, self.session, self.names, self.paths = stack, session, names, paths
        self.id, self.role, self.token = session["account"]["id"], session["account"]["role"], session["access_token"]
        self.open = []

    def api(self, name=None):
        return Api(self.stack, name or self.names[0], self.token)

    def follow(self):
        """Opens what its paths name, on each process."""
        for name in self.names:
            for path in self.paths:
                kind = Socket if path.startswith("/ws/") else Events
                self.open.append(kind(self.stack, path, self.token, name=name))
                self.open[-1].recv()
        return self

    def statuses(self):
        """Of what asks for a permission, and not for the account as /me does."""
        path = {"customer": "/api/orders", "courier": "/api/courier/deliveries"}.get(self.role, "/api/admin/orders")
        return {self.api(name).get(path).status for name in self.names for _ in range(CONNECTIONS)}

    def refresh(self):
        side = "/admin" if self.names == ADMIN else ""
        return Api(self.stack, self.names[1]).post(f"/api{side}/auth/refresh", {"refresh_token": self.session["refresh_token"]})

    def assert_alive(self):
        assert self.statuses() == {200}

    def assert_ended(self):
        began = time.monotonic()
        wait_until("every loop to refuse the token", lambda: self.statuses() == {401}, LATE_S)
        for connection in self.open:
            if isinstance(connection, Socket):
                assert connection.close_code(LATE_S) == 4401
            else:
                connection.end(LATE_S)
                assert connection.ended, "a stream was cut off"
            connection.connection.close()
        print(f"ended after {time.monotonic() - began:.2f} s, promised are {WITHIN_S} s")
        assert self.refresh().status == 401
        for path in self.paths:
            with pytest.raises((Refused, Closed)) as refusal:
                (Socket if path.startswith("/ws/") else Events)(self.stack, path, self.token, name=self.names[1]).recv()
            assert getattr(refusal.value, "code", None) == 4401 or refusal.value.answer.status == 401


def login_again(stack, email, names, password=PASSWORD, paths=()):
    side = "/admin" if names == ADMIN else ""
    answer = Api(stack, names[1]).post(f"/api{side}/auth/login", {"email": email, "password": password})
    assert answer.status == 200, answer
    return Login(stack, answer.json, names, paths)


@pytest.fixture(scope="module")
def product(stack):
    return add_product(stack, stock=100000)


@pytest.fixture()
def root(stack):
    return Api(stack, "admin-api", admin_login(stack, make_staff(stack, "super_admin"))["access_token"])


@pytest.fixture()
def customer(stack, product):
    session = register(stack)
    order = placed(Api(stack, token=session["access_token"]), (product, 1))
    login = Login(stack, session, PUBLIC, (f"/ws/orders/{order['id']}", f"/api/orders/{order['id']}/events")).follow()
    login.assert_alive()
    return login


@pytest.fixture()
def courier(stack, root, product):
    """A courier who has picked up an order, and follows it."""
    email = f"k-{uuid.uuid4().hex[:12]}@stoa.example"
    made = root.post("/api/admin/couriers", {"email": email, "name": "Kim", "password": PASSWORD})
    assert made.status == 201, made
    login = login_again(stack, email, PUBLIC)
    wait_until("commerce to know the courier",
               lambda: login.api().request("PUT", "/api/courier/availability", data={"available": True}).status == 200)
    buyer, staff = Api(stack, token=public_token()), Api(stack, "admin-api", admin_token())
    order = wait_order(buyer, placed(buyer, (product, 1))["id"], "confirmed")
    for status in ("picking", "ready"):
        order = staff.patch(f"/api/admin/orders/{order['id']}/status", {"status": status},
                            headers={"If-Match": f'"v{order["version"]}"'}).json
    assert staff.post(f"/api/admin/orders/{order['id']}/assign", {"courier_id": login.id}).status == 200
    delivery = login.api().get("/api/courier/deliveries").json["data"][0]["id"]
    assert login.api().post(f"/api/courier/deliveries/{delivery}/pick-up").status == 200
    login.paths = (f"/ws/orders/{order['id']}", f"/api/orders/{order['id']}/events")
    login.follow().assert_alive()
    return login


@pytest.fixture()
def staff(stack):
    session = admin_login(stack, make_staff(stack, "admin"))
    login = Login(stack, session, ADMIN, ("/api/admin/events/stream",)).follow()
    login.assert_alive()
    return login


def email_of(stack, login):
    return stack.value("SELECT email FROM accounts.account WHERE id = %s", login.id)


def person_path(login):
    return f"/api/admin/{ {'customer': 'customers', 'courier': 'couriers'}.get(login.role, 'users')}/{login.id}"


def by_delete(root, login):
    return root.delete(person_path(login))


def change(root, login, **what):
    version = root.get(person_path(login)).json["version"]
    return root.patch(person_path(login), what, headers={"If-Match": f'"v{version}"'})


def by_disabling(root, login):
    return change(root, login, disabled=True)


def by_logout(root, login):
    return login.api().post(f"/api{'/admin' if login.names == ADMIN else ''}/auth/logout")


def by_logout_all(root, login):
    return login_again(login.stack, email_of(login.stack, login), login.names).api().post(
        f"/api{'/admin' if login.names == ADMIN else ''}/auth/logout-all")


def by_password_change(root, login):
    """By another login, which goes on."""
    other = login_again(login.stack, email_of(login.stack, login), login.names)
    answer = other.api().post(f"/api{'/admin' if login.names == ADMIN else ''}/auth/change-password",
                              {"current": PASSWORD, "new": NEW})
    other.assert_alive()
    return answer


def by_reused_refresh(root, login):
    """Who has a copy of a refresh token uses it after its user did: neither goes on."""
    assert login.refresh().status == 200
    login.stack.sql("UPDATE accounts.refresh_token SET used_at = used_at - interval '1 day' WHERE used_at IS NOT NULL")
    assert login.refresh().status == 401
    return login_again(login.stack, email_of(login.stack, login), login.names).api().get(
        "/api/admin/me" if login.names == ADMIN else "/api/me")  # whose owner logs in again


def by_demotion(root, login):
    return change(root, login, role="picker")


def by_another_store(root, login):
    return change(root, login, scope_id=str(uuid.uuid4()))


CAUSES = [by_delete, by_disabling, by_logout, by_logout_all, by_password_change, by_reused_refresh]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_a_customer_s_login_ends(root, customer, cause):
    answer = cause(root, customer)
    assert answer.status in (200, 204), answer
    customer.assert_ended()


@pytest.mark.parametrize("cause", [by_delete, by_disabling, by_logout, by_password_change], ids=lambda cause: cause.__name__)
def test_a_courier_s_login_ends(root, courier, cause):
    answer = cause(root, courier)
    assert answer.status in (200, 204), answer
    courier.assert_ended()


@pytest.mark.parametrize("cause", [*CAUSES, by_demotion, by_another_store], ids=lambda cause: cause.__name__)
def test_a_staff_member_s_login_ends(root, staff, cause):
    answer = cause(root, staff)
    assert answer.status in (200, 204), answer
    staff.assert_ended()


def test_only_that_login_ends(stack, root, customer):
    other = login_again(stack, email_of(stack, customer), PUBLIC)
    by_logout(root, customer)
    customer.assert_ended()
    other.assert_alive()


def test_an_account_that_is_enabled_again_logs_in_at_once(stack, root, staff):
    email = email_of(stack, staff)
    by_delete(root, staff)
    change(root, staff, disabled=False)
    again = login_again(stack, email, ADMIN)
    again.assert_alive()
    staff.assert_ended()
    again.assert_alive()


def test_a_retired_courier_gets_nothing(stack, root, courier):
    """Even one whose token were still accepted is neither available nor given an order."""
    by_delete(root, courier)
    wait_until("commerce to hear of it", lambda: stack.value("SELECT retired FROM commerce.courier WHERE id = %s", courier.id))
    forged = Api(stack, token=public_token(courier.id, role="courier"))
    refused = forged.request("PUT", "/api/courier/availability", data={"available": True})
    assert (refused.status, refused.code) == (404, "not_found"), refused
    listed = Api(stack, "admin-api", admin_token()).pages("/api/admin/dispatch/couriers")[0]
    assert [row["available"] for row in listed if row["id"] == courier.id] == [False], "as long as they have goods"
    change(root, courier, disabled=False)
    wait_until("commerce to hear of that as well",
               lambda: forged.request("PUT", "/api/courier/availability", data={"available": True}).status == 200)


def test_a_courier_retired_by_an_older_release_is_not_listed(stack, root):
    """Before migration 0060 nothing said so of a courier's row; 0090 takes it from the events."""
    gone, there = (root.post("/api/admin/couriers", {"email": f"c-{uuid.uuid4().hex[:8]}@example.com", "name": "Bo", "password": PASSWORD})
                   .json["id"] for _ in range(2))
    assert root.delete(f"/api/admin/couriers/{gone}").status == 204
    wait_until("commerce to hear of both", lambda: stack.value(
        "SELECT count(*) FROM commerce.courier WHERE id = ANY(%s::uuid[]) AND retired = (id = %s)", [gone, there], gone) == 2)
    stack.sql("UPDATE commerce.courier SET retired = false WHERE id = %s", gone)
    staff = Api(stack, "admin-api", admin_token())
    seen = lambda: {row["id"] for row in staff.pages("/api/admin/dispatch/couriers")[0]} & {gone, there}  # noqa: E731
    assert seen() == {gone, there}
    stack.sql("DELETE FROM stoa.migration WHERE set_name = 'commerce' AND name LIKE '0090%%'")
    assert stack.run_stoa("migrate").returncode == 0
    assert seen() == {there}


def test_a_revoked_key_loses_its_streams(stack, root):
    made = root.post("/api/admin/service-keys", {"name": f"feed-{uuid.uuid4().hex[:8]}", "permissions": ["events.read"]}).json
    headers = {"X-API-Key": made["key"]}
    streams = [Events(stack, "/api/admin/events/stream", name=name, headers=headers) for name in ADMIN]
    assert root.delete(f"/api/admin/service-keys/{made['id']}").status == 204
    for stream in streams:
        stream.end(LATE_S)
        assert stream.ended
        stream.connection.close()
    for name in ADMIN:
        assert Api(stack, name).get("/api/admin/events", headers=headers).status == 401


def test_a_revocation_that_commits_late_is_met(stack, customer):
    """One that began before others, which are known by then."""
    late = stack.connect()
    late.autocommit = False
    with late.cursor() as cursor:
        cursor.execute("UPDATE accounts.refresh_token SET revoked_at = now() WHERE account_id = %s"
                       " RETURNING stoa.revoke(family_id, 60000000)", (customer.id,))
    other = Login(stack, register(stack), PUBLIC, ())
    by_logout(None, other)
    other.assert_ended()
    customer.assert_alive()
    late.commit()
    late.close()
    customer.assert_ended()


def test_a_process_that_starts_knows_what_ended_before(stack):
    login = Login(stack, register(stack), PUBLIC, ())
    by_logout(None, login)
    stack.restart("public-api#2")
    assert {login.api("public-api#2").get("/api/orders").status for _ in range(CONNECTIONS)} == {401}
    login.assert_ended()


def test_without_redis(stack, root, customer, staff):
    stack.redis_stop()
    by_delete(root, customer)
    by_demotion(root, staff)
    customer.assert_ended()
    staff.assert_ended()


def test_a_login_that_ends_while_its_body_is_on_the_way(stack):
    login = Login(stack, register(stack), PUBLIC, ())
    body = b'{"name": "Too Late"}'

    def pieces():
        yield (f"PATCH /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {login.token}\r\nContent-Type: application/json\r\n"
               f"Content-Length: {len(body)}\r\n\r\n").encode() + body[:-1]
        assert login.api(PUBLIC[1]).post("/api/auth/logout-all").status == 204
        login.assert_ended()
        yield body[-1:]
    data, _ = raw_exchange(stack, PUBLIC[0], None, pieces=pieces())
    answer, = parse_answers(data)
    assert answer.status == 401, answer
    assert stack.value("SELECT name FROM accounts.account WHERE id = %s", login.id) != "Too Late"
