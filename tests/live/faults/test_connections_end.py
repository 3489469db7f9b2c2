"""Ends of clients' connections: nothing left of one is read as a request, and none delays the stop."""

import contextlib
import socket
import sys
from pathlib import Path

import pytest

from support.paths import ROOT
from support.waiting import LIMIT, eventually

BODY = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
    "Cookie: {cookie}\r\nContent-Type: application/json\r\n{length}\r\n\r\n{part}"
)
IMPORT = BODY.replace("{path}", "/api/conversations/import")
READING = "/api/conversations/import", "/api/session", "/api/conversations"
KINDS = {"chunked": ("Transfer-Encoding: chunked", "5\r\nhello\r\n"), "length": ("Content-Length: 100000", "hello")}
WITHOUT_KEY = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def start_hasty(server, keep_alive):
    server.env["PYTHONPATH"] = f"{Path(__file__).parent}:{ROOT}"
    configuration = ["-c", str(ROOT / "gunicorn.conf.py"), "--keep-alive", keep_alive]
    server.command = [sys.executable, "-m", "gunicorn", *configuration, "hasty_wsgi:app"]
    return server.start()


@pytest.fixture(scope="module")
def hasty_server(module_server):
    return start_hasty(module_server(start=False), "1")


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT)


def read_to_end(connection):
    data = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            data += part
    return data


@pytest.mark.parametrize("path", READING)
@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_stops_is_refused_and_its_rest_is_not_read_as_a_request(hasty_server, new_client, kind, path):
    client = new_client(hasty_server)
    length, part = KINDS[kind]
    with connect(hasty_server) as connection:
        head = BODY.format(path=path, port=client.port, cookie=client.cookie, length=length, part=part)
        connection.sendall(head.encode())
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 ")
        with contextlib.suppress(ConnectionError):
            connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode())
        assert b"HTTP/1.1" not in read_to_end(connection)


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_drips_is_refused(hasty_server, new_client, kind):
    client = new_client(hasty_server)
    length, part = KINDS[kind]
    drop = "1\r\nx\r\n" if kind == "chunked" else "x"
    with connect(hasty_server) as connection:
        head = BODY.format(path="/api/session", port=client.port, cookie=client.cookie, length=length, part=part)
        connection.sendall(head.encode())
        connection.settimeout(0.05)

        def answered():
            with contextlib.suppress(TimeoutError):
                return connection.recv(65536)
            connection.sendall(drop.encode())
            return b""

        assert eventually(answered, every=0, what="the answer").startswith(b"HTTP/1.1 408 ")


WAITS = {
    "for a first request": "",
    "for the rest of its head": "GET /healthz HTTP/1.1\r\n",
    "for the rest of an unread body": IMPORT.format(
        port="{port}", cookie="", length="Content-Length: 100000", part="hello"
    ),
}


@pytest.mark.parametrize("wait", WAITS)
def test_a_silent_connection_is_closed(hasty_server, wait):
    with connect(hasty_server) as connection:
        connection.sendall(WAITS[wait].format(port=hasty_server.port).encode())
        read_to_end(connection)
    eventually(lambda: hasty_server.is_ready(), what="a server that still serves")


def green_threads(client):
    lines = client.get("/metrics").body.decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("chatapp_green_threads{"))


def test_failed_handshakes_leave_no_green_threads(server, client):
    before = green_threads(client)
    with contextlib.ExitStack() as opened:
        for _ in range(20):
            connection = opened.enter_context(connect(server))
            connection.sendall(WITHOUT_KEY.format(port=server.port).encode())
            assert connection.recv(65536)
    # engine.io starts one task for all connections with the first one.
    eventually(lambda: green_threads(client) <= before + 1, every=0.2, what="the end of all twenty")


def test_sockets_that_are_ended_leave_no_green_threads(server, client, new_client):
    """Neither their writers nor what would have sent their next ping."""
    before = green_threads(client)
    for _ in range(20):
        tab = new_client(server).tab()
        tab.wire.send("42")
        tab.wait_closed()
    eventually(lambda: green_threads(client) <= before + 1, every=0.2, what="the end of all twenty")


def test_open_tabs_and_idle_connections_do_not_delay_the_stop(new_server, new_client):
    server = start_hasty(new_server(start=False), "1000")
    client = new_client(server)
    tab = client.tab()
    with connect(server) as silent, connect(server) as kept:
        kept.sendall(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode())
        assert b" 200 " in kept.recv(65536)
        server.terminate()
        assert server.wait() == 0
        assert read_to_end(silent) == b""
        read_to_end(kept)
    tab.wait_closed()
