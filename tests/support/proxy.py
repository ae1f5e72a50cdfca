# SPDX-License-Identifier: Apache-2.0
"""A network between a process and PostgreSQL that can be cut: nothing is forwarded any more, and nobody is told."""
import os
import select
import socket
import threading

NAME = ".s.PGSQL.5432"


class Proxy:
    """with Proxy(stack) as proxy: stack.start("worker", env={"DATABASE_URL": proxy.conninfo}); proxy.cut(); proxy.heal()"""

    def __init__(self, stack):
        self.stack = stack
        self.folder = f"{stack.folder}/proxy"
        self.conninfo = stack.conninfo.replace(f"host={stack.folder}", f"host={self.folder}")
        self._whole, self._ended = threading.Event(), threading.Event()
        self._whole.set()

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        path = f"{self.folder}/{NAME}"
        if os.path.exists(path):
            os.unlink(path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(100)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._ended.set()
        self._listener.close()

    def cut(self):
        self._whole.clear()

    def heal(self):
        self._whole.set()

    def _accept(self):
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client):
        self._whole.wait()
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(f"{self.stack.folder}/{NAME}")
            ends = {client: server, server: client}
            while not self._ended.is_set():
                readable, _, _ = select.select(list(ends), [], [], 0.1)
                self._whole.wait()
                for end in readable:
                    try:
                        data = end.recv(65536)
                        if not data:
                            return
                        ends[end].sendall(data)
                    except OSError:
                        return
