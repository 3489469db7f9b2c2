"""Sessions: the stored cookie, a browser's session, passwords, and servers that cannot be used."""

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer  # by name: eventlet leaves its own copy in http

import pytest

from support import signed_cookie
from support.processes import free_port
from support.tab import unique

PASSWORD = "correct horse"


@pytest.fixture
def other_server() -> Iterator[str]:
    """A server that is not chatapp, and redirects if `moved`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(308 if self.server.moved else 200)
            self.send_header("Location", "https://elsewhere.example/")
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"[{}]")

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.moved = False
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_session_file_is_readable_by_its_owner_only(chat):
    assert chat.run(unique()).returncode == 0
    folder = chat.home / "config" / "chatapp"
    (kept,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    owner = json.loads(kept.read_text())["owner"]
    assert chat.run(unique()).returncode == 0
    assert json.loads(kept.read_text())["owner"] == owner


def test_without_a_state_folder_the_session_is_stored_in_the_home(chat):
    assert chat.run(unique(), XDG_CONFIG_HOME="").returncode == 0
    assert len(list((chat.home / ".config" / "chatapp").iterdir())) == 1


def test_a_damaged_session_file_is_ignored(chat):
    assert chat.run(unique()).returncode == 0
    (kept,) = (chat.home / "config" / "chatapp").iterdir()
    kept.write_text('{"server"')
    assert chat.run(unique()).returncode == 0


def test_a_folder_that_cannot_be_written_is_named(chat):
    (chat.home / "config").write_text("a file")
    done = chat.run(unique())
    assert done.returncode == 1
    assert f"Cannot keep the session in {chat.home}/config/chatapp" in done.stderr


def test_a_terminal_that_joins_shows_up_in_the_browser(chat, client):
    tab = client.tab()
    code = client.post("/api/session/code").json["code"]
    assert chat.run("--code", code.lower(), "안녕 터미널").returncode == 0
    assert tab.wait_fact("conversation_added")["conversation"]["title"] == "안녕 터미널"
    assert chat.run("--continue", "또").returncode == 0
    (conversation,) = client.get("/api/conversations").json["conversations"]
    assert len(client.saved(conversation["id"])) == 4


def test_a_joined_session_does_not_continue_another_sessions_conversation(chat, client):
    assert chat.run(unique()).returncode == 0
    code = client.post("/api/session/code").json["code"]
    done = chat.run("--code", code, "--continue", unique())
    assert done.returncode == 1
    assert "no conversation of last time" in done.stderr


def test_a_wrong_code_joins_nothing(chat):
    done = chat.run("--code", "ABCD-EFGH", unique())
    assert (done.returncode, done.stdout) == (4, "")
    assert "code is wrong" in done.stderr


def kept_session(chat):
    (kept,) = (chat.home / "config" / "chatapp").iterdir()
    return kept, json.loads(kept.read_text())


def test_a_terminal_is_listed_as_one_and_told_once_that_it_was_signed_out(chat, browser):
    chat.run(unique())
    (other,) = [one for one in browser.get("/api/sessions").json["sessions"] if not one["current"]]
    assert other["device"] == "Terminal on Linux"
    assert browser.delete(f"/api/sessions/{other['id']}").status == 204
    refused = chat.run(unique())
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "This terminal was signed out" in refused.stderr
    assert chat.run(unique()).returncode == 0
    assert kept_session(chat)[1]["owner"] != browser.owner


def test_a_session_that_an_earlier_version_kept_is_taken_over(chat, client, server):
    """Its cookie was signed; that of the session comes beside it."""
    assert chat.run(unique()).returncode == 0
    file, kept = kept_session(chat)
    key = (server.folder / "secret_key").read_text().strip()
    name = signed_cookie.name_of(key)
    file.write_text(json.dumps({**kept, "cookie": f"{name}={signed_cookie.make(key, client.owner)}"}))
    client.tab().ask_and_wait("script?tokens=2", content="of the browser")
    assert "of the browser" in chat.run("--list").stdout
    assert kept_session(chat)[1]["owner"] == client.owner
    assert "chatapp_session_" in kept_session(chat)[1]["cookie"]


def test_a_password_is_prompted_for_and_the_session_kept(new_server, new_chat):
    chat = new_chat(f"127.0.0.1:{new_server(CHATAPP_PASSWORD=PASSWORD).port}")
    refused = chat.run(unique())
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "--password" in refused.stderr
    wrong = chat.run(unique(), CHATAPP_PASSWORD="something else")
    assert (wrong.returncode, wrong.stderr) == (4, "The password is wrong.\n")
    terminal = chat.type_at("--password", unique())
    terminal.wait_for("Password: ")
    terminal.type(f"{PASSWORD}\n")
    assert terminal.wait() == 0
    assert PASSWORD not in terminal.raw
    assert chat.run(unique()).returncode == 0


def test_a_password_from_the_environment_is_accepted(new_server, new_chat):
    chat = new_chat(f"127.0.0.1:{new_server(CHATAPP_PASSWORD=PASSWORD).port}")
    assert chat.run(unique(), CHATAPP_PASSWORD=PASSWORD).returncode == 0


def test_a_server_with_another_origin_is_reported(new_server, new_chat):
    server = new_server(CHATAPP_ORIGINS="https://chat.example.com")
    done = new_chat(f"127.0.0.1:{server.port}").run(unique())
    assert (done.returncode, done.stdout) == (4, "")
    assert "CHATAPP_ORIGINS" in done.stderr


def test_an_unreachable_server_is_reported(new_chat):
    port = free_port()
    done = new_chat(f"127.0.0.1:{port}").run(unique())
    assert (done.returncode, done.stdout) == (3, "")
    assert f"Cannot reach http://127.0.0.1:{port} (Connection refused)" in done.stderr


def test_the_port_of_the_environment_is_the_default(chat, server):
    assert chat.run(unique(), CHATAPP_SERVER="", PORT=str(server.port)).returncode == 0
    assert chat.run(unique(), CHATAPP_SERVER="", PORT=str(free_port())).returncode == 3


def test_a_server_that_is_not_chatapp_is_reported(new_chat, other_server):
    done = new_chat(f"127.0.0.1:{other_server.server_port}").run(unique())
    assert (done.returncode, done.stdout) == (3, "")
    assert "is not chatapp" in done.stderr


def test_a_redirect_is_not_followed(new_chat, other_server):
    other_server.moved = True
    done = new_chat(f"127.0.0.1:{other_server.server_port}").run(unique())
    assert done.returncode == 1
    assert "has moved to https://elsewhere.example/" in done.stderr


@pytest.mark.parametrize("address", ["ftp://x", "http://", "http://x:99999", "http://x:0"])
def test_an_invalid_address_is_a_usage_error(chat, address):
    done = chat.run("--server", address, unique())
    assert done.returncode == 2
    assert "is no address like" in done.stderr
