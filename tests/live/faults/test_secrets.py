"""The password is required, and secrets are in no log, error or readable file."""

import functools
import http.client
import itertools
import os

import pytest

from support.processes import API_KEY, Server
from support.shapes import check_problem
from support.tab import Tab
from support.wire import RefusedError

PASSWORD = "correct horse 배터리 staple"
#: Further loopback addresses.
ADDRESSES = (f"127.0.0.{number}" for number in itertools.count(2))


@pytest.fixture(scope="module")
def password_server(upstream, tmp_path_factory):
    """A server with a password, started with a umask and a key that would leave its files readable for everybody."""
    folder = tmp_path_factory.mktemp("guarded")
    folder.chmod(0o755)
    (folder / "secret_key").write_text("0123456789abcdef" * 2)
    (folder / "secret_key").chmod(0o644)
    before = os.umask(0o000)
    try:
        server = Server(folder, upstream.url, empty=True, CHATAPP_PASSWORD=PASSWORD).start()
    finally:
        os.umask(before)
    yield server
    server.close()


@pytest.fixture
def guarded_server(password_server, monkeypatch):
    """That server, called from an address of the test's own, as wrong passwords are counted per address."""
    connection = functools.partial(http.client.HTTPConnection, source_address=(next(ADDRESSES), 0))
    monkeypatch.setattr(http.client, "HTTPConnection", connection)
    return password_server


def test_without_the_password_every_request_is_refused(guarded_server, new_client):
    visitor = new_client(guarded_server, signed_in=False)
    for body in ({}, {"password": "wrong"}, {"password": ""}, {"password": PASSWORD + " "}):
        check_problem(visitor.post("/api/session", body), 401, "unauthenticated")
    visitor.get("/")
    check_problem(visitor.get("/api/conversations"), 401, "unauthenticated")
    with pytest.raises(RefusedError, match=r"^unauthenticated$"):
        Tab(visitor.port, cookie=visitor.cookie, origin=visitor.origin)


def test_the_right_password_is_accepted(guarded_server, new_client):
    client = new_client(guarded_server, signed_in=False)
    assert client.sign_in(password=PASSWORD).status == 200
    assert client.get("/api/conversations").status == 200
    client.tab().check_alive()


def test_wrong_passwords_are_rate_limited(guarded_server, new_client):
    guesser = new_client(guarded_server, signed_in=False)
    for guess in range(30):
        reply = guesser.post("/api/session", {"password": f"guess {guess}"})
        if reply.status != 401:
            break
    problem = check_problem(reply, 429, "rate_limited")
    assert problem["retry_after"] > 0


def test_right_passwords_are_not_rate_limited(guarded_server, new_client):
    for _ in range(10):
        assert new_client(guarded_server, signed_in=False).sign_in(password=PASSWORD).status == 200


def test_a_right_password_does_not_reset_the_limit(guarded_server, new_client):
    """Otherwise right passwords in between would allow unlimited guesses."""
    statuses = []
    for guess in range(12):
        statuses.append(new_client(guarded_server, signed_in=False).sign_in(password=f"guess {guess}").status)
        new_client(guarded_server, signed_in=False).sign_in(password=PASSWORD)
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_an_invalid_password_value_is_refused(guarded_server, new_client):
    for password in (None, 7, [], {}, "\ud800", "x" * 100_000, "nul\0"):
        visitor = new_client(guarded_server, signed_in=False)
        assert visitor.sign_in(password=password).status in (400, 401, 413, 429)
        assert visitor.owner is None


def test_files_of_the_instance_folder_are_readable_by_their_owner_only(guarded_server, new_client):
    client = new_client(guarded_server, signed_in=False)
    assert client.sign_in(password=PASSWORD).status == 200
    client.tab().ask_and_wait("script?tokens=2")
    files = [path for path in guarded_server.folder.rglob("*") if path.is_file() and path != guarded_server.log_path]
    assert {"chatapp.db", "chatapp.db-wal", "secret_key", "server.lock"} <= {path.name for path in files}
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in files} == {path.name: "0o600" for path in files}


def test_only_configured_origins_are_allowed(new_server, new_client):
    server = new_server(CHATAPP_ORIGINS="https://chat.example, https://other.example")
    client = new_client(server, signed_in=False)
    client.origin = "https://chat.example"
    assert client.sign_in().status == 200
    for origin in ("https://chat.example", "https://other.example"):
        Tab(client.port, cookie=client.cookie, origin=origin).close()
        assert client.get("/api/conversations", {"Origin": origin}).status == 200
    for origin in ("http://chat.example", "https://chat.example.evil", "https://chat.example:8443"):
        with pytest.raises(RefusedError, match=r"^forbidden$"):
            Tab(client.port, cookie=client.cookie, origin=origin)
        check_problem(client.get("/api/conversations", {"Origin": origin}), 403, "forbidden")


def test_no_secret_is_in_the_log_or_in_an_error(new_server, new_client):
    guarded_server = new_server(CHATAPP_PASSWORD=PASSWORD)
    client = new_client(guarded_server, signed_in=False)
    client.sign_in(password="a wrong secret guess")
    client.sign_in(password=PASSWORD)
    code = client.post("/api/session/code").json["code"]
    new_client(guarded_server, signed_in=False).sign_in(code=code)
    tab = client.tab()
    for query in (
        "status=401",
        "status=500",
        "fault=cut",
        "fault=error",
        "fault=html",
        "fault=malformed",
        "tokens=2",
    ):
        ack = tab.ask(f"script?{query}")
        assert API_KEY not in str(tab.wait_ended(ack["generation_id"]))
    tab.command("send_message", {"content": PASSWORD, "surprise": 1})
    tab.wire.send('42["send_message",{"content":"a private word"')
    tab.wait_closed()
    client.tab().check_alive()
    bodies = client.get("/metrics").body + client.get("/readyz").body + client.get("/").body
    guarded_server.terminate()
    guarded_server.wait()
    log = guarded_server.log()
    secrets = [API_KEY, PASSWORD, "a wrong secret guess", code, "a private word", *client.cookies.values()]
    for secret in secrets:
        assert secret not in log
        assert secret.encode() not in bodies
