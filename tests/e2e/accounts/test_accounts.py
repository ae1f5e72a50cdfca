# SPDX-License-Identifier: Apache-2.0
"""Accounts over HTTP: register, log in, refresh with reuse detection, log out, who am I."""
import threading
import uuid

import pytest

from support.client import Api
from support.shop import PASSWORD, register
from support.stack import wait_until

STACK = dict(start=("public-api", "worker"))


@pytest.fixture()
def api(stack):
    return Api(stack)


def refresh(api, token):
    return api.post("/api/auth/refresh", {"refresh_token": token})


def test_register_gives_account_and_tokens(api):
    email = f"New.{uuid.uuid4().hex[:8]}@Example.com"
    answer = api.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": "Ada", "phone": "+4930123456"})
    assert answer.status == 201, answer
    session = answer.json
    assert set(session) == {"account", "access_token", "refresh_token", "token_type", "expires_in"}
    assert session["account"]["email"] == email.lower()
    assert session["account"]["role"] == "customer"
    assert session["token_type"] == "Bearer" and session["expires_in"] == 900
    assert uuid.UUID(session["account"]["id"]).version == 7
    assert PASSWORD not in answer.body.decode()
    me = api.as_(session["access_token"]).get("/api/me")
    assert me.status == 200 and me.json == session["account"]


def test_the_same_address_cannot_register_twice(api):
    session = register(api.stack)
    for email in (session["email"], session["email"].upper()):
        answer = api.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": "Again"})
        assert (answer.status, answer.code) == (409, "email_taken"), answer


def test_one_address_registered_many_times_at_once_is_one_account(stack, api):
    email = f"race-{uuid.uuid4().hex[:8]}@example.com"
    answers = []

    def run():
        answers.append(api.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": "Race"}))
    threads = [threading.Thread(target=run) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7, answers
    assert stack.value("SELECT count(*) FROM accounts.account WHERE email = %s", email) == 1


def test_login(api):
    session = register(api.stack)
    answer = api.post("/api/auth/login", {"email": session["email"].upper(), "password": PASSWORD})
    assert answer.status == 200, answer
    assert answer.json["account"]["id"] == session["account"]["id"]
    assert answer.json["refresh_token"] != session["refresh_token"]


def test_wrong_password_and_unknown_address_answer_alike(api):
    session = register(api.stack)
    wrong = api.post("/api/auth/login", {"email": session["email"], "password": "not the password"})
    unknown = api.post("/api/auth/login", {"email": "nobody@example.com", "password": "not the password"})
    for answer in (wrong, unknown):
        assert (answer.status, answer.code) == (401, "invalid_credentials"), answer

    def same(answer):
        body = answer.json
        body.pop("request_id", None)
        return body
    assert same(wrong) == same(unknown)


def test_refresh_rotates(api):
    session = register(api.stack)
    second = refresh(api, session["refresh_token"])
    assert second.status == 200, second
    assert second.json["refresh_token"] != session["refresh_token"]
    assert api.as_(second.json["access_token"]).get("/api/me").status == 200
    third = refresh(api, second.json["refresh_token"])
    assert third.status == 200, third


def later(stack, session, seconds):
    """As if what was done with the login's refresh tokens had been done so many seconds earlier."""
    stack.sql("UPDATE accounts.refresh_token SET used_at = used_at - make_interval(secs => %s) WHERE account_id = %s",
              seconds, session["account"]["id"])


def assert_ended(api, token):
    answer = refresh(api, token)
    assert (answer.status, answer.code) == (401, "invalid_refresh_token"), answer


def test_a_spent_refresh_token_ends_the_login(stack, api):
    session = register(stack)
    second = refresh(api, session["refresh_token"]).json
    later(stack, session, 11)
    assert_ended(api, session["refresh_token"])
    assert_ended(api, second["refresh_token"])
    # Another login of the same account is another family.
    login = api.post("/api/auth/login", {"email": session["email"], "password": PASSWORD}).json
    assert refresh(api, login["refresh_token"]).status == 200


def test_a_refresh_token_whose_answer_was_lost_gets_the_same_successor(stack, api):
    session = register(stack)
    second = refresh(api, session["refresh_token"]).json
    later(stack, session, 5)
    again = refresh(api, session["refresh_token"])
    assert (again.status, again.json["refresh_token"]) == (200, second["refresh_token"]), again
    assert api.as_(again.json["access_token"]).get("/api/me").status == 200
    third = refresh(api, second["refresh_token"]).json["refresh_token"]
    assert refresh(api, session["refresh_token"]).json["refresh_token"] == third, "the other tab went on meanwhile"
    later(stack, session, 6)
    assert_ended(api, session["refresh_token"])
    assert_ended(api, third)


def test_the_grace_of_a_refresh_token_is_for_who_used_it(stack, api):
    session = register(stack)
    assert refresh(api, session["refresh_token"]).status == 200
    other = api.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]}, headers={"User-Agent": "another"})
    assert (other.status, other.code) == (401, "invalid_refresh_token"), other
    assert_ended(api, session["refresh_token"])


def test_a_grace_revives_no_login_that_ended(stack, api):
    for end in ("/api/auth/logout", "/api/auth/logout-all"):
        session = register(stack)
        second = refresh(api, session["refresh_token"]).json
        assert api.as_(second["access_token"]).post(end).status == 204
        assert_ended(api, session["refresh_token"])
    session = register(stack)
    refresh(api, session["refresh_token"])
    stack.sql("UPDATE accounts.account SET disabled_at = now() WHERE id = %s", session["account"]["id"])
    assert_ended(api, session["refresh_token"])


def test_no_refresh_token_is_stored_in_plain_text(stack, api):
    session = register(stack)
    second = refresh(api, session["refresh_token"]).json["refresh_token"]
    for row in stack.sql("SELECT t::text FROM accounts.refresh_token t WHERE account_id = %s", session["account"]["id"]):
        assert session["refresh_token"] not in row[0] and second not in row[0]


def test_one_refresh_token_used_many_times_at_once_has_one_successor(stack):
    session = register(stack)
    answers, gate = [], threading.Barrier(10)

    def run():
        gate.wait()
        answers.append(refresh(Api(stack), session["refresh_token"]))
    threads = [threading.Thread(target=run) for _ in range(10)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [answer.status for answer in answers] == [200] * 10, answers
    successors = {answer.json["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert stack.value("SELECT count(*) FROM accounts.refresh_token WHERE account_id = %s", session["account"]["id"]) == 2
    assert refresh(Api(stack), successors.pop()).status == 200


def test_unknown_refresh_token(api):
    answer = refresh(api, "A" * 43)
    assert (answer.status, answer.code) == (401, "invalid_refresh_token")


def test_logout_ends_one_login_and_logout_all_every_one(api):
    session = register(api.stack)
    other = api.post("/api/auth/login", {"email": session["email"], "password": PASSWORD}).json
    third = api.post("/api/auth/login", {"email": session["email"], "password": PASSWORD}).json
    answer = api.as_(session["access_token"]).post("/api/auth/logout")
    assert answer.status == 204 and not answer.body, answer
    assert refresh(api, session["refresh_token"]).status == 401
    heir = refresh(api, other["refresh_token"])
    assert heir.status == 200
    assert api.as_(third["access_token"]).post("/api/auth/logout-all").status == 204
    assert refresh(api, heir.json["refresh_token"]).status == 401
    assert refresh(api, third["refresh_token"]).status == 401
    assert api.post("/api/auth/login", {"email": session["email"], "password": PASSWORD}).status == 200


def test_changing_me(stack, api):
    session = register(stack)
    mine = api.as_(session["access_token"])
    first = mine.get("/api/me")
    etag = first.headers["etag"]
    assert mine.get("/api/me", headers={"If-None-Match": etag}).status == 304
    changed = mine.patch("/api/me", {"name": "Grace", "phone": "+49 30 765"}, headers={"If-Match": etag})
    assert changed.status == 200, changed
    assert changed.json["name"] == "Grace"
    assert changed.headers["etag"] != etag
    stale = mine.patch("/api/me", {"name": "Too late"}, headers={"If-Match": etag})
    assert (stale.status, stale.code) == (412, "precondition_failed"), stale
    now = mine.get("/api/me")
    assert now.json["name"] == "Grace" and now.headers["etag"] == changed.headers["etag"]
    # Left out stays.
    assert mine.patch("/api/me", {"name": "Grace H"}).json["phone"] == now.json["phone"]
    types = [row[0] for row in stack.sql("SELECT type FROM stoa.event WHERE aggregate_id = %s ORDER BY aggregate_seq",
                                         session["account"]["id"])]
    assert types == ["account.changed"] * 3
    wait_until("commerce to hear of the name", lambda: stack.sql(
        "SELECT 1 FROM commerce.customer WHERE id = %s AND name = 'Grace H'", session["account"]["id"]))


def test_null_removes_the_own_phone(stack, api):
    session = register(stack)
    mine = api.as_(session["access_token"])
    assert mine.patch("/api/me", {"phone": "+49 30 765"}).json["phone"] == "+49 30 765"
    assert mine.patch("/api/me", {"name": "Grace"}).json["phone"] == "+49 30 765", "left out stays"
    bare = mine.patch("/api/me", {"phone": None})
    assert bare.status == 200 and (bare.json["name"], bare.json["phone"]) == ("Grace", None), bare
    assert mine.get("/api/me").json == bare.json
    answer = mine.patch("/api/me", {"name": None})
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert answer.bad == ["#/name"]
    wait_until("commerce to forget the phone", lambda: stack.sql(
        "SELECT 1 FROM commerce.customer WHERE id = %s AND name = 'Grace' AND phone IS NULL", session["account"]["id"]))


def test_a_patch_repeated_with_its_key_is_done_once(stack, api):
    session = register(stack)
    mine = api.as_(session["access_token"])
    key = str(uuid.uuid4())
    first = mine.patch("/api/me", {"name": "Once"}, key=key)
    again = mine.patch("/api/me", {"name": "Once"}, key=key)
    assert first.status == again.status == 200 and first.body == again.body
    assert again.headers.get("idempotent-replayed") == "true" and "idempotent-replayed" not in first.headers
    assert stack.value("SELECT version FROM accounts.account WHERE id = %s", session["account"]["id"]) == 2


def test_every_bad_field_is_named(api):
    answer = api.post("/api/auth/register", {"email": "not an address", "password": "short", "phone": "x", "extra": 1})
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    pointers = set(answer.bad)
    assert {"#/email", "#/password", "#/name", "#/extra"} <= pointers, answer
    assert all(error["detail"] for error in answer.json["errors"])
    assert "short" not in str([error["detail"] for error in answer.json["errors"] if error["pointer"] == "#/password"]
                              ).replace("shorter", ""), "a secret is not repeated"


def test_stored_secrets_are_hashed(stack, api):
    session = register(stack)
    stored = stack.value("SELECT password_hash FROM accounts.account WHERE email = %s", session["email"])
    assert stored.startswith("$argon2id$") and PASSWORD not in stored
    hashes = [bytes(row[0]) for row in stack.sql("SELECT hash FROM accounts.refresh_token WHERE account_id = %s",
                                                 session["account"]["id"])]
    assert len(hashes) == 1 and len(hashes[0]) == 32 and session["refresh_token"].encode() not in hashes


def test_a_disabled_account_can_do_nothing(stack, api):
    session = register(stack)
    stack.sql("UPDATE accounts.account SET disabled_at = now() WHERE email = %s", session["email"])
    assert api.post("/api/auth/login", {"email": session["email"], "password": PASSWORD}).code == "invalid_credentials"
    assert refresh(api, session["refresh_token"]).code == "invalid_refresh_token"
    assert api.as_(session["access_token"]).get("/api/me").status == 401
