# SPDX-License-Identifier: Apache-2.0
"""Idempotency-Key where there is no account yet, and where the answer is a secret."""
import glob
import os
import uuid

import pytest

from support.client import Api
from support.post import code_of, wait_letter
from support.shop import PASSWORD, admin_token, register

STACK = dict(start=("public-api", "admin-api", "worker"), env={"STOA_TRUSTED_PROXIES": "127.0.0.1"})


@pytest.fixture()
def api(stack):
    return Api(stack)


@pytest.fixture()
def root(stack):
    return Api(stack, "admin-api", admin_token(role="super_admin"))


def new_person():
    return {"email": f"again-{uuid.uuid4().hex[:12]}@example.com", "password": PASSWORD, "name": "Ada"}


def twice(api, path, body, **more):
    """Asked again under one key: the answer, which is the same both times."""
    key = str(uuid.uuid4())
    first, again = [api.post(path, body, key=key, **more) for _ in range(2)]
    assert first.status < 300 and "idempotent-replayed" not in first.headers, first
    assert (again.status, again.body, again.headers.get("idempotent-replayed")) == (first.status, first.body, "true"), again
    return first


def test_every_post_and_patch_takes_a_key(stack):
    found = 0
    for name in ("public-api", "admin-api"):
        for path, methods in Api(stack, name).get("/openapi.json").json["paths"].items():
            for method, operation in methods.items():
                keyed = "Idempotency-Key" in [parameter["name"] for parameter in operation.get("parameters", [])]
                assert keyed == (method in ("post", "patch")), (method, path)
                found += keyed
    assert found > 70


def test_what_anyone_may_is_done_once(stack, api):
    person = new_person()
    session = twice(api, "/api/auth/register", person).json
    assert stack.value("SELECT count(*) FROM accounts.account WHERE email = %s", person["email"]) == 1
    login = {"email": person["email"], "password": PASSWORD}
    twice(api, "/api/auth/login", login)
    assert stack.value("SELECT count(*) FROM accounts.refresh_token WHERE account_id = %s", session["account"]["id"]) == 2
    second = twice(api, "/api/auth/refresh", {"refresh_token": session["refresh_token"]}).json
    twice(api, "/api/auth/forgot-password", {"email": person["email"]})
    twice(api, "/api/auth/code", {"email": person["email"]})
    code = code_of(wait_letter(stack, person["email"], "code to log in"))
    twice(api, "/api/auth/code/login", {"email": person["email"], "code": code})
    me = api.as_(second["access_token"])
    twice(me, "/api/auth/change-password", {"current": PASSWORD, "new": PASSWORD + " 2"})
    assert me.patch("/api/me", {"name": "Eda"}, key="k1").body == me.patch("/api/me", {"name": "Eda"}, key="k1").body


def test_a_key_repeated_with_other_credentials_tells_nothing(stack, api):
    key, person = str(uuid.uuid4()), new_person()
    session = api.post("/api/auth/register", person, key=key).json
    for body in ({**person, "password": PASSWORD + "!"}, new_person()):
        other = api.post("/api/auth/register", body, key=key)
        assert (other.status, other.code) == (422, "idempotency_key_reused"), other
        assert session["refresh_token"] not in other.body.decode() and session["account"]["id"] not in other.body.decode()
    assert api.post("/api/auth/login", {"email": person["email"], "password": PASSWORD}, key=key).status == 200, "another route"


def test_a_key_without_an_account_belongs_to_its_network(stack, api):
    key, login = str(uuid.uuid4()), {"email": register(stack)["email"], "password": PASSWORD}

    def log_in(client):
        answer = api.post("/api/auth/login", login, key=key, headers={"X-Forwarded-For": client})
        assert answer.status == 200, answer
        return answer.json["refresh_token"]
    first = log_in("2001:db8:1:2::1")
    assert log_in("2001:db8:1:2:ffff::9") == first
    assert log_in("2001:db8:1:3::1") != first
    assert log_in("192.0.2.7") not in (first, log_in("192.0.2.8"))


def test_a_service_key_is_given_again(stack, root):
    made = twice(root, "/api/admin/service-keys", {"name": f"erp-{uuid.uuid4().hex[:8]}", "permissions": ["orders.read"]}).json
    answer = Api(stack, "admin-api").get("/api/admin/orders", headers={"X-API-Key": made["key"]})
    assert answer.status == 200, answer
    audit = root.get("/api/admin/audit", query={"filter[action]": "service_key_create"})
    assert made["id"] in audit.body.decode() and made["key"] not in audit.body.decode()


def contains(path, needles):
    with open(path, "rb") as file:
        data = file.read()
    return [needle for needle in needles if needle.encode() in data]


def test_no_secret_of_an_answer_is_written_down(stack, api, root):
    """Not in the tables, not in PostgreSQL's log of writes, not in our own logs."""
    session = twice(api, "/api/auth/register", new_person()).json
    key = twice(root, "/api/admin/service-keys", {"name": f"sec-{uuid.uuid4().hex[:8]}", "permissions": ["orders.read"]}).json
    secrets = [session["access_token"], session["refresh_token"], key["key"]]
    files = [name for pattern in ("data/base/*/*", "data/pg_wal/*", "log/*") for name in glob.glob(f"{stack.folder}/{pattern}")
             if os.path.isfile(name)]
    assert any(contains(name, [session["account"]["email"]]) for name in files if "pg_wal" in name), "else nothing is proved"
    assert not [(name, found) for name in files for found in [contains(name, secrets)] if found]


def test_an_answer_sealed_with_another_secret_is_refused(stack):
    key, body = str(uuid.uuid4()), {"email": register(stack)["email"], "password": PASSWORD}
    assert Api(stack).post("/api/auth/login", body, key=key).status == 200
    stack.start("public-api#2", env={"JWT_SECRET": "another-public-secret-0123456789abcdef"})
    other = Api(stack, "public-api#2")
    answer = other.post("/api/auth/login", body, key=key)
    assert (answer.status, answer.code) == (409, "idempotency_answer_lost"), answer
    assert other.post("/api/auth/login", body, key=str(uuid.uuid4())).status == 200
