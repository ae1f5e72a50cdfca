# SPDX-License-Identifier: Apache-2.0
"""What bench/run sends and runs still fits what is measured: its shop, its requests, its SQL. No rates."""
import socket
import sys

import psycopg2
import pytest

from support.stack import ROOT, wait_until

sys.path.append(ROOT)
from bench import pgbench  # noqa: E402
from bench.peer import sides  # noqa: E402

STACK = dict(start=())
ORDERS = 300


@pytest.fixture(scope="module")
def beside(stack, tmp_path_factory):
    sides.psql(stack, "stoa", "postgres", "-v", f"orders={ORDERS}", "-f", sides.FOLDER / "shop.sql")
    return pgbench.Pgbench(stack, tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def stoa(stack, beside):
    return sides.Stoa(stack)


def status(side, request):
    host, port = side.host.split(":")
    with socket.create_connection((host, int(port)), 30) as connection:
        connection.sendall(request.encode())
        return int(connection.recv(65536).split()[1])


def test_the_shop_adds_up(stack, stoa):
    assert stoa.count("confirmed") == ORDERS and stoa.drained()
    assert stack.value(
        "SELECT count(*) FROM commerce.stock s JOIN (SELECT product_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved"
        " FROM commerce.stock_movement GROUP BY 1) m USING (product_id) JOIN (SELECT product_id, sum(quantity) AS held"
        " FROM commerce.reservation GROUP BY 1) r USING (product_id)"
        " WHERE s.on_hand = m.on_hand AND s.reserved = m.reserved AND s.reserved = r.held") == 3 * ORDERS


def test_what_is_read_is_there(stoa):
    tokens = stoa.tokens()
    for request in (stoa.get(stoa.product(1)), stoa.get(stoa.product(sides.PRODUCTS)), stoa.get(stoa.page(0, 0)),
                    stoa.get(stoa.page(sides.CATEGORIES - 1, sides.PRODUCTS // sides.CATEGORIES // sides.PAGE - 1)),
                    stoa.get(stoa.order(1), tokens[0]), stoa.get(stoa.order(ORDERS), tokens[ORDERS - 1])):
        assert status(stoa, request) == 200, request


def test_what_is_placed_is_confirmed(stoa):
    before = stoa.count("confirmed")
    assert status(stoa, stoa.place([(1, 1), (2, 2), (3, 3)], stoa.tokens()[0]).replace("{key}", "bench-1")) == 201
    wait_until("the order to be confirmed", lambda: stoa.drained() and stoa.count("confirmed") == before + 1)


def test_pgbench_writes_what_a_request_writes(stack, beside, stoa):
    beside.rate(*beside.product_get(), 1, "-t", "5")
    # The last order that was placed over HTTP, and one of pgbench's.
    written = ("SELECT (SELECT count(*) FROM commerce.order_line WHERE order_id = o.id), (SELECT count(*) FROM commerce.order_history WHERE"
               " order_id = o.id AND to_status = 'pending'), (SELECT count(*) FROM stoa.event WHERE aggregate_id = o.id AND type = 'order.created'),"
               " (SELECT count(*) FROM stoa.idempotency WHERE scope = o.customer_id) > 0"
               " FROM commerce.orders o ORDER BY created_at DESC LIMIT 1")
    beside.rate(*beside.order_place(), 1, "-t", "5")
    with psycopg2.connect(stack.conninfo.replace("dbname=stoa", "dbname=bench")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM commerce.orders")
        assert cursor.fetchone() == (ORDERS + 5,)
        cursor.execute(written)
        assert cursor.fetchone() == stack.sql(written)[0] == (3, 1, 1, True)
