# SPDX-License-Identifier: Apache-2.0
"""`stoa person`: everything that is kept about somebody, and its erasure."""
import json
import threading
import uuid

import pytest

from support.client import Api
from support.post import wait_settled
from support.shop import PASSWORD, add_product, admin_token, order_body, public_token, register, wait_order
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api", "worker"))


@pytest.fixture()
def person(stack):
    """A customer with all that one can leave behind; their order is on its way."""
    name = f"Quintessa{uuid.uuid4().hex[:8]}"
    street, phone = f"{name} Lane 7", f"+49 30 {uuid.uuid4().int % 10**9:09}"
    session = register(stack, email=f"{name.lower()}@example.com", name=f"{name} Quill")
    api = Api(stack, token=session["access_token"])
    assert api.patch("/api/me", {"phone": phone}, key="phone").status == 200
    address = {"recipient": name, "street": street, "postal_code": "10115", "city": "Berlin", "country": "DE", "note": f"Ring at {name}'s"}
    assert api.post("/api/addresses", address, key="address").status == 201
    body = {**order_body((add_product(stack), 1)), "address": address, "note": f"For {name}"}
    order = api.post("/api/orders", body, key=str(uuid.uuid4()))
    assert order.status == 201, order
    wait_order(api, order.json["id"], "confirmed")
    api.post("/api/auth/forgot-password", {"email": session["email"]})
    wait_settled(stack)
    return {**session, "words": (name, name.lower(), phone), "order": order.json, "api": api}


def rows_of(stack, email):
    done = stack.run_stoa("person", "export", email)
    assert done.returncode == 0, done
    return [json.loads(line) for line in done.stdout.splitlines()]


def mentions(stack, *words):
    """Every table that has one of these words in any of its rows."""
    found = set()
    for (table,) in stack.sql("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN"
                              " ('pg_catalog', 'information_schema')"):
        for word in words:
            if stack.value(f"SELECT EXISTS (SELECT FROM {table} t WHERE strpos(t::text, %s) > 0)", word):
                found.add(table)
    return found


def cancel(person):
    answer = person["api"].post(f"/api/orders/{person['order']['id']}/cancel", {"reason": f"{person['words'][0]} is moving"})
    assert answer.status == 200, answer


def disable(stack, person):
    """A minute ago, so that the erasure need not wait for what the person's token has begun."""
    stack.sql("UPDATE accounts.account SET disabled_at = now() - interval '1 minute' WHERE id = %s", person["account"]["id"])


def move(staff, order_id, status, reason=None):
    order = staff.get(f"/api/admin/orders/{order_id}").json["order"]
    answer = staff.patch(f"/api/admin/orders/{order_id}/status", {"status": status, **({"reason": reason} if reason else {})},
                         headers={"If-Match": f'"v{order["version"]}"'})
    assert answer.status == 200, answer


def test_a_person_is_told_what_is_kept(stack, person):
    rows = rows_of(stack, person["email"].upper())
    tables = {row["table"] for row in rows}
    assert {"accounts.account", "accounts.refresh_token", "accounts.proof", "accounts.mail", "commerce.customer", "commerce.address",
            "commerce.address_book", "commerce.orders", "commerce.order_line", "commerce.order_history", "stoa.event",
            "stoa.idempotency"} <= tables
    text = json.dumps(rows)
    for word in (*person["words"], person["order"]["number"]):
        assert word in text
    for secret in ("argon2", person["refresh_token"], "password_hash"):
        assert secret not in text
    assert rows_of(stack, "nobody-at-all@example.com") == []


def test_nobody_is_erased_while_their_goods_are_on_the_way(stack, person):
    done = stack.run_stoa("person", "erase", person["email"], check=False)
    assert done.returncode == 1 and "1 orders" in done.stderr
    assert person["api"].get("/api/me").json["name"].startswith(person["words"][0])


def test_an_erased_person_is_nowhere_and_the_figures_stay(stack, person):
    cancel(person)
    before = stack.sql("SELECT number, status, total_minor, tax_minor, version FROM commerce.orders WHERE id = %s", person["order"]["id"])
    assert mentions(stack, *person["words"])
    disable(stack, person)
    for _ in range(2):
        assert stack.run_stoa("person", "erase", person["email"]).returncode == 0
    wait_until("the events to be heard", lambda: stack.value(
        "SELECT count(*) FROM commerce.customer c JOIN accounts.account a USING (id) WHERE c.id = %s AND c.seq = a.event_seq",
        person["account"]["id"]) == 1)
    assert not mentions(stack, *person["words"])
    assert stack.sql("SELECT number, status, total_minor, tax_minor, version FROM commerce.orders WHERE id = %s", person["order"]["id"]) == before
    seen = Api(stack, "admin-api", admin_token()).get(f"/api/admin/orders/{person['order']['id']}").json["order"]
    assert seen["address"]["recipient"] == "erased" and seen["total"] == person["order"]["total"]
    assert Api(stack).post("/api/auth/login", {"email": person["email"], "password": PASSWORD}).status == 401
    assert Api(stack).post("/api/auth/refresh", {"refresh_token": person["refresh_token"]}).status == 401
    audit = Api(stack, "admin-api", admin_token()).get("/api/admin/audit", query={"filter[action]": "person_erase"}).json["data"]
    assert [row["subject_id"] for row in audit].count(person["account"]["id"]) == 1
    assert stack.run_stoa("audit", "seal").returncode == 0 and stack.run_stoa("audit", "verify").returncode == 0
    assert register(stack, email=person["email"])["account"]["id"] != person["account"]["id"], "the address is free again"


def test_what_was_written_about_a_person_goes_too(stack, person):
    said, order_id, courier_id = f"{person['words'][0]} was not at home", person["order"]["id"], str(uuid.uuid4())
    staff, courier = Api(stack, "admin-api", admin_token()), Api(stack, token=public_token(courier_id, role="courier"))
    stack.sql("INSERT INTO commerce.courier (id, name, seq, available, capacity, created_at, updated_at)"
              " VALUES (%s, 'Lena Brandt', 1, true, 20, now(), now())", courier_id)
    for status in ("picking", "ready"):
        move(staff, order_id, status)
    assigned = staff.post(f"/api/admin/orders/{order_id}/assign", {"courier_id": courier_id, "reason": said})
    assert assigned.status == 200, assigned
    delivery = f"/api/courier/deliveries/{assigned.json['delivery']['id']}"
    for step, body in (("pick-up", None), ("start", None), ("fail", {"reason": "nobody_home", "note": said}), ("return", {"reason": said})):
        assert courier.post(f"{delivery}/{step}", body).status == 200
    move(staff, order_id, "returned", said)
    tables = {"commerce.orders", "commerce.order_history", "commerce.delivery", "commerce.delivery_history", "commerce.stock_movement",
              "stoa.event"}
    assert tables <= mentions(stack, said)
    disable(stack, person)
    books = ("SELECT kind, on_hand_delta, reserved_delta, actor FROM commerce.stock_movement WHERE order_id = %s ORDER BY id", order_id)
    before = stack.sql(*books)
    done = stack.run_stoa("person", "erase", person["account"]["id"])
    assert done.returncode == 0, done
    assert mentions(stack, said, *person["words"]) <= {"stoa.audit"}, "the proof of what staff did"
    assert stack.sql(*books) == before
    assert stack.run_stoa("person", "erase", person["account"]["id"]).returncode == 0, "once more"
    events = stack.sql("SELECT data FROM stoa.event WHERE aggregate_id = %s AND type = 'order.status_changed'", order_id)
    assert len(events) > 4 and not [data for (data,) in events if "reason" in data]
    history = staff.get(f"/api/admin/orders/{order_id}").json["order"]["history"]
    assert history[-1]["to"] == "returned" and {entry["reason"] for entry in history} == {None}


def test_an_order_that_is_placed_meanwhile_is_seen(stack, person):
    """Its rows are held up at their insertion, so it passed the door before the account was disabled."""
    cancel(person)
    body = {**order_body((add_product(stack), 1)), "note": f"For {person['words'][0]}"}
    answers = {}
    placing = threading.Thread(target=lambda: answers.update(order=person["api"].post("/api/orders", body, key=str(uuid.uuid4()))))
    erasing = threading.Thread(target=lambda: answers.update(erased=stack.run_stoa("person", "erase", person["email"], check=False)))
    stack.sql("CREATE TABLE public.held AS SELECT 1 AS one;"
              "CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
              " WHILE EXISTS (SELECT FROM public.held) LOOP PERFORM pg_sleep(0.02); END LOOP; RETURN NEW; END $$;"
              "CREATE TRIGGER hold BEFORE INSERT ON commerce.orders FOR EACH ROW EXECUTE FUNCTION public.hold()")
    try:
        placing.start()
        wait_until("the order to wait", lambda: stack.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
        erasing.start()
        wait_until("the account to be disabled", lambda: stack.value(
            "SELECT disabled_at IS NOT NULL FROM accounts.account WHERE id = %s", person["account"]["id"]))
    finally:
        stack.sql("DELETE FROM public.held")
        placing.join()
        stack.sql("DROP TRIGGER hold ON commerce.orders; DROP FUNCTION public.hold(); DROP TABLE public.held")
    erasing.join()
    order, erased = answers["order"], answers["erased"]
    assert order.status == 201, order
    assert erased.returncode == 1 and "1 orders" in erased.stderr and "stays disabled" in erased.stderr, erased
    move(Api(stack, "admin-api", admin_token()), order.json["id"], "cancelled", "erased")
    assert stack.run_stoa("person", "erase", person["email"]).returncode == 0
    assert mentions(stack, *person["words"]) <= {"stoa.audit"}


def test_who_was_disabled_just_before_is_waited_for(stack, person):
    cancel(person)
    stack.sql("UPDATE accounts.account SET disabled_at = now() - interval '10 seconds' WHERE id = %s", person["account"]["id"])
    done = stack.run_stoa("person", "erase", person["email"])
    assert done.returncode == 0 and "ends within" in done.stderr, done
    done = stack.run_stoa("person", "erase", person["email"])
    assert done.returncode == 0 and "ends within" not in done.stderr, done


def test_what_stands_by_address_alone_is_erased_too(stack):
    email = f"quill-{uuid.uuid4().hex[:8]}@example.com"
    Api(stack).post("/api/auth/forgot-password", {"email": email})
    wait_settled(stack)
    assert {row["table"] for row in rows_of(stack, email)} == {"accounts.proof", "accounts.mail"}
    assert stack.run_stoa("person", "erase", email).returncode == 0
    assert rows_of(stack, email) == [] and not mentions(stack, email)


def test_a_super_admin_is_not_erased(stack):
    stack.sql("INSERT INTO accounts.account (id, audience, email, password_hash, name, role, event_seq, created_at, updated_at)"
              " VALUES (gen_random_uuid(), 'admin', 'last@stoa.example', 'x', 'Last', 'super_admin', 1, now(), now())")
    done = stack.run_stoa("person", "erase", "last@stoa.example", check=False)
    assert done.returncode == 1 and "super_admin" in done.stderr


def test_consumers_are_listed(stack):
    rows = [json.loads(line) for line in stack.run_stoa("consumers", "--json").stdout.splitlines()]
    assert {"accounts.deliver_mail"} <= {row["name"] for row in rows} and {"pending", "lag_ms", "retries", "dead"} <= set(rows[0])
    assert "accounts.deliver_mail" in stack.run_stoa("consumers").stdout
