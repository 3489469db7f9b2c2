"""Every command, call and stream that the application has registered, to each who has no business with it.

A new one is here by itself: one whose arguments nobody has filled in, or that lets in who has no session, fails.
"""

import contextlib
import functools
import json
import re
import sqlite3

import pytest

from support.client import JSON, Client
from support.registry import registered
from support.shapes import check_error, check_problem
from support.tab import Tab, new_id, unique
from support.waiting import eventually
from support.wire import GONE, RefusedError

SEEN = "SELECT 1 FROM sessions WHERE id = ? AND seen_at IS NOT NULL"
SECRET = "a secret question"
FAST = "script?tokens=5"

#: What everybody may call, and why.
OPEN = {
    ("POST", "/api/session"): "it begins a session, or asks for the password",
    ("GET", "/"): "the page, or the one that asks for the password",
    ("GET", "/c/<conversation_id>"): "the same",
    ("GET", "/signed-out"): "who is signed out",
    ("GET", "/join"): "the page of a link with a code, which the server does not see",
    ("GET", "/manifest.webmanifest"): "the same for everybody",
    ("GET", "/service-worker.js"): "the same for everybody",
    ("GET", "/diagram"): "the same for everybody",
    ("GET", "/diagram/room"): "the same for everybody",
    ("GET", "/diagram/<version>/<path:filename>"): "public files",
    ("GET", "/static/<version>/<path:filename>"): "public files",
    ("GET", "/healthz"): "for operators",
    ("GET", "/readyz"): "for operators",
    ("GET", "/metrics"): "for this machine",
}
#: Calls that no page of another site makes: they have no Origin, and nothing that is personal.
WITHOUT_ORIGIN = {("GET", "/shell")}
BODIES = {
    ("PATCH", "/api/conversations/<conversation_id>"): {"title": "mine now"},
    ("PATCH", "/api/settings/presets/<preset_id>"): {"name": "mine now"},
    ("PUT", "/api/settings/presets/<preset_id>"): {
        "name": "mine",
        "model": None,
        "system_prompt": None,
        "options": None,
    },
    ("POST", "/api/conversations/search"): {"q": SECRET},
    ("POST", "/api/conversations/import"): {"format": "chatapp", "version": 1, "conversations": []},
    ("PUT", "/api/settings"): {"system_prompt": "mine"},
}
#: What a call with an id of another's does, if it is not 404.
OWN = {("PUT", "/api/settings/presets/<preset_id>"): 201}

COMMANDS = {
    "open_conversation": lambda t: {"conversation_id": t["conversation_id"]},
    "load_messages": lambda t: {"conversation_id": t["conversation_id"], "before": t["message_id"]},
    "close_conversation": lambda t: {"conversation_id": t["conversation_id"]},
    "send_message": lambda t: {"conversation_id": t["conversation_id"], **question()},
    "edit_message": lambda t: {"message_id": t["user_id"], **question()},
    "regenerate": lambda t: {"message_id": t["message_id"]},
    "continue_generation": lambda t: {"message_id": t["message_id"]},
    "stop_generation": lambda t: {"generation_id": t["running_id"]},
    "resume_generation": lambda t: {"generation_id": t["running_id"], "after": 0},
    "edit_queued": lambda t: {"queued_id": t["queued_id"], "revision": 1, "content": "mine now"},
    "move_queued": lambda t: {"queued_id": t["queued_id"], "before": None},
    "take_back_queued": lambda t: {"queued_id": t["queued_id"]},
    "send_queued": lambda t: {"queued_id": t["queued_id"]},
    "select_branch": lambda t: {"conversation_id": t["conversation_id"], "message_id": t["message_id"]},
}


def question():
    return {"client_message_id": new_id(), "content": unique(), "model": FAST}


def routes():
    """Return each method and path that has been registered."""
    return sorted({(method, path) for methods, path in registered()["rules"] for method in methods})


CLOSED = [route for route in routes() if route not in OPEN]
WITH_IDS = [route for route in CLOSED if "<" in route[1]]
HANDLED = [name for name in registered()["commands"] if name not in {"connect", "disconnect", "*"}]


@pytest.fixture(scope="module")
def theirs(module_client):
    """Another owner's conversation with an answer that runs, preset and device: the values of the paths' arguments."""
    tab = module_client.tab()
    done = tab.ask_and_wait(FAST, content=unique(SECRET))
    running = tab.ask("script?tokens=3000&rate=20", done["conversation"]["id"])
    queued = tab.ask(FAST, done["conversation"]["id"], queue=True)["queued"]
    preset_id = new_id()
    assert module_client.put(f"/api/settings/presets/{preset_id}", BODIES[next(iter(OWN))]).status == 201
    (session,) = module_client.get("/api/sessions").json["sessions"]
    yield {
        "conversation_id": done["conversation"]["id"],
        "user_id": done["message"]["id"],
        "message_id": done["assistant_message_id"],
        "generation_id": running["generation_id"],
        "running_id": running["generation_id"],
        "queued_id": queued["id"],
        "preset_id": preset_id,
        "session_id": session["id"],
    }
    assert tab.ok("stop_generation", generation_id=running["generation_id"])["status"] == "stopped"
    opened = tab.ok("open_conversation", conversation_id=done["conversation"]["id"])
    assert opened["queue"]["questions"] == [queued], "a stranger has neither changed nor sent it"
    assert len(module_client.saved(done["conversation"]["id"])) == 4, "nothing was added by a stranger"
    assert len(module_client.get("/api/settings/presets").json["presets"]) == 1
    assert len(module_client.get("/api/sessions").json["sessions"]) == 1
    tab.check_alive()


def call(client, route, theirs, headers=None):
    """Make a call with the ids of another's."""
    method, path = route
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: theirs[match[1]], path)
    if method == "GET":
        return client.request("GET", path, headers=headers)
    body = json.dumps(BODIES.get(route, {})).encode()
    return client.request(method, path, body, {**JSON, "Origin": client.origin, **(headers or {})})


@pytest.fixture(scope="module")
def ended(server, module_client, theirs):
    """Clients of the same owner whose sessions have ended, by how."""
    clients = {}
    for how in ("revoked", "expired"):
        client = clients[how] = Client(server.port)
        assert client.sign_in(code=module_client.post("/api/session/code").json["code"]).status == 200
        assert client.get("/api/sessions").status == 200
        (session,) = [one for one in client.get("/api/sessions").json["sessions"] if one["current"]]
        if how == "revoked":
            assert module_client.delete(f"/api/sessions/{session['id']}").status == 204
            continue
        with contextlib.closing(sqlite3.connect(server.folder / "chatapp.db", timeout=10)) as database, database:
            find = functools.partial(database.execute, SEEN, (session["id"],))
            eventually(lambda find=find: find().fetchone(), what="the first use to be stored")
            database.execute("UPDATE sessions SET seen_at = 1, created_at = 1 WHERE id = ?", (session["id"],))
            database.execute("UPDATE shared_values SET value = value + 1 WHERE name = 'sessions_revision'")
        eventually(lambda client=client: client.get("/api/sessions").status == 401, what="the expiry")
    return clients


@pytest.fixture(params=["nobody", "revoked", "expired"])
def outsider(request, new_client, ended):
    return new_client(signed_in=False) if request.param == "nobody" else ended[request.param]


def test_the_open_routes_exist():
    assert set(OPEN) | WITHOUT_ORIGIN | set(BODIES) <= set(routes())


@pytest.mark.parametrize("route", CLOSED, ids=" ".join)
def test_without_a_live_session_no_call_is_answered(outsider, theirs, route):
    check_problem(call(outsider, route, theirs), 401, "unauthenticated")


@pytest.mark.parametrize("route", [route for route in CLOSED if route not in WITHOUT_ORIGIN], ids=" ".join)
@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_page_of_another_site_gets_no_answer_even_of_ones_own(module_client, theirs, route, origin):
    check_problem(call(module_client, route, theirs, {"Origin": origin}), 403, "forbidden")


@pytest.mark.parametrize("route", WITH_IDS, ids=" ".join)
def test_what_is_anothers_is_not_found(client, theirs, route):
    reply = call(client, route, theirs)
    assert reply.status == OWN.get(route, 404), reply.body
    assert SECRET.encode() not in reply.body


@pytest.mark.parametrize("route", [route for route in CLOSED if route not in WITH_IDS], ids=" ".join)
def test_calls_without_ids_are_about_ones_own(client, theirs, route):
    reply = call(client, route, theirs)
    assert reply.status < 400, f"{reply.body!r}: fill its body in, so that it is really tried"
    assert SECRET.encode() not in reply.body
    assert theirs["conversation_id"].encode() not in reply.body
    assert theirs["session_id"].encode() not in reply.body


@pytest.mark.parametrize(
    "route", [route for route in OPEN if route[0] == "GET" and "version" not in route[1]], ids=" ".join
)
def test_open_routes_tell_nothing_personal(outsider, theirs, route):
    cookies = dict(outsider.cookies)
    reply = call(outsider, route, theirs)
    outsider.cookies = cookies  # the page may delete it
    assert reply.status < 400
    assert SECRET.encode() not in reply.body


def test_no_socket_is_opened_without_a_live_session(outsider):
    with pytest.raises(RefusedError, match=r"^unauthenticated$"):
        Tab(outsider.port, cookie=outsider.cookie, origin=outsider.origin)


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_no_socket_is_opened_by_a_page_of_another_site(client, origin):
    with pytest.raises(RefusedError, match=r"^forbidden$"):
        Tab(client.port, cookie=client.cookie, origin=origin)


@pytest.mark.parametrize("command", HANDLED)
def test_a_command_on_what_is_anothers_is_not_found(client, theirs, command):
    tab = client.tab()
    check_error(tab.error(command, COMMANDS[command](theirs)), code="not_found")
    assert tab.facts(conversation_id=theirs["conversation_id"]) == []


@pytest.mark.parametrize("command", HANDLED)
def test_a_socket_whose_session_has_ended_executes_no_command(client, module_client, theirs, command):
    guest = Client(client.port)
    assert guest.sign_in(code=module_client.post("/api/session/code").json["code"]).status == 200
    tab = guest.tab()
    assert guest.delete("/api/session").status == 204
    with contextlib.suppress(*GONE):
        number = tab.send(command, COMMANDS[command](theirs))
        tab.wait_for(lambda tab: tab.closed or tab.has_ack(number), what="the end")
        if tab.has_ack(number):
            check_error(tab.wait_ack(number)["error"], code="unauthenticated")
    tab.wait_closed()
