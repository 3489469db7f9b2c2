"""Imports of exports and of ChatGPT's files."""

import json

import pytest

from live.protocol.exchange import IMPORT, SAMPLE, export_json, import_json
from support.shapes import check_conversation, check_problem
from support.waiting import eventually


def listed_ids(client):
    """Return the ids of the owner's list, newest first."""
    return [one["id"] for one in client.get("/api/conversations").json["conversations"]]


def test_an_import_is_announced_to_every_tab_and_listed_newest_first(client, tab):
    added = import_json(client, json.loads(SAMPLE.read_text()))
    assert [one["title"] for one in added] == ["서울 날씨와 그래프", "(The export has no question here.)"]
    for conversation in added:
        assert tab.wait_fact("conversation_added")["conversation"]
        check_conversation(conversation)
    announced = {fact["conversation"]["id"] for fact in tab.facts("conversation_added")}
    eventually(
        lambda: {fact["conversation"]["id"] for fact in tab.facts("conversation_added")} == {c["id"] for c in added}
    )
    assert announced <= {conversation["id"] for conversation in added}
    assert listed_ids(client) == [added[1]["id"]], "the other one is archived"


def test_an_imported_chatgpt_conversation_can_be_continued(client, tab, upstream):
    conversation = import_json(client, json.loads(SAMPLE.read_text()))[0]
    opened = tab.ok("open_conversation", conversation_id=conversation["id"])
    last = opened["messages"][-1]
    assert (last["status"], last["content"], last["generation_id"]) == ("interrupted", "", None)
    regenerated = tab.ok("regenerate", message_id=last["id"], model="script?tokens=3")
    assert tab.wait_ended(regenerated["generation_id"])["message"]["content"] == "1 2 3 "
    continuation = tab.ok("continue_generation", message_id=last["id"])
    assert tab.wait_ended(continuation["generation_id"])["message"]["status"] in ("complete", "failed")
    ack = tab.ask_and_wait("script?tokens=2", conversation["id"])
    sent = upstream.call(ack["message"]["content"])["messages"]
    assert sent[0]["content"].endswith("[file: notes.pdf]")
    assert [message["role"] for message in sent][:3] == ["user", "assistant", "user"]


def test_an_imported_export_can_be_continued(client, tab, upstream, branched):
    (copy,) = import_json(client, export_json(client, branched))
    ack = tab.ask_and_wait("script?tokens=2", copy["id"])
    call = upstream.call(ack["message"]["content"])
    assert call["messages"][0] == {"role": "system", "content": "be kind"}
    path = list(client.saved(copy["id"]).values())
    assert (path[1]["content"], path[1]["generation_id"], path[1]["attachments"]) == ("1 2 3 4 ", None, [])
    regenerated = tab.ok("regenerate", message_id=path[1]["id"])
    assert tab.wait_ended(regenerated["generation_id"])["message"]["content"] == "1 2 3 4 "


BROKEN = [
    (b"", "JSON"),
    (b"{", "line 1, column 2"),
    (b"PK\x03\x04zip", "JSON"),
    (b"null", "JSON"),
    (b"{}", "format"),
    (b'{"format": "chatapp", "version": 9, "conversations": []}', "version"),
    (b'[{"a": ' + b"[" * 3000, "deeply"),
    (b'[{"title": "x"}]', "conversations[0].mapping"),
    (b"[1e400]", "conversations[0]: must be an object"),
    (b'"\xff"', "UTF-8"),
]


@pytest.mark.parametrize(("data", "words"), BROKEN, ids=[data[:20].decode("latin1") for data, _ in BROKEN])
def test_a_file_that_is_not_an_export_is_refused(client, data, words):
    reply = client.request("POST", IMPORT, data, {"Content-Type": "application/json", "Origin": client.origin})
    assert words in check_problem(reply, 400, "invalid")["detail"]


def test_an_error_at_the_end_of_a_file_changes_nothing(client, tab, branched):
    export = export_json(client, branched)
    export["conversations"] = export["conversations"] * 30
    last = json.loads(json.dumps(export["conversations"][-1]))
    last["messages"][-1]["role"] = "wizard"
    export["conversations"][-1] = last
    problem = check_problem(client.post(IMPORT, export), 400, "invalid")
    assert f"conversations[29].messages[{len(last['messages']) - 1}].role" in problem["detail"]
    assert [one["id"] for one in export_json(client)["conversations"]] == [branched]
    assert {fact["conversation"]["id"] for fact in tab.facts("conversation_added")} == {branched}
