# SPDX-License-Identifier: Apache-2.0
"""The pages that links in mail lead to, as a browser sees them: with the script that fills in the token, and without."""
import base64
import hashlib
import http.client
import re
import urllib.parse
import uuid

import pytest

from support import surface
from support.client import Answer, Api
from support.post import letters, token_of, wait_letter
from support.shop import PASSWORD, admin_token, register
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api", "worker"), env={"STOA_REGISTER": "by_mail"}, env_of={"public-api#2": {"STOA_REGISTER": "instant"}})
NEW = "another fine password"


@pytest.fixture(scope="module")
def instant(stack):
    """A process that makes accounts at once."""
    stack.start("public-api#2")
    return Api(stack, "public-api#2")


def browse(stack, path, form=None, name=None):
    """What a browser gets: a page, or the answer to its form."""
    name = name or ("admin-api" if path.startswith(("/admin", "/api/admin")) else "public-api")
    connection = http.client.HTTPConnection("127.0.0.1", stack.ports[name], timeout=30)
    if form is None:
        connection.request("GET", path)
    else:
        connection.request("POST", path, body=urllib.parse.urlencode(form), headers={"Content-Type": "application/x-www-form-urlencoded"})
    raw = connection.getresponse()
    answer = Answer(raw.status, raw.getheaders(), raw.read())
    connection.close()
    surface.saw(name, "GET" if form is None else "POST", path, answer)
    assert answer.headers["content-type"] == "text/html; charset=utf-8", answer
    return answer


def link_of(message):
    """The address in a letter: path and fragment."""
    address = urllib.parse.urlsplit(re.search(r"^    (http\S+)\r?$", message.get_content(), re.M).group(1))
    return address.path, address.fragment


def form_of(page):
    text = page.body.decode()
    return re.search(r'<form method="post" action="([^"]+)">', text).group(1), re.findall(r'<input name="([^"]+)"', text)


def follow(stack, message, **more):
    """Opens the letter's link and presses the button: what the page then says."""
    path, fragment = link_of(message)
    page = browse(stack, path)
    assert page.status == 200, page
    action, fields = form_of(page)
    sent = {**more, **({"token": urllib.parse.parse_qs(fragment)["token"][0]} if fragment else {})}
    assert sorted(fields) == sorted(sent)
    return browse(stack, action, sent)


def text_of(page):
    return re.sub(r"<(style|script)>.*?</\1>|<[^>]+>", " ", page.body.decode(), flags=re.S)


def test_a_page_needs_nothing_else_and_allows_nothing_else(stack):
    page = browse(stack, "/reset-password")
    text = page.body.decode()
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    for tag in ("style", "script"):
        source = re.search(f"<{tag}>(.*?)</{tag}>", text, re.S).group(1)
        assert policy[f"{tag}-src"] == f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
    assert (policy["default-src"], policy["form-action"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert page.headers["referrer-policy"] == "no-referrer" and page.headers["cache-control"] == "no-store"
    assert not re.search(r' (?:src|href|style|on\w+)=', text)


def test_a_registration_by_mail_says_the_same_of_every_address(stack, instant):
    known, unknown, disabled = register(stack, api=instant), f"new-{uuid.uuid4().hex[:8]}@example.com", register(stack, api=instant)
    stack.sql("UPDATE accounts.account SET disabled_at = now() WHERE id = %s", disabled["account"]["id"])

    def ask(email):
        answer = Api(stack).post("/api/auth/register", {"email": email, "password": PASSWORD, "name": "Ada Example", "phone": "+49301234"})
        headers = {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}
        return answer.status, headers, answer.body
    assert ask(known["email"]) == ask(unknown) == ask(disabled["email"])
    status, headers, body = ask(known["email"])
    assert (status, body) == (201, b'{"check_mail":true,"expires_in":172800}')
    assert Api(stack).post("/api/auth/login", {"email": unknown, "password": PASSWORD}).code == "invalid_credentials"
    done = follow(stack, wait_letter(stack, unknown, "Confirm your account"), password=PASSWORD)
    assert done.status == 200 and "Your account is there" in text_of(done)
    session = Api(stack).post("/api/auth/login", {"email": unknown, "password": PASSWORD}).json
    assert session["account"]["email_verified"] and (session["account"]["name"], session["account"]["phone"]) == ("Ada Example", "+49301234")
    known_letter = wait_letter(stack, known["email"], "You have an account already")
    assert link_of(known_letter) == ("/forgot-password", "") and browse(stack, "/forgot-password").status == 200
    wait_until("all mail", lambda: stack.value("SELECT count(*) FROM accounts.mail WHERE settled_at IS NULL") == 0)
    assert not letters(stack, disabled["email"], "account") and not letters(stack, known["email"], "Confirm your account")


def test_a_registration_is_confirmed_once_by_one(stack):
    email, api = f"twice-{uuid.uuid4().hex[:8]}@example.com", Api(stack)
    for nth, password in enumerate((PASSWORD, NEW), 1):
        assert api.post("/api/auth/register", {"email": email, "password": password, "name": f"No {nth}"}).status == 201
    first, second = [token_of(wait_letter(stack, email, "Confirm your account", nth)) for nth in (1, 2)]

    def confirm(token, password):
        answer = api.post("/api/auth/register/confirm", {"token": token, "password": password})
        return answer.code or answer.status
    assert confirm(second, PASSWORD) == "wrong_password", "a stranger's registration is nobody else's to confirm"
    assert confirm(second, NEW) == 204
    assert confirm(second, NEW) == "invalid_token"
    assert confirm(first, PASSWORD) == "email_taken"
    assert api.post("/api/auth/login", {"email": email, "password": PASSWORD}).status == 401
    assert api.post("/api/auth/login", {"email": email, "password": NEW}).json["account"]["name"] == "No 2"


def test_a_link_confirms_an_address(stack, instant):
    session = register(stack, api=instant)
    done = follow(stack, wait_letter(stack, session["email"], "Confirm your e-mail address"))
    assert done.status == 200 and "The e-mail address is confirmed." in text_of(done)
    assert instant.as_(session["access_token"]).get("/api/me").json["email_verified"]
    again = follow(stack, wait_letter(stack, session["email"], "Confirm your e-mail address"))
    assert again.status == 400 and "request a new token" in text_of(again)


def test_a_link_sets_a_new_password(stack, instant):
    session = register(stack, api=instant)
    done = browse(stack, form_of(browse(stack, "/forgot-password"))[0], {"email": session["email"]})
    assert done.status == 200 and "a mail is on its way" in text_of(done)
    message = wait_letter(stack, session["email"], "Set a new password")
    short = follow(stack, message, new_password="short")
    assert short.status == 422 and "new_password" in text_of(short)
    assert follow(stack, message, new_password=NEW).status == 200
    assert instant.post("/api/auth/login", {"email": session["email"], "password": NEW}).status == 200
    changed = wait_letter(stack, session["email"], "Your password was changed")
    assert browse(stack, link_of(changed)[0]).status == 200


def test_a_link_changes_the_address(stack, instant):
    session, new = register(stack, api=instant), f"moved-{uuid.uuid4().hex[:8]}@example.com"
    assert instant.as_(session["access_token"]).post("/api/me/email", {"email": new, "current": PASSWORD}).status == 202
    assert follow(stack, wait_letter(stack, new, "Confirm your new e-mail address")).status == 200
    assert instant.post("/api/auth/login", {"email": new, "password": PASSWORD}).status == 200


def test_staff_are_invited_to_a_page_of_theirs(stack):
    email = f"kim-{uuid.uuid4().hex[:8]}@stoa.example"
    made = Api(stack, "admin-api", admin_token(role="super_admin")).post("/api/admin/users", {"email": email, "name": "Kim", "role": "picker"})
    assert made.status == 201, made
    message = wait_letter(stack, email, "Your new account")
    assert link_of(message)[0] == "/admin/reset-password"
    assert follow(stack, message, new_password=NEW).status == 200
    assert Api(stack, "admin-api").post("/api/admin/auth/login", {"email": email, "password": NEW}).status == 200
    asked = browse(stack, form_of(browse(stack, "/admin/forgot-password"))[0], {"email": email})
    assert asked.status == 200 and wait_letter(stack, email, "Set a new password")


def test_nothing_that_is_sent_becomes_part_of_a_page(stack):
    nasty = "<script>alert(1)</script>&\"'"
    for form in ({"token": nasty, nasty: "x"}, {"token": nasty}, {nasty: nasty}):
        page = browse(stack, "/api/auth/verify-email", form)
        assert page.status in (400, 422) and b"<script>alert" not in page.body and b"&\"'" not in page.body, page
    bad = browse(stack, "/api/auth/verify-email", {"token": "x" * 129})
    assert bad.status == 422


def test_a_form_is_taken_only_where_a_page_sends_one(stack):
    answer = Api(stack).request("POST", "/api/auth/login", body=b"email=a%40b.co&password=x",
                                headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
