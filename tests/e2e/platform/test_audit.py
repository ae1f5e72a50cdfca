# SPDX-License-Identifier: Apache-2.0
"""The audit trail: a row beside every change on the admin side, in its transaction; linked, and whole."""
import hashlib
import json
import threading
import uuid

import psycopg2
import pytest

from support import shop
from support.client import Api
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api", "worker", "cron"))


@pytest.fixture()
def staff(stack):
    account = uuid.uuid4()
    api = Api(stack, "admin-api", shop.admin_token(account))
    api.account = str(account)
    return api


def ids(rows):
    return [row["id"] for row in rows]


def trail(api, **filters):
    query = {f"filter[{name}]" if not name.startswith("at_") else f"filter[at][{name[3:]}]": value for name, value in filters.items()}
    rows, _ = api.pages("/api/admin/audit", query, limit=100)
    return rows


def adjust(api, product, delta=1, **more):
    answer = api.post(f"/api/admin/stock/{product}/adjust", {"delta": delta, "reason": "found"}, **more)
    assert answer.status == 200, answer
    return answer


def test_a_change_has_its_row(stack, staff):
    product = shop.add_product(stack)
    answer = adjust(staff, product, 5)
    row, = trail(staff, actor=staff.account)
    assert row["action"] == "stock_adjust" and (row["subject"], row["subject_id"]) == ("stock", product)
    assert row["role"] == "admin" and row["status"] == 200 and row["client"] == "127.0.0.1"
    assert row["request_id"] == answer.headers["x-request-id"]
    assert row["after"] == answer.json and row["before"] is None and row["service_key"] is None


def test_reads_and_refusals_have_none(stack, staff):
    product = shop.add_product(stack, stock=1)
    staff.get("/api/admin/stock")
    assert staff.post(f"/api/admin/stock/{product}/adjust", {"delta": -5, "reason": "gone"}).status == 409
    assert staff.post(f"/api/admin/stock/{uuid.uuid4()}/adjust", {"delta": 5, "reason": "x"}).status == 404
    assert trail(staff, actor=staff.account) == []


def test_a_retry_with_its_key_is_one_change(stack, staff):
    product = shop.add_product(stack)
    key = str(uuid.uuid4())
    for _ in range(3):
        adjust(staff, product, key=key)
    assert len(trail(staff, actor=staff.account)) == 1


def test_parallel_changes_have_a_row_each(stack, staff):
    """Changes that conflict are repeated by the door, and what did not happen leaves no row."""
    product = shop.add_product(stack, stock=0)
    threads = [threading.Thread(target=adjust, args=(staff, product)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = trail(staff, subject=f"stock/{product}")
    assert sorted(row["after"]["on_hand"] for row in rows) == list(range(1, 13))


def test_the_row_is_of_the_same_transaction(stack, staff):
    store = staff.post("/api/admin/stores", {"name": "One", "slug": f"s-{uuid.uuid4().hex[:8]}"})
    assert store.status == 201, store
    answer = staff.patch(f"/api/admin/stores/{store.json['id']}", {"name": "Two"}, headers={"If-Match": store.headers["etag"]})
    assert answer.status == 200, answer
    assert stack.sql("SELECT count(*) FROM stoa.audit a JOIN commerce.store s ON s.xmin = a.xmin WHERE s.id = %s", store.json["id"]) == [(1,)]
    changed, made = trail(staff, subject=f"stores/{store.json['id']}")
    assert (made["action"], made["status"], made["after"]) == ("store_create", 201, store.json)
    assert (changed["action"], changed["after"]) == ("store_change", answer.json)


def test_logins_of_staff_without_their_secrets(stack, staff):
    email = shop.make_staff(stack)
    session = shop.admin_login(stack, email)
    account = session["account"]["id"]
    row, = trail(staff, actor=account)
    assert (row["action"], row["status"], row["role"], row["subject"]) == ("admin_login", 200, "admin", "auth")
    assert row["after"] == {name: session[name] for name in ("account", "token_type", "expires_in")}
    answer = Api(stack, "admin-api").post("/api/admin/auth/login", {"email": email, "password": "Wrong horse battery 42"})
    assert answer.status == 401, answer
    failed, _ = trail(staff, actor=account)
    assert (failed["status"], failed["after"], failed["request_id"]) == (401, None, answer.headers["x-request-id"])
    answer = Api(stack, "admin-api").post("/api/admin/auth/login", {"email": "nobody@stoa.example", "password": "Wrong horse battery 42"})
    assert answer.status == 401, answer
    unknown = [row for row in trail(staff, action="admin_login") if row["actor"] is None]
    assert [row["request_id"] for row in unknown] == [answer.headers["x-request-id"]]
    logged = json.dumps(trail(staff))
    for secret in (shop.PASSWORD, "Wrong horse", session["access_token"], session["refresh_token"]):
        assert secret not in logged


def test_services_are_told_by_their_key(stack, staff):
    root = Api(stack, "admin-api", shop.admin_token(role="super_admin"))
    answer = root.post("/api/admin/service-keys", {"name": f"till-{uuid.uuid4().hex[:12]}", "permissions": ["stock.adjust"]})
    assert answer.status == 201, answer
    key = answer.json
    adjust(Api(stack, "admin-api"), shop.add_product(stack), headers={"X-API-Key": key["key"]})
    row, = [row for row in trail(staff, action="stock_adjust") if row["service_key"]]
    assert (row["service_key"], row["role"]) == (key["name"], None)
    made, = trail(staff, subject=f"service-keys/{key['id']}")
    assert made["after"]["name"] == key["name"] and key["key"] not in json.dumps(trail(staff))


def test_customers_leave_no_rows(stack, staff):
    """The trail is of the admin side; customers have histories of their own."""
    before = stack.sql("SELECT count(*) FROM stoa.audit")
    shop.placed(Api(stack, token=shop.public_token()), (shop.add_product(stack), 1))
    assert stack.sql("SELECT count(*) FROM stoa.audit") == before


# ---- Reading it ------------------------------------------------------------------------------------------------------


def test_filters_and_pages(stack, staff):
    product, other = shop.add_product(stack), shop.add_product(stack)
    for i in range(7):
        adjust(staff, product if i % 2 else other)
    mine = trail(staff, actor=staff.account)
    assert len(mine) == 7 and mine == sorted(mine, key=lambda row: (row["at"], row["id"]), reverse=True)
    assert len(trail(staff, actor=staff.account, subject=f"stock/{product}")) == 3
    assert len(trail(staff, actor=staff.account, subject="stock")) == 7
    assert trail(staff, actor=staff.account, subject="products") == trail(staff, actor=staff.account, action="store_change") == []
    assert ids(trail(staff, actor=staff.account, at_gte=mine[2]["at"])) == ids(mine[:3])
    assert ids(trail(staff, actor=staff.account, at_lt=mine[2]["at"])) == ids(mine[3:])
    for limit in (1, 2, 3, 7):
        rows, pages = staff.pages("/api/admin/audit", {"filter[actor]": staff.account}, limit=limit)
        assert ids(rows) == ids(mine) and pages == -(-7 // limit)


def test_pages_stand_still_while_rows_are_added(stack, staff):
    product = shop.add_product(stack)
    for _ in range(5):
        adjust(staff, product)
    query = {"filter[actor]": staff.account, "limit": 2}
    rows, cursor = [], None
    while True:
        page = staff.get("/api/admin/audit", query={**query, **({"cursor": cursor} if cursor else {})}).json
        rows += [row["id"] for row in page["data"]]
        adjust(staff, product)
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(rows) == len(set(rows)) == 5


@pytest.mark.parametrize("query", [{"filter[actor]": "me"}, {"filter[subject]": ""}, {"filter[at][gte]": "yesterday"},
                                   {"filter[status]": "200"}, {"limit": "0"}, {"sort": "at"}])
def test_bad_parameters_are_named(staff, query):
    answer = staff.get("/api/admin/audit", query=query)
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert answer.bad == list(query)


def test_a_foreign_cursor_is_refused(stack, staff):
    product = shop.add_product(stack)
    adjust(staff, product)
    adjust(staff, product)
    cursor = staff.get("/api/admin/audit", query={"filter[actor]": staff.account, "limit": 1}).json["next_cursor"]
    answer = staff.get("/api/admin/audit", query={"limit": 1, "cursor": cursor})
    assert (answer.status, answer.code) == (400, "invalid_cursor"), answer


def test_staff_of_one_store_do_not_see_it(stack):
    tied = Api(stack, "admin-api", shop.admin_token(role="admin", scope_id=shop.MAIN_STORE))
    answer = tied.get("/api/admin/audit")
    assert (answer.status, answer.code) == (403, "forbidden"), answer


# ---- The chain -------------------------------------------------------------------------------------------------------


def sealed(stack):
    """Everything that waits is linked; cron may be at it as well."""
    wait_until("the trail to be sealed", lambda: stack.run_stoa("audit", "seal") and
               stack.sql("SELECT count(*) FROM stoa.audit_unsealed") == [(0,)])


def verify(stack):
    done = stack.run_stoa("audit", "verify", check=False)
    return done.returncode, done.stdout


def links(stack, *args):
    return [json.loads(line) for line in stack.run_stoa("audit", "export", *args).stdout.splitlines()]


def test_cron_seals(stack, staff):
    adjust(staff, shop.add_product(stack))
    wait_until("the row to be sealed", lambda: trail(staff, actor=staff.account)[0]["number"])


def test_sealers_at_once_make_one_chain(stack, staff):
    product = shop.add_product(stack)
    for _ in range(30):
        adjust(staff, product)
    threads = [threading.Thread(target=stack.run_stoa, args=("audit", "seal")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealed(stack)
    assert verify(stack)[0] == 0, verify(stack)


def test_the_export_can_be_verified_by_anybody(stack, staff):
    since = stack.sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")[0][0]
    adjust(staff, shop.add_product(stack))
    sealed(stack)
    lines = stack.run_stoa("audit", "export").stdout.splitlines()
    previous = "00" * 32
    for number, line in enumerate(lines, 1):
        link = json.loads(line)
        entry = line[line.index('"entry":') + len('"entry":'):-1].encode()
        assert (link["number"], link["form"], link["previous"]) == (number, 1, previous)
        previous = hashlib.sha256(bytes.fromhex(previous) + entry).hexdigest()
        assert link["hash"] == previous
    assert verify(stack) == (0, f"whole: links 1 to {len(lines)}, head {previous}\n")
    newest = trail(staff)
    assert len(newest) == len(lines)
    for row, line in zip(reversed(sorted(newest, key=lambda row: -row["number"])), lines):
        assert {name: value for name, value in row.items() if name != "number"} == json.loads(line)["entry"]
    late = links(stack, "--since", since)
    assert [link["entry"]["actor"] for link in late] == [staff.account]
    assert links(stack, "--since", "9999-01-01T00:00:00Z") == []


def test_what_happened_to_one_thing(stack, staff):
    """By its kind and id, or by its id alone; on the command line as well."""
    product, other = shop.add_product(stack), shop.add_product(stack)
    for about in (product, product, other):
        adjust(staff, about)
    kind = staff.get("/api/admin/audit", query={"limit": 1}).json["data"][0]["subject"]
    for query in ({"filter[subject]": f"{kind}/{product}"}, {"filter[subject]": kind, "filter[subject_id]": product}, {"filter[subject_id]": product}):
        rows, _ = staff.pages("/api/admin/audit", query)
        assert [(row["subject"], row["subject_id"]) for row in rows] == [(kind, product)] * 2, query
    assert staff.pages("/api/admin/audit", {"filter[subject]": "orders", "filter[subject_id]": product})[0] == []
    sealed(stack)
    assert [link["entry"]["subject_id"] for link in links(stack, "--subject", f"{kind}/{product}")] == [product] * 2
    assert {link["entry"]["subject"] for link in links(stack, "--subject", kind)} == {kind}
    assert links(stack, "--subject", f"{kind}/nothing") == links(stack, "--subject", "") == []


def test_rows_are_only_added(stack, staff):
    adjust(staff, shop.add_product(stack))
    sealed(stack)
    for table in ("audit", "audit_seal"):
        for statement in (f"DELETE FROM stoa.{table}", f"TRUNCATE stoa.{table}",
                          f"UPDATE stoa.{table} SET {'status = 500' if table == 'audit' else 'form = 2'}"):
            with pytest.raises(psycopg2.Error, match="is only added to"):
                stack.sql(statement)
    assert verify(stack)[0] == 0


def behind_the_back(stack, statement, *args):
    """As somebody does who owns the database."""
    stack.sql("ALTER TABLE stoa.audit DISABLE TRIGGER USER")
    stack.sql("ALTER TABLE stoa.audit_seal DISABLE TRIGGER USER")
    try:
        return stack.sql(statement, *args)
    finally:
        stack.sql("ALTER TABLE stoa.audit ENABLE TRIGGER USER")
        stack.sql("ALTER TABLE stoa.audit_seal ENABLE TRIGGER USER")


@pytest.mark.parametrize("change, undo, says", [
    ("UPDATE stoa.audit SET role = 'picker' WHERE id = %s", "UPDATE stoa.audit SET role = 'admin' WHERE id = %s",
     "its row is not what was sealed"),
    ("UPDATE stoa.audit SET after = replace(after::text, 'on_hand', 'at_hand')::json WHERE id = %s",
     "UPDATE stoa.audit SET after = replace(after::text, 'at_hand', 'on_hand')::json WHERE id = %s", "its row is not what was sealed"),
    ("UPDATE stoa.audit SET at = at + interval '1 microsecond' WHERE id = %s",
     "UPDATE stoa.audit SET at = at - interval '1 microsecond' WHERE id = %s", "its row is not what was sealed"),
    ("UPDATE stoa.audit_seal SET form = 9 WHERE audit_id = %s", "UPDATE stoa.audit_seal SET form = 1 WHERE audit_id = %s", "of a form"),
    ("UPDATE stoa.audit_seal SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE audit_id = %s",
     "UPDATE stoa.audit_seal SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE audit_id = %s", "its row is not what was sealed"),
    ("UPDATE stoa.audit_seal SET previous = set_byte(previous, 9, get_byte(previous, 9) # 1) WHERE audit_id = %s",
     "UPDATE stoa.audit_seal SET previous = set_byte(previous, 9, get_byte(previous, 9) # 1) WHERE audit_id = %s", "does not follow"),
])
def test_a_change_behind_its_back_is_found(stack, staff, change, undo, says):
    product = shop.add_product(stack)
    for _ in range(3):
        adjust(staff, product)
    sealed(stack)
    row = trail(staff, actor=staff.account)[1]
    behind_the_back(stack, change, row["id"])
    code, said = verify(stack)
    behind_the_back(stack, undo, row["id"])
    assert code == 1 and f"link {row['number']}, row {row['id']}" in said and says in said, said
    assert verify(stack)[0] == 0


def test_what_is_removed_or_slipped_in_is_found(stack, staff):
    product = shop.add_product(stack)
    for _ in range(3):
        adjust(staff, product)
    sealed(stack)
    row = trail(staff, actor=staff.account)[1]
    behind_the_back(stack, "CREATE TABLE saved_row AS SELECT * FROM stoa.audit WHERE id = %s", row["id"])
    behind_the_back(stack, "DELETE FROM stoa.audit WHERE id = %s", row["id"])
    code, said = verify(stack)
    assert code == 1 and f"link {row['number']}" in said and "its row is gone" in said, said
    behind_the_back(stack, "INSERT INTO stoa.audit SELECT * FROM saved_row")
    behind_the_back(stack, "CREATE TABLE saved_seal AS SELECT * FROM stoa.audit_seal WHERE audit_id = %s", row["id"])
    behind_the_back(stack, "DELETE FROM stoa.audit_seal WHERE audit_id = %s", row["id"])
    code, said = verify(stack)
    assert code == 1 and f"link {row['number'] + 1}" in said and "links before it are gone" in said, said
    behind_the_back(stack, "INSERT INTO stoa.audit_seal SELECT * FROM saved_seal")
    assert verify(stack)[0] == 0
    stray = uuid.uuid4()
    stack.sql("INSERT INTO stoa.audit (id, at, action, subject, request_id, client, status) VALUES (%s, now(), 'x', 'x', 'x', 'x', 200)", stray)
    code, said = verify(stack)
    assert code == 1 and str(stray) in said and "outside of the chain" in said, said
    behind_the_back(stack, "DELETE FROM stoa.audit WHERE id = %s", stray)


def test_retention_forgets_the_oldest_and_leaves_a_whole_chain(stack, staff):
    product = shop.add_product(stack)
    for _ in range(4):
        adjust(staff, product)
    sealed(stack)
    rows = trail(staff)
    kept = sorted(rows, key=lambda row: row["number"])[-3:]
    gone = stack.sql("SELECT stoa.audit_expire(%s)", kept[0]["at"])[0][0]
    assert gone == len(rows) - 3
    assert [row["id"] for row in sorted(trail(staff), key=lambda row: row["number"])] == [row["id"] for row in kept]
    code, said = verify(stack)
    assert code == 0 and f"links {kept[0]['number']} to {kept[-1]['number']}" in said, said
    assert stack.sql("SELECT stoa.audit_expire(now() + interval '1 day')") == [(2,)], "the last link stays"
    adjust(staff, product)
    sealed(stack)
    assert verify(stack)[0] == 0
    assert links(stack)[0]["number"] == kept[-1]["number"]


def test_the_command_line_says_what_it_takes(stack):
    for args in ((), ("burn",), ("export", "--since", "yesterday"), ("verify", "twice")):
        done = stack.run_stoa("audit", *args, check=False)
        assert done.returncode == 2 and done.stderr, (args, done)
