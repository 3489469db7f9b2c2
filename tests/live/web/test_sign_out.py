"""What is signed out gets nothing any more, within a second; everything else goes on."""

import contextlib
import http.client
import json
import secrets
import socket
import sqlite3

import pytest
import websocket

from support import sse
from support.client import JSON, Client
from support.shapes import check_problem
from support.stopwatch import Stopwatch
from support.tab import Tab
from support.waiting import LIMIT, eventually
from support.wire import RefusedError

PROMISED_SECONDS = 1.0
#: The states of a TCP connection (Linux): ended at once, and ended by the other side.
TCP_CLOSE, TCP_CLOSE_WAIT = 7, 8


@pytest.fixture
def desk(new_client):
    return new_client()


@pytest.fixture
def phone(desk, new_client):
    """Another device of the same owner."""
    return joined(desk, new_client)


def joined(desk, new_client):
    client = new_client(signed_in=False)
    assert client.sign_in(code=desk.post("/api/session/code").json["code"]).json["owner"] == desk.owner
    assert client.get("/api/conversations").status == 200
    return client


def session_id(client):
    return next(one["id"] for one in client.get("/api/sessions").json["sessions"] if one["current"])


def check_gone(client):
    problem = check_problem(client.get("/api/conversations"), 401, "unauthenticated")
    assert problem["reason"] == "signed_out"
    with pytest.raises(RefusedError, match=r"^unauthenticated$"):
        Tab(client.port, cookie=client.cookie, origin=client.origin)


WAYS = {
    "by itself": lambda _desk, phone: phone.delete("/api/session"),
    "by another device": lambda desk, phone: desk.delete(f"/api/sessions/{session_id(phone)}"),
    "with all others": lambda desk, _phone: desk.delete("/api/sessions"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_device_that_is_signed_out_gets_no_further_token(server, desk, phone, way):
    """The answer goes on, in the tabs of the others."""
    here, there = desk.tab(), phone.tab()
    ack = here.ask("script?tokens=3000&rate=50")
    there.ok("open_conversation", conversation_id=ack["conversation"]["id"])
    there.wait_for(lambda tab: tab.tokens(ack["generation_id"]), what="a token")
    kept = dict(phone.cookies)
    with phone.stream(f"/api/generations/{ack['generation_id']}/events") as response:
        events = sse.read(response)
        next(events)
        watch = Stopwatch(*server.worker_pids())
        assert WAYS[way](desk, phone).status in {200, 204}
        there.wait_closed()
        assert not [event for event in events if event.name == "generation_ended"]
        assert watch.seconds() < PROMISED_SECONDS
    phone.cookies = kept
    check_gone(phone)
    count = len(here.tokens(ack["generation_id"]))
    here.wait_for(lambda tab: len(tab.tokens(ack["generation_id"])) > count + 5, what="further tokens")
    assert here.ok("stop_generation", generation_id=ack["generation_id"])["status"] == "stopped"


def test_a_silent_stream_ends_too(server, desk, phone):
    ack = desk.tab().ask("script?tokens=2&first=30")
    with phone.stream(f"/api/generations/{ack['generation_id']}/events") as response:
        path = f"/api/sessions/{session_id(phone)}"
        watch = Stopwatch(*server.worker_pids())
        assert desk.delete(path).status == 204
        assert not [line for line in response if line.strip() and not line.startswith(b":")]
        assert watch.seconds() < PROMISED_SECONDS
    desk.tab().ok("stop_generation", generation_id=ack["generation_id"])


def import_texts(client, count, size):
    """Import a conversation of `count` messages of `size` characters."""
    turns = [
        {
            "id": f"{number}",
            "parent_id": f"{number - 1}" if number else None,
            "role": "assistant" if number % 2 else "user",
            "content": secrets.token_hex(size // 2),  # which cannot be compressed much
            "created_at": 1.0,
        }
        for number in range(count)
    ]
    head = {"title": "Long", "created_at": 1.0, "updated_at": 1.0, "active_leaf_id": f"{count - 1}", "messages": turns}
    reply = client.post("/api/conversations/import", {"format": "chatapp", "version": 1, "conversations": [head]})
    assert reply.status == 201, reply.body


def is_over(connection):
    """Tell whether the other end of a connection has ended it, by its state: nothing is read."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in {TCP_CLOSE, TCP_CLOSE_WAIT}


@pytest.mark.parametrize("form", ["json", "md"])
def test_a_download_ends_with_its_session_and_does_not_pass_for_the_whole(server, desk, phone, form):
    """Also while it waits for a reader that takes nothing."""
    import_texts(desk, count=200, size=100_000)
    with phone.stream(f"/api/conversations/export?format={form}") as response:
        connection = response.fp.raw._sock
        assert len(response.read(1000)) == 1000
        path = f"/api/sessions/{session_id(phone)}"
        assert not is_over(connection)
        watch = Stopwatch(*server.worker_pids())
        assert desk.delete(path).status == 204
        eventually(lambda: is_over(connection), what="the end of the download")
        assert watch.seconds() < PROMISED_SECONDS
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            response.read()


def test_an_upload_whose_session_ends_before_it_is_complete_stores_nothing(desk, phone):
    body = json.dumps({"format": "chatapp", "version": 1, "conversations": []}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", phone.port, timeout=LIMIT)
    with contextlib.closing(connection):
        connection.putrequest("POST", "/api/conversations/import")
        for name, value in {**JSON, "Origin": phone.origin, "Cookie": phone.cookie}.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[:10])
        busy = {"format": "chatapp", "version": 1, "conversations": []}
        eventually(
            lambda: desk.post("/api/conversations/import", busy).status == 429, what="the upload to be under way"
        )
        assert desk.delete(f"/api/sessions/{session_id(phone)}").status == 204
        connection.send(body[10:])
        assert connection.getresponse().status == 401


def test_an_end_that_another_process_has_written_is_followed(server, desk, phone):
    tab, watch = phone.tab(), Stopwatch(*server.worker_pids())
    with contextlib.closing(sqlite3.connect(server.folder / "chatapp.db", timeout=10)) as database, database:
        database.execute("UPDATE sessions SET ended_at = 1 WHERE id = ?", (session_id(phone),))
        database.execute("UPDATE shared_values SET value = value + 1 WHERE name = 'sessions_revision'")
    tab.wait_closed()
    assert watch.seconds() < PROMISED_SECONDS
    check_gone(phone)
    desk.tab().check_alive()


def test_who_joins_another_session_leaves_the_tabs_of_the_former_one(desk, new_client):
    phone = new_client()
    tab = phone.tab()
    assert phone.sign_in(code=desk.post("/api/session/code").json["code"]).json["owner"] == desk.owner
    tab.wait_closed()
    phone.tab().check_alive()


def test_a_socket_that_claims_an_owner_is_that_owners_or_refused(desk):
    def answer(owner):
        socket = websocket.create_connection(
            f"ws://127.0.0.1:{desk.port}/socket.io/?EIO=4&transport=websocket",
            cookie=desk.cookie,
            origin=desk.origin,
            timeout=10,
        )
        with contextlib.closing(socket):
            assert socket.recv().startswith("0{")
            socket.send(f'40{{"owner":{owner}}}')
            return socket.recv()

    assert answer(f'"{desk.owner}"').startswith("40{")
    assert answer("null").startswith("40{")
    assert answer('"somebody else"') == '44{"message":"other_owner"}'


def test_after_a_reload_with_another_password_the_old_worker_dismisses_its_tabs(configured):
    server, write = configured("CHATAPP_PASSWORD=correct horse")
    client = Client(server.port)
    assert client.sign_in(password="correct horse").status == 200
    tab = client.tab()
    ack = tab.ask("script?tokens=3000&rate=50")
    tab.wait_text(ack["generation_id"], "3 ")
    old = server.worker_pids()
    write("CHATAPP_PASSWORD=another horse")
    server.hup()
    tab.wait_closed()
    assert old & server.worker_pids(), "the old worker still writes the answer"
    eventually(server.is_ready, what="the new worker")
    check_problem(client.get("/api/conversations"), 401, "unauthenticated")
    assert client.sign_in(password="another horse").json["owner"] == client.owner
    assert client.tab().ok("stop_generation", generation_id=ack["generation_id"])["status"] == "stopped"


def test_a_reload_with_the_same_password_dismisses_nobody_who_reads_an_answer(configured):
    server, _ = configured("CHATAPP_PASSWORD=correct horse")
    client = Client(server.port)
    assert client.sign_in(password="correct horse").status == 200
    tab, idle = client.tab(), client.tab()
    ack = tab.ask("script?tokens=150&rate=50")
    server.hup()
    idle.wait_closed()
    assert tab.wait_ended(ack["generation_id"])["status"] == "complete"
