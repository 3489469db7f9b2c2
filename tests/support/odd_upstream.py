"""An upstream that misbehaves: each test scripts what it sends, byte for byte."""

import contextlib
import json
import select
import socket
import socketserver
import threading
from collections.abc import Callable
from typing import Any

EVENTS = "text/event-stream"
JSON = "application/json"


class Exchange:
    """One request and its response, in chunks (RFC 9112, 7.1), so that the connection can be reused."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.is_over = False

    def begin(self, content_type: str = EVENTS, status: str = "200 OK") -> None:
        """Send the head of a chunked response."""
        head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        self._connection.sendall(head.encode())

    def send(self, data: bytes) -> None:
        """Send one chunk."""
        self._connection.sendall(b"%x\r\n%b\r\n" % (len(data), data))

    def event(self, data: Any) -> None:
        """Send one event: bytes unchanged, anything else as JSON."""
        self.send(b"data: %b\n\n" % (data if isinstance(data, bytes) else json.dumps(data).encode()))

    def text(self, text: str) -> None:
        """Send one piece of an answer."""
        self.event({"choices": [{"delta": {"content": text}}]})

    def end(self) -> None:
        """End the body and keep the connection."""
        self._connection.sendall(b"0\r\n\r\n")

    def answer_json(self, value: Any) -> None:
        """Answer with one JSON value, not streamed."""
        self.begin(JSON)
        self.send(json.dumps(value).encode())
        self.end()

    def answer_text(self, text: str) -> None:
        """Answer as a correct upstream does."""
        self.begin()
        self.text(text)
        self.event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        self.event(b"[DONE]")
        self.end()

    def wait_client_closed(self, within: float) -> bool:
        """Wait at most `within` seconds for the client to close the connection; tell whether it has."""
        readable, _, _ = select.select([self._connection], [], [], within)
        return bool(readable) and self._connection.recv(1, socket.MSG_PEEK) == b""

    def cut(self) -> None:
        """Close the connection."""
        self.is_over = True
        self._connection.shutdown(socket.SHUT_RDWR)


Script = dict[str, Callable[[Exchange], None]]


class OddUpstream:
    """Answers a question by the entry of its script for the model, and a request for the list of models by `models`."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.models: Any = {"object": "list", "data": []}
        self.connections = 0
        self.models_asked: list[str] = []
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def answer(self, exchange: Exchange, body: bytes) -> None:
        """Answer one request: a question has a body, a request for the list of models has none."""
        if not body:
            exchange.answer_json(self.models)
            return
        model = json.loads(body)["model"]
        self.models_asked.append(model)
        self.script[model](exchange)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False  # a kept connection would delay the end of the tests

    def __init__(self, upstream: OddUpstream) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.upstream = upstream


class _Connection(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.upstream.connections += 1
        with contextlib.suppress(ConnectionError):
            while head := self._read_head():
                exchange = Exchange(self.connection)
                self.server.upstream.answer(exchange, self.rfile.read(int(head.get("content-length", "0"))))
                if exchange.is_over:
                    return

    def _read_head(self) -> dict[str, str]:
        """Return the header fields of the next request; nothing at the end of the connection."""
        lines = []
        while line := self.rfile.readline().decode("latin-1").strip():
            lines.append(line)
        fields = (line.partition(":") for line in lines)
        return {name.lower(): value.strip() for name, _, value in fields}
