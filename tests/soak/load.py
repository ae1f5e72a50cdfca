# SPDX-License-Identifier: Apache-2.0
"""The mixed load: what somebody may do is a row (a function under @action with its weight), so a new route is a new function.

An action asks through `self` (a Runner): self.public(...) and self.admin(...) take turns between the processes of a kind, over kept
connections, and note every answer under the action's name. `expect` names the statuses that may come; others are faults, and 5xx
always is.
"""
import base64
import collections
import http.client
import json
import random
import socket
import threading
import time
import urllib.parse
import uuid

from support.client import Closed, Events, Refused, Socket
from support.shop import ADDRESS, PASSWORD, add_product, admin_token, public_token

PRODUCTS, SCARCE, REGISTERED, MINTED = 120, 4, 12, 60
THREADS, FOLLOWERS, SLOW = 6, 6, 2
HOURS = 12 * 3600
COURIERS = 20
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(range(256))).decode()
ACTIONS = []


def action(weight):
    def row(function):
        ACTIONS.append((weight, function.__name__, function))
        return function
    return row


class Session:
    """Somebody who has registered: tokens that run out and are renewed."""

    def __init__(self, email):
        self.email, self.lock, self.tokens, self.until = email, threading.Lock(), None, 0

    def keep(self, answer):
        self.tokens = answer
        self.until = time.monotonic() + min(answer["expires_in"], 600) * 0.6


class Customer:
    def __init__(self, account_id=None, session=None):
        self.session = session
        self.account_id = account_id or str(uuid.uuid4())
        self._token = None if session else public_token(self.account_id, exp=int(time.time()) + HOURS)
        self.cursor = None

    @property
    def token(self):
        return self.session.tokens["access_token"] if self.session else self._token


class Courier(Customer):
    """One who is always there; accounts of couriers are kept by staff and by no test of this."""

    def __init__(self, stack):
        super().__init__()
        self._token = public_token(self.account_id, role="courier", exp=int(time.time()) + HOURS)
        stack.sql("INSERT INTO commerce.courier (id, name, phone, seq, available, capacity, created_at, updated_at)"
                  " VALUES (%s, 'Soak', '+49 30 5550201', 1, true, 20, now(), now())", self.account_id)


class World:
    """What all runners share: the shop, its people, the orders of late, and what was answered."""

    def __init__(self, stack):
        self.stack = stack
        self.lock = threading.Lock()
        self.counts = collections.defaultdict(collections.Counter)
        self.times = collections.defaultdict(lambda: collections.deque(maxlen=2000))
        self.odd = []
        self.requests = self.failures = self.reconnects = self.gaps = self.followed = 0
        self.products = [add_product(stack, stock=50_000_000, price=100 + 7 * i) for i in range(PRODUCTS)]
        self.scarce = [add_product(stack, stock=5) for _ in range(SCARCE)]
        self.customers = [Customer() for _ in range(MINTED)]
        self.couriers = [Courier(stack) for _ in range(COURIERS)]
        self.orders = collections.deque(maxlen=1500)
        self.staff = admin_token(exp=int(time.time()) + HOURS)
        self.owner = admin_token(role="super_admin", exp=int(time.time()) + HOURS)
        self.feed_after = 0
        first = Runner(self, 0, 1, threading.Event())
        for i in range(REGISTERED):
            first.name = "register"
            first.register()

    def saw(self, name, answer, took, expect):
        with self.lock:
            self.requests += 1
            self.counts[name][answer.status] += 1
            self.times[name].append(took)
            if answer.status >= 500:
                self.failures += 1
            if answer.status >= 500 or answer.status not in expect:
                if len(self.odd) < 200:
                    self.odd.append(f"{name} answered {answer.status}: {answer.body[:300]!r}")

    def fault(self, text):
        with self.lock:
            if len(self.odd) < 200:
                self.odd.append(text)

    def line(self):
        with self.lock:
            return (f"{self.requests} requests, {self.failures} of them 5xx, {len(self.odd)} odd, {self.followed} streams,"
                    f" {self.gaps} gaps, {self.reconnects} reconnects")

    def wrong(self):
        found = [f"{self.failures} answers were 5xx"] if self.failures else []
        found += [f"{self.gaps} streams had a gap"] if self.gaps else []
        found += [f"{len(self.odd)} answers were not expected"] if self.odd else []
        return found + self.odd[:20]

    def table(self):
        lines = [f"{'action':<20}{'answers':>9}  {'median ms':>9}  {'p99 ms':>8}  statuses"]
        for name in sorted(self.counts):
            times = sorted(self.times[name])
            total = sum(self.counts[name].values())
            statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.counts[name].items()))
            lines.append(f"{name:<20}{total:>9}  {times[len(times) // 2] * 1000:>9.2f}  {times[len(times) * 99 // 100] * 1000:>8.2f}  {statuses}")
        return "\n".join(lines)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Runner(threading.Thread):
    """One of those who act, at a pace."""

    def __init__(self, world, number, rate, stop):
        super().__init__(daemon=True)
        self.world, self.stop, self.pace = world, stop, 1 / rate
        self.random = random.Random(number)
        self.connections, self.turn, self.name = {}, number, None

    # ---- Asking ---------------------------------------------------------------------------------------------------------

    def _send(self, process, method, target, body, headers):
        for attempt in (1, 2):
            connection = self.connections.get(process)
            if not connection:
                connection = http.client.HTTPConnection("127.0.0.1", self.world.stack.ports[process], timeout=30)
                self.connections[process] = connection
            try:
                connection.request(method, target, body=body, headers=headers)
                raw = connection.getresponse()
                answer = Answer(raw.status, raw.headers, raw.read())
                if raw.will_close:
                    self.connections.pop(process).close()
                return answer
            except (http.client.HTTPException, OSError):
                self.connections.pop(process).close()
                self.world.reconnects += 1
                if attempt == 2:
                    raise
        return None

    def ask(self, kind, method, path, data=None, token=None, query=None, key=None, headers=None, body=None, expect=(200,)):
        merged = dict(headers or {})
        if data is not None:
            body = json.dumps(data).encode()
            merged["Content-Type"] = "application/json"
        if token:
            merged["Authorization"] = f"Bearer {token}"
        if key:
            merged["Idempotency-Key"] = key
        self.turn += 1
        process = kind if self.turn % 2 else kind + "#2"
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        began = time.monotonic()
        answer = self._send(process, method, target, body, merged)
        self.world.saw(self.name, answer, time.monotonic() - began, expect)
        return answer

    def public(self, method, path, **more):
        return self.ask("public-api", method, path, **more)

    def admin(self, method, path, **more):
        return self.ask("admin-api", method, path, token=more.pop("token", self.world.staff), **more)

    def someone(self):
        customer = self.random.choice(self.world.customers)
        session = customer.session
        if session and time.monotonic() > session.until:
            with session.lock:
                if time.monotonic() > session.until:
                    self._renew(session)
        return customer

    def _renew(self, session):
        answer = self.public("POST", "/api/auth/refresh", data={"refresh_token": session.tokens["refresh_token"]}, expect=(200, 401))
        if answer.status != 200:
            answer = self.public("POST", "/api/auth/login", data={"email": session.email, "password": PASSWORD})
        session.keep(answer.json)

    def an_order(self):
        return self.random.choice(self.world.orders) if self.world.orders else None

    def register(self):
        email = f"soak-{uuid.uuid4().hex[:12]}@example.com"
        answer = self.public("POST", "/api/auth/register", data={"email": email, "password": PASSWORD, "name": "Soak"}, expect=(201,))
        session = Session(email)
        session.keep(answer.json)
        self.world.customers.append(Customer(answer.json["account"]["id"], session))

    # ---- Acting ---------------------------------------------------------------------------------------------------------

    def run(self):
        weights = [weight for weight, _, _ in ACTIONS]
        due = time.monotonic()
        while not self.stop.is_set():
            _, self.name, function = self.random.choices(ACTIONS, weights)[0]
            try:
                function(self)
            except Exception as error:
                self.world.fault(f"{self.name}: {error!r}")
            due = max(due + self.pace, time.monotonic() - 1)
            self.stop.wait(max(0, due - time.monotonic()))


# ---- What customers do -------------------------------------------------------------------------------------------------


@action(14)
def browse(self):
    query = self.random.choice([{}, {"q": "product"}, {"sort": "-price"}, {"in_stock": "true", "limit": 50}, {"min_price": 200},
                                {"sort": "-created_at"}, {"q": "nothing like it"}])
    page = self.public("GET", "/api/products", query=query).json
    if page["next_cursor"] and self.random.random() < 0.4:
        self.public("GET", "/api/products", query={**query, "cursor": page["next_cursor"]})


@action(12)
def product(self):
    path = "/api/products/" + self.random.choice(self.world.products)
    answer = self.public("GET", path)
    if self.random.random() < 0.3:
        self.public("GET", path, headers={"If-None-Match": answer.headers["ETag"]}, expect=(200, 304))


@action(4)
def catalogue(self):
    self.public("GET", "/api/catalog/" + self.random.choice(["departments", "categories", "brands"]))


@action(9)
def place(self):
    customer, key = self.someone(), str(uuid.uuid4())
    chosen = self.random.sample(self.world.products, self.random.randint(1, 4))
    if self.random.random() < 0.03:
        chosen.append(self.random.choice(self.world.scarce))
    data = {"lines": [{"product_id": id, "quantity": self.random.randint(1, 3)} for id in chosen], "address": ADDRESS,
            "payment_method": self.random.choice(["cash", "card"])}
    answer = self.public("POST", "/api/orders", data=data, token=customer.token, key=key, expect=(201,))
    if answer.status == 201:
        self.world.orders.append((answer.json["id"], customer))
        if self.random.random() < 0.05:
            again = self.public("POST", "/api/orders", data=data, token=customer.token, key=key, expect=(201,))
            if again.json["id"] != answer.json["id"]:
                self.world.fault("a repeated key made a second order")


@action(6)
def own_orders(self):
    customer = self.someone()
    page = self.public("GET", "/api/orders", token=customer.token,
                       query=self.random.choice([{}, {"limit": 5}, {"status": "confirmed"}])).json
    if page["next_cursor"] and "status" not in page and self.random.random() < 0.2:
        self.public("GET", "/api/orders", token=customer.token, query={"cursor": page["next_cursor"]}, expect=(200, 400))


@action(9)
def own_order(self):
    found = self.an_order()
    if found:
        answer = self.public("GET", f"/api/orders/{found[0]}", token=found[1].token)
        self.public("GET", f"/api/orders/{found[0]}", token=found[1].token, headers={"If-None-Match": answer.headers["ETag"]},
                    expect=(200, 304))


@action(1.2)
def cancel(self):
    found = self.an_order()
    if found:
        self.public("POST", f"/api/orders/{found[0]}/cancel", data={"reason": "changed my mind"}, token=found[1].token,
                    expect=(200, 409))


@action(0.5)
def others_order(self):
    found, other = self.an_order(), self.someone()
    if found and other is not found[1]:
        self.public("GET", f"/api/orders/{found[0]}", token=other.token, expect=(404,))


@action(1)
def addresses(self):
    token = self.someone().token
    made = self.public("POST", "/api/addresses", data=ADDRESS, token=token, expect=(201, 409, 422))
    self.public("GET", "/api/addresses", token=token)
    if made.status == 201:
        path = "/api/addresses/" + made.json["id"]
        self.public("PATCH", path, data={"street": "Stoa Street 2"}, token=token)
        self.public("DELETE", path, token=token, expect=(204,))


@action(2)
def me(self):
    people = [customer for customer in list(self.world.customers) if customer.session]
    if people:
        customer = self.random.choice(people)
        if time.monotonic() < customer.session.until:
            self.public("GET", "/api/me", token=customer.token)


# Each of these costs an Argon2 of some twenty milliseconds.
@action(0.08)
def newcomer(self):
    if len(self.world.customers) < 400:
        self.register()


@action(0.2)
def login(self):
    people = [customer.session for customer in list(self.world.customers) if customer.session]
    session = self.random.choice(people)
    answer = self.public("POST", "/api/auth/login", data={"email": session.email, "password": PASSWORD})
    if self.random.random() < 0.5:
        self.public("POST", "/api/auth/logout", token=answer.json["access_token"], expect=(204,))
    else:
        self.public("POST", "/api/auth/refresh", data={"refresh_token": answer.json["refresh_token"]})


@action(0.05)
def wrong_password(self):
    self.public("POST", "/api/auth/login", data={"email": f"nobody-{self.turn}@example.com", "password": "not the password"},
                expect=(401,))


# ---- What staff do -----------------------------------------------------------------------------------------------------


@action(5)
def staff_orders(self):
    query = self.random.choice([{}, {"filter[status]": "confirmed"}, {"filter[status]": "picking,ready,assigned"}, {"sort": "total"},
                                {"filter[status]": "delivered", "sort": "total"}, {"filter[channel]": "web"}, {"limit": 100},
                                {"filter[created_at][gte]": time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime())},
                                {"q": "nobody@example.com"}])
    page = self.admin("GET", "/api/admin/orders", query=query).json
    if page["next_cursor"] and self.random.random() < 0.3:
        self.admin("GET", "/api/admin/orders", query={**query, "cursor": page["next_cursor"]})


@action(14)
def staff_move(self):
    """Most orders go on to the end of the road, a few are cancelled on the way; from the counter on it is a courier's."""
    found = self.an_order()
    if not found:
        return
    shown = self.admin("GET", f"/api/admin/orders/{found[0]}").json
    order = shown.get("order", shown)
    allowed = [to for to in order["allowed_transitions"] if to not in ("on_hold", "pending")]
    if order["status"] == "ready" and self.random.random() < 0.9:
        self.admin("POST", f"/api/admin/orders/{found[0]}/assign", data={"courier_id": self.random.choice(self.world.couriers).account_id},
                   expect=(200, 409, 412, 422))
        return
    onward = [to for to in allowed if to not in ("cancelled", "rejected", "expired", "delivery_failed", "confirmed")]
    if not allowed or (order["status"] == "pending"):
        return
    to = self.random.choice(onward if onward and self.random.random() < 0.93 else allowed)
    self.admin("PATCH", f"/api/admin/orders/{found[0]}/status", data={"status": to, "reason": "soak"},
               headers={"If-Match": f'"v{order["version"]}"'}, expect=(200, 403, 409, 412, 422))


@action(10)
def carry(self):
    """A courier takes the next step with one of the orders in the bag."""
    courier = self.random.choice(self.world.couriers)
    bag = self.public("GET", "/api/courier/deliveries", token=courier.token, query={"limit": 50}).json["data"]
    for delivery in self.random.sample(bag, min(2, len(bag))):
        steps = [step for step in delivery["allowed_steps"] if step not in ("drop", "fail")]
        if not steps or self.random.random() < 0.06:
            steps = delivery["allowed_steps"]
        if not steps:
            continue
        step = self.random.choice(steps)
        data = {"deliver": {"kind": "photo", "content": JPEG}, "fail": {"reason": "nobody_home"}, "drop": {"reason": "soak"}}.get(step)
        self.public("POST", f"/api/courier/deliveries/{delivery['id']}/{step}", data=data, token=courier.token,
                    expect=(200, 409, 412, 422))


@action(1)
def whereabouts(self):
    courier = self.random.choice(self.world.couriers)
    self.public("PUT", "/api/courier/location", token=courier.token, expect=(200, 204, 429),
                data={"latitude": 52.5 + self.random.random() / 50, "longitude": 13.4})
    if self.random.random() < 0.2:
        self.public("PUT", "/api/courier/availability", data={"available": True}, token=courier.token, expect=(200, 204))


@action(0.6)
def dispatch(self):
    page = self.admin("GET", "/api/admin/deliveries", query=self.random.choice([{}, {"limit": 5}])).json
    self.admin("GET", "/api/admin/dispatch/couriers")
    if page["data"]:
        self.admin("GET", "/api/admin/deliveries/" + self.random.choice(page["data"])["id"])


@action(0.6)
def give_back(self):
    """Money back for one that was paid; whatever is wrong with it is refused by name."""
    found = self.an_order()
    if found:
        self.admin("POST", f"/api/admin/orders/{found[0]}/refunds", data={"amount": 50, "reason": "soak"},
                   key=str(uuid.uuid4()), expect=(200, 201, 409, 422))


@action(0.5)
def people(self):
    kind = self.random.choice(["users", "customers", "couriers"])
    page = self.admin("GET", f"/api/admin/{kind}", query=self.random.choice([{}, {"q": "soak"}, {"sort": "name"}]), token=self.world.owner).json
    if page["data"]:
        self.admin("GET", f"/api/admin/{kind}/" + page["data"][0]["id"], token=self.world.owner)


@action(0.4)
def audit(self):
    self.admin("GET", "/api/admin/audit", token=self.world.owner)


@action(0.1)
def forgotten(self):
    self.public("POST", "/api/auth/forgot-password", data={"email": f"nobody-{self.turn}@example.com"}, expect=(202, 200, 204))


@action(0.3)
def staff_cancel(self):
    found = self.an_order()
    if found:
        self.admin("POST", f"/api/admin/orders/{found[0]}/cancel", data={"reason": "soak"}, expect=(200, 409))


@action(2)
def stock(self):
    self.admin("GET", "/api/admin/stock", query=self.random.choice([{}, {"filter[low]": "true"}, {"q": "product"}]))


@action(1)
def stock_adjust(self):
    path = "/api/admin/stock/" + self.random.choice(self.world.products)
    delta = self.random.choice([-2, -1, 1, 2, 3])
    self.admin("POST", path + "/adjust", data={"delta": delta, "reason": "soak"}, key=str(uuid.uuid4()))
    self.admin("GET", path + "/movements", query={"limit": 10})


@action(0.02)
def reconcile(self):
    answer = self.admin("GET", "/api/admin/stock/reconcile")
    if not answer.json["agree"]:
        self.world.fault("counters and ledger differ: " + str(answer.json["data"][:3]))


# ---- What operators do -------------------------------------------------------------------------------------------------


@action(2)
def feed(self):
    page = self.admin("GET", "/api/admin/events", query={"after": self.world.feed_after, "limit": 100}).json
    positions = [event["position"] for event in page["data"]]
    if positions != sorted(set(positions)):
        self.world.fault("the feed is not in order")
    self.world.feed_after = max(self.world.feed_after, page["next_after"])


@action(0.5)
def feed_of_one_type(self):
    self.admin("GET", "/api/admin/events", query={"filter[type]": "order.cancelled", "after": self.world.feed_after // 2})


@action(0.6)
def operators(self):
    path = self.random.choice(["/api/admin/consumers", "/api/admin/dead", "/api/admin/releases", "/api/admin/stores"])
    self.admin("GET", path)


@action(1)
def probes(self):
    self.ask(self.random.choice(["public-api", "admin-api"]), "GET", self.random.choice(["/health", "/ready", "/metrics"]))


# ---- What nobody should do -----------------------------------------------------------------------------------------------

NONSENSE = [
    ("GET", "/api/nothing/here", {}), ("PUT", "/api/products", {}), ("GET", "/api/orders", {"token": "nonsense"}),
    ("GET", "/api/products/not-an-id", {}), ("GET", "/api/products", {"query": {"cursor": "forged"}}),
    ("GET", "/api/products", {"query": {"limit": "a lot"}}), ("GET", "/api/products", {"query": {"unknown": "1"}}),
    ("POST", "/api/auth/login", {"body": b"{", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/auth/login", {"data": {"email": 1, "password": [], "more": {}}}),
    ("POST", "/api/auth/login", {"body": b"email=a", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
    ("POST", "/api/auth/login", {"data": {"email": "x" * 100_000}}),
    ("POST", "/api/orders", {"data": {"lines": []}, "own": True}), ("POST", "/api/orders", {"data": {}, "own": True, "key": "k"}),
    ("GET", "/api/admin/orders", {"own": True}),
]


@action(4)
def nonsense(self):
    method, path, more = self.random.choice(NONSENSE)
    more = dict(more)
    if more.pop("own", False):
        more["token"] = self.someone().token
    try:
        self.public(method, path, **more, expect=range(400, 500))
    except (http.client.HTTPException, OSError):
        if len(str(more)) < 50_000:  # who sends too much is answered and cut off, and may not get to read it
            raise


# ---- Streams and slow clients ------------------------------------------------------------------------------------------


class Follower(threading.Thread):
    """Follows an order for some seconds, leaves politely or not, comes back elsewhere and goes on where it was."""

    def __init__(self, world, number, stop):
        super().__init__(daemon=True)
        self.world, self.stop, self.random, self.number = world, stop, random.Random(1000 + number), number

    def run(self):
        while not self.stop.wait(self.random.random()):
            if not self.world.orders:
                continue
            order_id, customer = self.world.orders[-1] if self.random.random() < 0.7 else self.random.choice(self.world.orders)
            try:
                if self.number % 3 == 2:
                    self._stream(order_id, customer)
                else:
                    self._socket(order_id, customer)
            except Exception as error:
                self.world.fault(f"following: {error!r}")

    def _count(self, before, seq):
        if seq != before + 1:
            self.world.gaps += 1
            self.world.fault(f"a stream went from {before} to {seq}")
        return seq

    def _socket(self, order_id, customer):
        last = None
        for process in ("public-api", "public-api#2"):
            query = {"after": last} if last is not None else None
            with Socket(self.world.stack, f"/ws/orders/{order_id}", customer.token, name=process, query=query) as ws:
                self.world.followed += 1
                hello = ws.recv(10)
                last = hello["seq"] if last is None else last
                end = time.monotonic() + self.random.uniform(1, 6)
                while time.monotonic() < end and not self.stop.is_set():
                    try:
                        last = self._count(last, ws.recv(max(0.05, end - time.monotonic()))["seq"])
                    except (socket.timeout, TimeoutError):
                        break
                if self.random.random() < 0.5:
                    ws.close()

    def _stream(self, order_id, customer):
        last = None
        for process in ("public-api#2", "public-api"):
            with Events(self.world.stack, f"/api/orders/{order_id}/events", customer.token, name=process, last=last) as stream:
                self.world.followed += 1
                hello = stream.recv(10)
                last = int(hello["id"]) if last is None else last
                end = time.monotonic() + self.random.uniform(1, 6)
                while time.monotonic() < end and not self.stop.is_set():
                    try:
                        last = self._count(last, int(stream.recv(max(0.05, end - time.monotonic()))["id"]))
                    except (socket.timeout, TimeoutError):
                        break


class Slow(threading.Thread):
    """Dribbles requests, stops in the middle, or asks and never reads."""

    def __init__(self, world, number, stop):
        super().__init__(daemon=True)
        self.world, self.stop, self.random = world, stop, random.Random(2000 + number)

    def run(self):
        while not self.stop.wait(self.random.uniform(0.2, 1)):
            try:
                self._once(self.random.choice(["dribble", "leave", "deaf", "idle"]))
            except OSError:
                pass  # refused or cut off, as it deserves

    def _once(self, how):
        name = self.random.choice(["public-api", "public-api#2", "admin-api"])
        request = b"GET /api/products?limit=100 HTTP/1.1\r\nHost: soak\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.world.stack.ports[name]), timeout=10) as connection:
            if how == "deaf":
                connection.sendall(request * 20)
            elif how != "idle":
                for at in range(0, len(request) if how == "dribble" else 20, 4):
                    connection.sendall(request[at:at + 4])
                    if self.stop.wait(0.15):
                        return
            self.stop.wait(self.random.uniform(0.5, 3))


def start(world, rate, stop):
    # An action is 1.3 requests or so.
    runners = [Runner(world, i, rate / 1.3 / THREADS, stop) for i in range(THREADS)]
    runners += [Follower(world, i, stop) for i in range(FOLLOWERS)]
    runners += [Slow(world, i, stop) for i in range(SLOW)]
    for runner in runners:
        runner.start()
    return runners
