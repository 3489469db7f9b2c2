"""Handshakes: sessions, cookies and origins."""

import http.client

import pytest
import socketio
import websocket

from support.client import Client
from support.shapes import check_problem
from support.tab import Tab, unique
from support.waiting import LIMIT
from support.wire import RefusedError


def refused(client: Client, *, cookie: str | None, origin: str | None) -> str:
    """Return the message of the CONNECT_ERROR for this handshake."""
    with pytest.raises(RefusedError) as refusal:
        Tab(client.port, cookie=cookie, origin=origin)
    return str(refusal.value)


def test_a_session_has_the_owner_and_the_limits(new_client):
    reply = new_client(signed_in=False).sign_in()
    assert set(reply.json) == {"owner", "protocol", "limits"}
    assert reply.json["protocol"] == 1
    assert {1024 * 1024, 100_000, 4096} <= set(reply.json["limits"].values())


def test_the_same_cookie_keeps_the_same_owner(client):
    assert client.sign_in().json["owner"] == client.owner


def test_two_sessions_are_two_owners(new_client):
    assert new_client().owner != new_client().owner


@pytest.mark.parametrize("way", ["page", "call"])
def test_the_cookie_is_http_only_same_site_and_lasts_400_days(new_client, way):
    client = new_client(signed_in=False)
    reply = client.get("/") if way == "page" else client.sign_in()
    cookie = reply.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=34560000" in cookie or "expires=" in cookie


def test_the_cookie_of_the_page_lets_a_tab_connect(new_client):
    client = new_client(signed_in=False)
    assert client.get("/").status == 200
    client.tab().check_alive()


def test_a_handshake_without_a_cookie_is_unauthenticated(client):
    assert refused(client, cookie=None, origin=client.origin) == "unauthenticated"


@pytest.mark.parametrize("change", [lambda value: value[:-3] + "xyz", lambda _: "nonsense", lambda _: ""])
def test_a_forged_cookie_is_unauthenticated(client, change):
    forged = "; ".join(f"{name}={change(value)}" for name, value in client.cookies.items())
    assert refused(client, cookie=forged, origin=client.origin) == "unauthenticated"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost.evil:80",
    ],
)
def test_a_foreign_or_missing_origin_is_forbidden(client, origin):
    assert refused(client, cookie=client.cookie, origin=origin) == "forbidden"


def test_an_origin_that_matches_only_a_forwarded_host_is_forbidden(client):
    reply = client.request(
        "POST",
        "/api/session",
        b"{}",
        {
            "Content-Type": "application/json",
            "Origin": "https://evil.example",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "https",
        },
    )
    check_problem(reply, 403, "forbidden")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_polling_is_refused(client, method):
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=LIMIT)
    connection.request(
        method,
        "/socket.io/?EIO=4&transport=polling",
        headers={"Cookie": client.cookie, "Origin": client.origin},
    )
    status = connection.getresponse().status
    connection.close()
    assert 400 <= status < 500


def test_frames_are_not_compressed_though_the_client_offers_it(client):
    """As every browser does."""
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    address = f"ws://127.0.0.1:{client.port}/socket.io/?EIO=4&transport=websocket"
    tab = websocket.create_connection(address, cookie=client.cookie, origin=client.origin, header=offer, timeout=LIMIT)
    try:
        assert "sec-websocket-extensions" not in tab.headers
        frame = tab.recv_frame()
        assert (frame.rsv1, frame.data[:2]) == (0, b"0{")
    finally:
        tab.shutdown()


def test_the_stock_socketio_client_works(client):
    """A user's bot with python-socketio, which sends the origin of the server's address."""
    with socketio.SimpleClient() as bot:
        bot.connect(
            client.origin,
            headers={"Cookie": client.cookie},
            transports=["websocket"],
        )
        ack = bot.call(
            "send_message",
            {
                "conversation_id": None,
                "client_message_id": "5b0b7b0e-8a52-4a6f-9d0e-4f6f35b1c111",
                "content": unique(),
                "model": "script?tokens=3",
            },
            timeout=LIMIT,
        )
        assert ack["ok"] is True, ack
        names = set()
        while "generation_ended" not in names:
            names.add(bot.receive(timeout=LIMIT)[0])
        assert "token" in names
