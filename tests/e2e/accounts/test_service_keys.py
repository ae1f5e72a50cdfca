# SPDX-License-Identifier: Apache-2.0
"""Keys by which machines call the admin API: made once, shown once, scoped, ending, revoked everywhere at once."""
import datetime
import re
import threading
import time
import uuid

import pytest

from support import surface
from support.client import Api
from support.shop import add_product, admin_token, placed, public_token, register, wait_order
from support.stack import SECRETS, wait_until

STACK = dict(start=("public-api", "admin-api", "admin-api#2", "worker"), env={"STOA_THREADS": "2"})
INTERNAL = SECRETS["INTERNAL_API_KEY"]


@pytest.fixture()
def root(stack):
    return Api(stack, "admin-api", admin_token(role="super_admin"))


class Keyed(Api):
    """Calls with a service key instead of a token."""

    def __init__(self, stack, key, name="admin-api"):
        super().__init__(stack, name)
        self.key = key

    def request(self, method, path, **more):
        more["headers"] = {"X-API-Key": self.key, **(more.get("headers") or {})}
        return super().request(method, path, **more)


def make(root, *permissions, **more):
    body = {"name": f"till-{uuid.uuid4().hex[:12]}", "permissions": list(permissions) or ["orders.read"], **more}
    answer = root.post("/api/admin/service-keys", body)
    assert answer.status == 201, answer
    return answer.json


def seconds_from_now(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


def test_a_key_is_shown_once_and_works(stack, root):
    name = f"erp-{uuid.uuid4().hex[:8]}"
    answer = root.post("/api/admin/service-keys", {"name": name, "permissions": ["orders.read", "stock.read"]})
    assert answer.status == 201, answer
    made = answer.json
    key = made.pop("key")
    assert re.fullmatch(r"sk_[A-Za-z0-9_-]{43}", key) and made["hint"] == key[:8]
    assert (made["name"], made["permissions"], made["scope_id"], made["expires_at"], made["revoked_at"], made["last_used_at"]) == (
        name, ["orders.read", "stock.read"], None, None, None, None)
    where = answer.headers["location"]
    assert where == f"/api/admin/service-keys/{made['id']}" and root.get(where).json == made
    assert key not in root.get("/api/admin/service-keys").body.decode()
    machine = Keyed(stack, key)
    assert machine.get("/api/admin/orders").status == 200 and machine.get("/api/admin/stock").status == 200
    refused = machine.get("/api/admin/customers")
    assert (refused.status, refused.code) == (403, "forbidden") and "customers.read" in refused.json["detail"]
    stored = stack.sql("SELECT hash, hint FROM accounts.service_key WHERE id = %s", made["id"])[0]
    assert len(bytes(stored[0])) == 32 and stored[1] == key[:8]
    for name in ("public-api", "admin-api", "admin-api#2", "worker", "postgres"):
        assert key not in stack.log(name)


def test_lists_of_keys(root):
    made = [make(root)["id"] for _ in range(5)]
    rows, _ = root.pages("/api/admin/service-keys", limit=2)
    assert [row["id"] for row in rows][:5] == made[::-1]
    root.request("DELETE", f"/api/admin/service-keys/{made[2]}")
    revoked = [row["id"] for row in root.pages("/api/admin/service-keys", query={"filter[revoked]": "true"})[0]]
    good = [row["id"] for row in root.pages("/api/admin/service-keys", query={"filter[revoked]": "false"})[0]]
    assert made[2] in revoked and made[2] not in good and made[1] in good and made[1] not in revoked


def test_what_cannot_be_a_key(root):
    def pointers(**body):
        answer = root.post("/api/admin/service-keys", {"name": f"n-{uuid.uuid4().hex[:8]}", "permissions": ["orders.read"], **body})
        assert (answer.status, answer.code) == (422, "invalid_body"), answer
        return answer.bad
    for permission in ("users.write", "keys.write", "orders.own", "addresses.own", "deliveries.own", "signed_in", "anyone", "nothing", ""):
        assert pointers(permissions=["orders.read", permission]) == ["#/permissions/1"], permission
    assert pointers(permissions=[]) == ["#/permissions"]
    assert pointers(name="Not A Slug") == ["#/name"]
    assert pointers(name="x" * 51) == ["#/name"]
    assert pointers(expires_at=seconds_from_now(-1)) == ["#/expires_at"]
    assert pointers(scope_id="here") == ["#/scope_id"]
    taken = make(root)
    answer = root.post("/api/admin/service-keys", {"name": taken["name"], "permissions": ["orders.read"]})
    assert (answer.status, answer.code) == (409, "key_name_taken"), answer
    root.request("DELETE", f"/api/admin/service-keys/{taken['id']}")
    assert root.post("/api/admin/service-keys", {"name": taken["name"], "permissions": ["orders.read"]}).code == "key_name_taken"
    for method in ("GET", "DELETE"):
        assert root.request(method, f"/api/admin/service-keys/{uuid.uuid4()}").code == "not_found"


@pytest.mark.parametrize("key", ["", " ", "nonsense", "sk_", "sk_" + "A" * 43, "sk_" + "A" * 44, "A" * 46, INTERNAL[:-1], INTERNAL + "x"])
def test_what_is_no_key(stack, key):
    answer = Keyed(stack, key).get("/api/admin/orders")
    assert (answer.status, answer.code) == (401, "unauthenticated"), answer
    assert answer.headers["www-authenticate"]


def test_a_revoked_key_is_refused_everywhere_within_two_seconds(stack, root):
    made = make(root)
    machines = [Keyed(stack, made["key"], name) for name in ("admin-api", "admin-api#2")]
    for machine in machines:
        for _ in range(8):  # every loop of the process has met it
            assert machine.get("/api/admin/orders").status == 200
    stop = threading.Event()
    good_at = []

    def call(machine):
        while not stop.is_set():
            started = time.monotonic()
            if machine.get("/api/admin/orders").status == 200:
                good_at.append(started)
    threads = [threading.Thread(target=call, args=(machine,)) for machine in machines for _ in range(2)]
    [thread.start() for thread in threads]
    assert [root.request("DELETE", f"/api/admin/service-keys/{made['id']}").status for _ in range(2)] == [204, 204], "twice is once"
    revoked_at = time.monotonic()
    wait_until("three seconds of calls", lambda: time.monotonic() > revoked_at + 3)
    stop.set()
    [thread.join() for thread in threads]
    assert max(good_at) < revoked_at + 2, "a call that began two seconds later got through"
    for machine in machines:
        assert machine.get("/api/admin/orders").code == "unauthenticated"
    assert root.get(f"/api/admin/service-keys/{made['id']}").json["revoked_at"]


def test_a_key_ends_by_itself(stack, root):
    made = make(root, expires_at=seconds_from_now(3))
    machine = Keyed(stack, made["key"])
    assert machine.get("/api/admin/orders").status == 200
    wait_until("the key to end", lambda: machine.get("/api/admin/orders").code == "unauthenticated")
    stack.sql("UPDATE accounts.service_key SET expires_at = NULL WHERE id = %s", made["id"])
    wait_until("the key to be good again", lambda: machine.get("/api/admin/orders").status == 200)


def test_a_request_comes_as_one_or_the_other(stack, root):
    made = make(root)
    for token in (admin_token(role="super_admin"), "nonsense"):
        answer = Keyed(stack, made["key"]).get("/api/admin/orders", token=token)
        assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
        assert answer.bad[0] == "X-API-Key"
    login = Keyed(stack, made["key"]).post("/api/admin/auth/login", data={"email": "a@b.example", "password": "x"}, token="nonsense")
    assert login.status == 400, "on open routes as well"
    assert Keyed(stack, made["key"]).post("/api/admin/auth/login", data={"email": "a@b.example", "password": "x"}).code == "invalid_credentials"


def test_keys_are_for_the_admin_api(stack, root):
    made = make(root)
    for key in (made["key"], INTERNAL):
        machine = Keyed(stack, key, "public-api")
        for path in ("/api/me", "/api/orders"):
            assert (machine.get(path).status, machine.get(path).code) == (401, "unauthenticated")
        assert machine.get("/api/products").status == 200, "what anyone may see a machine may see"
        assert machine.get("/api/me", token=register(stack)["access_token"]).code == "invalid_parameter"


def test_a_key_is_no_account(stack, root):
    machine = Keyed(stack, make(root)["key"])
    for method, path in (("GET", "/api/admin/me"), ("POST", "/api/admin/auth/logout"), ("POST", "/api/admin/auth/logout-all")):
        answer = machine.request(method, path)
        assert (answer.status, answer.code) == (403, "forbidden"), answer
    assert machine.get("/api/admin/service-keys").code == "forbidden"
    assert machine.post("/api/admin/users", data={}).code == "forbidden"


def test_histories_name_the_key(stack, root):
    made = make(root, "orders.update", "orders.cancel", "orders.read", "stock.read", "stock.adjust")
    machine = Keyed(stack, made["key"])
    product = add_product(stack)
    customer = Api(stack, token=public_token())
    order = placed(customer, (product, 1))
    wait_order(customer, order["id"], "confirmed")
    cancelled = machine.post(f"/api/admin/orders/{order['id']}/cancel", data={"reason": "by the till"}, key=str(uuid.uuid4()))
    assert cancelled.status == 200, cancelled
    assert cancelled.json["history"][-1]["actor"] == f"key:{made['name']}"
    assert customer.get(f"/api/orders/{order['id']}").json["history"][-1]["actor"] == "staff"
    assert machine.post(f"/api/admin/stock/{product}/adjust", data={"delta": 5, "reason": "found"}).status == 200
    movements = machine.get(f"/api/admin/stock/{product}/movements").json["data"]
    assert movements[0]["actor"] == f"key:{made['name']}"


def test_audit_names_the_key_and_keeps_no_secret(stack, root):
    made = make(root, "stock.adjust", "stock.read")
    product = add_product(stack)
    assert Keyed(stack, made["key"]).post(f"/api/admin/stock/{product}/adjust", data={"delta": 1, "reason": "found"}).status == 200
    rows = stack.sql("SELECT actor, role, service_key, action FROM stoa.audit WHERE subject_id = %s", product)
    assert rows == [(None, None, made["name"], "stock_adjust")]
    kept = stack.sql("SELECT after::text FROM stoa.audit WHERE action = 'service_key_create'")
    assert any(made["name"] in row[0] for row in kept) and not any("sk_" + made["key"][3:] in row[0] for row in kept)


def test_keys_have_their_own_idempotency(stack, root):
    product, idempotency = add_product(stack), str(uuid.uuid4())
    for _ in range(2):
        machine = Keyed(stack, make(root, "stock.adjust")["key"])
        answers = [machine.post(f"/api/admin/stock/{product}/adjust", data={"delta": 1, "reason": "found"}, key=idempotency)
                   for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 200] and answers[0].body == answers[1].body
    assert stack.value("SELECT on_hand FROM commerce.stock WHERE product_id = %s", product) == 1002


def test_last_use_is_written_down_once_a_minute(stack, root):
    made = make(root)
    where = f"/api/admin/service-keys/{made['id']}"
    machines = [Keyed(stack, made["key"], name) for name in ("admin-api", "admin-api#2")]
    for machine in machines:
        machine.get("/api/admin/orders")
    first = wait_until("the use to be written down", lambda: root.get(where).json["last_used_at"])
    for _ in range(20):
        for machine in machines:
            machine.get("/api/admin/orders")
    assert root.get(where).json["last_used_at"] == first


def test_the_internal_key(stack):
    machine = Keyed(stack, INTERNAL)
    assert machine.get("/api/admin/orders").status == 200
    assert machine.get("/api/admin/customers").status == 200
    for method, path in (("GET", "/api/admin/users"), ("GET", "/api/admin/service-keys"), ("GET", "/api/admin/me")):
        assert machine.request(method, path).code == "forbidden"
    product = add_product(stack)
    assert machine.post(f"/api/admin/stock/{product}/adjust", data={"delta": 2, "reason": "found"}).status == 200
    assert machine.get(f"/api/admin/stock/{product}/movements").json["data"][0]["actor"] == "key:internal"
    for name in ("admin-api", "admin-api#2"):
        assert INTERNAL not in stack.log(name)


def test_the_documents_say_where_keys_are_taken(stack):
    admin, public = (Api(stack, name).get("/openapi.json").json for name in ("admin-api", "public-api"))
    assert admin["components"]["securitySchemes"]["key"] == {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    assert "key" not in public["components"]["securitySchemes"]
    never = {"users.write", "keys.write", "signed_in"}
    for _, path, operation in surface.operations(admin):
        if operation["security"]:
            takes = {"key": []} in operation["security"]
            assert takes == (operation["x-permission"] not in never), path
    assert not any({"key": []} in operation.get("security", []) for _, _, operation in surface.operations(public))
