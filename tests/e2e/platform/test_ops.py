# SPDX-License-Identifier: Apache-2.0
"""What operators see and do: dead letters from death to decision, consumers and the brake, what runs."""
import json
import re
import threading
import uuid

import pytest

from support.client import Api
from support.shop import add_product, admin_token, placed, public_token, wait_order
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api", "worker", "cron"), env={"STOA_RELEASE": "r-42"})
CONSUMER = "commerce.keep_customer"


@pytest.fixture(scope="module")
def operator(stack):
    return Api(stack, "admin-api", admin_token())


def write_event(stack, data, type="account.changed", version=1):
    """An event as no release of ours would write it; its id as text."""
    event_id = uuid.uuid4()
    stack.sql("INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source,"
              " correlation_id, data) VALUES (%s, %s, %s, 'account', %s, 1, now(), 'test', %s, %s)",
              event_id, type, version, uuid.uuid4(), uuid.uuid4(), json.dumps(data))
    return str(event_id)


def letter_of(operator, event_id, **query):
    """CONSUMER's dead letter of an event, once it is there; the event's other consumers have their own."""
    def look():
        rows, _ = operator.pages("/api/admin/dead", query=query)
        return next((row for row in rows if (row["event_id"], row["consumer"]) == (event_id, CONSUMER)), None)
    return wait_until(f"a dead letter of {event_id}", look)


def test_a_letter_is_found_read_and_discarded(stack, operator):
    event_id = write_event(stack, {"nothing": "in it"})
    letter = letter_of(operator, event_id)
    assert (letter["consumer"], letter["type"], letter["attempts"]) == (CONSUMER, "account.changed", 1), letter
    shown = operator.get(f"/api/admin/dead/{letter['id']}")
    assert shown.status == 200, shown
    assert shown.json["data"] == {"nothing": "in it"}
    assert [attempt["attempt"] for attempt in shown.json["errors"]] == [1]
    assert shown.json["errors"][0]["error"] == letter["reason"]

    discard = f"/api/admin/dead/{letter['id']}/discard"
    assert operator.post(discard, {}).status == 422
    key = str(uuid.uuid4())
    done = operator.post(discard, {"reason": "written by a test"}, key=key)
    assert (done.status, done.json["resolution"], done.json["resolution_reason"]) == (200, "discarded", "written by a test"), done
    assert operator.post(discard, {"reason": "written by a test"}, key=key).json == done.json
    again = operator.post(discard, {"reason": "twice"})
    assert (again.status, again.code) == (409, "letter_resolved"), again
    assert operator.post(f"/api/admin/dead/{letter['id']}/replay").code == "letter_resolved"
    assert not [row for row in operator.pages("/api/admin/dead")[0] if row["id"] == letter["id"]]
    assert letter_of(operator, event_id, **{"filter[resolved]": "true"})["resolved_by"].startswith("staff:")
    said = stack.run_stoa("dead", "show", letter["id"]).stdout
    assert "discarded by staff:" in said and "written by a test" in said, said


def test_a_letter_is_mended_and_replayed(stack, operator):
    account = str(uuid.uuid4())
    event_id = write_event(stack, {"account_id": account})
    letter = letter_of(operator, event_id)
    stack.sql("UPDATE stoa.event SET data = %s WHERE id = %s",
              json.dumps({"account_id": account, "audience": "public", "role": "customer", "email": "m@example.com", "name": "Mended"}),
              event_id)
    done = operator.post(f"/api/admin/dead/{letter['id']}/replay")
    assert (done.status, done.json["resolution"]) == (200, "replayed"), done
    wait_until("the event to be handled", lambda: stack.sql("SELECT 1 FROM stoa.inbox WHERE event_id = %s AND consumer = %s",
                                                            event_id, CONSUMER))


def gauge(stack, name, consumer=CONSUMER):
    """Of cron's page, which is renewed every 10 s; None while it has none."""
    found = re.search(rf'^{name}{{consumer="{consumer}"}} (\S+)$', stack.probe("cron", "/metrics")[1], re.M)
    return float(found.group(1)) if found else None


def test_open_letters_are_a_gauge(stack, operator):
    def open_letters():
        return len(operator.pages("/api/admin/dead", query={"filter[consumer]": CONSUMER})[0])
    letter = letter_of(operator, write_event(stack, {}))
    before = open_letters()
    wait_until("the open letters to be told", lambda: gauge(stack, "stoa_consumer_dead_letters") == before)
    assert operator.post(f"/api/admin/dead/{letter['id']}/discard", {"reason": "written by a test"}).status == 200
    wait_until("one less to be told", lambda: gauge(stack, "stoa_consumer_dead_letters") == before - 1)


def test_of_two_who_decide_one_wins(stack, operator):
    letter = letter_of(operator, write_event(stack, {}))
    answers = []

    def decide(action, body):
        answers.append(operator.post(f"/api/admin/dead/{letter['id']}/{action}", body).status)
    threads = [threading.Thread(target=decide, args=("discard", {"reason": f"{i}"})) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409, 409]


def test_many_are_replayed_within_a_limit(stack, operator):
    events = [write_event(stack, {}, version=99) for _ in range(5)]
    letters = [letter_of(operator, event) for event in events]
    print_of_them = letters[0]["fingerprint"]
    assert {letter["fingerprint"] for letter in letters} == {print_of_them}
    query = {"filter[fingerprint]": print_of_them, "filter[consumer]": CONSUMER, "filter[type]": "account.changed"}
    rows, pages = operator.pages("/api/admin/dead", query=query, limit=2)
    assert ({row["event_id"] for row in rows}, pages) == (set(events), 3)
    later = {"filter[died_at][gte]": letters[0]["died_at"], "filter[fingerprint]": print_of_them}
    assert operator.pages("/api/admin/dead", query=later)[0]
    assert operator.pages("/api/admin/dead", query={"filter[died_at][lt]": "2020-01-01T00:00:00Z"})[0] == []
    assert operator.pages("/api/admin/dead", query={"filter[type]": "nobody.knows"})[0] == []

    for body in ({}, {"limit": 1}, {"filter": {}, "limit": 0}, {"filter": {}, "limit": 1001}, {"filter": {"id": "x"}, "limit": 1}):
        assert operator.post("/api/admin/dead/replay", body).status == 422, body
    some = operator.post("/api/admin/dead/replay", {"filter": {"fingerprint": print_of_them, "consumer": CONSUMER}, "limit": 3})
    assert (some.status, some.json) == (200, {"replayed": 3, "has_more": True}), some
    # They are of a version nobody knows, and die again: as new letters.
    wait_until("them to die again", lambda: stack.value(
        "SELECT count(*) FROM stoa.dead_letter WHERE fingerprint = %s AND consumer = %s", print_of_them, CONSUMER) == 8)
    rest = operator.post("/api/admin/dead/replay", {"filter": {"consumer": "nobody.there"}, "limit": 1000})
    assert rest.json == {"replayed": 0, "has_more": False}
    for letter in operator.pages("/api/admin/dead")[0]:
        assert operator.post(f"/api/admin/dead/{letter['id']}/discard", {"reason": "done"}).status == 200


def test_a_cursor_of_another_list_is_refused(stack, operator):
    page = operator.get("/api/admin/dead", query={"filter[resolved]": "true", "limit": 1}).json
    assert page["has_more"]
    other = operator.get("/api/admin/dead", query={"cursor": page["next_cursor"], "limit": 1})
    assert (other.status, other.code) == (400, "invalid_cursor"), other
    assert operator.get(f"/api/admin/dead/{uuid.uuid4()}").code == "not_found"


def consumer(operator, name):
    return next(row for row in operator.pages("/api/admin/consumers")[0] if row["name"] == name)


def test_a_consumer_is_paused_and_resumed(stack, operator):
    name = "commerce.reserve_stock"
    customer = Api(stack, token=public_token())
    product = add_product(stack)
    wait_order(customer, placed(customer, (product, 1))["id"], "confirmed")
    before = wait_until("the consumer to have done its work", lambda: (
        lambda row: row if row["pending"] == 0 and "last_handled_at" in row else None)(consumer(operator, name)))
    assert (before["type"], before["lag_ms"], before["retries"], before["dead"]) == ("order.created", 0, 0, 0), before
    assert "paused_at" not in before

    assert operator.post(f"/api/admin/consumers/{name}/pause").status == 204
    paused = consumer(operator, name)
    assert paused["paused_by"].startswith("staff:"), paused
    # The brake takes hold within a poll and a fetch: an order stays pending once it has.
    order = None

    def left_lying():
        nonlocal order
        order = placed(customer, (product, 1))
        try:
            wait_order(customer, order["id"], "confirmed", timeout_s=1.5)
            return False
        except Exception:
            return True
    wait_until("the pause to take hold", left_lying)
    waiting = consumer(operator, name)
    assert waiting["pending"] >= 1 and waiting["lag_ms"] > 0, waiting
    wait_until("what waits to be told", lambda: (gauge(stack, "stoa_consumer_pending_events", name) or 0) >= 1)
    assert gauge(stack, "stoa_consumer_lag_seconds", name) > 0
    assert operator.post(f"/api/admin/consumers/{name}/resume").status == 204
    wait_order(customer, order["id"], "confirmed")
    assert "paused_at" not in consumer(operator, name)
    wait_until("nothing to wait", lambda: gauge(stack, "stoa_consumer_pending_events", name) == gauge(stack, "stoa_consumer_lag_seconds", name) == 0)
    for action in ("pause", "resume"):
        assert operator.post(f"/api/admin/consumers/nobody.there/{action}").code == "not_found"


def test_consumers_and_processes_come_in_pages(operator):
    for path, key in (("/api/admin/consumers", "name"), ("/api/admin/releases", "id")):
        whole, _ = operator.pages(path, limit=100)
        rows, pages = operator.pages(path, limit=2)
        assert [row[key] for row in rows] == [row[key] for row in whole] and pages == (len(whole) + 1) // 2, path
        assert operator.get(path, query={"limit": 0}).code == "invalid_parameter"


def test_what_runs_is_told(stack, operator):
    def look():
        rows = operator.get("/api/admin/releases").json["data"]
        return rows if {row["kind"] for row in rows} == {"public-api", "admin-api", "worker", "cron"} else None
    rows = wait_until("all processes to be seen", look)
    for row in rows:
        assert (row["release"], row["state"], row["pid"]) == ("r-42", "ready", stack.pids[row["kind"]]), row
        assert row["port"] == stack.ports[row["kind"]]
    stack.terminate("worker")
    assert [row["state"] for row in operator.get("/api/admin/releases").json["data"] if row["kind"] == "worker"] == ["draining"]


def test_staff_of_one_store_see_nothing_of_the_platform(stack):
    tied = Api(stack, "admin-api", admin_token(scope_id=str(uuid.uuid4())))
    for path in ("/api/admin/events", "/api/admin/dead", f"/api/admin/dead/{uuid.uuid4()}"):
        assert tied.get(path).code == "forbidden", path
    assert tied.post("/api/admin/dead/replay", {"filter": {}, "limit": 1}).code == "forbidden"
    assert tied.post(f"/api/admin/consumers/{CONSUMER}/pause").code == "forbidden"
    assert Api(stack, "admin-api", admin_token(role="store_staff")).get("/api/admin/dead").code == "forbidden"


def test_a_server_that_only_reads_is_away_for_now(stack):
    """A standby, or a primary that is handed over: 503 with Retry-After, and well again afterwards."""
    customer = Api(stack, token=public_token())
    product = add_product(stack)
    stack.sql("ALTER DATABASE stoa SET default_transaction_read_only = on")
    try:
        stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'public-api%'")
        def refused():
            answer = customer.post("/api/orders", {
                "lines": [{"product_id": product, "quantity": 1}], "payment_method": "cash",
                "address": {"recipient": "A", "street": "S 1", "postal_code": "1", "city": "B", "country": "DE"}},
                key=str(uuid.uuid4()))
            assert answer.status in (201, 503), answer
            return answer.status == 503 and answer.code == "unavailable" and "retry-after" in answer.headers
        wait_until("writes to be refused", refused)
    finally:
        admin = stack.connect(superuser=True)
        with admin.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute("ALTER DATABASE stoa RESET default_transaction_read_only")
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'stoa'")
        admin.close()
        stack._forget_connection()
    wait_until("writes to be taken", lambda: customer.post("/api/orders", {
        "lines": [{"product_id": product, "quantity": 1}], "payment_method": "cash",
        "address": {"recipient": "A", "street": "S 1", "postal_code": "1", "city": "B", "country": "DE"}},
        key=str(uuid.uuid4())).status == 201)
