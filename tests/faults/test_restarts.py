# SPDX-License-Identifier: Apache-2.0
"""Two of each API behind the real gateway, ended and started one after the other under load: no client notices."""
import http.client
import signal
import threading
import time

import pytest

from support import checker
from support.client import Api
from support.gateway import Gateway
from support.shop import PASSWORD, Load, add_product, admin_login, make_staff, public_token, register

STACK = dict(start=("public-api", "public-api#2", "admin-api", "admin-api#2", "worker"))


class Clients:
    """Ask again and again through the gateway, over connections that they keep; what was not answered 200 is in `failed`."""

    def __init__(self, *asks):
        self.failed, self.answered, self._stop = [], 0, threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(ask,)) for ask in asks]

    def _run(self, ask):
        while not self._stop.is_set():
            try:
                answer = ask()
                if answer.status != 200:
                    self.failed.append(repr(answer))
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
            time.sleep(0.005)

    def __enter__(self):
        [thread.start() for thread in self._threads]
        return self

    def __exit__(self, *exc):
        self._stop.set()
        [thread.join(60) for thread in self._threads]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_one_after_the_other(stack, how):
    ledger = checker.Ledger()
    products = [add_product(stack, stock=100000) for _ in range(3)]
    session, staff = register(stack), admin_login(stack, make_staff(stack))
    with Gateway(stack):
        shop, desk = Api(stack, "gateway", keep=True), Api(stack, "gateway", staff["access_token"], keep=True)
        asks = [lambda: shop.get(f"/api/products/{products[0]}"), lambda: shop.get("/api/products"),
                lambda: desk.get("/api/admin/orders")]
        if how == signal.SIGTERM:  # a write without a key: the process that drains answers what it has taken
            asks.append(lambda: shop.post("/api/auth/login", {"email": session["email"], "password": PASSWORD}))
        with Clients(*asks) as clients, Load(stack, ledger, products, customers=4, names=("gateway",)) as load:
            for pause_s in (0, 0.5):
                for name in ("public-api", "public-api#2", "admin-api", "admin-api#2"):
                    time.sleep(0.3)
                    assert stack.kill(name, how) in (0, -how)
                    time.sleep(pause_s)  # as a supervisor does; or not
                    stack.start(name)
    assert not clients.failed, (len(clients.failed), clients.failed[:5])
    assert set(load.statuses) == {201}, load.statuses
    assert ledger.count > 50 and clients.answered > 100
    checker.check(stack, ledger, timeout_s=90)
