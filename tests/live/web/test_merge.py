"""A device that joins by a code brings its owner's conversations along, if it wants to."""

import contextlib
import json
import sqlite3

import pytest

from support.client import Client
from support.shapes import check_problem
from support.tab import new_id, unique
from support.waiting import eventually

FAST, SLOW = "script?tokens=5", "script?tokens=3000&rate=40"


@pytest.fixture
def desk(new_client):
    return new_client()


@pytest.fixture
def phone(new_client):
    """A device of another owner."""
    return new_client()


def code_of(client):
    return client.post("/api/session/code").json["code"]


def listed(client):
    return {one["id"] for one in client.get("/api/conversations").json["conversations"]}


def create(client, **fields):
    return client.post("/api/conversations", fields).json["conversation"]["id"]


def merge(desk, phone):
    reply = phone.sign_in(code=code_of(desk), merge=True)
    assert (reply.status, reply.json["owner"]) == (200, desk.owner)


def test_conversations_presets_and_the_running_answer_come_along(desk, phone):
    own, theirs = create(desk, title="at the desk"), create(phone, title="on the phone")
    preset = {"name": "Translator", "model": None, "system_prompt": "Translate.", "options": None}
    assert phone.put(f"/api/settings/presets/{new_id()}", preset).status == 201
    running = phone.tab().ok("send_message", **question(SLOW))
    tab = desk.tab()
    merge(desk, phone)
    everything = {own, theirs, running["conversation"]["id"]}
    assert listed(phone) == listed(desk) == everything
    added = {tab.wait_fact("conversation_added")["conversation"]["id"]}
    assert added <= everything - {own}
    assert [one["name"] for one in desk.get("/api/settings/presets").json["presets"]] == ["Translator"]
    opened = tab.ok("open_conversation", conversation_id=running["conversation"]["id"])
    assert [one["generation_id"] for one in opened["running"]] == [running["generation_id"]]
    assert tab.ok("stop_generation", generation_id=running["generation_id"])["status"] == "stopped"


def question(model):
    return {"conversation_id": None, "client_message_id": new_id(), "content": unique(), "model": model}


def test_the_former_owners_tabs_end_at_once_and_its_other_devices_come_along(desk, phone, new_client):
    """Whoever has one of them could make a code for it."""
    tablet = new_client(signed_in=False)
    assert tablet.sign_in(code=code_of(phone)).json["owner"] == phone.owner
    assert tablet.get("/api/conversations").status == 200
    former, own = phone.owner, create(desk, title="at the desk")
    tabs = [phone.tab(), tablet.tab()]
    merge(desk, phone)
    for tab in tabs:
        tab.wait_closed()
    assert listed(tablet) == {own}
    assert tablet.sign_in().json["owner"] == desk.owner
    assert tablet.sign_in(owner=former).status == 401
    assert len(desk.get("/api/sessions").json["sessions"]) == 3
    page = tablet.get("/").body.decode()
    boot = json.loads(page.partition('id="boot">')[2].partition("</script>")[0])
    assert boot["formerly"] == [former]


def test_a_question_without_an_ack_is_answered_once_when_it_is_sent_again(desk, phone):
    asked = question(FAST)
    ack = phone.tab().ok("send_message", **asked)
    merge(desk, phone)
    assert phone.tab().ok("send_message", **asked) == ack
    assert listed(phone) == {ack["conversation"]["id"]}


def test_without_a_wish_nothing_comes_along(desk, phone):
    theirs = create(phone, title="on the phone")
    other = Client(phone.port)
    other.cookies = dict(phone.cookies)
    assert phone.sign_in(code=code_of(desk)).json["owner"] == desk.owner
    assert theirs not in listed(phone)


@pytest.mark.parametrize("code", ["AAAA-AAAA", "used", "of one's own"])
def test_a_code_that_leads_nowhere_merges_nobody(desk, phone, code):
    theirs = create(phone, title="on the phone")
    if code == "used":
        code = code_of(desk)
        assert Client(desk.port).sign_in(code=code).status == 200
    if code == "of one's own":
        assert phone.sign_in(code=code_of(phone), merge=True).json["owner"] == phone.owner
    else:
        check_problem(phone.sign_in(code=code, merge=True), 401, "unauthenticated")
    assert listed(phone) == {theirs}
    assert listed(desk) == set()


def test_a_device_without_a_session_joins(desk, new_client):
    phone = new_client(signed_in=False)
    merge(desk, phone)
    assert phone.get("/api/conversations").status == 200


def test_who_was_signed_out_brings_nothing(desk, phone, new_client):
    theirs = create(phone, title="on the phone")
    tablet = new_client(signed_in=False)
    tablet.sign_in(code=code_of(phone))
    assert tablet.get("/api/conversations").status == 200
    assert phone.delete("/api/sessions").status == 200
    merge(desk, tablet)
    assert listed(desk) == set()
    assert listed(phone) == {theirs}


def test_what_is_too_much_for_one_is_refused_and_the_code_stays(new_server):
    server = new_server(CHATAPP_CONVERSATIONS_PER_OWNER="3", CHATAPP_GRACE_SECONDS="0")
    desk, phone = Client(server.port), Client(server.port)
    for client in (desk, phone):
        client.sign_in()
    tabs = [create(client, title="one of two") for client in (desk, phone) for _ in range(2)]
    code = code_of(desk)
    problem = check_problem(phone.sign_in(code=code, merge=True), 413, "too_large")
    assert "at most" in problem["detail"]
    assert len(listed(phone)) == 2
    assert phone.delete(f"/api/conversations/{tabs[-1]}").status == 204

    def has_room():
        return phone.sign_in(code=code, merge=True).status == 200

    eventually(has_room, every=0.5, what="the deleted conversation to be gone")
    assert len(listed(desk)) == 3


def test_a_server_that_was_killed_in_between_completes_it(new_server):
    """As after the first write, and no other one: `POST /api/session` may not have been answered."""
    server = new_server()
    desk, phone = Client(server.port), Client(server.port)
    for client in (desk, phone):
        client.sign_in()
    everything = {create(client, title=unique()) for client in (desk, phone, phone)}
    server.kill9()
    with contextlib.closing(sqlite3.connect(server.folder / "chatapp.db", timeout=10)) as connection, connection:
        connection.execute("UPDATE sessions SET owner = ? WHERE owner = ?", (desk.owner, phone.owner))
        connection.execute(
            "INSERT INTO owners (owner, merged_into, refuses_signed) VALUES (?, ?, 0)", (phone.owner, desk.owner)
        )
    server.start()
    assert phone.sign_in().json["owner"] == desk.owner
    eventually(lambda: listed(phone) == everything, every=0.2, what="all conversations")


def test_words_are_found_by_who_got_them(desk, phone):
    word = unique().split()[-1]
    ack = phone.tab().ask_and_wait(FAST, content=f"the word {word}")
    merge(desk, phone)

    def found():
        return [one["id"] for one in desk.get(f"/api/conversations?q={word}").json["conversations"]]

    eventually(lambda: found() == [ack["conversation"]["id"]], every=0.2, what="the word in the index")


def test_the_page_of_a_link_asks_only_who_would_leave_something(desk, phone, new_client):
    def asks(client):
        reply = client.get("/join")
        assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")
        return b"data-asks" in reply.body

    assert not asks(new_client(signed_in=False))
    assert not asks(phone)
    create(phone, title="on the phone")
    assert asks(phone)


def test_the_page_of_a_link_begins_no_session(desk, new_client):
    stranger = new_client(signed_in=False)
    assert stranger.get("/join").status == 200
    assert stranger.cookies == {}


def test_a_code_is_as_good_as_the_password_to_bring_along_what_it_locks(new_server):
    server = new_server(CHATAPP_PASSWORD="correct horse battery")
    phone = Client(server.port)
    assert phone.sign_in(password="correct horse battery").status == 200
    theirs = create(phone, title="on the phone")
    server.terminate()
    server.wait()
    server.env["CHATAPP_PASSWORD"] = "another horse battery"
    server.start()
    assert phone.get("/api/conversations").status == 401
    desk = Client(server.port)
    assert desk.sign_in(password="another horse battery").status == 200
    assert b"data-asks" in phone.get("/join").body
    merge(desk, phone)
    assert listed(phone) == listed(desk) == {theirs}
