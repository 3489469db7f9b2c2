"""Who one is outlives the secret key, the machine, the clock and the version; each ends with the same conversations."""

import contextlib
import sqlite3
import subprocess
import sys

import pytest

from support import signed_cookie
from support.client import Client
from support.paths import ROOT
from support.tab import unique
from support.waiting import LIMIT, eventually

FAST = "script?tokens=5"


class Person:
    """Somebody with a conversation on a server, and the cookies of a browser."""

    def __init__(self, server):
        client = Client(server.port)
        client.sign_in()
        ack = client.tab().ask_and_wait(FAST, content=unique())
        self.conversation_id = ack["conversation"]["id"]
        self.owner, self.cookies = client.owner, client.cookies
        client.close()

    def check(self, server, *, origin=None, cookies=None):
        """Come back as the page does, and fail unless the conversation is there, by HTTP and by a socket."""
        client = Client(server.port)
        client.cookies = dict(self.cookies if cookies is None else cookies)
        client.origin = origin or client.origin
        assert client.get("/").status == 200
        assert client.sign_in().json["owner"] == self.owner
        listed = client.get("/api/conversations").json["conversations"]
        assert self.conversation_id in {one["id"] for one in listed}
        assert len(client.tab().ok("open_conversation", conversation_id=self.conversation_id)["messages"]) == 2
        client.close()
        return client


@contextlib.contextmanager
def database(server):
    """The database's file, for changes while no server is running."""
    with contextlib.closing(sqlite3.connect(server.folder / "chatapp.db", timeout=10)) as connection, connection:
        yield connection


def stop(server):
    server.terminate()
    server.wait()


def test_a_lost_key_loses_nobody(running):
    server = running
    person = Person(server)
    stop(server)
    (server.folder / "secret_key").unlink()
    person.check(server.start())


def test_a_password_given_before_the_key_was_lost_is_not_asked_for_again(new_server):
    server = new_server(CHATAPP_PASSWORD="correct horse")
    client = Client(server.port)
    assert client.sign_in(password="correct horse").status == 200
    stop(server)
    (server.folder / "secret_key").unlink()
    server.start()
    assert client.sign_in().json["owner"] == client.owner


@pytest.mark.parametrize("hours", [9, -9, -24 * 365])
def test_a_clock_that_was_wrong_loses_nobody(running, hours):
    """The rows are as a server writes them by a clock that is fast, or slow, by so many hours."""
    server = running
    person = Person(server)
    stop(server)
    with database(server) as connection:
        connection.execute("UPDATE sessions SET created_at = created_at + ?1, seen_at = seen_at + ?1", (hours * 3600,))
    client = person.check(server.start())
    (session,) = client.get("/api/sessions").json["sessions"]
    assert session["current"]


def test_tls_that_comes_later_loses_nobody(new_server):
    server = new_server()
    person = Person(server)
    stop(server)
    server.env["CHATAPP_ORIGINS"] = "https://chat.example"
    client = person.check(server.start(), origin="https://chat.example")
    named = [name for name, value in client.cookies.items() if value]
    assert [name[:7] for name in named] == ["__Host-"]
    person.check(server, origin="https://chat.example", cookies=client.cookies)


def test_a_restored_backup_on_another_machine_loses_nobody(running, new_server):
    """The documented backup, without the key."""
    server, other = running, new_server(start=False)
    person = Person(server)
    with database(server) as connection:
        connection.execute("VACUUM INTO ?", (str(other.folder / "chatapp.db"),))
    person.check(other.start())


def test_the_cookie_of_an_earlier_version_is_taken_over_and_leads_back(running):
    server = running
    person = Person(server)
    stop(server)
    key = (server.folder / "secret_key").read_text().strip()
    name = signed_cookie.name_of(key)
    with database(server) as connection:
        connection.execute("DELETE FROM sessions")
    jar = {name: signed_cookie.make(key, person.owner, seconds_ago=-7200)}
    client = person.check(server.start(), cookies=jar)
    person.check(server, cookies={one: value for one, value in client.cookies.items() if one != name})
    # Of an earlier version, whose database has no sessions, the same browser is the same person: its cookie is kept.
    assert signed_cookie.owner_in(key, signed_cookie.make(key, person.owner)) == person.owner
    assert client.cookies[name] == jar[name]
    stop(server)
    with database(server) as connection:
        connection.execute("DELETE FROM sessions")
    person.check(server.start(), cookies=client.cookies)


def test_a_key_in_the_settings_can_be_rotated_with_the_old_one_as_a_fallback(new_server):
    old, new = "the old key of the server", "the new key of the server"
    server = new_server(CHATAPP_SECRET_KEY=old)
    person = Person(server)
    stop(server)
    with database(server) as connection:
        connection.execute("DELETE FROM sessions")
    server.env |= {"CHATAPP_SECRET_KEY": new, "CHATAPP_SECRET_KEY_FALLBACKS": old}
    person.check(server.start(), cookies={signed_cookie.name_of(old): signed_cookie.make(old, person.owner)})


def test_the_last_use_is_kept_over_a_restart(running):
    server = running
    person = Person(server)
    stop(server)
    with database(server) as connection:
        ((seen_at,),) = connection.execute("SELECT seen_at FROM sessions WHERE owner = ?", (person.owner,))
    assert seen_at is not None
    person.check(server.start())


def owners(server, *arguments):
    command = [sys.executable, "-m", "chatapp", "owners", *arguments]
    return subprocess.run(command, cwd=ROOT, env=server.env, capture_output=True, text=True, timeout=LIMIT, check=False)


def test_the_operator_gives_a_person_their_conversations_back_while_the_server_runs(new_server):
    server = new_server()
    lost = Person(server)
    client = Client(server.port)
    client.sign_in()
    tab = client.tab()
    eventually(lambda: client.owner in owners(server).stdout, every=0.5, what="the new owner in the list")
    lines = owners(server).stdout.splitlines()
    assert {line.split()[0] for line in lines} == {lost.owner, client.owner}
    merged = owners(server, "--merge", lost.owner, client.owner)
    assert (merged.returncode, merged.stdout) == (0, f"Given to {client.owner}: 1 conversation.\n")
    assert client.sign_in().json["owner"] == client.owner
    assert [one["id"] for one in client.get("/api/conversations").json["conversations"]] == [lost.conversation_id]
    tab.check_alive()
    old = Client(server.port)
    old.cookies = lost.cookies
    eventually(lambda: old.sign_in().json["owner"] == client.owner, what="the devices of the one who was lost")
    assert owners(server, "--merge", lost.owner, client.owner).stderr == f"Error: There is no owner {lost.owner}.\n"
