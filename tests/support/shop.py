# SPDX-License-Identifier: Apache-2.0
"""A small shop for tests: products made in the database, customers, orders, load."""
import threading
import time
import uuid

from support.client import Api, Socket, mint
from support.stack import SECRETS, wait_until

MAIN_STORE = "01900000-0000-7000-8000-000000000001"
PASSWORD = "correct horse battery 42"
ADDRESS = {"recipient": "Ada Example", "street": "Stoa Street 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}


def public_token(account_id=None, role="customer", **claims):
    """A token of an account that needs not exist: orders only carry its id."""
    return mint(SECRETS["JWT_SECRET"], "public", role, account_id, **claims)


def admin_token(account_id=None, role="admin", **claims):
    return mint(SECRETS["ADMIN_JWT_SECRET"], "admin", role, account_id, **claims)


def add_product(stack, stock=1000, price=250, safety=0, name=None, sku=None, category=None, brand=None, featured=False,
                tax=700, unit="1 piece", currency="EUR"):
    """A product with its stock and the ledger entry that explains it; its id as text."""
    product_id = uuid.uuid4()
    sku = sku or f"T-{product_id.hex[:12]}"
    name = name or f"Product {product_id.hex[:6]}"
    category = category or default_category(stack)
    stack.sql(
        "INSERT INTO commerce.product (id, sku, name, description, category_id, brand_id, unit, price_minor, currency,"
        " tax_rate_bp, featured, created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp(),"
        " clock_timestamp())", product_id, sku, name, f"What {name} is", category, brand, unit, price, currency, tax, featured)
    stack.sql("INSERT INTO commerce.stock (product_id, on_hand, safety, updated_at) VALUES (%s, %s, %s, now())",
              product_id, stock, safety)
    stack.sql("INSERT INTO commerce.stock_movement (product_id, kind, on_hand_delta, actor, at)"
              " VALUES (%s, 'receive', %s, 'test', now())", product_id, stock)
    return str(product_id)


def add_department(stack, name, rank=0):
    department_id = uuid.uuid4()
    stack.sql("INSERT INTO commerce.department (id, name, slug, rank, created_at, updated_at) VALUES (%s, %s, %s, %s, now(), now())",
              department_id, name, name.lower().replace(" ", "-"), rank)
    return str(department_id)


def add_category(stack, department, name, rank=0):
    category_id = uuid.uuid4()
    stack.sql("INSERT INTO commerce.category (id, department_id, name, slug, rank, created_at, updated_at)"
              " VALUES (%s, %s, %s, %s, %s, now(), now())", category_id, department, name, name.lower().replace(" ", "-"), rank)
    return str(category_id)


def add_brand(stack, name):
    brand_id = uuid.uuid4()
    stack.sql("INSERT INTO commerce.brand (id, name, slug, created_at, updated_at) VALUES (%s, %s, %s, now(), now())",
              brand_id, name, name.lower().replace(" ", "-").encode("ascii", "ignore").decode())
    return str(brand_id)


def default_category(stack):
    found = stack.sql("SELECT id FROM commerce.category WHERE slug = 'test-category'")
    if found:
        return str(found[0][0])
    return add_category(stack, add_department(stack, "Test department"), "Test category")


def stock_of(stack, product_id):
    """(on_hand, reserved) of a product."""
    return stack.sql("SELECT on_hand, reserved FROM commerce.stock WHERE product_id = %s", product_id)[0]


def register(stack, email=None, name="Ada Example", password=PASSWORD, api=None):
    """Registers a customer; the session as the API gave it."""
    email = email or f"c-{uuid.uuid4().hex[:12]}@example.com"
    answer = (api or Api(stack)).post("/api/auth/register", {"email": email, "password": password, "name": name})
    assert answer.status == 201, answer
    session = answer.json
    session["email"] = email
    return session


def make_staff(stack, role="admin", email=None):
    """Staff has no registration: a customer's account is moved to the other audience, password and all."""
    email = email or f"s-{uuid.uuid4().hex[:12]}@stoa.example"
    session = register(stack, email, "Staff Example")
    stack.sql("UPDATE accounts.account SET audience = 'admin', role = %s WHERE id = %s", role, session["account"]["id"])
    return email


def admin_login(stack, email, password=PASSWORD):
    answer = Api(stack, "admin-api").post("/api/admin/auth/login", {"email": email, "password": password})
    assert answer.status == 200, answer
    return answer.json


def order_body(*lines, **more):
    """order_body((product_id, quantity), ...)"""
    body = {"lines": [{"product_id": product, "quantity": quantity} for product, quantity in lines],
            "address": ADDRESS, "payment_method": "cash"}
    if more.get("fulfilment") == "pickup":
        del body["address"]
    body.update(more)
    return body


def place(api, *lines, key=None, **more):
    """Places an order; the answer, whatever it is."""
    return api.post("/api/orders", order_body(*lines, **more), key=key or str(uuid.uuid4()))


def post_again(api, body, key):
    """As a client does whose first request with this key still runs."""
    while True:
        answer = api.post("/api/orders", body, key=key)
        if answer.code != "idempotency_key_in_use":
            return answer
        time.sleep(0.05)


def placed(api, *lines, **more):
    answer = place(api, *lines, **more)
    assert answer.status == 201, answer
    return answer.json


def wait_order(api, order_id, status, timeout_s=30):
    """Waits for an order to stand at a status, by asking again and again."""
    def look():
        order = api.get(f"/api/orders/{order_id}").json
        return order if order["status"] == status else None
    return wait_until(f"order {order_id} to be {status}", look, timeout_s)


def follow(stack, order_id, token, until=None, after=None, timeout_s=30, **more):
    """Follows an order on its socket until an event says it stands at `until`; the messages."""
    query = {"after": after} if after is not None else None
    messages = []
    with Socket(stack, f"/ws/orders/{order_id}", token, query=query, timeout_s=timeout_s, **more) as ws:
        messages.append(ws.recv())
        assert messages[0]["type"] == "connected", messages
        if until and messages[0]["order"]["status"] == until and after is None:
            return messages
        while until:
            messages.append(ws.recv(timeout_s))
            if messages[-1]["type"] == "order.status_changed" and messages[-1]["data"]["to"] == until:
                break
    return messages


class Load:
    """Customers who order again and again, each with keys of its own, repeating a key until it is answered.

    with Load(stack, ledger, products) as load: ... faults ... ; the books are in the ledger afterwards.
    """

    def __init__(self, stack, ledger, products, customers=6, lines=1, names=("public-api",), pause_s=0.005, retry_s=60):
        self.stack = stack
        self.ledger = ledger
        self.products = products
        self.lines = lines
        self.names = names
        self.pause_s = pause_s
        self.retry_s = retry_s
        self.errors = []
        self.gave_up = []
        self.statuses = {}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(i,), daemon=True) for i in range(customers)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        for thread in self._threads:
            thread.join(self.retry_s + 30)
        assert not any(thread.is_alive() for thread in self._threads), "a customer hangs"
        if not exc[0]:
            assert not self.gave_up, f"{len(self.gave_up)} orders were never answered, such as {self.gave_up[0]}"

    def _count(self, status):
        with self._lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def _try(self, api, body, key, index):
        """One order under one key, repeated over whatever goes wrong on our side of the promise."""
        end = time.monotonic() + self.retry_s
        last = None
        attempt = index
        while time.monotonic() < end:
            api.name = self.names[attempt % len(self.names)]
            attempt += 1
            try:
                answer = api.post("/api/orders", body, key=key)
            except OSError as error:
                self._count(type(error).__name__)
                last = repr(error)
                time.sleep(0.05)
                continue
            except Exception as error:  # http.client: cut off in the middle of an answer
                self._count(type(error).__name__)
                last = repr(error)
                time.sleep(0.05)
                continue
            self._count(answer.status)
            if answer.status == 201:
                self.ledger.promised(key, answer.json["id"])
                return
            last = repr(answer)
            if answer.status < 500 and answer.code not in ("conflict", "idempotency_key_in_use", "rate_limited"):
                with self._lock:
                    self.errors.append(last)
                return
            time.sleep(0.05)
        with self._lock:
            self.gave_up.append(last)

    def _run(self, index):
        api = Api(self.stack, token=public_token(), timeout_s=20)
        turn = index
        while not self._stop.is_set():
            lines = [(self.products[(turn + i) % len(self.products)], 1 + (turn + i) % 2) for i in range(self.lines)]
            key = str(uuid.uuid4())
            self.ledger.trying(key)
            body = order_body(*lines, payment_method="card" if turn % 2 else "cash")
            self._try(api, body, key, index)
            turn += 1
            time.sleep(self.pause_s)


