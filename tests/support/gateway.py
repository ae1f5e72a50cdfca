# SPDX-License-Identifier: Apache-2.0
"""HAProxy before a stack, by the configuration that `stoa up` uses."""
import os
import subprocess

from support.client import parse_answers, raw_exchange_at
from support.child import ROOT, base_env, child_setup, free_port, wait_until

GET_HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Gateway:
    """with Gateway(stack) as gateway: gateway.address"""

    def __init__(self, stack):
        self.stack = stack
        self.address = ("127.0.0.1", free_port(set(stack.ports.values())))
        self.statistics = free_port({*stack.ports.values(), self.address[1]})
        self.child = None

    def __enter__(self):
        self.stack.ports["gateway"] = self.address[1]  # Api(stack, "gateway")
        with open(os.path.join(ROOT, "infra/haproxy/haproxy.cfg.in")) as file:
            text = file.read()
        for name, value in (("SOCKETS", self.stack.folder), ("HOST", self.address[0]), ("GATEWAY_PORT", self.address[1]),
                            ("STATS_PORT", self.statistics),
                            ("PUBLIC_SERVERS", self._servers("public-api")), ("ADMIN_SERVERS", self._servers("admin-api"))):
            text = text.replace(f"@{name}@", str(value))
        config = os.path.join(self.stack.folder, "haproxy.cfg")
        with open(config, "w") as file:
            file.write(text)
        with open(f"{self.stack.folder}/log/haproxy.log", "ab") as log:
            self.child = subprocess.Popen(["haproxy", "-db", "-f", config], cwd=self.stack.folder,
                                          env={**base_env(), "PATH": "/usr/sbin:" + base_env()["PATH"]}, stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log, preexec_fn=child_setup(None, 9))
        try:
            wait_until("the gateway", self._is_up)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _servers(self, kind):
        return "\n".join(f"\tserver {name.replace('#', '-')} 127.0.0.1:{port}"
                         for name, port in self.stack.ports.items() if name.split("#")[0] == kind)

    def _is_up(self):
        assert self.child.poll() is None, self.stack.log("haproxy")[-3000:]
        try:
            data, _ = raw_exchange_at(self.address, GET_HEALTH)
        except OSError:
            return False
        return data.startswith(b"HTTP/1.1 200")

    def __exit__(self, *exc):
        del self.stack.ports["gateway"]
        self.child.kill()
        self.child.wait()

    def exchange(self, payload, **more):
        return raw_exchange_at(self.address, payload, **more)

    def answers(self, payload, **more):
        data, closed = self.exchange(payload, **more)
        return parse_answers(data), closed
