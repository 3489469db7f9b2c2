"""Sockets are judged before their upgrade is answered, and limited; each refusal has its own code."""

import contextlib
import socket

import pytest

from bench.flooder import ADDRESS
from support.shapes import check_problem
from support.waiting import eventually
from support.wire import RefusedError

UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
INCOMPLETE = {
    "no connection header": {"Connection": None},
    "another connection header": {"Connection": "keep-alive"},
    "no upgrade header": {"Upgrade": None},
    "another upgrade": {"Upgrade": "h2c"},
    "no version": {"Sec-WebSocket-Version": None},
    "an old version": {"Sec-WebSocket-Version": "8"},
    "no key": {"Sec-WebSocket-Key": None},
    "an empty key": {"Sec-WebSocket-Key": ""},
    "a body": {"Content-Length": "5"},
    "a chunked body": {"Transfer-Encoding": "chunked"},
}


@pytest.fixture(scope="module")
def small(module_server):
    """A server with room for few sockets."""
    return module_server(CHATAPP_SOCKETS="6", CHATAPP_SOCKETS_PER_ADDRESS="4", CHATAPP_SOCKETS_PER_OWNER="2")


@pytest.mark.parametrize("name", INCOMPLETE)
def test_what_is_no_websocket_is_refused_without_a_line_in_the_log(server, client, name):
    before = server.log()
    headers = {**UPGRADE, "Origin": client.origin, **INCOMPLETE[name]}
    reply = client.request(
        "GET",
        "/socket.io/?EIO=4&transport=websocket",
        headers={key: value for key, value in headers.items() if value is not None},
    )
    check_problem(reply, 400, "invalid")
    assert server.log() == before


def test_a_post_is_no_handshake(client):
    reply = client.request("POST", "/socket.io/?EIO=4&transport=websocket", b"", {**UPGRADE, "Origin": client.origin})
    check_problem(reply, 400, "invalid")


def tab_or_none(client):
    """Return a new tab; None if it is refused."""
    with contextlib.suppress(RefusedError):
        return client.tab()


def test_a_session_with_too_many_tabs_is_told_so_until_one_closes(small, new_client):
    client = new_client(small)
    first, _ = client.tab(), client.tab()
    with pytest.raises(RefusedError, match=r"^session_full$"):
        client.tab()
    first.close()
    # The server says goodbye before it has room.
    eventually(lambda: tab_or_none(client), what="room for a tab").check_alive()


def test_an_address_with_too_many_tabs_is_told_so(small, new_client):
    for _ in range(2):
        client = new_client(small)
        client.tab()
        client.tab()
    with pytest.raises(RefusedError, match=r"^address_full$"):
        new_client(small).tab()


def test_a_server_with_too_many_tabs_tells_so(new_server, new_client):
    server = new_server(CHATAPP_SOCKETS="2")
    client = new_client(server)
    client.tab()
    client.tab()
    with pytest.raises(RefusedError, match=r"^server_full$"):
        new_client(server).tab()
    lines = client.get("/metrics").body.decode().splitlines()
    assert 'chatapp_client_refusals_total{reason="server_full"} 1.0' in lines


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [({"Origin": "https://evil.example"}, 403, "forbidden"), ({"Cookie": "none"}, 401, "unauthenticated")],
)
def test_where_many_refused_handshakes_wait_the_next_is_refused_by_its_status(server, client, headers, status, code):
    request = "\r\n".join(
        [
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: 127.0.0.1:{client.port}",
            *(f"{name}: {value}" for name, value in {**UPGRADE, "Origin": client.origin, **headers}.items()),
            "",
            "",
        ]
    )
    with contextlib.ExitStack() as waiting:
        answers = set()
        for _ in range(30):
            one = waiting.enter_context(socket.create_connection(("127.0.0.1", client.port), 10, (ADDRESS, 0)))
            one.sendall(request.encode())
            answers.add(one.recv(65536).partition(b"\r\n")[0].split()[1])
        assert answers == {b"101", str(status).encode()}
    client.tab().check_alive()
