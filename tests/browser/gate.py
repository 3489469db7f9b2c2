"""A TCP proxy between browser and server that can lose connections, stall, refuse WebSockets, or let pages be kept."""

import contextlib
import socket
import threading
import time

#: As long as each other, so that no length changes.
KEEP_NOTHING, KEEP = b"Cache-Control: no-store", b"Cache-Control: no-cache"
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Gate:
    """Forwards TCP connections. A WebSocket's handshake is the first request of its connection, and can be refused."""

    def __init__(self, port: int) -> None:
        self.target, self.lets_websockets_pass = port, True
        self._is_cut = self._is_stalled = False
        self.bytes_per_second = 0  # 0: unlimited
        self.lets_pages_be_kept = False
        self._live: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def cut(self) -> None:
        """Drop all connections and accept no others."""
        self._is_cut = True
        self._drop_connections()

    def stall(self) -> None:
        """Drop all connections; accept others but never answer."""
        self._is_stalled = True
        self._drop_connections()

    def _drop_connections(self) -> None:
        for one in list(self._live):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Forward connections again."""
        was_stalled, self._is_cut, self._is_stalled = self._is_stalled, False, False
        if was_stalled:
            self._drop_connections()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        if self._is_cut:
            near.close()
            return
        self._live.add(near)
        try:
            if self._is_stalled:
                self._ignore(near)
            else:
                self._forward(near)
        finally:
            self._live.discard(near)

    def _ignore(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            while near.recv(65536):
                pass

    def _forward(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            head = near.recv(65536)
            if b"upgrade: websocket" in head.lower() and not self.lets_websockets_pass:
                near.sendall(REFUSAL)
                return
            with socket.create_connection(("127.0.0.1", self.target)) as far:
                far.sendall(head)
                back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
                back.start()
                self._pump(near, far)
                back.join()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        """Copy until the source ends, then shut down the sink for writing."""
        with contextlib.suppress(OSError):
            while data := source.recv(8192):
                if self.bytes_per_second:
                    time.sleep(len(data) / self.bytes_per_second)
                sink.sendall(data.replace(KEEP_NOTHING, KEEP) if self.lets_pages_be_kept else data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
