"""Floods: whatever one client sends, and however fast, the others hardly notice."""

import contextlib
import re
import select
import socket
from types import SimpleNamespace

import pytest

from bench.flooder import ADDRESS, STREAMS, Flooding
from bench.prober import Prober
from bench.session import Session
from chatapp.web.uploads import MAX_PER_ADDRESS
from support import nginx
from support.client import Client
from support.processes import free_port
from support.waiting import eventually

CONNECTIONS = 8
BYTES_PER_SECOND = 40 * 1024 * 1024
#: A flood lasts until it has used up its budgets and the others have had so many answers and tokens, which takes two
#: seconds. `python -m bench floods` measures how long others wait.
ANSWERS, MOST_SECONDS = 50, 20
MIB = 1024 * 1024
TOKEN = "metrics please"


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
    return module_server(CHATAPP_ANSWER_BYTES=str(64 * MIB), CHATAPP_METRICS_TOKEN=TOKEN)


@pytest.fixture(scope="module")
def prober(flooded):
    with Prober(flooded.port, *flooded.worker_pids(), cookie=Session(flooded.port).cookie) as prober:
        yield prober


def pauses(client):
    """Return how often clients have waited for their budgets."""
    reply = client.get("/metrics", {"Authorization": f"Bearer {TOKEN}"})
    assert reply.status == 200, reply.body
    exposition = reply.body.decode()
    return sum(
        float(count) for count in re.findall(r"^chatapp_client_pauses_total\S* (\S+)$", exposition, re.MULTILINE)
    )


def check_others_go_on(client, prober, kinds, port=None):
    """Flood a client's server, or the proxy at `port` before it."""
    before = pauses(client)
    most = {"seconds": MOST_SECONDS, "max_bytes": MOST_SECONDS * BYTES_PER_SECOND}
    with Flooding(port or client.port, kinds, connections=CONNECTIONS, **most) as flooding:
        eventually(lambda: pauses(client) > before, within=MOST_SECONDS, every=0.1, what="a flooder that has to wait")
        with prober.looking() as seen:
            prober.wait(ANSWERS)
            went_on = flooding.stop()
            counted = flooding.end()
    assert counted["opened"] >= CONNECTIONS * len(kinds)
    assert counted["sent"] > 0
    assert went_on, seen


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_holds_up_nobody_else(flooded, prober, name):
    check_others_go_on(Client(flooded.port), prober, FLOODS[name])


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
    """A server behind nginx, and the port of nginx."""
    if not nginx.find():
        pytest.skip(nginx.MISSING)
    port = free_port()
    server = new_server(
        CHATAPP_ORIGINS=f"http://127.0.0.1:{port}", CHATAPP_TRUSTED_PROXIES="1", CHATAPP_METRICS_TOKEN=TOKEN
    )
    folder = tmp_path / "nginx"
    folder.mkdir()
    with contextlib.closing(nginx.Nginx(folder, port=port, upstream=server.port)):
        yield SimpleNamespace(port=port, server=server)


def test_behind_nginx_a_flood_holds_up_nobody_else(proxied):
    server = proxied.server
    with Prober(proxied.port, *server.worker_pids(), cookie=Session(proxied.port).cookie) as prober:
        kinds = ["strangers: events", "tab: commands", "tab: pings", "http: pipelined /readyz"]
        check_others_go_on(Client(server.port), prober, kinds, port=proxied.port)
