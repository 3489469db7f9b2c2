"""A client that sends as fast as the server takes it: a process of its own, bounded in bytes and in time.

`python -m bench.flooder PORT KIND [KIND ...]` floods from 127.0.0.2, so the server tells it from other clients.
"""

import argparse
import asyncio
import contextlib
import json
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bench.processes import ROOT
from bench.session import Session
from bench.tab import Tab

ADDRESS = "127.0.0.2"
TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
FIRST_FRAGMENT, MIDDLE_FRAGMENT = 0x01, 0x00
MIB = 1024 * 1024
MAX_BYTES = 40 * MIB
TICK_SECONDS = 0.005
#: Followers of one running answer, which only read.
STREAMS = "http: streams"


def frame(opcode: int, payload: bytes = b"") -> bytes:
    """Return a frame of a client, masked by zeros."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", opcode, 128 | size) + bytes(4) + payload
    if size < 65536:
        return struct.pack("!BBH", opcode, 128 | 126, size) + bytes(4) + payload
    return struct.pack("!BBQ", opcode, 128 | 127, size) + bytes(4) + payload


def text(payload: str) -> bytes:
    return frame(TEXT, payload.encode())


def event(name: str, **payload: object) -> bytes:
    return text(f"420{json.dumps([name, payload])}")


def request(method: str, path: str, *headers: str, body: bytes = b"", port: int) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


#: Frames that are sent again and again over a WebSocket.
FRAMES = {
    "events": text('42["x"]'),
    "malformed": text("42"),
    "no packets": text("x"),
    "pings": frame(PING),
    "long pings": frame(PING, b"x" * 125),
    "pongs": frame(PONG),
    "fragments": frame(MIDDLE_FRAGMENT),
    "short fragments": frame(MIDDLE_FRAGMENT, b"x"),
    "binary": frame(BINARY, b"x"),
    "empty": text(""),
    "engine pongs": text("3"),
    "engine pings": text("2"),
    "upgrades": text("5"),
    "handshakes": text("40"),
    "other namespaces": text("40/admin,"),
    "acks": text("430[]"),
    "commands": event("open_conversation", conversation_id="none"),
    "unknown commands": event("unknown"),
    "invalid commands": event("send_message", content="x"),
    "messages": event("send_message", conversation_id=None, client_message_id="x", content="x"),
    "stops": event("stop_generation", generation_id="none"),
    "deep": text("42" + "[" * 5000),
    "large": text('42["x","' + "x" * (MIB - 100) + '"]'),
    "large lists": text('42["x",' + "[]," * 300_000 + "0]"),
}


def upgrade(port: int, *, cookie: str = "") -> bytes:
    session = [f"Cookie: {cookie}", f"Origin: http://127.0.0.1:{port}"] if cookie else ["Origin: https://evil.example"]
    return request(
        "GET",
        "/socket.io/?EIO=4&transport=websocket",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        *session,
        port=port,
    )


@dataclass(frozen=True)
class Script:
    """What a connection sends: a beginning, more once the server has answered it, then the same again and again."""

    begin: bytes
    again: bytes
    joined: bytes | None = None


class Connection:
    """One connection of a flood. It is written to whenever it takes something; what comes back is dropped."""

    def __init__(self, port: int, script: Script) -> None:
        self.script = script
        self._left = memoryview(script.begin)
        self._waits = False
        self.socket = socket.socket()
        self.socket.bind((ADDRESS, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)

    def send(self) -> int:
        """Send a part; return its size. Raises BlockingIOError and ConnectionError."""
        if self._waits:
            return 0
        sent = self.socket.send(self._left)
        self._left = self._left[sent:]
        if not self._left:
            self._waits = self.script.joined is not None and self._left.obj is self.script.begin
            self._left = memoryview(self.script.again)
        return sent

    def receive(self) -> int:
        """Drop a part; return its size, 0 at the end. Raises BlockingIOError and ConnectionError."""
        size = len(self.socket.recv(65536))
        if self._waits and self.script.joined is not None:
            self._waits, self._left = False, memoryview(self.script.joined + self.script.again)
        return size


class Flood:
    """Connections that all send as fast as the server takes it, some by each script. Closed ones are replaced."""

    def __init__(self, port: int, scripts: Sequence[Script]) -> None:
        self._port, self._scripts = port, scripts
        self._selector = selectors.DefaultSelector()
        self._stopped = False
        self.sent = self.received = self.opened = 0

    def stop(self) -> None:
        """End `run` soon."""
        self._stopped = True

    def run(self, *, connections: int, seconds: float, max_bytes: int) -> None:
        """Send for a while, or until `stop`, evenly up to so many bytes. `connections`: by each script."""
        began_at = time.monotonic()
        for _ in range(connections):
            for script in self._scripts:
                self._open(script)
        while not self._stopped and (elapsed := time.monotonic() - began_at) < seconds:
            may_send = self.sent < max_bytes * elapsed / seconds
            for key, _ in self._selector.select(timeout=TICK_SECONDS):
                self._serve(key.data, may_send=may_send)
            if not may_send:
                time.sleep(TICK_SECONDS)

    def _open(self, script: Script) -> None:
        with contextlib.suppress(ConnectionError):
            one = Connection(self._port, script)
            self._selector.register(one.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, data=one)
            self.opened += 1

    def _serve(self, one: Connection, *, may_send: bool) -> None:
        try:
            with contextlib.suppress(BlockingIOError):
                self.sent += one.send() if may_send else 0
            size = one.receive()
        except BlockingIOError:
            return
        except ConnectionError:
            size = 0
        self.received += size
        if not size:
            self._selector.unregister(one.socket)
            one.socket.close()
            self._open(one.script)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def http_scripts(port: int, cookie: str) -> dict[str, tuple[bytes, bytes]]:
    """Return what is sent at first and what again and again, by the kind of the flood."""
    json_headers = ("Content-Type: application/json", f"Origin: http://127.0.0.1:{port}")

    def post(body: bytes) -> bytes:
        return request("POST", "/api/session", *json_headers, f"Content-Length: {len(body)}", body=body, port=port)

    chunked = request("POST", "/api/session", *json_headers, "Transfer-Encoding: chunked", port=port)
    paths = "/healthz", "/readyz", "/service-worker.js", "/", "/api/conversations", "/none", "/metrics"
    half_upgrade = request("GET", "/socket.io/?EIO=4&transport=websocket", "Upgrade: websocket", port=port)
    return {
        **{f"pipelined {path}": (b"", request("GET", path, f"Cookie: {cookie}", port=port)) for path in paths},
        "pipelined sessions": (b"", post(b"{}")),
        "large bodies": (b"", post(b" " * (MIB - 10))),
        "deep bodies": (b"", post(b"[" * 500_000)),
        "bodies of lists": (b"", post(b"[" + b"[]," * 300_000 + b"0]")),
        "short chunks": (chunked, chunk(b" ")),
        "chunks with extensions": (chunked, b"1;a=b\r\n \r\n"),
        "malformed chunks": (chunked, b"xyz\r\n"),
        "malformed requests": (b"", b"GET\r\n\r\n"),
        "half upgrades": (b"", half_upgrade),
        "upgrades": (upgrade(port), b"x"),
        "empty lines": (b"", b"\r\n"),
    }


async def running_answer(port: int, cookie: str) -> str:
    """Ask a question whose answer lasts longer than any flood. Returns the id of its generation."""
    tab = await Tab.connect(port, cookie)
    question = {"conversation_id": None, "client_message_id": str(uuid.uuid4()), "content": str(uuid.uuid4())}
    _, ack = await tab.ask("send_message", **question, model="script?tokens=100000&rate=60")
    tab.close()
    generation_id: str = ack["generation_id"]
    return generation_id


def make_script(kind: str, port: int) -> Script:
    """Return a flood by its kind: `http: …`, `strangers: …` (frames without a session) or `tab: …`."""
    who, _, what = kind.partition(": ")
    if kind == STREAMS:
        cookie = Session(port).cookie
        path = f"/api/generations/{asyncio.run(running_answer(port, cookie))}/events"
        return Script(request("GET", path, f"Cookie: {cookie}", port=port), b"", b"")
    joined: bytes | None = None
    if who == "http":
        begin, again = http_scripts(port, Session(port).cookie)[what]
    else:
        cookie = Session(port).cookie if who == "tab" else ""
        begin, again = upgrade(port, cookie=cookie), FRAMES[what]
        joined = text("40") if cookie else b""
        if "fragments" in what:
            joined += frame(FIRST_FRAGMENT, b"42")
    again *= max(1, 65536 // len(again))
    return Script(begin or again, again, joined)


class Flooding:
    """A flood by a process of its own. It has begun when this has been created.

    `seconds`: how long it lasts, unless it is stopped. `max_bytes`: what it sends at most, evenly over that time.
    """

    def __init__(
        self, port: int, kinds: Sequence[str], *, connections: int, seconds: float, max_bytes: int = MAX_BYTES
    ) -> None:
        command = [sys.executable, "-m", "bench.flooder", str(port), *kinds]
        options = ["--connections", str(connections), "--seconds", str(seconds), "--bytes", str(max_bytes)]
        self._process = subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        if self._process.stdout.readline() != "flooding\n":
            raise RuntimeError("The flooder did not begin.")

    def stop(self) -> bool:
        """End it now. Returns whether it still went on."""
        going_on = self._process.poll() is None
        self._process.terminate()
        return going_on

    def end(self) -> dict[str, int]:
        """Wait for the end. Returns what was counted: `sent`, `received`, `opened`."""
        output, _ = self._process.communicate(timeout=100)
        if self._process.returncode:
            raise RuntimeError("The flooder failed.")
        counted: dict[str, int] = json.loads(output)
        return counted

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        self._process.communicate(timeout=100)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("kinds", nargs="+")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--bytes", type=int, default=MAX_BYTES)
    options = parser.parse_args()
    flooding = Flood(options.port, [make_script(kind, options.port) for kind in options.kinds])
    signal.signal(signal.SIGTERM, lambda *_: flooding.stop())
    print("flooding", flush=True)
    flooding.run(connections=options.connections, seconds=options.seconds, max_bytes=options.bytes)
    print(json.dumps({"sent": flooding.sent, "received": flooding.received, "opened": flooding.opened}))


if __name__ == "__main__":
    main()
