# SPDX-License-Identifier: Apache-2.0
"""Counts effects after a fault: what was accepted exists once, what happened to it happened once, and the books agree.

A test tells every order a client was promised (a 201 it has seen) to a Ledger, with the key it was asked under; settle()
waits until nothing is under way any more; check() looks at the whole database and names everything that is wrong.
"""
import threading

import psycopg2

from support.stack import StackError, wait_until

CONSUMERS_OF = {"order.created": ["commerce.reserve_stock"], "order.resumed": ["commerce.reserve_resumed"],
                "order.refund_requested": ["commerce.settle_refund"], "account.changed": ["commerce.keep_customer", "commerce.keep_courier"],
                "mail.requested": ["accounts.deliver_mail"]}


class Ledger:
    """What clients know: keys they used, and the order they were given for each."""

    def __init__(self):
        self._lock = threading.Lock()
        self.tried = set()
        self.accepted = {}
        self.contradictions = []

    def trying(self, key):
        with self._lock:
            self.tried.add(key)

    def promised(self, key, order_id):
        with self._lock:
            before = self.accepted.setdefault(key, order_id)
            if before != order_id:
                self.contradictions.append(f"key {key} was given order {before} and then {order_id}")

    @property
    def count(self):
        with self._lock:
            return len(self.accepted)


def unsettled(stack):
    """What is still under way, in words; [] when nothing is."""
    waiting = []
    for event_type, consumers in CONSUMERS_OF.items():
        for consumer in consumers:
            count = stack.value(
                "SELECT count(*) FROM stoa.event e WHERE type = %s"
                " AND NOT EXISTS (SELECT 1 FROM stoa.inbox i WHERE i.consumer = %s AND i.event_id = e.id)"
                " AND NOT EXISTS (SELECT 1 FROM stoa.dead_letter d WHERE d.consumer = %s AND d.event_id = e.id)",
                event_type, consumer, consumer)
            if count:
                waiting.append(f"{count} {event_type} not handled by {consumer}")
    retries = stack.value("SELECT count(*) FROM stoa.event_retry")
    if retries:
        waiting.append(f"{retries} in retry")
    return waiting


def settle(stack, timeout_s=60):
    """Waits until every event is in the inbox of every consumer and nothing waits for a retry."""
    def quiet():
        try:
            return not unsettled(stack)
        except psycopg2.Error:
            return False
    try:
        wait_until("everything to settle", quiet, timeout_s)
    except StackError:
        stack.spoiled = True
        logs = "\n".join(f"--- {name}\n{stack.log(name)[-2500:]}" for name in stack.ports)
        raise StackError(f"not settled after {timeout_s} s: {unsettled(stack)}\n{logs}") from None


# Which states of a delivery go with which status of its order, and in which a courier answers for it.
GOES_WITH = ("VALUES ('unassigned', 'ready'), ('assigned', 'assigned'), ('en_route_to_pickup', 'assigned'), ('arrived_at_pickup',"
             " 'assigned'), ('picked_up', 'picked_up'), ('en_route_to_dropoff', 'in_transit'), ('arrived_at_dropoff', 'in_transit'),"
             " ('delivered', 'delivered'), ('failed', 'delivery_failed'), ('returning', 'returning'), ('returned', 'returned'),"
             " ('lost', 'lost'),"
             " ('cancelled', 'cancelled'), ('cancelled', 'collected')")
CARRIED = ("('assigned', 'en_route_to_pickup', 'arrived_at_pickup', 'picked_up', 'en_route_to_dropoff', 'arrived_at_dropoff',"
           " 'failed', 'returning')")

# Each query names what must not be; a row is a fault.
FAULTS = {
    "a product's counters are negative or oversold":
        "SELECT product_id, on_hand, reserved FROM commerce.stock WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand",
    "a product's counters differ from its ledger":
        "SELECT s.product_id, s.on_hand, m.on_hand, s.reserved, m.reserved FROM commerce.stock s LEFT JOIN"
        " (SELECT product_id, store_id, sum(on_hand_delta) on_hand, sum(reserved_delta) reserved FROM commerce.stock_movement"
        " GROUP BY 1, 2) m USING (product_id, store_id) WHERE s.on_hand <> coalesce(m.on_hand, 0) OR s.reserved <> coalesce(m.reserved, 0)",
    "reserved is not the sum of the active reservations":
        "SELECT s.product_id, s.reserved, r.held FROM commerce.stock s LEFT JOIN (SELECT product_id, store_id,"
        " sum(quantity) held FROM commerce.reservation r JOIN commerce.orders o ON o.id = r.order_id WHERE r.state = 'active'"
        " GROUP BY 1, 2) r USING (product_id, store_id) WHERE s.reserved <> coalesce(r.held, 0)",
    "a row is without its order":
        "SELECT r.kind, r.order_id FROM (SELECT 'line' kind, order_id FROM commerce.order_line UNION ALL SELECT 'history', order_id FROM"
        " commerce.order_history UNION ALL SELECT 'reservation', order_id FROM commerce.reservation UNION ALL SELECT 'ledger', order_id"
        " FROM commerce.stock_movement WHERE order_id IS NOT NULL UNION ALL SELECT 'payment', order_id FROM commerce.payment UNION ALL"
        " SELECT 'refund', order_id FROM commerce.refund UNION ALL SELECT 'delivery', order_id FROM commerce.delivery) r"
        " LEFT JOIN commerce.orders o ON o.id = r.order_id WHERE o.id IS NULL",
    "an order is without lines or history":
        "SELECT id FROM commerce.orders o WHERE NOT EXISTS (SELECT FROM commerce.order_line l WHERE l.order_id = o.id)"
        " OR NOT EXISTS (SELECT FROM commerce.order_history h WHERE h.order_id = o.id)",
    "a counter is without its product or its store":
        "SELECT s.product_id, s.store_id FROM commerce.stock s WHERE NOT EXISTS (SELECT FROM commerce.product p WHERE p.id = s.product_id)"
        " OR NOT EXISTS (SELECT FROM commerce.store t WHERE t.id = s.store_id)",
    "a row is without its product's counter":
        "SELECT r.kind, r.product_id, r.store_id FROM (SELECT 'ledger' kind, product_id, store_id FROM commerce.stock_movement UNION ALL"
        " SELECT 'reservation', product_id, o.store_id FROM commerce.reservation JOIN commerce.orders o ON o.id = order_id) r"
        " LEFT JOIN commerce.stock s USING (product_id, store_id) WHERE s.product_id IS NULL",
    "a list of staff would show an order as it is not":
        "SELECT o.id, l.id FROM commerce.orders o FULL JOIN commerce.order_listing l USING (id) WHERE"
        " (o.customer_id, o.store_id, o.channel, o.status, o.total_minor, o.created_at) IS DISTINCT FROM"
        " (l.customer_id, l.store_id, l.channel, l.status, l.total_minor, l.created_at)"
        " AND coalesce(o.id, l.id) NOT IN (SELECT id FROM commerce.order_unlisted)",
    "an order is without its order.created, or has two":
        "SELECT o.id, count(e.id) FROM commerce.orders o LEFT JOIN stoa.event e ON e.aggregate_id = o.id AND"
        " e.type = 'order.created' GROUP BY o.id HAVING count(e.id) <> 1",
    "an order.created is without its order":
        "SELECT e.id FROM stoa.event e LEFT JOIN commerce.orders o ON o.id = e.aggregate_id WHERE e.type = 'order.created'"
        " AND o.id IS NULL",
    "an order has no outcome, and waits for no payment":
        "SELECT id, status FROM commerce.orders o WHERE status = 'pending' AND NOT EXISTS (SELECT FROM commerce.reservation r WHERE"
        " r.order_id = o.id AND r.state = 'active' AND r.expires_at IS NOT NULL)",
    "an order was decided by the worker more than once":
        "SELECT order_id, count(*) FROM commerce.order_history WHERE actor = 'worker' AND to_status NOT IN ('pending', 'ready') GROUP BY 1"
        " HAVING count(*) > 1",
    "an order's history does not count its version":
        "SELECT o.id, o.version, count(*), max(h.seq) FROM commerce.orders o JOIN commerce.order_history h ON h.order_id = o.id"
        " GROUP BY o.id HAVING count(*) <> o.version OR max(h.seq) <> o.version",
    "the last entry of the history is not the order's status":
        "SELECT o.id, o.status, h.to_status FROM commerce.orders o JOIN commerce.order_history h ON h.order_id = o.id AND"
        " h.seq = o.version WHERE h.to_status <> o.status",
    "a confirmed order does not hold what it ordered":
        "SELECT o.id, l.product_id, l.quantity, r.quantity FROM commerce.orders o JOIN (SELECT order_id, product_id,"
        " sum(quantity) quantity FROM commerce.order_line GROUP BY 1, 2) l ON l.order_id = o.id FULL JOIN (SELECT * FROM"
        " commerce.reservation WHERE state = 'active') r ON r.order_id = l.order_id AND r.product_id = l.product_id"
        " WHERE (o.status = 'confirmed' AND l.quantity IS DISTINCT FROM r.quantity) OR o.id IS NULL",
    "an order that is neither confirmed nor waits for its payment holds stock":
        "SELECT o.id, o.status, r.product_id FROM commerce.orders o JOIN commerce.reservation r ON r.order_id = o.id"
        " WHERE r.state = 'active' AND CASE WHEN r.expires_at IS NULL THEN o.status NOT IN ('confirmed', 'picking')"
        " ELSE o.status <> 'pending' END",
    "a confirmed order stands in the ledger with more or less than it holds":
        "SELECT o.id, l.product_id, l.quantity, m.times, m.quantity FROM commerce.orders o JOIN (SELECT order_id, product_id,"
        " sum(quantity) quantity FROM commerce.order_line GROUP BY 1, 2) l ON l.order_id = o.id LEFT JOIN (SELECT order_id,"
        " product_id, count(*) times, sum(reserved_delta) quantity FROM commerce.stock_movement GROUP BY 1, 2) m"
        " USING (order_id, product_id) WHERE o.status = 'confirmed' AND (m.times IS NULL OR m.times % 2 <> 1 OR"
        " m.quantity IS DISTINCT FROM l.quantity)",
    "an order that ended without its goods left something in the ledger":
        "SELECT o.id, m.product_id, sum(m.reserved_delta), sum(m.on_hand_delta) FROM commerce.orders o JOIN"
        " commerce.stock_movement m ON m.order_id = o.id WHERE o.status IN ('cancelled', 'rejected', 'expired') GROUP BY 1, 2"
        " HAVING sum(m.reserved_delta) <> 0 OR sum(m.on_hand_delta) <> 0",
    "an aggregate's events have a gap, a repeat, or a late start":
        "SELECT aggregate, aggregate_id, count(*), count(DISTINCT aggregate_seq), min(aggregate_seq), max(aggregate_seq)"
        " FROM stoa.event GROUP BY 1, 2 HAVING count(*) <> count(DISTINCT aggregate_seq) OR min(aggregate_seq) <> 1"
        " OR max(aggregate_seq) <> count(*)",
    "an order's event_seq is not that of its newest event":
        "SELECT o.id, o.event_seq, max(e.aggregate_seq) FROM commerce.orders o JOIN stoa.event e ON e.aggregate_id = o.id"
        " GROUP BY o.id HAVING max(e.aggregate_seq) <> o.event_seq",
    "a confirmed order has not one inventory.reserved more than inventory.released":
        "SELECT o.id, count(*) FILTER (WHERE e.type = 'inventory.reserved'), count(*) FILTER (WHERE e.type = 'inventory.released')"
        " FROM commerce.orders o LEFT JOIN stoa.event e ON e.aggregate_id = o.id WHERE o.status = 'confirmed' GROUP BY 1"
        " HAVING count(*) FILTER (WHERE e.type = 'inventory.reserved') - count(*) FILTER (WHERE e.type = 'inventory.released') <> 1",
    "an expired order has not exactly one reservation.expired, or another has one":
        "SELECT o.id, o.status, count(e.id) FROM commerce.orders o LEFT JOIN stoa.event e ON e.aggregate_id = o.id AND"
        " e.type = 'reservation.expired' GROUP BY 1 HAVING count(e.id) <> CASE WHEN o.status = 'expired' THEN 1 ELSE 0 END",
    "an order's sums of money are not those of its records":
        "SELECT o.id FROM commerce.orders o"
        " LEFT JOIN (SELECT order_id, sum(amount_minor) FILTER (WHERE kind = 'authorized') authorized,"
        "  sum(amount_minor) FILTER (WHERE kind = 'captured') captured, sum(amount_minor) FILTER (WHERE kind = 'voided') voided,"
        "  count(*) FILTER (WHERE kind = 'failed') failures FROM commerce.payment GROUP BY 1) p ON p.order_id = o.id"
        " LEFT JOIN (SELECT order_id, sum(amount_minor) FILTER (WHERE state = 'pending') refunding,"
        "  sum(amount_minor) FILTER (WHERE state = 'settled') refunded FROM commerce.refund GROUP BY 1) r ON r.order_id = o.id"
        " WHERE (o.authorized_minor, o.captured_minor, o.voided_minor, o.payment_failures, o.refunding_minor, o.refunded_minor)"
        " <> (coalesce(authorized, 0), coalesce(captured, 0), coalesce(voided, 0), coalesce(failures, 0), coalesce(refunding, 0),"
        " coalesce(refunded, 0))",
    "an order's payment_status is not what its money says":
        "SELECT id, payment_status, authorized_minor, captured_minor, voided_minor, refunded_minor FROM commerce.orders"
        " WHERE payment_status <> CASE"
        " WHEN captured_minor > 0 AND refunded_minor >= captured_minor THEN 'refunded'"
        " WHEN captured_minor > 0 AND refunded_minor > 0 THEN 'partially_refunded'"
        " WHEN captured_minor > total_minor THEN 'overpaid' WHEN captured_minor = total_minor AND captured_minor > 0 THEN 'paid'"
        " WHEN captured_minor > 0 THEN 'partially_paid' WHEN authorized_minor > voided_minor THEN 'authorized'"
        " WHEN authorized_minor > 0 THEN 'voided' WHEN payment_failures > 0 THEN 'failed' ELSE 'none' END",
    "an order that ended without its goods keeps money":
        "SELECT id, status FROM commerce.orders WHERE status IN ('cancelled', 'rejected', 'expired', 'returned', 'lost') AND"
        " authorized_minor > captured_minor + voided_minor",
    "an order gives back more than it took":
        "SELECT id FROM commerce.orders WHERE refunding_minor + refunded_minor > captured_minor",
    "a record of money is without its event":
        "SELECT p.order_id, p.seq FROM commerce.payment p LEFT JOIN stoa.event e ON e.aggregate_id = p.order_id AND"
        " e.aggregate_seq = p.seq AND e.type = 'order.payment_changed' WHERE e.id IS NULL",
    "a refund was asked for or closed other than once":
        "SELECT r.id, r.state, count(*) FILTER (WHERE e.type = 'order.refund_requested'), count(*) FILTER (WHERE e.type ="
        " 'order.refunded'), count(*) FILTER (WHERE e.type = 'order.refund_failed') FROM commerce.refund r LEFT JOIN stoa.event e"
        " ON e.aggregate_id = r.order_id AND e.data ->> 'refund_id' = r.id::text GROUP BY 1 HAVING"
        " (count(*) FILTER (WHERE e.type = 'order.refund_requested'), count(*) FILTER (WHERE e.type = 'order.refunded'),"
        " count(*) FILTER (WHERE e.type = 'order.refund_failed')) <>"
        " (1, CASE WHEN r.state = 'settled' THEN 1 ELSE 0 END, CASE WHEN r.state = 'failed' THEN 1 ELSE 0 END)",
    "a cancelled order has not exactly one order.cancelled":
        "SELECT o.id, count(e.id) FROM commerce.orders o LEFT JOIN stoa.event e ON e.aggregate_id = o.id AND"
        " e.type = 'order.cancelled' WHERE o.status = 'cancelled' GROUP BY 1 HAVING count(e.id) <> 1",
    "an event id occurs twice":
        "SELECT id, count(*) FROM stoa.event GROUP BY 1 HAVING count(*) > 1",
    "the inbox knows an event that the log does not":
        "SELECT i.consumer, i.event_id FROM stoa.inbox i LEFT JOIN stoa.event e ON e.id = i.event_id WHERE e.id IS NULL",
    "a consumer has handled an event twice":
        "SELECT consumer, event_id, count(*) FROM stoa.inbox GROUP BY 1, 2 HAVING count(*) > 1",
    "something is left in retry":
        "SELECT consumer, event_id, attempt, errors FROM stoa.event_retry",
    "something is in the dead letters":
        "SELECT consumer, event_type, reason, errors FROM stoa.dead_letter WHERE resolved_at IS NULL",
    "an order and its delivery disagree":
        f"SELECT o.id, o.status, d.state FROM commerce.orders o JOIN commerce.delivery d ON d.order_id = o.id WHERE NOT EXISTS"
        f" (SELECT 1 FROM ({GOES_WITH}) g(state, status) WHERE g.state = d.state AND g.status = o.status)",
    "an order that is brought has no delivery":
        "SELECT o.id, o.status FROM commerce.orders o LEFT JOIN commerce.delivery d ON d.order_id = o.id WHERE (d.id IS NULL) <>"
        " (o.fulfilment = 'pickup') AND o.status IN ('ready', 'assigned', 'picked_up', 'in_transit', 'delivery_failed', 'returning')",
    "a delivery and its assignments disagree":
        f"SELECT d.id, d.state, d.courier_id, a.couriers FROM commerce.delivery d LEFT JOIN (SELECT delivery_id,"
        f" array_agg(courier_id) couriers FROM commerce.delivery_assignment WHERE ended_at IS NULL GROUP BY 1) a"
        f" ON a.delivery_id = d.id WHERE a.couriers IS DISTINCT FROM CASE WHEN d.state IN {CARRIED} THEN ARRAY[d.courier_id] END",
    "an assignment begins before the one before it ends":
        "SELECT delivery_id, started_at, ended FROM (SELECT delivery_id, started_at, lag(coalesce(ended_at, 'infinity')) OVER"
        " (PARTITION BY delivery_id ORDER BY id) ended FROM commerce.delivery_assignment) a WHERE ended > started_at",
    "a courier's load is not what they have in hand":
        "SELECT c.id, c.load, a.held FROM commerce.courier c LEFT JOIN (SELECT courier_id, count(*) held FROM"
        " commerce.delivery_assignment WHERE ended_at IS NULL GROUP BY 1) a ON a.courier_id = c.id WHERE c.load <> coalesce(a.held, 0)",
    "a delivery's history does not count its version, or ends elsewhere":
        "SELECT d.id, d.version, d.state, count(*), max(h.seq) FROM commerce.delivery d JOIN commerce.delivery_history h ON"
        " h.delivery_id = d.id GROUP BY d.id HAVING count(*) <> d.version OR max(h.seq) <> d.version OR"
        " (array_agg(h.to_state ORDER BY h.seq DESC))[1] <> d.state",
    "a delivery's history does not go on where it was":
        "SELECT delivery_id, seq FROM (SELECT delivery_id, seq, from_state, lag(to_state) OVER (PARTITION BY delivery_id"
        " ORDER BY seq) was FROM commerce.delivery_history) h WHERE from_state IS DISTINCT FROM was",
    "a delivery's event_seq is not that of its newest event":
        "SELECT d.id, d.event_seq, max(e.aggregate_seq) FROM commerce.delivery d LEFT JOIN stoa.event e ON e.aggregate_id = d.id"
        " GROUP BY d.id HAVING coalesce(max(e.aggregate_seq), 0) <> d.event_seq",
    "a delivery was completed without exactly one proof":
        "SELECT d.id, count(p.id) FROM commerce.delivery d LEFT JOIN commerce.delivery_proof p ON p.delivery_id = d.id AND"
        " p.step = 'deliver' GROUP BY d.id HAVING count(p.id) <> (d.state = 'delivered')::integer",
    "an order was placed under no key, or a key made no order":
        "SELECT o.id, i.key FROM commerce.orders o FULL JOIN (SELECT key, (body::json ->> 'id')::uuid id FROM"
        " stoa.idempotency WHERE route = 'order_place' AND status = 201) i ON i.id = o.id WHERE (o.id IS NULL OR i.id IS NULL)"
        " AND coalesce(o.channel, 'web') = 'web'",
}


def faults(stack, ledger=None, skip=()):
    """Everything that is wrong, in words."""
    found = []
    for name, query in FAULTS.items():
        if name in skip:
            continue
        rows = stack.sql(query)
        if rows:
            found.append(f"{name}: {len(rows)}, such as {rows[0]}")
    if ledger:
        found += ledger.contradictions
        stored = {row[0]: str(row[1]) for row in stack.sql(
            "SELECT key, body::json ->> 'id' FROM stoa.idempotency WHERE route = 'order_place' AND status = 201")}
        orders = {str(row[0]) for row in stack.sql("SELECT id FROM commerce.orders")}
        for key, order_id in ledger.accepted.items():
            if order_id not in orders:
                found.append(f"order {order_id} was promised and is not there")
            if stored.get(key) != order_id:
                found.append(f"order {order_id} was promised under key {key}, which now stands for {stored.get(key)}")
        if len(set(ledger.accepted.values())) != len(ledger.accepted):
            found.append("two keys were given one order")
    return found


def check(stack, ledger=None, skip=(), timeout_s=60):
    """Waits for quiet and fails with all that is wrong."""
    settle(stack, timeout_s)
    found = faults(stack, ledger, skip)
    stack.spoiled = bool(found)
    assert not found, "\n".join(found)
