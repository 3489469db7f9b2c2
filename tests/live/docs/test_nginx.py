"""The nginx that docs/serving.md shows, as it stands there, in front of a server."""

import http.client
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
import websocket

from support import nginx
from support.client import Client, Reply
from support.nginx import NAME, Nginx
from support.processes import Server, free_port
from support.sse import read
from support.tab import new_id, unique
from support.waiting import LIMIT, eventually


class Connection(http.client.HTTPSConnection):
    """A connection to nginx by its documented name."""

    def __init__(self, proxied: "Proxied") -> None:
        super().__init__(NAME, proxied.port, timeout=LIMIT)
        self._proxied = proxied

    def connect(self) -> None:
        self.sock = self._proxied.nginx.connect(self._proxied.port)


@dataclass
class Proxied:
    """A server behind nginx."""

    nginx: Nginx
    port: int
    plain_port: int

    @property
    def origin(self) -> str:
        return f"https://{NAME}:{self.port}"


class ProxiedClient(Client):
    """A session by way of nginx."""

    def __init__(self, proxied: Proxied) -> None:
        super().__init__(proxied.port)
        self.origin, self._way = proxied.origin, proxied

    def connect(self) -> http.client.HTTPConnection:
        return Connection(self._way)


@pytest.fixture(scope="module")
def proxied(upstream, tmp_path_factory) -> Iterator[Proxied]:
    if not nginx.find():
        pytest.skip(nginx.MISSING)
    port, plain = free_port(), free_port()
    settings = {"CHATAPP_ORIGINS": f"https://{NAME}:{port}", "CHATAPP_TRUSTED_PROXIES": "1"}
    server = Server(tmp_path_factory.mktemp("proxied"), upstream.url, **settings).start()
    running = Nginx(tmp_path_factory.mktemp("nginx"), port=plain, upstream=server.port, tls=port)
    yield Proxied(running, port, plain)
    running.close()
    server.close()


@pytest.fixture
def client(proxied) -> ProxiedClient:
    client = ProxiedClient(proxied)
    assert client.sign_in().status == 200
    return client


def test_plain_http_is_redirected(proxied):
    """To the default port, as documented; and on the port of HTTPS to that port."""
    for port, target in ((proxied.plain_port, f"https://{NAME}"), (proxied.port, proxied.origin)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        with closing(connection):
            connection.request("GET", "/c/1?a=b", headers={"Host": f"{NAME}:{port}"})
            response = connection.getresponse()
        assert (response.status, response.headers["Location"]) == (301, f"{target}/c/1?a=b")


def test_the_page_and_the_session_are_for_https_only(client):
    for path in ("/", "/api/models"):
        reply = client.get(path)
        assert reply.status == 200
        assert reply.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    assert all(name.startswith("__Host-chatapp_") for name in client.cookies)


def test_http2_keeps_the_port_of_the_name(proxied):
    """In HTTP/2 there is no Host header, but nginx knows the name."""
    if not (curl := shutil.which("curl")):
        pytest.skip("curl is missing; on Debian or Ubuntu: apt-get install curl")
    address = [f"{proxied.origin}/", "--resolve", f"{NAME}:{proxied.port}:127.0.0.1"]
    options = ["--cacert", str(proxied.nginx.certificate), "-so/dev/null", "-w%{http_version} %{response_code}"]
    asked = subprocess.run([curl, "--http2", *address, *options], capture_output=True, text=True, check=True)
    assert asked.stdout == "2 200"


def test_an_answer_streams_over_a_websocket_and_as_events(proxied, client):
    tab = websocket.create_connection(
        f"wss://{NAME}:{proxied.port}/socket.io/?EIO=4&transport=websocket",
        socket=proxied.nginx.connect(proxied.port),
        origin=client.origin,
        cookie=client.cookie,
        timeout=LIMIT,
    )
    with closing(tab):
        assert tab.recv().startswith("0{")
        tab.send("40")
        assert tab.recv().startswith("40")
        question = {
            "conversation_id": None,
            "client_message_id": new_id(),
            "content": unique(),
            "model": "script?tokens=2000&rate=20",
        }
        tab.send(f'421["send_message",{json.dumps(question)}]')
        while not (frame := tab.recv()).startswith("431"):
            pass
        generation_id = json.loads(frame[3:])[0]["generation_id"]
        with client.stream(f"/api/generations/{generation_id}/events") as stream:
            assert next(read(stream)).name == "token", "nginx does not gather events"
        while not tab.recv().startswith('42["token"'):
            pass
        tab.send(f'422["stop_generation",{json.dumps({"generation_id": generation_id})}]')
        while not (frame := tab.recv()).startswith("432"):
            pass
        assert json.loads(frame[3:])[0]["status"] == "stopped"


def test_bodies_are_limited_and_imports_may_be_larger(client):
    """By chatapp, in its own words, and above that by nginx."""

    def post(path: str, size: int) -> Reply:
        return client.post(path, {"title": "x" * size})

    reply = post("/api/conversations", 1_500_000)
    assert (reply.status, reply.json["code"]) == (413, "too_large")
    reply = post("/api/conversations", 3_000_000)
    assert (reply.status, reply.headers["Content-Type"]) == (413, "text/html")
    reply = post("/api/conversations/import", 3_000_000)
    assert (reply.status, reply.json["code"]) == (400, "invalid")


def test_the_words_of_a_search_are_in_no_access_log(proxied, client):
    assert client.post("/api/conversations/search", {"q": "secret words"}).status == 200
    log = proxied.nginx.folder / "access.log"
    eventually(lambda: "/api/conversations/search" in log.read_text(), what="the request in the log")
    assert "secret" not in log.read_text()
