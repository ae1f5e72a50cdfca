# SPDX-License-Identifier: Apache-2.0
"""What a person does with an account: wrong tries and their end, passwords, codes, confirmed addresses, and the mail for it."""
import hashlib
import hmac
import os
import stat
import threading
import uuid

import pytest

from support.checker import unsettled
from support.client import Api
from support.post import code_of, letters, spool, token_of, wait_letter, wait_settled
from support.shop import PASSWORD, admin_login, make_staff, register
from support.stack import SECRETS, wait_until

FAILURES = 10
STACK = dict(start=("public-api", "public-api#2", "admin-api", "worker"), 
             env={"STOA_LOCKOUT_FAILURES": str(FAILURES), "STOA_LOCKOUT_ACCOUNT": str(FAILURES)})
NEW = "another fine password"
RESET, CODE, CONFIRM = "Set a new password", "Your code to log in", "Confirm your e-mail address"


@pytest.fixture()
def api(stack):
    return Api(stack)


_next_address = iter(range(1, 60000))


def somewhere():
    """Headers of a client nobody has seen before; the proxy on this machine is believed."""
    n = next(_next_address)
    return {"X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"}


def unknown():
    return f"nobody-{uuid.uuid4().hex[:12]}@example.com"


def login(api, email, password, address=None, path="/api/auth/login"):
    return api.post(path, {"email": email, "password": password}, headers=address or somewhere())


def refresh(api, token):
    return api.post("/api/auth/refresh", {"refresh_token": token})


def same(answer):
    """What an answer tells apart from when it was given and to whom."""
    headers = {name: value for name, value in answer.headers.items()
               if name not in ("date", "x-request-id", "content-length", "retry-after")}
    body = answer.json if answer.body else None
    if body:
        body.pop("request_id", None)
        if answer.code == "account_locked":
            body["detail"] = body["detail"].rstrip(" s0123456789")
    return answer.status, headers, body, "retry-after" in answer.headers


def together(*calls):
    """Runs all at once; their results in order."""
    results = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(i, call):
        barrier.wait()
        results[i] = call()
    threads = [threading.Thread(target=run, args=(i, call)) for i, call in enumerate(calls)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return results


def pass_time(stack, seconds):
    """As if everything counted had been counted that much earlier."""
    stack.sql("UPDATE accounts.login_guard SET tries = ARRAY(SELECT t - make_interval(secs => %s) FROM unnest(tries) t)", seconds)


# ---- Wrong tries -----------------------------------------------------------------------------------------------------


def test_ten_wrong_tries_lock_known_and_unknown_names_alike(api):
    known, strange = register(api.stack)["email"], unknown()
    for n in range(FAILURES + 2):
        first, second = login(api, known, "wrong" + PASSWORD), login(api, strange, "wrong" + PASSWORD)
        expected = (401, "invalid_credentials") if n < FAILURES else (429, "account_locked")
        assert (first.status, first.code) == expected, (n, first)
        assert same(first) == same(second), n
    for answer in (first, second, login(api, known, PASSWORD)):
        assert (answer.status, answer.code) == (429, "account_locked"), "the right password tells nothing either"
        assert 0 < int(answer.headers["retry-after"]) <= 900


def test_strangers_shut_out_themselves_first_and_never_the_way_by_mail(stack):
    stack.start("public-api#3", env={"STOA_LOCKOUT_ACCOUNT": "25"})
    api = Api(stack, "public-api#3")
    session, tries = register(stack), 0
    for _ in range(2):
        stranger = somewhere()
        for _ in range(FAILURES):
            assert login(api, session["email"], "wrong" + PASSWORD, stranger).status == 401
        assert login(api, session["email"], PASSWORD, stranger).code == "account_locked"
        tries += FAILURES
        assert tries > FAILURES or login(api, session["email"], PASSWORD).status == 200, "the owner is elsewhere"
    for _ in range(25 - FAILURES):
        login(api, session["email"], "wrong" + PASSWORD)
    assert login(api, session["email"], PASSWORD).code == "account_locked", "a crowd closes the password"
    plant_code(stack, session["email"], "123456")
    assert code_login(api, session["email"], "123456").status == 200
    api.post("/api/auth/forgot-password", {"email": session["email"]}, headers=somewhere())
    token = token_of(wait_letter(stack, session["email"], RESET))
    assert api.post("/api/auth/reset-password", {"token": token, "new_password": NEW}, headers=somewhere()).status == 204
    assert login(api, session["email"], NEW).status == 200
    stack.terminate("public-api#3")


def test_a_lock_survives_redis_and_a_restart(stack, api):
    session = register(stack)
    for _ in range(FAILURES):
        assert login(api, session["email"], "wrong" + PASSWORD).status == 401
    stack.redis().flushall()
    stack.restart("public-api")
    assert login(api, session["email"], PASSWORD).code == "account_locked"
    assert login(Api(stack, "public-api#2"), session["email"], PASSWORD).code == "account_locked"


def test_a_lock_ends_by_itself_and_refused_tries_do_not_prolong_it(stack, api):
    session = register(stack)
    for _ in range(FAILURES):
        login(api, session["email"], "wrong" + PASSWORD)
    pass_time(stack, 600)
    for _ in range(3):
        answer = login(api, session["email"], PASSWORD)
        assert answer.code == "account_locked" and int(answer.headers["retry-after"]) <= 300, answer
    pass_time(stack, 301)
    assert login(api, session["email"], PASSWORD).status == 200


def test_success_forgives_the_name_and_not_the_address(stack, api):
    session, victim, here = register(stack), register(stack), somewhere()
    for _ in range(FAILURES - 1):
        assert login(api, session["email"], "wrong" + PASSWORD).status == 401
    assert login(api, session["email"], PASSWORD).status == 200
    for _ in range(FAILURES - 1):
        assert login(api, session["email"], "wrong" + PASSWORD).status == 401
    # A right login to another account does not reset the counter of the address.
    for _ in range(FAILURES):
        assert login(api, unknown(), PASSWORD, here).status == 401
        pass_time(stack, 1)
    assert login(api, victim["email"], PASSWORD, here).code == "account_locked"
    assert login(api, victim["email"], PASSWORD).status == 200, "only the address was closed"


def test_good_logins_never_close_an_address(api):
    session, here = register(api.stack), somewhere()
    for _ in range(FAILURES + 5):
        assert login(api, session["email"], PASSWORD, here).status == 200


def test_addresses_of_one_ipv6_network_are_one(api):
    network = f"2001:db8:{uuid.uuid4().hex[:4]}:1"
    for n in range(FAILURES):
        assert login(api, unknown(), PASSWORD, {"X-Forwarded-For": f"{network}::{n + 1:x}"}).status == 401
    assert login(api, unknown(), PASSWORD, {"X-Forwarded-For": f"{network}:ffff::1"}).code == "account_locked"
    assert login(api, unknown(), PASSWORD, {"X-Forwarded-For": f"{network[:-1]}2::1"}).status == 401


def test_no_crowd_gets_more_than_ten_guesses(stack, api):
    """The bound is exact, over two processes: a try is taken before it is looked at."""
    session = register(stack)
    other = Api(stack, "public-api#2")
    answers = together(*[lambda i=i: login(other if i % 2 else api, session["email"], f"wrong {i} {PASSWORD}") for i in range(40)])
    codes = sorted(answer.code for answer in answers)
    assert codes == ["account_locked"] * 30 + ["invalid_credentials"] * FAILURES, codes


def test_the_two_sides_do_not_lock_each_other(stack, api):
    email = make_staff(stack)
    for _ in range(FAILURES + 1):
        answer = login(api, email, "wrong" + PASSWORD)
    assert answer.code == "account_locked"
    admin_login(stack, email)


def test_staff_opens_a_locked_account(stack, api):
    session = register(stack)
    for _ in range(FAILURES + 1):
        login(api, session["email"], "wrong" + PASSWORD)
    admin = Api(stack, "admin-api").as_(admin_login(stack, make_staff(stack))["access_token"])
    assert login(api, session["email"], PASSWORD).code == "account_locked"
    answer = admin.post(f"/api/admin/accounts/{session['account']['id']}/unlock")
    assert answer.status == 204, answer
    assert login(api, session["email"], PASSWORD).status == 200
    assert admin.post(f"/api/admin/accounts/{uuid.uuid4()}/unlock").status == 404


# ---- Passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password, rule", [
    ("Password2026!", "common"), ("qwertyuiop", "common"), ("1111111111111", "four different"), ("{email}", "address"),
    ("Ada Example", "name"), ("adaexample", "name")])
def test_passwords_that_are_tried_first_are_refused(api, password, rule):
    email = unknown()
    body = {"email": email, "password": password.format(email=email), "name": "Ada Example"}
    answer = api.post("/api/auth/register", body)
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert answer.bad[0] == "#/password" and rule in answer.json["errors"][0]["detail"], answer
    session = register(api.stack)
    answer = api.as_(session["access_token"]).post("/api/auth/change-password", {"current": PASSWORD, "new": "Ada Example"})
    assert (answer.status, answer.bad[0]) == (422, "#/new"), answer


def test_a_changed_password_ends_all_other_logins(stack, api):
    session = register(stack)
    other = login(api, session["email"], PASSWORD).json
    mine = api.as_(session["access_token"])
    wrong = mine.post("/api/auth/change-password", {"current": "wrong" + PASSWORD, "new": NEW})
    assert (wrong.status, wrong.code) == (403, "wrong_password"), wrong
    assert mine.post("/api/auth/change-password", {"current": PASSWORD, "new": NEW}).status == 204
    assert refresh(api, other["refresh_token"]).code == "invalid_refresh_token"
    assert refresh(api, session["refresh_token"]).status == 200
    assert login(api, session["email"], PASSWORD).code == "invalid_credentials"
    assert login(api, session["email"], NEW).status == 200
    wait_letter(stack, session["email"], "Your password was changed")


def test_guessing_at_the_current_password_is_counted_as_logging_in_is(stack, api):
    session = register(stack)
    mine = api.as_(session["access_token"])
    for _ in range(FAILURES):
        answer = mine.post("/api/auth/change-password", {"current": "wrong" + PASSWORD, "new": NEW}, headers=somewhere())
        assert answer.code == "wrong_password"
    answer = mine.post("/api/auth/change-password", {"current": PASSWORD, "new": NEW}, headers=somewhere())
    assert (answer.status, answer.code) == (429, "account_locked")
    assert login(api, session["email"], PASSWORD).code == "account_locked"


def test_two_changes_at_once_are_one(stack, api):
    session = register(stack)
    mine, other = api.as_(session["access_token"]), Api(stack, "public-api#2", session["access_token"])
    answers = together(lambda: mine.post("/api/auth/change-password", {"current": PASSWORD, "new": NEW + " 1"}),
                       lambda: other.post("/api/auth/change-password", {"current": PASSWORD, "new": NEW + " 2"}))
    assert sorted(answer.status for answer in answers) == [204, 403], answers
    winner = 1 if answers[0].status == 204 else 2
    assert login(api, session["email"], f"{NEW} {winner}").status == 200


def forgot(api, email, path="/api/auth/forgot-password"):
    return api.post(path, {"email": email}, headers=somewhere())


def reset(api, token, password=NEW, path="/api/auth/reset-password"):
    return api.post(path, {"token": token, "new_password": password}, headers=somewhere())


def test_a_forgotten_password_is_set_anew_by_mail(stack, api):
    session, strange = register(stack), unknown()
    for _ in range(FAILURES + 1):
        login(api, session["email"], "wrong" + PASSWORD)
    first, second = forgot(api, session["email"].upper()), forgot(api, strange)
    assert first.status == 202 and first.json == {"expires_in": 3600}, first
    assert same(first) == same(second)
    token = token_of(wait_letter(stack, session["email"], RESET))
    unfit = reset(api, token, "Ada Example")
    assert (unfit.status, unfit.json["errors"][0]["pointer"]) == (422, "#/new_password"), "and the token is still good"
    assert reset(api, token).status == 204
    assert refresh(api, session["refresh_token"]).code == "invalid_refresh_token"
    again = login(api, session["email"], NEW)
    assert again.status == 200 and again.json["account"]["email_verified"], "and the lock is open"
    spent = reset(api, token)
    assert (spent.status, spent.code) == (400, "invalid_token")
    wait_settled(stack)
    assert not letters(stack, strange)
    assert stack.value("SELECT outcome FROM accounts.mail WHERE recipient = %s", strange) == "dropped"


def test_staff_sets_a_new_password_on_its_own_side(stack, api):
    email = make_staff(stack)
    admin = Api(stack, "admin-api")
    assert forgot(admin, email, "/api/admin/auth/forgot-password").status == 202
    token = token_of(wait_letter(stack, email, RESET))
    assert reset(api, token).code == "invalid_token", "a token of one side is noise to the other"
    assert reset(admin, token, path="/api/admin/auth/reset-password").status == 204
    mine = admin.as_(admin_login(stack, email, NEW)["access_token"])
    answer = mine.post("/api/admin/auth/change-password", {"current": NEW, "new": PASSWORD})
    assert answer.status == 204, answer
    admin_login(stack, email)


def test_a_reset_token_lives_an_hour_and_dies_with_the_account(stack, api):
    session = register(stack)
    forgot(api, session["email"])
    token = token_of(wait_letter(stack, session["email"], RESET))
    stack.sql("UPDATE accounts.account SET disabled_at = now() WHERE email = %s", session["email"])
    assert reset(api, token).code == "invalid_token"
    stack.sql("UPDATE accounts.account SET disabled_at = NULL WHERE email = %s", session["email"])
    left = stack.value("SELECT extract(epoch FROM expires_at - created_at) FROM accounts.proof WHERE email = %s"
                       " AND purpose = 'reset_password'", session["email"])
    assert left == 3600
    stack.sql("UPDATE accounts.proof SET expires_at = now() WHERE email = %s", session["email"])
    assert reset(api, token).code == "invalid_token"


def test_who_is_made_without_a_password_is_invited_to_choose_one(stack):
    admin = Api(stack, "admin-api")
    root = admin.as_(admin_login(stack, make_staff(stack, "super_admin"))["access_token"])
    for kind, side, prefix in (("users", admin, "/api/admin"), ("couriers", Api(stack), "/api")):
        email = unknown()
        body = {"email": email, "name": "Kim Example", **({"role": "picker"} if kind == "users" else {})}
        unfit = root.post(f"/api/admin/{kind}", {**body, "password": "Kim Example"})
        assert (unfit.status, unfit.json["errors"][0]["pointer"]) == (422, "#/password"), unfit
        assert root.post(f"/api/admin/{kind}", body).status == 201
        token = token_of(wait_letter(stack, email, "Your new account"))
        left = stack.value("SELECT extract(epoch FROM expires_at - created_at) FROM accounts.proof WHERE email = %s", email)
        assert left == 3 * 86400
        assert reset(side, token, path=f"{prefix}/auth/reset-password").status == 204
        assert login(side, email, NEW, path=f"{prefix}/auth/login").status == 200


def plant_token(stack, email, purpose):
    """A token as it would have come by mail."""
    token = uuid.uuid4().hex
    stack.sql("INSERT INTO accounts.proof (id, purpose, audience, email, hash, created_at, expires_at)"
              " VALUES (%s, %s, 'public', %s, %s, now(), now() + interval '1 hour')",
              uuid.uuid4(), purpose, email, hashlib.sha256(token.encode()).digest())
    return token


def plant_code(stack, email, code):
    proof_id = uuid.uuid4()
    digest = hmac.new(SECRETS["JWT_SECRET"].encode(), proof_id.bytes + code.encode(), hashlib.sha256).digest()
    stack.sql("INSERT INTO accounts.proof (id, purpose, audience, email, hash, created_at, expires_at)"
              " VALUES (%s, 'login_code', 'public', %s, %s, clock_timestamp(), now() + interval '10 minutes')",
              proof_id, email, digest)


def test_one_reset_token_used_at_once_sets_one_password(stack):
    """Over two processes, 100 times: one winner, and it is the winner's password that counts."""
    session = register(stack)
    apis = [Api(stack, name, keep=True) for name in ("public-api", "public-api#2")]
    last = None
    for n in range(100):
        token = plant_token(stack, session["email"], "reset_password")
        answers = together(*[lambda i=i: reset(apis[i], token, f"{NEW} {n} {i}") for i in range(2)])
        assert sorted((answer.status, answer.code) for answer in answers) == [(204, None), (400, "invalid_token")], (n, answers)
        last = f"{NEW} {n} {[answer.status for answer in answers].index(204)}"
    assert login(apis[0], session["email"], last).status == 200


def test_no_login_by_the_old_password_outlives_a_reset(stack, api):
    """Those that are being made while the reset commits are either seen by it or not made."""
    other = Api(stack, "public-api#2")
    for n in range(6):
        session = register(stack)
        token = plant_token(stack, session["email"], "reset_password")
        *answers, done = together(*[lambda i=i: login(other if i % 2 else api, session["email"], PASSWORD) for i in range(6)],
                                  lambda: reset(api, token))
        assert done.status == 204, done
        assert {answer.status for answer in answers} <= {200, 401}, answers
        for answer in answers:
            if answer.status == 200:
                assert refresh(api, answer.json["refresh_token"]).code == "invalid_refresh_token", n


# ---- Codes -------------------------------------------------------------------------------------------------------------


def code_login(api, email, code):
    return api.post("/api/auth/code/login", {"email": email, "code": code}, headers=somewhere())


def other_than(code, n=1):
    return f"{(int(code) + n) % 1000000:06}"


def test_a_code_by_mail_logs_in_once(stack, api):
    session, strange = register(stack), unknown()
    first = api.post("/api/auth/code", {"email": session["email"]}, headers=somewhere())
    second = api.post("/api/auth/code", {"email": strange}, headers=somewhere())
    assert first.status == 202 and first.json == {"expires_in": 600}, first
    assert same(first) == same(second)
    code = code_of(wait_letter(stack, session["email"], CODE))
    answer = code_login(api, session["email"].upper(), code)
    assert answer.status == 200 and answer.json["account"]["id"] == session["account"]["id"], answer
    assert answer.json["account"]["email_verified"]
    assert api.as_(answer.json["access_token"]).get("/api/me").json["email_verified"]
    assert refresh(api, answer.json["refresh_token"]).status == 200
    for email in (session["email"], strange):
        spent = code_login(api, email, code)
        assert (spent.status, spent.code) == (401, "invalid_code"), spent


def test_five_wrong_tries_spend_a_code(stack, api):
    session, strange = register(stack), unknown()
    plant_code(stack, session["email"], "123456")
    for n in range(5):
        wrong, nobody = code_login(api, session["email"], other_than("123456", n + 1)), code_login(api, strange, "123456")
        assert (wrong.status, wrong.code) == (401, "invalid_code") and same(wrong) == same(nobody), wrong
    assert code_login(api, session["email"], "123456").code == "invalid_code"
    plant_code(stack, session["email"], "654321")
    assert code_login(api, session["email"], "654321").status == 200, "a new code has tries of its own"


def test_new_codes_give_no_more_guesses_than_the_lock_allows(stack, api):
    session = register(stack)
    codes = []
    for n in range(FAILURES + 2):
        plant_code(stack, session["email"], "123456")
        codes.append(code_login(api, session["email"], other_than("123456", n + 1)).code)
    assert codes == ["invalid_code"] * FAILURES + ["account_locked"] * 2
    assert login(api, session["email"], PASSWORD).status == 200, "passwords are counted apart"


def test_a_locked_person_gets_in_by_code(stack, api):
    session = register(stack)
    for _ in range(FAILURES + 1):
        login(api, session["email"], "wrong" + PASSWORD)
    plant_code(stack, session["email"], "123456")
    assert code_login(api, session["email"], "123456").status == 200


def test_a_code_too_old_or_replaced_is_none(stack, api):
    session = register(stack)
    plant_code(stack, session["email"], "123456")
    stack.sql("UPDATE accounts.proof SET expires_at = now() WHERE email = %s", session["email"])
    assert code_login(api, session["email"], "123456").code == "invalid_code"
    api.post("/api/auth/code", {"email": session["email"]}, headers=somewhere())
    first = code_of(wait_letter(stack, session["email"], CODE, 1))
    api.post("/api/auth/code", {"email": session["email"]}, headers=somewhere())
    second = code_of(wait_letter(stack, session["email"], CODE, 2))
    if first != second:
        assert code_login(api, session["email"], first).code == "invalid_code"
    assert code_login(api, session["email"], second).status == 200


def test_a_code_used_at_once_logs_in_once(stack):
    """Over two processes, 200 times."""
    session = register(stack)
    apis = [Api(stack, name, keep=True) for name in ("public-api", "public-api#2")]
    for n in range(200):
        plant_code(stack, session["email"], "123456")
        answers = together(*[lambda i=i: code_login(apis[i], session["email"], "123456") for i in range(2)])
        assert sorted((answer.status, answer.code) for answer in answers) == [(200, None), (401, "invalid_code")], (n, answers)


def test_no_crowd_gets_more_than_five_tries_at_a_code(stack, api):
    session = register(stack)
    plant_code(stack, session["email"], "123456")
    other = Api(stack, "public-api#2")
    answers = together(*[lambda i=i: code_login(other if i % 2 else api, session["email"], other_than("123456", i + 1))
                         for i in range(9)])
    assert [answer.code for answer in answers] == ["invalid_code"] * 9, answers
    assert stack.value("SELECT tries FROM accounts.proof WHERE email = %s AND purpose = 'login_code'", session["email"]) == 5
    assert code_login(api, session["email"], "123456").code == "invalid_code"


# ---- Addresses -----------------------------------------------------------------------------------------------------------


def test_an_address_is_confirmed_by_its_mail(stack, api):
    session = register(stack)
    mine = api.as_(session["access_token"])
    before = mine.get("/api/me")
    assert before.json["email_verified"] is False
    token = token_of(wait_letter(stack, session["email"], CONFIRM))
    assert api.post("/api/auth/verify-email", {"token": token}, headers=somewhere()).status == 204
    after = mine.get("/api/me")
    assert after.json["email_verified"] is True and after.headers["etag"] != before.headers["etag"]
    again = api.post("/api/auth/verify-email", {"token": token}, headers=somewhere())
    assert (again.status, again.code) == (400, "invalid_token")


def test_the_mail_to_confirm_an_address_is_sent_again_until_it_is(stack, api):
    session = register(stack)
    mine = api.as_(session["access_token"])
    wait_letter(stack, session["email"], CONFIRM)
    answer = mine.post("/api/auth/verify-email/resend", headers=somewhere())
    assert answer.status == 202 and answer.json == {"expires_in": 172800}, answer
    token = token_of(wait_letter(stack, session["email"], CONFIRM, 2))
    assert api.post("/api/auth/verify-email", {"token": token}, headers=somewhere()).status == 204
    assert mine.post("/api/auth/verify-email/resend", headers=somewhere()).status == 202, "alike"
    wait_settled(stack)
    assert len(letters(stack, session["email"], CONFIRM)) == 2


def move(mine, email, current=PASSWORD):
    return mine.post("/api/me/email", {"email": email, "current": current}, headers=somewhere())


def test_an_account_moves_to_an_address_that_was_proved(stack, api):
    session, email = register(stack), unknown()
    mine = api.as_(session["access_token"])
    assert move(mine, email, "wrong" + PASSWORD).code == "wrong_password"
    answer = move(mine, email)
    assert answer.status == 202 and mine.get("/api/me").json["email"] == session["email"], "nothing has moved yet"
    token = token_of(wait_letter(stack, email, "Confirm your new"))
    assert api.post("/api/auth/change-email", {"token": token}, headers=somewhere()).status == 204
    me = mine.get("/api/me").json
    assert me["email"] == email and me["email_verified"]
    assert login(api, email, PASSWORD).status == 200
    assert login(api, session["email"], PASSWORD).code == "invalid_credentials"
    wait_letter(stack, session["email"], "Your e-mail address was changed")
    wait_until("commerce to hear of it", lambda: stack.sql("SELECT 1 FROM commerce.customer WHERE id = %s AND email = %s",
                                                           session["account"]["id"], email))
    assert api.post("/api/auth/change-email", {"token": token}, headers=somewhere()).code == "invalid_token"


def test_an_address_somebody_has_is_not_moved_to(stack, api):
    session, other = register(stack), register(stack)
    mine = api.as_(session["access_token"])
    assert move(mine, other["email"]).status == 202, "it tells nothing about who is here"
    token = token_of(wait_letter(stack, other["email"], "Confirm your new"))
    answer = api.post("/api/auth/change-email", {"token": token}, headers=somewhere())
    assert (answer.status, answer.code) == (409, "email_taken"), answer
    assert mine.get("/api/me").json["email"] == session["email"]


# ---- What nobody should send -------------------------------------------------------------------------------------------


ODD = ["", " ", "\0", "a\0b@example.com", "a@example.com\r\nBcc: b@example.com", "a@b", "a" * 255, "\u0661\u0662\u0663\u0664\u0665\u0666",
       "'; DROP TABLE accounts.account; --", "%00", "\ud83d\ude00" * 6, "\\ud800", "0x1234", "-12345", "1e5000", None, 1, True, [], {}]


@pytest.mark.parametrize("path, fields", [
    ("/api/auth/login", ["email", "password"]), ("/api/auth/forgot-password", ["email"]),
    ("/api/auth/reset-password", ["token", "new_password"]), ("/api/auth/code", ["email"]),
    ("/api/auth/code/login", ["email", "code"]), ("/api/auth/verify-email", ["token"]), ("/api/auth/change-email", ["token"])])
def test_odd_values_are_refused_and_nothing_breaks(stack, api, path, fields):
    fine = {"email": "somebody@example.com", "password": PASSWORD, "token": "A" * 43, "new_password": NEW, "code": "123456"}
    for field in fields:
        for odd in ODD:
            body = {name: fine[name] for name in fields}
            body[field] = odd
            answer = api.post(path, body, headers=somewhere())
            assert 400 <= answer.status < 430 and answer.is_problem, (field, odd, answer)


# ---- Mail ------------------------------------------------------------------------------------------------------------------


def test_a_message_is_whole_private_and_says_nothing_a_stranger_typed(stack, api):
    email, name = unknown(), "Win a prize http://evil.example"
    lines = api.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": f"{name}\r\nBcc: all@example.com\r\n\r\nx"})
    assert (lines.status, lines.json["errors"]) == (422, [{"pointer": "#/name", "detail": "must be one line"}]), lines
    assert api.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": name}).status == 201
    message = wait_letter(stack, email, CONFIRM)
    path = f"{spool(stack)}/{message.file_name}"
    with open(path, "rb") as file:
        raw = file.read()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600 and stat.S_IMODE(os.stat(spool(stack)).st_mode) == 0o700
    assert not message.defects and message["To"] == email and message["From"] == "no-reply@localhost"
    assert message.get_content_type() == "text/plain" and message.get_content_charset() == "utf-8"
    assert message["Date"].datetime is not None and message["Message-ID"] == f"<{message.file_name[:-4]}@stoa>"
    assert b"evil" not in raw
    assert raw.count(b"\n") == raw.count(b"\r\n") and max(len(line) for line in raw.split(b"\r\n")) <= 120
    token = token_of(message)
    assert f"http://localhost:8080/verify-email#token={token}" in message.get_content()


def test_secrets_are_in_the_mail_and_nowhere_else(stack, api):
    session = register(stack)
    forgot(api, session["email"])
    api.post("/api/auth/code", {"email": session["email"]}, headers=somewhere())
    tokens = [token_of(wait_letter(stack, session["email"], subject)) for subject in (CONFIRM, RESET)]
    code_of(wait_letter(stack, session["email"], CODE))
    wait_settled(stack)
    assert stack.value("SELECT count(*) FROM accounts.mail WHERE secret IS NOT NULL") == 0
    stored = [str(row) for row in stack.sql("SELECT data::text FROM stoa.event")] + \
             [str(row) for row in stack.sql("SELECT * FROM accounts.proof")] + \
             [str(row) for row in stack.sql("SELECT * FROM stoa.idempotency")]
    logs = [stack.log(name) for name in stack.ports]
    for token in tokens:
        assert not any(token in text for text in stored + logs)
    data = stack.sql("SELECT data FROM stoa.event WHERE type = 'mail.requested' LIMIT 1")[0][0]
    assert list(data) == ["mail_id"]


def test_a_worker_killed_between_file_and_commit_sends_once(stack, api):
    session = register(stack)
    wait_letter(stack, session["email"], CONFIRM)
    wait_settled(stack)
    wait_until("the rest of it", lambda: not unsettled(stack))
    stack.kill("worker")
    forgot(api, session["email"])
    stack.start("worker", env={"STOA_FAULT": "consumer.inside"}, wait=False)
    assert stack.wait_exit("worker") == -9
    assert len(letters(stack, session["email"], RESET)) == 1, "the file is there"
    assert stack.value("SELECT count(*) FROM accounts.mail WHERE settled_at IS NULL") == 1, "the commit is not"
    stack.start("worker")
    wait_settled(stack)
    assert len(letters(stack, session["email"], RESET)) == 1
    assert reset(api, token_of(letters(stack, session["email"], RESET)[0])).status == 204


# ---- What is past its life -------------------------------------------------------------------------------------------------


def test_cron_forgets_what_is_past_its_life(stack, api):
    session = register(stack)
    token = plant_token(stack, session["email"], "reset_password")
    stack.sql("UPDATE accounts.proof SET expires_at = now() WHERE hash = %s", hashlib.sha256(token.encode()).digest())
    stack.sql("UPDATE accounts.refresh_token SET expires_at = now() - interval '1 day' WHERE account_id = %s", session["account"]["id"])
    stack.start("cron")
    wait_until("both to be forgotten", lambda: stack.value(
        "SELECT (SELECT count(*) FROM accounts.proof WHERE expires_at <= now()) +"
        " (SELECT count(*) FROM accounts.refresh_token WHERE account_id = %s)", session["account"]["id"]) == 0)
    stack.terminate("cron")
