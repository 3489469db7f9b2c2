"""Floods: whatever one client sends, and however fast, the others hardly notice."""

import contextlib
import select
import socket
from types import SimpleNamespace

import pytest

from bench.flooder import ADDRESS, STREAMS, Flooding
from bench.prober import Prober
from bench.session import Session
from chatapp.web.uploads import MAX_PER_ADDRESS
from support import nginx
from support.processes import free_port
from support.waiting import eventually

SECONDS, CONNECTIONS = 1.0, 8
USUAL_SECONDS = 0.3
#: Without budgets the server is silent as long as a flood lasts, or for ten seconds and more after it. Others get at
#: least this part of their usual answers. `python -m bench floods` measures the waits.
LEAST_PART, SILENCE_SECONDS = 0.1, 2.0
MIB = 1024 * 1024


def kinds(who, *what):
    return [f"{who}: {one}" for one in what]


FLOODS = {
    "frames without a session": kinds("strangers", "events", "malformed", "handshakes", "binary", "large"),
    "control frames without a session": kinds("strangers", "pings", "long pings", "pongs", "fragments"),
    "control frames": kinds("tab", "pings", "long pings", "pongs", "fragments", "short fragments"),
    "packets of Engine.IO": kinds("tab", "engine pongs", "engine pings", "upgrades", "handshakes", "other namespaces"),
    "commands": kinds("tab", "commands", "unknown commands", "invalid commands", "messages", "stops", "events"),
    "malformed frames": kinds("tab", "malformed", "no packets", "binary", "empty", "acks", "deep"),
    "large frames": kinds("tab", "large", "large lists"),
    "requests": [
        f"http: pipelined {path}" for path in ("/healthz", "/readyz", "/service-worker.js", "/", "/api/conversations")
    ],
    "bodies": kinds("http", "pipelined sessions", "large bodies", "deep bodies", "bodies of lists", "short chunks"),
    "malformed requests": kinds(
        "http", "chunks with extensions", "malformed chunks", "malformed requests", "half upgrades", "empty lines"
    ),
    "handshakes and streams": ["http: upgrades", STREAMS],
}


@pytest.fixture(scope="module")
def flooded(module_server):
    return module_server(CHATAPP_ANSWER_BYTES=str(64 * MIB))


@pytest.fixture(scope="module")
def prober(flooded):
    with Prober(flooded.port, *flooded.worker_pids(), cookie=Session(flooded.port).cookie) as prober:
        yield prober


def flood(port, kinds, *, connections=CONNECTIONS, seconds=SECONDS):
    return Flooding(port, kinds, connections=connections, seconds=seconds).end()


def check_others_go_on(port, prober, kinds):
    usual = prober.look(USUAL_SECONDS)
    flooding = Flooding(port, kinds, connections=CONNECTIONS, seconds=SECONDS)
    with prober.looking() as seen:
        counted = flooding.end()
    assert counted["opened"] >= CONNECTIONS * len(kinds)
    assert counted["sent"] > 0
    expected = usual.healthz.count / USUAL_SECONDS * SECONDS
    assert seen[0].healthz.count > LEAST_PART * expected, (seen, usual)
    assert seen[0].healthz.longest < SILENCE_SECONDS + 2 * usual.healthz.longest, (seen, usual)
    assert seen[0].tokens.longest < SILENCE_SECONDS + 2 * usual.tokens.longest, (seen, usual)


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_holds_up_nobody_else(flooded, prober, name):
    check_others_go_on(flooded.port, prober, FLOODS[name])


def test_many_malformed_frames_write_few_lines(flooded, new_client):
    client = new_client(flooded)
    before = len(flooded.log().splitlines())
    for _ in range(40):
        tab = client.tab()
        tab.wire.send("42")
        tab.wait_closed()
    assert len(flooded.log().splitlines()) - before < 20


def test_bodies_that_drip_hold_up_nobodys_import(flooded, new_client):
    with contextlib.ExitStack() as held:
        dripping = [held.enter_context(begun_import(flooded)) for _ in range(MAX_PER_ADDRESS + 2)]
        eventually(lambda: len(select.select(dripping, [], [], 0)[0]) == 2, what="two that are refused")
        client = new_client(flooded)
        file = b'{"format": "chatapp", "version": 1, "conversations": []}'
        headers = {"Content-Type": "application/json", "Origin": client.origin}
        reply = client.request("POST", "/api/conversations/import", file, headers)
        assert reply.status == 201, reply.body


def begun_import(server):
    """Return a connection from the flooder's address, by which a session of its own has begun to send a file."""
    connection = socket.create_connection(("127.0.0.1", server.port), 10, (ADDRESS, 0))
    connection.sendall(
        f"POST /api/conversations/import HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Origin: http://127.0.0.1:{server.port}\r\nCookie: {Session(server.port).cookie}\r\n"
        "Content-Type: application/json\r\nContent-Length: 60000000\r\n\r\n{".encode()
    )
    return connection


@pytest.fixture
def proxied(new_server, tmp_path):
    """A server behind nginx: its port is that of nginx."""
    if not nginx.find():
        pytest.skip(nginx.MISSING)
    port = free_port()
    server = new_server(CHATAPP_ORIGINS=f"http://127.0.0.1:{port}", CHATAPP_TRUSTED_PROXIES="1")
    folder = tmp_path / "nginx"
    folder.mkdir()
    with contextlib.closing(nginx.Nginx(folder, port=port, upstream=server.port)):
        yield SimpleNamespace(port=port, worker_pids=server.worker_pids)


def test_behind_nginx_a_flood_holds_up_nobody_else(proxied):
    with Prober(proxied.port, *proxied.worker_pids(), cookie=Session(proxied.port).cookie) as prober:
        check_others_go_on(
            proxied.port, prober, ["strangers: events", "tab: commands", "tab: pings", "http: pipelined /readyz"]
        )
