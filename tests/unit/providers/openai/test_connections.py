"""Connections to a model server, against a server on loopback."""

import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from chatapp.providers.openai import connection_ahead
from chatapp.providers.openai.connections import PooledClient, PoolSettings
from chatapp.server import concurrency

PATIENCE = 10.0
CERTIFICATE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem"
NAMES = ["-out", "certificate.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    """Counts its connections. `context`: for TLS."""

    def __init__(self, context=None):
        self.accepted = []
        self._context = context
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return httpx2.URL(f"http{'s' if self._context else ''}://127.0.0.1:{self.server_port}/v1/")

    def finish_request(self, request, client_address):
        self.accepted.append(request)
        if not self._context:
            super().finish_request(request, client_address)
            return
        with self._context.wrap_socket(request, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def handle_error(self, *_):
        pass  # a client that closes its connection before it has asked


@pytest.fixture
def serve():
    """A function that starts a server."""
    servers = []

    def start(context=None):
        servers.append(Server(context))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def client():
    with PooledClient("test", PoolSettings()) as client:
        yield client
        client.close_idle()


def eventually(condition):
    assert concurrency.wait_until(condition, PATIENCE)


def settle():
    for _ in range(4):
        concurrency.sleep()


def open_ahead(client, server):
    client.open_ahead(server.url, 5.0)
    eventually(lambda: client.idle() == 1 and server.accepted)


def test_small_requests_are_not_gathered_before_they_are_sent(client, server):
    with client.stream("GET", server.url) as response:
        plain = response.extensions["network_stream"].get_extra_info("socket")
        assert plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_request_takes_the_connection_that_was_opened_ahead(client, server):
    open_ahead(client, server)
    for _ in range(2):
        assert client.get(server.url).status_code == 200
    assert (len(server.accepted), client.idle()) == (1, 1)


def test_tls_is_started_ahead_too(serve, tmp_path, monkeypatch):
    subprocess.run([*CERTIFICATE.split(), *NAMES], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    server = serve(context)
    with PooledClient("test", PoolSettings()) as client:
        open_ahead(client, server)
        # The tickets of TLS 1.3 wait in it, so that it is readable, as a closed one is.
        assert client.get(server.url).status_code == 200
        assert len(server.accepted) == 1


def test_one_is_enough_for_many_tabs(client, server):
    for _ in range(20):
        client.open_ahead(server.url, 5.0)
    eventually(lambda: client.idle() == 1)
    client.open_ahead(server.url, 5.0)
    client.get(server.url)
    client.open_ahead(server.url, 5.0)  # one is idle in the pool
    settle()
    assert len(server.accepted) == 1


def test_it_is_closed_if_nobody_asks(server):
    with PooledClient("test", PoolSettings(idle_seconds=0.05)) as client:
        client.open_ahead(server.url, 5.0)
        eventually(lambda: server.accepted)
        eventually(lambda: client.idle() == 0)
        assert client.get(server.url).status_code == 200


def test_one_that_the_server_has_closed_meanwhile_is_not_used(client, server):
    open_ahead(client, server)
    server.accepted[0].shutdown(socket.SHUT_RDWR)
    assert client.get(server.url).status_code == 200
    assert len(server.accepted) == 2


def test_a_request_to_another_server_leaves_it_alone(client, server, serve):
    other = serve()
    open_ahead(client, server)
    assert client.get(other.url).status_code == 200
    assert len(other.accepted) == 1


def test_none_is_opened_through_a_proxy(server):
    with PooledClient("test", PoolSettings(), f"http://127.0.0.1:{server.server_port}") as client:
        client.open_ahead(server.url, 5.0)
        settle()
        assert (server.accepted, client.idle()) == ([], 0)


def test_a_server_that_cannot_be_reached_is_left_alone_for_a_while(client, monkeypatch):
    tries = []
    monkeypatch.setattr(client._backend, "_connect", lambda *_: tries.append(1) or _refuse())
    url = httpx2.URL("http://127.0.0.1:9/")
    for _ in range(3):
        client.open_ahead(url, 5.0)
        concurrency.sleep()
    assert (len(tries), client.idle()) == (1, 0)
    monkeypatch.setattr(client._backend.ahead, "_not_before", 0.0)
    client.open_ahead(url, 5.0)
    concurrency.sleep()
    assert len(tries) == 2
    assert connection_ahead.RETRY_SECONDS > 1


def _refuse():
    raise connection_ahead.httpcore2.ConnectError("refused")
