# SPDX-License-Identifier: Apache-2.0
"""What the worker reads for one event while the log and the inbox grow: by plans that were made when both were small."""
import contextlib
import time

import psycopg2

from support.client import Api
from support.plans import AUTO_EXPLAIN, Plans, looked_at, nodes
from support.shop import add_product, placed, public_token, wait_order
from support.stack import wait_until

STACK = dict(start=("public-api", "worker"), postgres={**AUTO_EXPLAIN, "autovacuum": "off"})

EVENT = """INSERT INTO stoa.event (id, type, version, aggregate, aggregate_id, aggregate_seq, occurred_at, source, correlation_id, data)
           SELECT gen_random_uuid(), 'many.usual', 1, 'many', gen_random_uuid(), 1, now(), 'test', gen_random_uuid(), '{}'
           FROM generate_series(1, %s)"""
READ_MAX = 200


@contextlib.contextmanager
def gap(stack):
    """A transaction that has drawn a position, and ends when the block does."""
    connection = psycopg2.connect(stack.superuser_conninfo)
    connection.cursor().execute(EVENT, (1,))
    yield
    connection.commit()
    connection.close()


def order_beside_a_gap(stack, api, product):
    with gap(stack):
        wait_order(api, placed(api, (product, 1))["id"], "confirmed")
        time.sleep(0.6)  # rechecked often enough for the server to keep a plan for all
    wait_until("the gap to be filled", lambda: stack.value("SELECT cardinality(gap_from) FROM stoa.relay") == 0)


def test_an_event_costs_what_it_costs_however_long_the_log(stack):
    api, product = Api(stack, token=public_token()), add_product(stack)
    for _ in range(8):
        order_beside_a_gap(stack, api, product)
    stack.sql(EVENT, 5_000)
    stack.sql("INSERT INTO stoa.inbox (consumer, event_id, position) SELECT 'commerce.reserve_stock', id, position FROM stoa.event "
              "WHERE type = 'many.usual'")
    wait_until("the relay to have passed them",
               lambda: stack.value("SELECT position >= (SELECT max(position) FROM stoa.event) FROM stoa.relay"))
    plans = Plans(stack)
    order_beside_a_gap(stack, api, product)
    seen, wrong = set(), []
    for plan in plans.take():
        text = plan["Query Text"]
        seen |= {table for table in ("gap (first, last)", "stoa.inbox i") if table in text}
        wrong += [f"{node['Node Type']} looks at {looked_at(node)} rows\n{text[:300]}" for node in nodes(plan["Plan"])
                  if "Scan" in node["Node Type"] and looked_at(node) > READ_MAX]
    assert len(seen) == 2, seen
    assert not wrong, wrong[0]
