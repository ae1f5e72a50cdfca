# SPDX-License-Identifier: Apache-2.0
"""People as staff keep them: staff, customers, couriers; who may, what ends, and that somebody always has the keys."""
import threading
import uuid

import pytest

from support.client import Api
from support.shop import PASSWORD, admin_login, admin_token, make_staff, register
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api", "worker"))
KINDS = ["users", "customers", "couriers"]
STORE = "01a1fd00-0000-7000-8000-00000000000a"


@pytest.fixture()
def root(stack):
    """A super_admin of the account table, logged in."""
    return logged_in(stack, make_staff(stack, "super_admin"))


def logged_in(stack, email):
    session = admin_login(stack, email)
    api = Api(stack, "admin-api", session["access_token"], keep=True)
    api.session = session
    api.id = session["account"]["id"]
    return api


def unique(word="p"):
    return f"{word}-{uuid.uuid4().hex[:12]}@stoa.example"


def create(api, kind="users", **more):
    body = {"email": unique(), "name": "Kim Example", **({"role": "picker"} if kind == "users" else {}), **more}
    answer = api.post(f"/api/admin/{kind}", body)
    assert answer.status == 201, answer
    return answer.json


def change(api, person, kind="users", **what):
    return api.patch(f"/api/admin/{kind}/{person['id']}", what, headers={"If-Match": f'"v{person["version"]}"'})


def disable(api, person, kind="users", **more):
    return api.request("DELETE", f"/api/admin/{kind}/{person['id']}", **more)


def in_parallel(*runs):
    threads = [threading.Thread(target=run) for run in runs]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_lives(stack, root, kind):
    role = {"users": "picker", "customers": "customer", "couriers": "courier"}[kind]
    email = unique("Kim").title()
    answer = root.post(f"/api/admin/{kind}", {"email": email, "name": "Kim", "phone": "+49 30 1234", "password": PASSWORD,
                                              **({"role": role} if kind == "users" else {})})
    assert answer.status == 201, answer
    made = answer.json
    assert (made["email"], made["role"], made["disabled"], made["scope_id"]) == (email.lower(), role, False, None)
    assert PASSWORD not in answer.body.decode()
    where = answer.headers["location"]
    assert where == f"/api/admin/{kind}/{made['id']}" and answer.headers["etag"].startswith('"v1-')
    got = root.get(where)
    assert got.json == made and root.get(where, headers={"If-None-Match": got.headers["etag"]}).status == 304
    side = Api(stack, "admin-api" if kind == "users" else "public-api")
    login = "/api/admin/auth/login" if kind == "users" else "/api/auth/login"
    assert side.post(login, {"email": email, "password": PASSWORD}).json["account"]["role"] == role
    changed = change(root, made, kind, name="Kim Li", phone="+49 30 99")
    assert changed.status == 200, changed
    assert (changed.json["name"], changed.json["phone"], changed.json["version"]) == ("Kim Li", "+49 30 99", 2)
    assert changed.headers["etag"].startswith('"v2-') and root.get(where).json == changed.json
    late = change(root, made, kind, name="Late")
    assert (late.status, late.code) == (412, "precondition_failed"), late
    bare = root.patch(where, {"name": "Bare"})
    assert (bare.status, bare.code) == (428, "precondition_required"), bare
    assert disable(root, made, kind, headers={"If-Match": '"v1"'}).status == 412
    assert [disable(root, made, kind).status for _ in range(2)] == [204, 204], "twice is once"
    gone = root.get(where).json
    assert gone["disabled"] and gone["disabled_at"] and gone["version"] == 3
    assert side.post(login, {"email": email, "password": PASSWORD}).code == "invalid_credentials"
    back = change(root, gone, kind, disabled=False)
    assert back.status == 200 and not back.json["disabled"] and back.json["disabled_at"] is None
    assert side.post(login, {"email": email, "password": PASSWORD}).status == 200
    told = stack.sql("SELECT type, data->>'disabled' FROM stoa.event WHERE aggregate_id = %s ORDER BY aggregate_seq", made["id"])
    assert told == [("account.changed", word) for word in ("false", "false", "true", "false")]


@pytest.mark.parametrize("kind", KINDS)
def test_null_removes_what_is_optional(stack, root, kind):
    person = create(root, kind, phone="+49 30 1234")
    kept = change(root, person, kind, name="Kim Li")
    assert kept.json["phone"] == "+49 30 1234", "left out stays"
    bare = change(root, kept.json, kind, phone=None)
    assert bare.status == 200 and bare.json["phone"] is None and bare.json["name"] == "Kim Li", bare
    assert root.get(f"/api/admin/{kind}/{person['id']}").json == bare.json
    told = stack.sql("SELECT data->>'phone' FROM stoa.event WHERE aggregate_id = %s ORDER BY aggregate_seq", person["id"])
    assert told == [("+49 30 1234",), ("+49 30 1234",), (None,)]
    for member in ("name", "role", "disabled"):
        answer = change(root, bare.json, kind, **{member: None})
        assert (answer.status, answer.code) == (422, "invalid_body"), answer
        assert answer.bad == [f"#/{member}"]


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_do_not_see_each_other(root, kind):
    for other in KINDS:
        person = create(root, other)
        where = f"/api/admin/{kind}/{person['id']}"
        expected = 200 if kind == other else 404
        assert root.get(where).status == expected
        assert root.patch(where, {"name": "X"}, headers={"If-Match": '"v1"'}).status == expected
        assert root.request("DELETE", where).status == (204 if kind == other else 404)
    assert root.get(f"/api/admin/{kind}/{uuid.uuid4()}").code == "not_found"


def test_lists_are_searched_filtered_sorted_and_paged(root):
    mark = uuid.uuid4().hex[:8]
    names = ["delta", "Alpha", "charlie", "Bravo", "écho"]
    people = [create(root, name=f"{mark} {name}", email=f"{mark}.{i}@stoa.example",
                     role="picker" if i % 2 else "store_staff") for i, name in enumerate(names)]

    def listed(limit=None, **query):
        return [row["id"] for row in root.pages("/api/admin/users", query=query, limit=limit)[0]]
    newest_first = [person["id"] for person in reversed(people)]
    by_name = [people[i]["id"] for i in (1, 3, 2, 0, 4)]
    for limit in (None, 1, 2, 5):
        assert listed(limit, q=mark) == newest_first
        assert listed(limit, q=mark.upper(), sort="-created_at") == newest_first
        assert listed(limit, q=mark, sort="name") == by_name
    assert listed(q=f"{mark}.3@") == [people[3]["id"]]
    assert listed(q=f"{mark} BR") == [people[3]["id"]]
    assert listed(q=f"bravo {mark}") == listed(q=f"{mark[1:]} BRA") == [people[3]["id"]]
    assert listed(q=f"ECHO {mark}") == listed(q=f"e\u0301cho {mark}") == [people[4]["id"]]
    assert listed(q="%") == [] and listed(q="_" * 8) == []
    assert listed(q=mark, **{"filter[role]": "picker"}) == [people[3]["id"], people[1]["id"]]
    disable(root, people[1])
    assert listed(q=mark, **{"filter[disabled]": "true"}) == [people[1]["id"]]
    assert people[1]["id"] not in listed(q=mark, **{"filter[disabled]": "false"})
    for query, parameter in (({"sort": "email"}, "sort"), ({"filter[role]": "courier"}, "filter[role]"),
                             ({"filter[role]": "emperor"}, "filter[role]"), ({"limit": 101}, "limit"), ({"colour": "red"}, "colour")):
        answer = root.get("/api/admin/users", query=query)
        assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
        assert answer.bad[0] == parameter
    page = root.get("/api/admin/users", query={"q": mark, "limit": 2}).json
    answer = root.get("/api/admin/users", query={"q": mark, "limit": 2, "sort": "name", "cursor": page["next_cursor"]})
    assert (answer.status, answer.code) == (400, "invalid_cursor"), answer


def test_a_cursor_carries_the_longest_name(root):
    mark = uuid.uuid4().hex[:8]
    ids = [create(root, "couriers", name=f"{mark}{chr(0x1fffd) * 190}{i}")["id"] for i in range(3)]
    rows, _ = root.pages("/api/admin/couriers", query={"q": mark, "sort": "name"}, limit=1)
    assert [row["id"] for row in rows] == ids


def test_an_address_is_taken_once_per_side(root):
    person = create(root)
    for email in (person["email"], person["email"].upper()):
        answer = root.post("/api/admin/users", {"email": email, "name": "Again", "role": "picker"})
        assert (answer.status, answer.code) == (409, "email_taken"), answer
    disable(root, person)
    answer = root.post("/api/admin/users", {"email": person["email"], "name": "Again", "role": "picker"})
    assert answer.code == "email_taken", "who is shut out is let in again, not made anew"
    assert create(root, "customers", email=person["email"])["email"] == person["email"], "the other side is another account"
    assert root.post("/api/admin/couriers", {"email": person["email"], "name": "Again"}).code == "email_taken"


def test_every_bad_field_is_named(root):
    def pointers(kind, **body):
        answer = root.post(f"/api/admin/{kind}", {"email": unique(), "name": "Kim", **body})
        assert (answer.status, answer.code) == (422, "invalid_body"), answer
        return answer.bad
    assert pointers("users") == ["#/role"]
    assert pointers("users", role="customer") == ["#/role"]
    assert pointers("users", role="root") == ["#/role"]
    assert pointers("customers", role="courier") == ["#/role"]
    assert pointers("couriers", role="admin") == ["#/role"]
    assert pointers("customers", scope_id=STORE) == ["#/scope_id"]
    assert pointers("users", role="picker", password="short") == ["#/password"]
    assert pointers("users", role="picker", disabled=True) == ["#/disabled"]
    assert pointers("users", role="picker", email="nobody") == ["#/email"]
    person = create(root)
    for what, pointer in (({"role": "customer"}, "#/role"), ({"scope_id": "here"}, "#/scope_id"), ({"scope_id": ""}, "#/scope_id"), ({"email": "a@b.example"}, "#/email"),
                          ({"password": PASSWORD}, "#/password")):
        answer = change(root, person, **what)
        assert (answer.status, answer.code) == (422, "invalid_body"), answer
        assert answer.bad[0] == pointer
    assert change(root, create(root, "couriers"), "couriers", scope_id=STORE).bad == ["#/scope_id"]
    assert change(root, create(root, "couriers"), "couriers", scope_id=None).status == 200, "none is what it has"


def test_without_a_password_nobody_gets_in(stack, root):
    person = create(root)
    for password in ("", "!", PASSWORD):
        answer = Api(stack, "admin-api").post("/api/admin/auth/login", {"email": person["email"], "password": password})
        assert answer.status in (401, 422), answer
    assert stack.value("SELECT password_hash FROM accounts.account WHERE id = %s", person["id"]).startswith("$argon2id$")


def refresh(stack, session):
    return Api(stack, "admin-api").post("/api/admin/auth/refresh", {"refresh_token": session["refresh_token"]})


@pytest.mark.parametrize("what", [dict(disabled=True), dict(role="store_staff"), dict(scope_id=STORE)])
def test_another_standing_ends_the_logins(stack, root, what):
    person = create(root, password=PASSWORD)
    sessions = [admin_login(stack, person["email"]) for _ in range(2)]
    renamed = change(root, person, name="Kim Li")
    sessions[0] = refresh(stack, sessions[0]).json
    assert change(root, renamed.json, **what).status == 200
    for session in sessions:
        assert refresh(stack, session).code == "invalid_refresh_token"


def test_a_store_is_given_and_taken_back(stack, root):
    person = create(root, role="store_staff", scope_id=STORE, password=PASSWORD)
    assert person["scope_id"] == STORE
    free = change(root, person, scope_id=None)
    assert free.status == 200 and free.json["scope_id"] is None
    again = change(root, free.json, scope_id=STORE)
    assert again.json["scope_id"] == STORE and root.get(f"/api/admin/users/{person['id']}").json == again.json


def test_nobody_changes_their_own_standing(root):
    other = create(root, role="super_admin")
    own = root.get(f"/api/admin/users/{root.id}").json
    for what in (dict(disabled=True), dict(role="admin"), dict(scope_id=STORE)):
        answer = change(root, own, **what)
        assert (answer.status, answer.code) == (409, "own_account"), answer
    assert disable(root, own).code == "own_account"
    assert change(root, own, name="Still me", role="super_admin", scope_id=None, disabled=False).status == 200
    disable(root, other)


def only_super_admins(stack, *emails):
    stack.sql("UPDATE accounts.account SET disabled_at = now() WHERE role = 'super_admin' AND NOT email = ANY(%s)", list(emails))


def test_the_last_super_admin_stays(stack):
    email = make_staff(stack, "super_admin")
    only_super_admins(stack, email)
    last = logged_in(stack, email)
    person = last.get(f"/api/admin/users/{last.id}").json
    # Somebody whose token is good still, and whose account never was: only the rule stands in the way.
    ghost = Api(stack, "admin-api", admin_token(role="super_admin"))
    for answer in (change(ghost, person, disabled=True), change(ghost, person, role="admin"), disable(ghost, person)):
        assert (answer.status, answer.code) == (409, "last_super_admin"), answer
    second = create(last, role="super_admin")
    assert change(ghost, person, role="admin").status == 200
    assert change(ghost, second, role="admin").code == "last_super_admin"


def test_two_super_admins_cannot_take_each_other_away(stack):
    """However often they try at once, one is left."""
    emails = [make_staff(stack, "super_admin") for _ in range(2)]
    only_super_admins(stack, *emails)
    ghost = Api(stack, "admin-api", admin_token(role="super_admin"), keep=True)
    ids = [str(stack.value("SELECT id FROM accounts.account WHERE email = %s AND audience = 'admin'", email)) for email in emails]
    for turn in range(30):
        people = [ghost.get(f"/api/admin/users/{one}").json for one in ids]
        answers = []
        ways = [lambda person: change(ghost, person, role="admin"), lambda person: disable(ghost, person),
                lambda person: change(ghost, person, disabled=True)]
        in_parallel(*[lambda person=person, i=i: answers.append(ways[(turn + i) % 3](person)) for i, person in enumerate(people)])
        assert sorted(answer.status in (200, 204) for answer in answers) == [False, True], answers
        assert {answer.code for answer in answers} <= {None, "last_super_admin"}, answers
        left = stack.sql("SELECT count(*) FROM accounts.account WHERE role = 'super_admin' AND disabled_at IS NULL")
        assert left == [(1,)]
        stack.sql("UPDATE accounts.account SET role = 'super_admin', disabled_at = NULL, version = version + 1 WHERE id = ANY(%s::uuid[])", ids)


def test_audit_has_both_sides_of_a_change(stack, root):
    person = create(root, password=PASSWORD)
    change(root, person, role="store_staff")
    disable(root, person)
    rows = stack.sql("SELECT actor, action, before, after, status FROM stoa.audit WHERE subject_id = %s ORDER BY at, id", person["id"])
    assert [(str(row[0]), row[1], row[4]) for row in rows] == [
        (root.id, "user_create", 201), (root.id, "user_change", 200), (root.id, "user_disable", 204)]
    assert rows[0][3]["role"] == "picker" and PASSWORD not in str(rows)
    assert (rows[1][2]["role"], rows[1][3]["role"]) == ("picker", "store_staff")
    assert rows[2][2]["disabled"] is False


def test_staff_who_lost_their_standing_let_nobody_in(stack, root):
    other = make_staff(stack, "super_admin")
    fired = logged_in(stack, other)
    person = root.get(f"/api/admin/users/{fired.id}").json
    victim = create(root)
    assert change(root, person, role="admin").status == 200
    body = {"email": unique(), "name": "Friend", "role": "super_admin"}
    for answer in (fired.post("/api/admin/users", body), change(fired, victim, role="admin"), disable(fired, victim)):
        assert (answer.status, answer.code) == (401, "unauthenticated"), answer


def test_parallel_changes_of_one_version_have_one_winner(root):
    person = create(root)
    answers = []
    in_parallel(*[lambda i=i: answers.append(change(root, person, name=f"Name {i}")) for i in range(8)])
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7, answers


def test_parallel_creation_makes_one(root):
    email, answers = unique(), []
    body = {"email": email, "name": "Kim", "role": "picker"}
    in_parallel(*[lambda: answers.append(root.post("/api/admin/users", body)) for _ in range(6)])
    assert sorted(answer.status for answer in answers) == [201] + [409] * 5, answers


def test_commerce_hears_of_a_customer_made_by_staff(stack, root):
    person = create(root, "customers", name="Mara")
    wait_until("commerce to know the customer", lambda: stack.sql("SELECT 1 FROM commerce.customer WHERE id = %s AND name = 'Mara'", person["id"]))


def test_customers_who_register_are_listed(stack, root):
    session = register(stack)
    rows = root.get("/api/admin/customers", query={"q": session["email"]}).json["data"]
    assert [row["id"] for row in rows] == [session["account"]["id"]]
    assert change(root, rows[0], "customers", disabled=True).status == 200
    answer = Api(stack).post("/api/auth/refresh", {"refresh_token": session["refresh_token"]})
    assert answer.code == "invalid_refresh_token"
