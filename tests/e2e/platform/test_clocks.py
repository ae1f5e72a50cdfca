# SPDX-License-Identifier: Apache-2.0
"""Clocks that are wrong: processes whose machines are an hour ahead or behind keep what is alive and end what is not."""
import glob
import hashlib
import uuid

import pytest

from support.client import Api
from support.shop import add_product, admin_login, admin_token, make_staff, placed, public_token, register, wait_order
from support.stack import Stack, wait_until

HOUR = 3600
LIBRARY = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
PROCESSES = ("public-api", "admin-api", "worker", "cron")
# Columns that tell of a time to come, or of one that somebody outside named.
DEADLINES = ("expires_at", "run_at", "leased_until", "until")


def clock_off(seconds):
    """Variables of a process whose machine's clock is so far off; the monotonic clock stays."""
    return {"LD_PRELOAD": LIBRARY[0], "FAKETIME": f"{seconds:+d}", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}


@pytest.fixture(scope="module", params=["ahead", "behind", "apart"])
def wrong(request):
    """All processes wrong in one direction, or the API ahead of workers that are behind."""
    sign = {"ahead": (1, 1), "behind": (-1, -1), "apart": (1, -1)}[request.param]
    off = {name: clock_off(sign[name in ("worker", "cron")] * HOUR) for name in PROCESSES}
    with Stack(start=PROCESSES, env={"STOA_PAYMENT_PROVIDER": "manual", "STOA_RESERVATION_TTL": "30m"}, env_of=off) as stack:
        yield stack
        stored_times_are_true(stack)


def stored_times_are_true(stack):
    """Whatever the tests of this module did: no table has a time of an hour ago or an hour to come, unless it is a deadline."""
    columns = stack.sql(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE table_type = 'BASE TABLE' AND data_type = 'timestamp with time zone'"
        " AND table_schema NOT IN ('pg_catalog', 'information_schema')")
    found = [(schema, table, column, off) for schema, table, column in columns if column not in DEADLINES
             for (off,) in stack.sql(f'SELECT extract(epoch FROM max("{column}") - now())::bigint FROM {schema}."{table}"')
             if off is not None and not -HOUR / 2 < off < 5]
    assert not found, found
    assert len(columns) > 40


def test_reservations(wrong):
    customer = Api(wrong, token=public_token())
    orders = [placed(customer, (add_product(wrong), 1), payment_method="card")["id"] for _ in range(2)]
    for order_id in orders:
        wait_until("the goods to be held", lambda order_id=order_id: wrong.value(
            "SELECT count(*) FROM commerce.reservation WHERE order_id = %s AND expires_at > now() + interval '29 minutes'"
            " AND expires_at < now() + interval '31 minutes'", order_id))
    wrong.sql("UPDATE commerce.reservation SET expires_at = now() - interval '1 second' WHERE order_id = %s", orders[0])
    wait_order(customer, orders[0], "expired")
    assert customer.get(f"/api/orders/{orders[1]}").json["status"] == "pending"


def test_a_sale_takes_only_what_has_lapsed(wrong):
    """A customer who lacks stock gets that of lapsed reservations, judged by the worker."""
    product, customer = add_product(wrong, stock=1), Api(wrong, token=public_token())
    held = placed(customer, (product, 1), payment_method="card")["id"]
    wait_until("the goods to be held", lambda: wrong.value("SELECT count(*) FROM commerce.reservation WHERE order_id = %s", held))
    other = placed(customer, (product, 1), payment_method="cash")["id"]
    wait_order(customer, other, "cancelled")
    assert customer.get(f"/api/orders/{held}").json["status"] == "pending"


def test_history_ascends(wrong):
    customer, staff = Api(wrong, token=public_token()), Api(wrong, "admin-api", admin_token())
    order = wait_order(customer, placed(customer, (add_product(wrong), 1))["id"], "confirmed")
    for status in ("picking", "ready"):
        order = staff.patch(f"/api/admin/orders/{order['id']}/status", {"status": status},
                            headers={"If-Match": f'"v{order["version"]}"'}).json
    detail = staff.get(f"/api/admin/orders/{order['id']}").json
    for times in ([entry["at"] for entry in detail["order"]["history"]], [event["occurred_at"] for event in detail["events"]]):
        assert times == sorted(times) and len(times) > 3
    at = [entry["at"] for entry in order["history"]]
    assert len(set(at)) == len(at)


def test_sessions(wrong):
    """Access tokens go from one process to another; refresh tokens live as long as the database says."""
    session, api = register(wrong), Api(wrong)
    assert api.get("/api/me", token=session["access_token"]).status == 200
    fresh = api.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]})
    assert fresh.status == 200, fresh
    for left, status in (("10 minutes", 200), ("-10 minutes", 401)):
        other = register(wrong)
        wrong.sql(f"UPDATE accounts.refresh_token SET expires_at = now() + interval '{left}' WHERE account_id = %s",
                  other["account"]["id"])
        assert api.post("/api/auth/refresh", {"refresh_token": other["refresh_token"]}).status == status, left


def test_one_time_tokens(wrong):
    api = Api(wrong)
    for left, status in (("10 minutes", 204), ("-10 minutes", 400)):
        session, token = register(wrong), uuid.uuid4().hex
        wrong.sql("INSERT INTO accounts.proof (id, purpose, audience, email, hash, created_at, expires_at)"
                  f" VALUES (gen_random_uuid(), 'reset_password', 'public', %s, %s, now() - interval '1 hour', now() + interval '{left}')",
                  session["email"], hashlib.sha256(token.encode()).digest())
        answer = api.post("/api/auth/reset-password", {"token": token, "new_password": "another long password 2"})
        assert answer.status == status, (left, answer)


def test_retries(wrong):
    """What another worker put off comes when the database says so."""
    customer = Api(wrong, token=public_token())
    orders = [wait_order(customer, placed(customer, (add_product(wrong), 1))["id"], "confirmed")["id"] for _ in range(2)]
    waits = "SELECT count(*) FROM stoa.event_retry r JOIN stoa.event e ON e.id = r.event_id WHERE e.aggregate_id = %s"
    for order_id, left in zip(orders, ("20 minutes", "-1 second")):
        wrong.sql("INSERT INTO stoa.event_retry (consumer, event_id, position, attempt, run_at, first_failed_at, errors)"
                  f" SELECT 'commerce.reserve_stock', id, position, 1, now() + interval '{left}', now(), '[]' FROM stoa.event"
                  " WHERE aggregate_id = %s AND type = 'order.created'", order_id)
    wait_until("what is due to come", lambda: wrong.value(waits, orders[1]) == 0)
    assert wrong.value(waits, orders[0]) == 1
    wrong.sql("DELETE FROM stoa.event_retry")


def test_service_keys(wrong):
    root = Api(wrong, "admin-api", admin_login(wrong, make_staff(wrong, "super_admin"))["access_token"])
    for left, status in (("10 minutes", 200), ("-10 minutes", 401)):
        made = root.post("/api/admin/service-keys", {"name": f"k-{uuid.uuid4().hex[:8]}", "permissions": ["orders.read"]})
        assert made.status == 201, made
        wrong.sql(f"UPDATE accounts.service_key SET expires_at = now() + interval '{left}' WHERE id = %s", made.json["id"])
        seen = wait_until("the key to be known", lambda: (lambda a: a if a.status in (200, 401) and a.status == status else None)(
            Api(wrong, "admin-api").get("/api/admin/orders", headers={"X-API-Key": made.json["key"]})))
        assert seen.status == status, left


def test_idempotency_keys(wrong):
    """A day is a day: what is 23.5 hours old is answered again, what is 24.5 hours old is forgotten."""
    customer, product, keys = Api(wrong, token=public_token()), add_product(wrong), [str(uuid.uuid4()) for _ in range(2)]
    first = [placed(customer, (product, 1), key=key) for key in keys]
    for key, age in zip(keys, ("23.5 hours", "24.5 hours")):
        wrong.sql(f"UPDATE stoa.idempotency SET created_at = created_at - interval '{age}' WHERE key = %s", key)
    wrong.kill("cron")
    wrong.start("cron")
    wait_until("the older one to be forgotten", lambda: not wrong.value("SELECT count(*) FROM stoa.idempotency WHERE key = %s", keys[1]))
    assert placed(customer, (product, 1), key=keys[0])["id"] == first[0]["id"]
    wrong.sql("DELETE FROM stoa.idempotency WHERE key = %s", keys[0])


def test_processes_are_seen(wrong):
    staff = Api(wrong, "admin-api", admin_token())
    seen = {row["kind"] for row in staff.get("/api/admin/releases").json["data"]}
    assert seen >= set(PROCESSES), seen


def test_the_wrong_clock_is_named(wrong):
    for name in PROCESSES:
        wait_until("the clock to be named", lambda name=name: "this machine's clock is" in wrong.log(name))

