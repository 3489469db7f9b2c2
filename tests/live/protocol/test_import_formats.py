"""Imports of other chats' exports, as they are downloaded; again, in part, with progress, and cancelled."""

import io
import json
import threading
import zipfile

import pytest

from live.protocol.exchange import IMPORT, export_json, import_json
from support.paths import DATA
from support.shapes import check_problem
from support.waiting import LIMIT, eventually

EXPORTS = DATA / "imports"
KOREAN = {"Accept-Language": "ko-KR,ko;q=0.9"}


def post(client, data, path=IMPORT, kind="application/zip", **headers):
    return client.request("POST", path, data, {"Content-Type": kind, "Origin": client.origin, **headers})


def pack(*paths, **texts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
        for name, text in texts.items():
            archive.writestr(f"{name}.json", text)
    return out.getvalue()


def chats(*titles, text="answer", sender="human"):
    """Return conversations of Claude."""
    messages = [{"sender": sender, "text": "q"}, {"sender": "assistant", "text": text}]
    return [{"uuid": title, "name": title, "summary": "", "chat_messages": messages} for title in titles]


def titles(client):
    return sorted(one["title"] for one in export_json(client)["conversations"])


def test_chatgpts_zip_is_imported_and_importing_it_again_changes_nothing(client, tab):
    data = pack(*(EXPORTS / "chatgpt-2026").iterdir())
    reply = post(client, data)
    assert reply.status == 201, reply.body
    assert [one["title"] for one in reply.json["conversations"]] == ["Aloud", "A letter", "Boats"]
    assert set(reply.json) == {"conversations"}, "nothing else is to be told"
    for _ in range(3):
        tab.wait_fact("conversation_added")
    again = post(client, data)
    assert (again.status, again.json) == (201, {"conversations": [], "unchanged": 3})
    assert titles(client) == ["A letter", "Aloud", "Boats"]


@pytest.mark.parametrize("name", ["claude-2026", "open-webui", "librechat-tree", "librechat-flat", "chat-ui"])
def test_exports_of_other_chats_are_imported(client, name):
    reply = post(client, (EXPORTS / f"{name}.json").read_bytes(), kind="application/json")
    assert reply.status == 201, reply.body
    assert reply.json["conversations"]


def test_what_is_not_taken_is_told_with_its_reason(client):
    odd = [*chats("before"), *chats("odd", sender="ghost"), *chats("after")]
    reply = post(client, json.dumps(odd).encode(), kind="application/json", **KOREAN)
    assert reply.status == 201
    assert sorted(one["title"] for one in reply.json["conversations"]) == ["after", "before"]
    assert reply.json["not_imported"] == 1
    assert reply.json["problems"] == [
        {
            "title": "odd",
            "problem": "이 대화는 다른 대화와 구조가 다릅니다.",
            "detail": "conversations[1].chat_messages[0].sender: human 또는 assistant여야 합니다.",
        }
    ]


def test_an_own_export_is_taken_in_part_if_that_is_asked_for(client, branched):
    export = export_json(client, branched)
    odd = json.loads(json.dumps(export["conversations"][0]))
    odd["messages"][-1]["role"] = "wizard"
    export["conversations"] += [{**odd, "title": "odd"}, *import_fresh(export)]
    check_problem(client.post(IMPORT, export), 400, "invalid")
    reply = client.post(f"{IMPORT}?partial=1", export)
    assert len(reply.json["conversations"]) == 2
    assert reply.json["not_imported"] == 1
    again = client.post(f"{IMPORT}?partial=1", export)
    assert (again.json["conversations"], again.json["unchanged"]) == ([], 2)
    assert len(export_json(client)["conversations"]) == 3, "the original, its copy, and the other one"


def import_fresh(export):
    one = json.loads(json.dumps(export["conversations"][0]))
    return [{**one, "id": "another", "title": "fresh"}]


def test_an_open_tab_sees_what_is_added_to_a_conversation(client, tab):
    first = chats("one")
    (made,) = import_json(client, first)
    tab.ok("open_conversation", conversation_id=made["id"])
    more = json.loads(json.dumps(first))
    more[0]["chat_messages"] += [{"sender": "human", "text": "more?"}, {"sender": "assistant", "text": "more."}]
    reply = client.post(IMPORT, more)
    assert [one["id"] for one in reply.json["extended"]] == [made["id"]]
    assert reply.json["conversations"] == []
    facts = [tab.wait_fact("message_added") for _ in range(2)]
    assert facts[0]["revision"] == made["revision"] + 1
    assert [fact["message"]["content"] for fact in tab.facts("message_added")] == ["more?", "more."]
    assert [one["content"] for one in client.saved(made["id"]).values()] == ["q", "answer", "more?", "more."]


def pack_bomb():
    """Return a small zip with a file of 600 MB."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("conversations.json", "w") as file,
    ):
        for _ in range(600):
            file.write(b" " * 1_000_000)
    return out.getvalue()


#: Each with a function that makes the file: every process of a run imports this module, and one of them tests it.
BROKEN = {
    "a zip without conversations": (lambda: pack(user="{}"), "no conversations"),
    "a broken file in a zip": (
        lambda: pack(**{"conversations-000": "[]", "conversations-001": "[{"}),
        "conversations-001.json",
    ),
    "a zip bomb": (pack_bomb, "too large"),
    "ratings": (lambda: b'[{"id": "f1", "rating": "thumbs_up", "content": "{}"}]', "no conversations in this file"),
    "a manifest": ((EXPORTS / "claude-manifest.json").read_bytes, "links to Claude"),
}


@pytest.mark.parametrize(("make", "words"), BROKEN.values(), ids=BROKEN)
def test_of_a_broken_or_hostile_file_nothing_is_taken(client, make, words):
    reply = post(client, make())
    assert reply.status in {400, 413}, reply.body
    assert words in reply.json["detail"]
    assert export_json(client)["conversations"] == []


def test_a_form_of_another_site_cannot_import(client):
    check_problem(post(client, b"[]", kind="application/octet-stream"), 400, "invalid")
    problem = client.request(
        "POST", IMPORT, b"[]", {"Content-Type": "application/zip", "Origin": "https://evil.example"}
    )
    check_problem(problem, 403, "forbidden")
    zipped = client.request(
        "POST", "/api/conversations", b"{}", {"Content-Type": "application/zip", "Origin": client.origin}
    )
    check_problem(zipped, 400, "invalid")


def test_progress_is_told_and_a_cancelled_import_keeps_what_has_come(client, new_client):
    assert client.get(IMPORT).json == {"phase": None}
    many = chats(*(f"{number}" for number in range(5000)), text="가나다 " * 100)
    replies = []
    worker = threading.Thread(target=lambda: replies.append(client.post(IMPORT, many)))
    worker.start()
    seen = eventually(lambda: storing(client), what="the import to store")
    assert 0 < seen["done"] < seen["total"] == 5000
    assert new_client().get(IMPORT).json == {"phase": None}, "another owner's is not told"
    assert (
        client.request("DELETE", IMPORT, b"{}", {"Content-Type": "application/json", "Origin": client.origin}).status
        == 204
    )
    worker.join(LIMIT)
    reply = replies[0]
    assert (reply.status, reply.json["cancelled"]) == (201, True)
    came = len(reply.json["conversations"])
    assert came + reply.json["left"] == 5000
    assert 0 < came < 5000
    assert len(export_json(client)["conversations"]) == came


def storing(client):
    answer = client.get(IMPORT).json
    return answer if answer["phase"] == "storing" and answer["done"] else None
