"""A disk with only the reserve left: growth is refused with an error of its own; stored data can be read."""

import json

import pytest

from support.client import Client
from support.tab import new_id, unique
from support.waiting import eventually

MORE_THAN_ANY_DISK = str(2**62)
EXPORT = {
    "format": "chatapp",
    "version": 1,
    "conversations": [{"title": "Imported", "created_at": 1.0, "updated_at": 1.0, "messages": []}],
}


@pytest.fixture(scope="module")
def full_server(module_server):
    server = module_server(start=False, CHATAPP_DISK_RESERVE_BYTES=MORE_THAN_ANY_DISK)
    server.spawn()

    def is_up():
        try:
            return Client(server.port).get("/healthz").status == 200
        except OSError:
            return False

    eventually(is_up, what="the server")
    return server


@pytest.fixture
def full_client(full_server, new_client):
    return new_client(full_server)


def question():
    return {"conversation_id": None, "client_message_id": new_id(), "content": unique()}


GROWTH = {
    "conversation": lambda client: client.post("/api/conversations", {"title": "New"}),
    "preset": lambda client: client.put(f"/api/settings/presets/{new_id()}", {"name": "New"}),
    "import": lambda client: client.post("/api/conversations/import", EXPORT),
}


@pytest.mark.parametrize("name", GROWTH)
def test_requests_that_store_more_are_refused_over_http(full_client, name):
    reply = GROWTH[name](full_client)
    assert (reply.status, reply.json["code"]) == (503, "unavailable")
    assert "almost full" in reply.json["detail"]
    assert int(reply.headers["Retry-After"]) > 0


def test_a_question_is_refused(full_client):
    error = full_client.tab().error("send_message", question())
    assert error["code"] == "unavailable"
    assert "almost full" in error["message"]


def test_stored_data_can_be_read_and_settings_changed(full_client):
    assert full_client.get("/api/conversations").json == {"conversations": [], "next": None}
    assert full_client.get("/api/conversations/export").status == 200
    assert full_client.put("/api/settings", {"model": "m"}).status == 200


def test_the_readiness_reports_the_disk(full_client):
    reply = full_client.get("/readyz")
    assert reply.status == 503
    (problem,) = json.loads(reply.body)["problems"]
    assert problem["part"] == "disk"
