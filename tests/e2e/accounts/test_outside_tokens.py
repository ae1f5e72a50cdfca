# SPDX-License-Identifier: Apache-2.0
"""Logging in by an outside identity provider: whose tokens are taken, which account they open, and what happens when the
provider rotates its keys, is slow, broken or away."""
import json
import subprocess
import threading
import time
import uuid

import pytest

from conftest import make_stack
from support.client import Api
from support.issuer import AUDIENCE, Issuer, Key, b64, b64_json, hs256
from support.shop import PASSWORD, register
from support.stack import wait_until


@pytest.fixture(scope="module")
def issuer():
    with Issuer() as running:
        yield running


@pytest.fixture(scope="module")
def stack(issuer):
    with make_stack(start=("public-api", "worker"), env={**issuer.env, "STOA_THREADS": "1"}) as running:
        yield running


@pytest.fixture()
def api(stack, issuer):
    issuer.mode, issuer.extra, issuer.cache_control = "good", [], None
    return Api(stack)


def exchange(api, token):
    return api.post("/api/auth/external", {"id_token": token})


def verified(email=None, **more):
    return dict(email=email or f"o-{uuid.uuid4().hex[:12]}@example.com", email_verified=True, **more)


def logged_in(api, token):
    answer = exchange(api, token)
    assert answer.status == 200, answer
    return answer.json


def fresh(stack):
    """A process that has asked the provider for nothing yet."""
    stack.restart("public-api")
    stack.wait_ready("public-api")


# ---- Accounts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_token_makes_an_account_and_finds_it_again(stack, api, issuer, kind):
    subject, who = f"s-{uuid.uuid4().hex}", verified(name="Kim Oduya")
    session = logged_in(api, issuer.token(getattr(issuer, kind), sub=subject, **who))
    assert set(session) == {"account", "access_token", "refresh_token", "token_type", "expires_in"}
    account = session["account"]
    assert (account["email"], account["name"], account["role"], account["email_verified"]) == (who["email"], "Kim Oduya", "customer", True)
    assert api.as_(session["access_token"]).get("/api/me").json["id"] == account["id"]
    assert api.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]}).status == 200
    # The subject is who it is: the address may change there, or not be sent at all.
    for more in (dict(), verified(), dict(email=who["email"], email_verified=False)):
        assert logged_in(api, issuer.token(getattr(issuer, kind), sub=subject, **more))["account"]["id"] == account["id"]
    assert stack.value("SELECT count(*) FROM accounts.account WHERE email = %s", who["email"]) == 1
    assert api.post("/api/auth/login", {"email": who["email"], "password": "anything at all"}).code == "invalid_credentials"
    wait_until("commerce to hear of it", lambda: stack.sql("SELECT 1 FROM commerce.customer WHERE id = %s", account["id"]))


def test_a_verified_address_links_to_the_account_that_has_it(stack, api, issuer):
    mine = register(stack)
    stack.sql("UPDATE accounts.account SET email_verified_at = now() WHERE email = %s", mine["email"])
    subject = f"s-{uuid.uuid4().hex}"
    session = logged_in(api, issuer.token(sub=subject, **verified(mine["email"].upper())))
    assert session["account"]["id"] == mine["account"]["id"]
    assert api.post("/api/auth/login", {"email": mine["email"], "password": PASSWORD}).status == 200, "the password is as it was"
    assert api.post("/api/auth/refresh", {"refresh_token": mine["refresh_token"]}).status == 200
    assert logged_in(api, issuer.token(sub=subject))["account"]["id"] == mine["account"]["id"]


def test_registering_another_persons_address_does_not_keep_it(stack, api, issuer):
    """Nobody had confirmed it: its owner comes by the provider, and the password that was set before opens nothing."""
    squatter = register(stack)
    session = logged_in(api, issuer.token(**verified(squatter["email"])))
    assert session["account"]["id"] == squatter["account"]["id"] and session["account"]["email_verified"]
    assert api.post("/api/auth/login", {"email": squatter["email"], "password": PASSWORD}).code == "invalid_credentials"
    assert api.post("/api/auth/refresh", {"refresh_token": squatter["refresh_token"]}).code == "invalid_refresh_token"
    assert api.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]}).status == 200


@pytest.mark.parametrize("claims", [
    dict(), dict(email_verified=True), dict(email="kim@example.com"), dict(email="kim@example.com", email_verified=False),
    dict(email="kim@example.com", email_verified="true"), dict(email="no address", email_verified=True),
    dict(email="a@b.example\r\nBcc: c@d.example", email_verified=True), dict(email="x" * 300 + "@example.com", email_verified=True)])
def test_without_a_verified_address_there_is_no_account(stack, api, issuer, claims):
    before = stack.value("SELECT count(*) FROM accounts.account")
    answer = exchange(api, issuer.token(**claims))
    assert (answer.status, answer.code) == (403, "unverified_email"), answer
    assert stack.value("SELECT count(*) FROM accounts.account") == before


def test_an_unverified_address_links_to_nothing(stack, api, issuer):
    mine = register(stack)
    assert exchange(api, issuer.token(email=mine["email"], email_verified=False)).code == "unverified_email"
    assert stack.sql("SELECT 1 FROM accounts.identity WHERE account_id = %s", mine["account"]["id"]) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "line\nbreak", "bell\u0007", 7, None, ["Kim"]])
def test_a_name_that_is_none_of_ours_becomes_the_address(api, issuer, name):
    who = verified(name=name)
    assert logged_in(api, issuer.token(**who))["account"]["name"] == who["email"].split("@")[0]


def test_a_disabled_account_stays_out(stack, api, issuer):
    subject, who = f"s-{uuid.uuid4().hex}", verified()
    account = logged_in(api, issuer.token(sub=subject, **who))["account"]
    stack.sql("UPDATE accounts.account SET disabled_at = now() WHERE id = %s", account["id"])
    for token in (issuer.token(sub=subject), issuer.token(**who)):
        answer = exchange(api, token)
        assert (answer.status, answer.code) == (401, "invalid_credentials"), answer


def test_staff_is_not_reached_from_outside(stack, api, issuer):
    who = verified()
    mine = register(stack, who["email"])
    stack.sql("UPDATE accounts.account SET audience = 'admin', role = 'super_admin' WHERE id = %s", mine["account"]["id"])
    account = logged_in(api, issuer.token(**who))["account"]
    assert account["id"] != mine["account"]["id"] and account["role"] == "customer"


def test_first_logins_at_once_make_one_account(stack, api, issuer):
    for same_subject in (True, False):
        who, subject, answers = verified(), f"s-{uuid.uuid4().hex}", []
        tokens = [issuer.token(sub=subject if same_subject else f"{subject}-{i}", **who) for i in range(4)]
        threads = [threading.Thread(target=lambda token=token: answers.append(exchange(api, token))) for token in tokens]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert {answer.status for answer in answers} == {200}, answers
        assert len({answer.json["account"]["id"] for answer in answers}) == 1
        assert stack.value("SELECT count(*) FROM accounts.account WHERE email = %s", who["email"]) == 1


# ---- Tokens --------------------------------------------------------------------------------------------------------------


def forged(issuer):
    """Tokens that must open nothing, by what is wrong with them."""
    now = int(time.time())
    good = verified()
    stranger_rsa, stranger_ec = Key("rsa", issuer.rsa.kid), Key("ec", issuer.ec.kid)
    head, body, signature = issuer.token(**good).split(".")
    claims = issuer.claims(**good)
    rsa_head = {"alg": "HS256", "kid": issuer.rsa.kid}
    return {
        "nonsense": "nonsense",
        "another's RSA key": issuer.token(stranger_rsa, **good),
        "another's EC key": issuer.token(stranger_ec, **good),
        "an EC kid over an RSA signature": issuer.token(issuer.rsa, header={"kid": issuer.ec.kid}, **good),
        "an RSA kid over an EC signature": issuer.token(issuer.ec, header={"kid": issuer.rsa.kid}, **good),
        "no kid": f"{b64_json({'alg': 'RS256'})}.{body}.{signature}",
        "an unknown kid": issuer.token(header={"kid": "nobody"}, **good),
        "a kid that is a number": issuer.token(header={"kid": 7}, **good),
        "alg none": f"{b64_json({'alg': 'none', 'kid': issuer.rsa.kid})}.{body}.",
        "alg none with a signature": f"{b64_json({'alg': 'none', 'kid': issuer.rsa.kid})}.{body}.{signature}",
        "the public key as an HMAC secret": hs256(issuer.rsa.pem, rsa_head, claims),
        "the key set as an HMAC secret": hs256(json.dumps(issuer.rsa.jwk).encode(), rsa_head, claims),
        "alg HS256 over an RSA signature": f"{b64_json(rsa_head)}.{body}.{signature}",
        "alg RS512": issuer.token(header={"alg": "RS512"}, **good),
        "a key it brings along": issuer.token(stranger_rsa, header={"jwk": stranger_rsa.jwk, "jku": "http://127.0.0.1:1/"}, **good),
        "a critical header": issuer.token(header={"crit": ["b64"], "b64": False}, **good),
        "changed claims": f"{head}.{b64_json({**claims, 'sub': 'admin'})}.{signature}",
        "no signature": f"{head}.{body}.",
        "half a signature": f"{head}.{body}.{signature[:len(signature) // 2]}",
        "a deep header": f"{b64(b'[' * 3000)}.{body}.{signature}",
        "deep claims": f"{head}.{b64(b'[' * 3000)}.{signature}",
        "expired": issuer.token(exp=now - 120, **good),
        "issued in the future": issuer.token(iat=now + 600, **good),
        "not good yet": issuer.token(nbf=now + 600, **good),
        "no exp": issuer.token(exp=None, **good),
        "no iat": issuer.token(iat=None, **good),
        "no sub": issuer.token(sub=None, **good),
        "another issuer": issuer.token(iss="https://evil.example/", **good),
        "no issuer": issuer.token(iss=None, **good),
        "another audience": issuer.token(aud="another-client", **good),
        "a list without us": issuer.token(aud=["another-client"], **good),
        "made for another party": issuer.token(aud=[AUDIENCE, "another-client"], azp="another-client", **good),
        "no audience": issuer.token(aud=None, **good),
    }


def test_no_forged_token_opens_anything(stack, api, issuer):
    before = stack.value("SELECT count(*) FROM accounts.account")
    for what, token in forged(issuer).items():
        answer = exchange(api, token)
        assert (answer.status, answer.code) == (401, "invalid_id_token"), (what, answer)
        assert token not in answer.body.decode()
    assert stack.value("SELECT count(*) FROM accounts.account") == before
    assert exchange(api, "x" * 8193).code == "invalid_body" and exchange(api, "").code == "invalid_body"


def test_good_tokens_of_every_make(api, issuer):
    now = int(time.time())
    for more in (dict(aud=[AUDIENCE, "other"], azp=AUDIENCE), dict(nbf=now), dict(exp=now - 30), dict(iat=now + 30), dict(auth_time=now, nonce="n")):
        assert exchange(api, issuer.token(**verified(**more))).status == 200, more


def test_our_own_access_token_is_no_id_token(stack, api, issuer):
    assert exchange(api, register(stack)["access_token"]).code == "invalid_id_token"
    assert api.as_(issuer.token(**verified())).get("/api/me").code == "unauthenticated", "and the reverse"


# ---- Keys ----------------------------------------------------------------------------------------------------------------


def test_keys_are_fetched_once_and_again_for_a_new_one(stack, api, issuer):
    fresh(stack)
    before = issuer.asked
    for _ in range(5):
        logged_in(api, issuer.token(**verified()))
    assert issuer.asked == before + 1
    issuer.rotate()
    for _ in range(5):
        logged_in(api, issuer.token(**verified()))
    assert issuer.asked == before + 2
    # A minute has to pass until the next kid nobody knows is worth a question.
    for _ in range(20):
        assert exchange(api, issuer.token(Key("ec"), **verified())).code == "invalid_id_token"
    assert issuer.asked == before + 2


def test_many_who_come_at_once_cause_one_question(stack, api, issuer):
    fresh(stack)
    before, answers = issuer.asked, []
    tokens = [issuer.token(**verified()) for _ in range(8)]
    threads = [threading.Thread(target=lambda token=token: answers.append(exchange(api, token).status)) for token in tokens]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert answers == [200] * 8 and issuer.asked == before + 1


def test_a_provider_that_takes_its_time_holds_nobody_else_up(stack, api, issuer):
    fresh(stack)
    issuer.mode = "held"
    issuer.being_asked.clear()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(exchange(api, issuer.token(**verified()))))
    thread.start()
    assert issuer.being_asked.wait(30)
    for _ in range(20):
        assert api.get("/api/products").status == 200
    register(stack)
    thread.join()
    assert (answers[0].status, answers[0].code) == (503, "unavailable"), answers[0]
    assert int(answers[0].headers["retry-after"]) > 0
    issuer.release()
    issuer.mode = "good"
    wait_until("the provider to be asked again", lambda: exchange(api, issuer.token(**verified())).status == 200)


@pytest.mark.parametrize("mode", ["huge", "garbage", "empty", "error", "redirect", "cut"])
def test_a_broken_provider_is_an_answer(stack, api, issuer, mode):
    fresh(stack)
    issuer.mode = mode
    before = issuer.asked
    answers = [exchange(api, issuer.token(**verified())) for _ in range(5)]
    assert {(answer.status, answer.code) for answer in answers} == {(503, "unavailable")}, answers
    assert issuer.asked - before <= 2, "it is left alone for some seconds"
    assert api.get("/api/products").status == 200
    issuer.mode = "good"
    wait_until("the provider to be asked again", lambda: exchange(api, issuer.token(**verified())).status == 200)


def test_keys_that_are_known_outlive_their_provider(stack, api, issuer):
    fresh(stack)
    logged_in(api, issuer.token(**verified()))
    issuer.mode = "error"
    for _ in range(3):
        logged_in(api, issuer.token(**verified()))
    assert exchange(api, issuer.token(Key("rsa"), **verified())).code == "invalid_id_token"
    logged_in(api, issuer.token(**verified()))


def test_weak_and_foreign_keys_are_left_out(stack, api, issuer):
    symmetric = {"kty": "oct", "kid": "secret", "alg": "HS256", "k": b64(b"k" * 32)}
    encrypting = {**Key("rsa", "enc").jwk, "use": "enc"}
    issuer.extra = [symmetric, encrypting, {"kty": "RSA", "kid": "weak", "n": "AQAB", "e": "AQAB"}, {}, 7]
    fresh(stack)
    logged_in(api, issuer.token(**verified()))
    assert exchange(api, hs256(b"k" * 32, {"alg": "HS256", "kid": "secret"}, issuer.claims(**verified()))).code == "invalid_id_token"


# ---- Configuration ---------------------------------------------------------------------------------------------------------


def test_without_a_provider_there_is_no_such_login(stack, issuer):
    stack.start("public-api#2", env={name: None for name in issuer.env})
    answer = exchange(Api(stack, "public-api#2"), issuer.token(**verified()))
    assert (answer.status, answer.code) == (404, "no_identity_provider"), answer
    stack.terminate("public-api#2")


@pytest.mark.parametrize("env,word", [
    ({"OIDC_AUDIENCE": None}, "OIDC_AUDIENCE"), ({"OIDC_JWKS_URL": None}, "OIDC_JWKS_URL"),
    ({"OIDC_JWKS_URL": "http://id.example/jwks"}, "OIDC_JWKS_URL"), ({"OIDC_JWKS_URL": "file:///etc/passwd"}, "OIDC_JWKS_URL")])
def test_half_a_provider_is_refused_at_the_start(stack, env, word):
    whole = {name: value for name, value in {**stack.environment("public-api"), **env}.items() if value is not None}
    done = subprocess.run([stack.binary("public-api")], env=whole, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and word in done.stderr, done
