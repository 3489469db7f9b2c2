"""A bad network between terminal and server: drops, repeats and reorders frames, and cuts connections."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

CUT = object()
Plan = Callable[[str], list[str] | object]


class Network:
    """Forwards connections from a port of its own.

    The plan gets each text frame that the server sends over a WebSocket, and returns the frames that arrive
    in its place, or CUT to lose the connection.
    """

    def __init__(self, port: int, plan: Plan) -> None:
        self.target, self.plan, self.lets_websockets_pass = port, plan, True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as far:
            threading.Thread(target=_pump, args=(near, far), daemon=True).start()
            with far.makefile("rb") as reader:
                head = b""
                while not head.endswith(b"\r\n\r\n") and (line := reader.readline()):
                    head += line
                if b" 101 " in head and not self.lets_websockets_pass:
                    near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                near.sendall(head)
                if b" 101 " in head.partition(b"\r\n")[0]:
                    self._carry(reader, near)
                else:
                    while data := reader.read1():
                        near.sendall(data)
            for side in (near, far):
                side.shutdown(socket.SHUT_RDWR)

    def _carry(self, reader, near: socket.socket) -> None:
        while head := reader.read(2):
            assert not head[1] & 0x80, "a server does not mask"
            length = head[1]
            if length == 126:
                (length,) = struct.unpack("!H", reader.read(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", reader.read(8))
            body = reader.read(length)
            if head[0] != 0x81:
                near.sendall(_frame(head[0], body))
                continue
            with self._lock:
                arriving = self.plan(body.decode())
            if arriving is CUT:
                return
            for frame in arriving:
                near.sendall(_frame(0x81, frame.encode()))


def _frame(first: int, body: bytes) -> bytes:
    if len(body) < 126:
        return bytes([first, len(body)]) + body
    if len(body) < 65536:
        return bytes([first, 126]) + struct.pack("!H", len(body)) + body
    return bytes([first, 127]) + struct.pack("!Q", len(body)) + body


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
