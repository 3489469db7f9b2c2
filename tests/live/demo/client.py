"""A client of the demo upstream that uses plain HTTP, and the process itself."""

import http.client
import json
import math
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from support.waiting import LIMIT

COUNTED = "".join(f"{index} " for index in range(1, 51))


class Demo:
    """A client of one running server that uses plain HTTP."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.port = urlsplit(base_url).port

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> "Reply":
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        with closing(self.connection()) as connection:
            connection.request(method, path, data, headers)
            return Reply(connection.getresponse())

    def chat(self, model: str, *messages: str, stream: bool = True, **options: Any) -> "Reply":
        return self.request("POST", "/v1/chat/completions", chat_body(model, *messages, stream=stream, **options))

    def script(self, *messages: str, stream: bool = True, **query: Any) -> "Reply":
        return self.chat(f"script?{urlencode(query)}", *messages, stream=stream)

    def say(self, *messages: str, model: str = "demo-fast", **options: Any) -> str:
        return self.chat(model, *messages, **options).text

    def calls(self) -> list[dict[str, Any]]:
        return self.request("GET", "/_calls").json

    def ended_call(self, model: str) -> dict[str, Any]:
        """Wait until the end of the last call of this model is recorded, and return the call."""
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            call = [call for call in self.calls() if call["model"] == model][-1]
            if call["ended_by"]:
                return call
        raise AssertionError(f"{model} did not end")


class Reply:
    """A response, read whole, and its parts."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.broken = False
        try:
            self.body = response.read()
        except http.client.IncompleteRead as error:
            self.body, self.broken = error.partial, True

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]

    @property
    def events(self) -> list[str]:
        lines = self.body.decode().replace("\r\n", "\n").split("\n\n")
        return [line.removeprefix("data: ") for line in lines if line]

    @property
    def chunks(self) -> list[dict[str, Any]]:
        return [json.loads(event) for event in self.events if event.startswith("{") and event.endswith("}")]

    @property
    def deltas(self) -> list[dict[str, Any]]:
        return [choice.get("delta") or {} for chunk in self.chunks if "choices" in chunk for choice in chunk["choices"]]

    def field(self, name: str) -> str:
        return "".join(delta.get(name) or "" for delta in self.deltas)

    @property
    def text(self) -> str:
        return self.field("content")

    @property
    def finish(self) -> list[str]:
        choices = [choice for chunk in self.chunks if "choices" in chunk for choice in chunk["choices"]]
        return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


def chat_body(model: str, *messages: str, **options: Any) -> dict[str, Any]:
    """Return a request whose messages alternate between the user and the assistant."""
    roles = ("user", "assistant")
    turns = [{"role": roles[index % 2], "content": text} for index, text in enumerate(messages or ("Count.",))]
    return {"model": model, "messages": turns, **options}


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the server as a process of its own; give the process and its base URL."""
    command = [sys.executable, "-m", "chatapp.demo", "--port", "0", *arguments]
    process = subprocess.Popen(command, text=True, stdin=-1, stdout=-1, stderr=-1)
    try:
        line = process.stdout.readline()
        assert re.fullmatch(r"listening on http://127\.0\.0\.1:\d+/v1\n", line), process.stderr.read()
        yield process, line.split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=LIMIT)


def check_pace(measure: Callable[[], list[list[float]]], rate: float, within: float = 0.03) -> None:
    """Check that tokens come at their rate. A busy machine only delays them, so the best of ten runs counts."""
    drifts: list[float] = []
    while not drifts or drifts[-1] >= within:
        assert len(drifts) < 10, f"the second half of the tokens was off by {min(drifts):.3f} s"
        drifts.append(drift(measure(), rate))


def drift(sent: list[list[float]], rate: float) -> float:
    """Return how far the halves of the tokens are apart in their starts, each taken from its earliest token."""
    starts = [moment - (total - 1) / rate for moment, total in sent]
    half = len(sent) // 2
    return abs(min(starts[half:]) - min(starts[:half])) if half else math.inf


def send_chat(client: socket.socket, model: str, *, stream: bool = True) -> None:
    body = json.dumps(chat_body(model, stream=stream)).encode()
    client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n")
    client.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


def read_until(client: socket.socket, needle: bytes) -> bytes:
    seen = b""
    while needle not in seen:
        data = client.recv(65536)
        assert data, seen
        seen += data
    return seen


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline


def is_json(text: str | bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
