# SPDX-License-Identifier: Apache-2.0
"""Random lives of orders against a model: several clients at once place, pay, move, cancel, refund and let lapse what is theirs,
correct the stock they share, and each answer is the one the model gives. Manual provider, with a sweeper at work."""
import collections
import random
import threading
import uuid

import pytest

from support import checker
from support.client import Api
from support.shop import add_product, admin_token, order_body, public_token, stock_of
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api", "worker", "cron"),
             env={"STOA_PAYMENT_PROVIDER": "manual", "STOA_RESERVATION_TTL": "1h"})
CLIENTS, STEPS = 4, 60

STAFF_MOVES = {"pending": {"rejected", "cancelled", "on_hold"}, "on_hold": {"pending", "cancelled"}, "confirmed": {"picking", "cancelled"},
               "picking": {"ready", "cancelled"}, "ready": {"collected", "cancelled"}}
FORWARD = {"confirmed": "picking", "picking": "ready", "ready": "collected", "on_hold": "pending"}
CUSTOMER_CANCELS = {"pending", "on_hold", "confirmed", "picking", "ready"}
HOLDS, HAS = {"confirmed", "picking"}, {"ready", "collected"}
ENDED = {"cancelled", "rejected", "expired"}


class Order:
    """What the model knows of one order, which is always fetched from the store."""

    def __init__(self, shown, lines, cash):
        self.id, self.code, self.total = shown["id"], shown["pickup_code"], shown["total"]["amount"]
        self.status, self.version, self.lines, self.cash = shown["status"], shown["version"], lines, cash
        self.holds = self.status in HOLDS or (self.status == "pending" and not cash)
        self.authorized = self.captured = self.voided = self.refunded = self.failures = 0
        self.refunds = []  # (id, amount) that are pending

    @property
    def open(self):
        return max(self.authorized - self.captured - self.voided, 0)

    @property
    def refundable(self):
        return self.captured - self.refunded - sum(amount for _, amount in self.refunds)

    @property
    def payment_status(self):
        if self.captured:
            if self.refunded:
                return "refunded" if self.refunded == self.captured else "partially_refunded"
            return "paid" if self.captured == self.total else "partially_paid" if self.captured < self.total else "overpaid"
        if self.authorized:
            return "authorized" if self.open else "voided"
        return "failed" if self.failures else "none"

    def move(self, status):
        self.status, self.version = status, self.version + 1
        if status in ENDED | {"on_hold"}:
            self.holds = False
        if status == "ready":
            self.holds = False
            self.captured += 0 if self.cash else self.open
        if status == "collected" and self.cash:
            self.captured += max(self.total - self.captured, 0)
        if status in ENDED:
            self.voided += self.open

    @property
    def quantity(self):
        return {product: quantity for product, quantity in self.lines}


class Client(threading.Thread):
    def __init__(self, stack, products, seed):
        super().__init__(daemon=True)
        self.stack, self.products, self.rng = stack, products, random.Random(seed)
        self.customer = Api(stack, token=public_token(), keep=True)
        self.staff = Api(stack, "admin-api", admin_token(), keep=True)
        self.orders, self.delta, self.error, self.done = [], dict.fromkeys(products, 0), None, []

    def run(self):
        try:
            self.place()
            for _ in range(STEPS):
                act = self.rng.choices([self.place, self.pay, self.move, self.cancel, self.lapse, self.adjust, self.refund, self.close],
                                       [5, 6, 12, 0.3, 0.5, 2, 4, 2])[0]
                self.done.append(act.__name__)
                act()
        except BaseException as error:  # told by the test
            self.error = error

    def mine(self):
        return self.rng.choice(self.orders)

    def shown(self, order):
        return self.customer.get(f"/api/orders/{order.id}").json

    def fits(self, order, shown):
        """What the API says of an order is what the model does; refunds of ended orders get their ids from it."""
        assert (shown["status"], shown["payment_status"], shown["refunded"]["amount"]) == (
            order.status, order.payment_status, order.refunded), (self.done[-9:], vars(order), shown)
        assert shown["version"] == order.version, (self.done[-9:], vars(order), shown)

    def given_back(self, order):
        """An order that ended gives back all that is left: the model learns the refund's id."""
        if order.status in ENDED and order.refundable:
            rows = self.staff.get(f"/api/admin/orders/{order.id}").json["refunds"]
            new = [row for row in rows if row["state"] == "pending" and row["id"] not in dict(order.refunds)]
            assert [row["amount"]["amount"] for row in new] == [order.refundable], (vars(order), rows)
            order.refunds.append((new[0]["id"], new[0]["amount"]["amount"]))

    def place(self):
        lines = [(product, self.rng.randrange(1, 4)) for product in self.rng.sample(self.products, self.rng.randrange(1, 3))]
        cash = self.rng.random() < 0.4
        answer = self.customer.post("/api/orders", order_body(*lines, payment_method="cash" if cash else "card", fulfilment="pickup"),
                                    key=str(uuid.uuid4()))
        assert answer.status == 201, answer
        self.decided(answer.json["id"], 1, lines, cash)

    def decided(self, order_id, version, lines, cash):
        """Waits for the worker: what it decides depends on what others hold."""
        def look():
            shown = self.customer.get(f"/api/orders/{order_id}").json
            return shown if shown["version"] > version else None
        shown = wait_until(f"order {order_id} to be decided", look)
        assert shown["status"] in {"cancelled", "confirmed" if cash else "pending"}, shown
        order = Order(shown, lines, cash)
        self.orders.append(order)
        self.fits(order, shown)
        return order

    def pay(self):
        order, kind = self.mine(), self.rng.choice(["authorized", "authorized", "failed", "captured", "voided"])
        amount = self.rng.choice([None, None, None, 1, order.total + 1])
        body = {"kind": kind, "reference": str(uuid.uuid4())} | ({"amount": amount} if amount else {})
        answer = self.staff.post(f"/api/admin/orders/{order.id}/payments", body, key=str(uuid.uuid4()))
        code = self.refused(order, kind, amount)
        assert answer.code == code and (code or answer.status == 201), (self.done[-9:], vars(order), body, answer)
        if not code:
            self.paid(order, kind, amount)
            self.fits(order, answer.json)

    @staticmethod
    def expected(order, kind):
        if kind in ("authorized", "failed"):
            return order.total
        return order.open if kind == "voided" or order.open else max(order.total - order.captured, 0)

    def refused(self, order, kind, amount):
        expected = self.expected(order, kind)
        amount = expected if amount is None else amount
        if order.status in ENDED:
            return "payment_too_late"
        if kind in ("authorized", "failed"):
            if order.status != "pending" or not order.holds:
                return "payment_not_awaited"
            return None if amount == expected else "payment_amount_wrong"
        if order.status in ("pending", "on_hold") or (kind == "voided" and not expected):
            return "payment_not_awaited"
        return "payment_amount_wrong" if amount <= 0 or (kind == "voided" and amount != expected) else None

    def paid(self, order, kind, amount):
        amount = amount or self.expected(order, kind)
        if kind == "failed":
            order.failures += 1
            order.move("cancelled")
            return
        setattr(order, kind, getattr(order, kind) + amount)
        if kind == "authorized":
            order.move("confirmed")
        else:
            order.version += 1

    def move(self):
        order = self.mine()
        stale = self.rng.random() < 0.1
        legal = sorted(STAFF_MOVES.get(order.status, ()))
        target = self.rng.choice(sorted(HOLDS | HAS | ENDED))
        if legal and self.rng.random() < 0.9:
            target = FORWARD[order.status] if order.status in FORWARD and self.rng.random() < 0.7 else self.rng.choice(legal)
        body = {"status": target, "reason": "because"} | ({"code": order.code} if target == "collected" else {})
        answer = self.staff.patch(f"/api/admin/orders/{order.id}/status", body,
                                  headers={"If-Match": f'"v{order.version - stale}"'})
        expected = 412 if stale else 200 if target in legal else 409
        assert answer.status == expected, (self.done[-9:], vars(order), target, answer)
        if expected == 200:
            resumed = order.status == "on_hold" and target == "pending"
            order.move(target)
            self.fits(order, answer.json)
            self.given_back(order)
            if resumed:
                self.orders.remove(order)
                again = self.decided(order.id, order.version, order.lines, order.cash)
                assert again.version == order.version + 1

    def cancel(self):
        order = self.mine()
        answer = self.customer.post(f"/api/orders/{order.id}/cancel", {})
        if order.status == "cancelled":
            assert answer.status == 200
        elif order.status in CUSTOMER_CANCELS:
            order.move("cancelled")
            self.fits(order, answer.json)
            self.given_back(order)
        else:
            assert answer.code == "illegal_transition", (vars(order), answer)

    def lapse(self):
        """Its time is up: the sweeper, or a payment that is as quick, ends the waiting."""
        waiting = [order for order in self.orders if order.status == "pending" and order.holds]
        if not waiting:
            return
        order = self.rng.choice(waiting)
        self.stack.sql("UPDATE commerce.reservation SET expires_at = clock_timestamp() WHERE order_id = %s", order.id)
        if self.rng.random() < 0.5:
            answer = self.staff.post(f"/api/admin/orders/{order.id}/payments",
                                     {"kind": "authorized", "reference": str(uuid.uuid4())}, key=str(uuid.uuid4()))
            if answer.status == 201:
                self.paid(order, "authorized", None)
                self.fits(order, answer.json)
                return
            assert answer.code == "payment_too_late", answer
        order.move("expired")
        self.fits(order, wait_until("the order to expire", lambda: (now := self.shown(order))["status"] == "expired" and now))

    def adjust(self):
        product, delta = self.rng.choice(self.products), self.rng.choice([-30, -2, -1, 1, 2, 20])
        answer = self.staff.post(f"/api/admin/stock/{product}/adjust", {"delta": delta, "reason": "counted"}, key=str(uuid.uuid4()))
        assert answer.status == 200 or answer.code in ("stock_negative", "stock_below_reserved"), answer
        self.delta[product] += delta if answer.status == 200 else 0

    def refund(self):
        order, amount = self.mine(), self.rng.choice([1, 100, 100000])
        if order.refundable and self.rng.random() < 0.5:
            amount = order.refundable
        answer = self.staff.post(f"/api/admin/orders/{order.id}/refunds", {"amount": amount, "reason": "sorry"}, key=str(uuid.uuid4()))
        if amount > order.refundable:
            assert answer.code == "refund_too_high", (vars(order), amount, answer)
            return
        assert answer.status == 201, answer
        order.refunds.append((answer.json["id"], amount))
        order.version += 1
        self.fits(order, self.shown(order))

    def close(self):
        waiting = [order for order in self.orders if order.refunds]
        if not waiting:
            return
        order, how = self.rng.choice(waiting), self.rng.choice(["settle", "settle", "fail"])
        refund_id, amount = order.refunds.pop()
        answer = self.staff.post(f"/api/admin/orders/{order.id}/refunds/{refund_id}/{how}")
        assert answer.status == 200, answer
        order.refunded += amount if how == "settle" else 0
        order.version += 1
        self.fits(order, self.shown(order))


@pytest.mark.parametrize("seed", range(3))
def test_lives_of_orders(stack, seed):
    products = [add_product(stack, stock=40, price=100 + i) for i in range(4)]
    clients = [Client(stack, products, f"{seed}/{i}") for i in range(CLIENTS)]
    [client.start() for client in clients]
    [client.join(120) for client in clients]
    for client in clients:
        assert not client.is_alive(), (seed, client.done[-3:])
        if client.error:
            raise client.error
    orders = [order for client in clients for order in client.orders]
    print(f"seed {seed}:", collections.Counter(f"{order.status}, {order.payment_status}" for order in orders))
    for product in products:
        on_hand, reserved = 40, 0
        for client in clients:
            on_hand += client.delta[product]
        for order in orders:
            on_hand -= order.quantity.get(product, 0) if order.status in HAS else 0
            reserved += order.quantity.get(product, 0) if order.holds else 0
        assert stock_of(stack, product) == (on_hand, reserved), seed
    for client in clients:
        for order in client.orders:
            client.fits(order, client.shown(order))
    checker.check(stack)
