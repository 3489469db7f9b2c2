"""The HTTP side: routes, bodies, errors."""

import ipaddress
import json
import socketserver
import sys
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chatapp.demo import friendly_models
from chatapp.demo.api_error import ApiError
from chatapp.demo.call_log import CallLog
from chatapp.demo.client_connection import ClientConnection
from chatapp.demo.completion import Completion
from chatapp.demo.stream_events import encode_json

LARGEST_BODY = 64 * 1024 * 1024
RETRY_SECONDS = 0.5


class Handler(BaseHTTPRequestHandler):
    """One client's connection, and the requests that come over it."""

    server: "Server"
    protocol_version = "HTTP/1.1"
    server_version = "chatapp-demo"
    sys_version = ""
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        """Wait for a request no longer than the server's idle time-out, and answer it."""
        self.connection.settimeout(self.server.idle_seconds)
        super().handle_one_request()

    def handle_request(self) -> None:
        """Answer one request; errors have OpenAI's format."""
        self.connection.settimeout(None)  # neither the answer nor its reader has a time limit
        try:
            body = self.read_body()
            self.refuse_foreign_host()
            self.route(f"{self.command} {urlsplit(self.path).path}", body)
        except ApiError as error:
            self.send_json(error.status, encode_json(error.body), error.headers)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_OPTIONS = handle_request  # noqa: N815

    def route(self, what: str, body: bytes) -> None:
        """Dispatch a request to its handler."""
        match what:
            case "GET /v1/models":
                self.send_json(200, encode_json(friendly_models.list_models()))
            case "POST /v1/chat/completions":
                self.complete(read_object(body))
            case "GET /_calls":
                about = parse_qs(urlsplit(self.path).query).get("about", [""])[0]
                found = [call for call in self.server.calls.all() if not about or call.is_about(about)]
                # Encoded call by call: one long encoding would block all running streams.
                calls = [encode_json(call.as_json()) for call in found]
                self.send_json(200, b"[%b]" % b",".join(calls))
            case "DELETE /_calls":
                self.server.calls.clear()
                self.send_json(200, b"[]")
            case _:
                raise ApiError(404, f"Unknown request URL: {what}.", code="unknown_url")

    def complete(self, body: dict[str, Any]) -> None:
        """Answer a chat request, and close the connection if the answer leaves it unusable."""
        call = self.server.calls.record(body, dict(self.headers.items()))
        if not Completion(self, ClientConnection(self.connection), call).run(body):
            self.close_connection = True

    def read_body(self) -> bytes:
        """Read the whole body, so that the next request on this connection starts at its own first byte."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise ApiError(400, "The body needs a Content-Length of at most 64 MiB.")
        return self.rfile.read(int(length))

    def refuse_foreign_host(self) -> None:
        """Refuse other host names on loopback: a web page could let its own name resolve to it (DNS rebinding)."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        if self.server.is_loopback and host != "localhost" and not is_loopback(host):
            raise ApiError(403, "This server answers to loopback addresses only.")

    def send_head(self, status: int, content_type: str, **headers: str) -> None:
        """Send the status and the headers, at once."""
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def send_json(self, status: int, body: bytes, headers: Any = None) -> None:
        """Send a whole JSON response."""
        self.send_head(status, "application/json", Content_Length=str(len(body)), **(headers or {}))
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send the standard library's errors (broken requests, unknown methods) as JSON, not as HTML."""
        self.close_connection = True
        self.send_json(code, encode_json(ApiError(code, message or explain or "").body))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: `/_calls` has more."""


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens on one address; a thread per connection, green where eventlet has patched threads.

    Not http.server's own: that one asks the name service who 127.0.0.1 is, and its serve_forever() takes its
    selector when it is imported, so that it would block every green thread.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 1024

    def __init__(self, host: str = "127.0.0.1", port: int = 0, idle_seconds: float | None = None) -> None:
        """`idle_seconds`: how long a connection without a request is kept; None: until the client closes it."""
        super().__init__((host, port), Handler)
        self.idle_seconds = idle_seconds
        self.calls = CallLog()
        self.is_loopback = is_loopback(self.socket.getsockname()[0])

    @property
    def base_url(self) -> str:
        """Return the value for OPENAI_BASE_URL."""
        host, port = self.socket.getsockname()[:2]
        return f"http://{host}:{port}/v1"

    def serve(self) -> None:
        """Accept connections until the process ends."""
        while True:
            try:
                connection, address = self.get_request()
            except OSError as error:  # too many open files, most likely: connections that close make room
                sys.stderr.write(f"The demo model cannot accept a connection now: {error}\n")
                time.sleep(RETRY_SECONDS)
                continue
            self.process_request(connection, address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that has gone. Print the traceback of any other error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def is_loopback(host: str | None) -> bool:
    """Tell whether this is a loopback address."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def read_object(body: bytes) -> dict[str, Any]:
    """Decode a JSON object."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"We could not parse the JSON body of your request: {error}", code="invalid_json") from None
    if not isinstance(value, dict):
        raise ApiError(400, "The JSON body of your request must be an object.", code="invalid_json")
    return value
