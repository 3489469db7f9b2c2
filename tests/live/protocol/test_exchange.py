"""Export and import of conversations."""

import http.client
import io
import json
import threading
import zipfile
from itertools import pairwise
from urllib.parse import unquote

import pytest

from support.paths import DATA
from support.shapes import check_conversation, check_problem
from support.stopwatch import Stopwatch
from support.tab import new_id, unique
from support.waiting import eventually

IMPORT = "/api/conversations/import"
SAMPLE = DATA / "chatgpt_conversations.json"


def export_json(client, conversation_id=None):
    reply = client.get(f"/api/conversations/{conversation_id + '/' if conversation_id else ''}export?format=json")
    assert reply.status == 200, reply.body
    return reply.json


def import_json(client, value):
    reply = client.post(IMPORT, value)
    assert reply.status == 201, reply.body
    assert set(reply.json) == {"conversations"}
    return [check_conversation(conversation) for conversation in reply.json["conversations"]]


def without_ids(export):
    """Return an export with every id as the number of its first appearance."""
    numbers = {}
    for conversation in export["conversations"]:
        for holder in [*conversation["messages"], conversation]:
            for name in ("id", "parent_id", "active_leaf_id"):
                if holder.get(name):
                    holder[name] = numbers.setdefault(holder[name], len(numbers))
    return json.dumps(export)


def listed_ids(client):
    """Return the ids of the owner's list, newest first."""
    return [one["id"] for one in client.get("/api/conversations").json["conversations"]]


@pytest.fixture
def branched(client, tab):
    """A conversation with branches, reasoning, a stopped answer and a failed one."""
    options = {"temperature": 1, "max_tokens": 500}
    first = tab.ask_and_wait("script?tokens=5&reasoning=3", options=options)
    conversation_id = first["conversation"]["id"]
    regenerated = tab.ok("regenerate", message_id=first["assistant_message_id"], model="script?tokens=2")
    tab.wait_ended(regenerated["generation_id"])
    stopped = tab.ask("script?tokens=500&rate=50", conversation_id)
    tab.wait_text(stopped["generation_id"], "3 ")
    tab.ok("stop_generation", generation_id=stopped["generation_id"])
    tab.ask_and_wait("script?error=500", conversation_id)
    edit = {"message_id": first["message"]["id"], "client_message_id": new_id(), "content": unique("다른 질문")}
    edited = tab.ok("edit_message", **edit, model="script?tokens=4")
    tab.wait_ended(edited["generation_id"])
    fields = {
        "pinned": True,
        "archived": True,
        "system_prompt": "be kind",
        "options": {"top_p": 1},
        "title": "제목 <b>",
    }
    assert client.patch(f"/api/conversations/{conversation_id}", fields).status == 200
    return conversation_id


def test_export_import_export_gives_the_same_file(client, new_client, branched):
    first = export_json(client, branched)
    other = new_client()
    (copy,) = import_json(other, first)
    assert without_ids(export_json(other, copy["id"])) == without_ids(export_json(client, branched))
    statuses = {message["status"] for message in first["conversations"][0]["messages"]}
    assert statuses == {"complete", "stopped", "failed"}
    assert {name: copy[name] for name in ("title", "pinned", "archived", "model", "system_prompt", "options")} == {
        name: first["conversations"][0][name]
        for name in ("title", "pinned", "archived", "model", "system_prompt", "options")
    }


def test_an_export_has_a_line_per_message_and_names_its_format(client, branched):
    reply = client.get(f"/api/conversations/{branched}/export")
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert (reply.json["format"], reply.json["version"]) == ("chatapp", 1)
    messages = reply.json["conversations"][0]["messages"]
    assert len(reply.body.splitlines()) == len(messages) + 3
    assert messages[1]["usage"] is None or messages[1]["usage"]["total_tokens"]
    assert messages[1]["timings"]["total_ms"] >= 0
    assert messages[1]["options"] == {"temperature": 1, "max_tokens": 500}


def test_a_full_export_has_archived_but_not_deleted_conversations(client, tab, branched):
    kept = tab.ask_and_wait("script?tokens=1")["conversation"]["id"]
    gone = tab.ask_and_wait("script?tokens=1")["conversation"]["id"]
    assert client.delete(f"/api/conversations/{gone}").status == 204
    reply = client.get("/api/conversations/export?format=json")
    assert [one["id"] for one in reply.json["conversations"]] == [branched, kept]
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="chatapp-')


def test_the_file_is_named_after_title_and_day(client, branched):
    disposition = client.get(f"/api/conversations/{branched}/export?format=md").headers["Content-Disposition"]
    day = export_json(client, branched)["conversations"][0]["created_at"]
    assert isinstance(day, float)
    plain, full = disposition.split("; ")[1:]
    assert plain.startswith('filename="20')
    assert plain.endswith('b.md"')
    assert unquote(full.removeprefix("filename*=UTF-8''")).endswith(" 제목 b.md")


def test_markdown_shows_the_open_branch_in_the_readers_language(client, branched):
    path = f"/api/conversations/{branched}/export?format=md"
    english = client.get(path)
    assert english.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "## User" in english.body.decode()
    korean = client.get(path, {"Accept-Language": "ko-KR,ko;q=0.9"}).body.decode()
    assert korean.startswith("# 제목 \\<b>\n")
    assert korean.count("\n## ") == 3, "the system prompt, the edited question, and its answer"
    assert "be kind" in korean
    assert "1 2 3 4" in korean
    assert "다른 버전의 메시지 7개" in korean


def test_markdown_of_all_is_an_archive_with_a_file_for_each(client, branched):
    for _ in range(2):
        assert client.post("/api/conversations", {"title": "같은 ../제목"}).status == 201
    reply = client.get("/api/conversations/export?format=md")
    assert reply.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(reply.body))
    assert archive.testzip() is None
    names = [name[11:] for name in archive.namelist()]
    assert names == ["제목 b.md", "같은 .. 제목.md", "같은 .. 제목 (2).md"]
    assert "## User" in archive.read(archive.namelist()[0]).decode()


@pytest.mark.parametrize("which", ["", "one"])
def test_an_unknown_format_is_named(client, which, branched):
    path = f"/api/conversations/{branched + '/' if which else ''}export?format=pdf"
    assert "format" in check_problem(client.get(path), 400, "invalid")["detail"]


def test_another_owners_conversation_cannot_be_exported(new_client, client, branched):
    other = new_client()
    check_problem(other.get(f"/api/conversations/{branched}/export"), 404, "not_found")
    assert export_json(other)["conversations"] == []
    nobody = new_client(signed_in=False)
    check_problem(nobody.get("/api/conversations/export"), 401, "unauthenticated")


def test_a_running_answer_is_exported_as_far_as_it_is_logged(client, tab):
    ack = tab.ask("script?tokens=1000&rate=50")
    tab.wait_text(ack["generation_id"], "5 ")
    answer = export_json(client, ack["conversation"]["id"])["conversations"][0]["messages"][1]
    assert answer["status"] == "interrupted"
    assert answer["content"].startswith("1 2 3 4 5 ")
    assert "\n\n*This answer was interrupted.*" in (
        client.get(f"/api/conversations/{ack['conversation']['id']}/export?format=md").body.decode()
    )
    tab.ok("stop_generation", generation_id=ack["generation_id"])


def test_an_import_is_announced_to_every_tab_and_listed_newest_first(client, tab):
    added = import_json(client, json.loads(SAMPLE.read_text()))
    assert [one["title"] for one in added] == ["서울 날씨와 그래프", "(The export has no question here.)"]
    for conversation in added:
        assert tab.wait_fact("conversation_added", timeout=5)["conversation"]
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


def test_the_upload_limit_is_a_setting_and_applies_to_imports_only(new_server, new_client):
    client = new_client(on=new_server(CHATAPP_IMPORT_BYTES="2000000"))
    turns = []
    for number in range(0, 300, 2):
        base = {"created_at": 1.0, "content": "x" * 6000}
        turns.append({"id": str(number), "parent_id": str(number - 1) if number else None, "role": "user", **base})
        turns.append({"id": str(number + 1), "parent_id": str(number), "role": "assistant", **base})
    head = {"title": "long", "created_at": 1.0, "updated_at": 2.0, "active_leaf_id": "299", "messages": turns}
    export = {"format": "chatapp", "version": 1, "conversations": [head]}
    assert import_json(client, export)[0]["title"] == "long", "1.8 MB are more than other calls may send"
    export["conversations"].append(head)
    assert "2,000,000 bytes" in check_problem(client.post(IMPORT, export), 413, "too_large")["detail"]
    assert len(export_json(client)["conversations"]) == 1


def chunked(client, body, **headers):
    """Send a body without a Content-Length."""
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=20)
    names = {"Content-Type": "application/json", "Origin": client.origin, "Cookie": client.cookie or "", **headers}
    connection.request("POST", IMPORT, iter([body[:100], body[100:]]), names, encode_chunked=True)
    response = connection.getresponse()
    status, data = response.status, response.read()
    connection.close()
    return status, data


def test_a_body_without_a_content_length_is_limited_too(new_server, new_client):
    client = new_client(on=new_server(CHATAPP_IMPORT_BYTES="1024"))
    fine = b'{"format": "chatapp", "version": 1, "conversations": []}'
    assert chunked(client, fine) == (201, b'{"conversations":[]}')
    status, data = chunked(client, b" " * 2000)
    assert (status, json.loads(data)["code"]) == (413, "too_large")


class SlowUpload:
    """An upload that sends only its first byte."""

    def __init__(self, client, length=60_000_000, **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=20)
        self.connection.putrequest("POST", IMPORT)
        names = {"Content-Type": "application/json", "Origin": client.origin, "Cookie": client.cookie, **headers}
        for name, value in {**names, "Content-Length": str(length)}.items():
            if value is not None:
                self.connection.putheader(name, value)
        self.connection.endheaders()
        self.connection.send(b"[")

    def answer(self):
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def close(self):
        self.connection.close()


REFUSED = [
    ({"Cookie": None}, 401, "unauthenticated"),
    ({"Origin": "https://evil.example"}, 403, "forbidden"),
    ({"Content-Type": "text/plain"}, 400, "invalid"),
]


@pytest.mark.parametrize(("headers", "status", "code"), REFUSED, ids=[code for _, _, code in REFUSED])
def test_an_unauthorized_upload_is_refused_before_it_is_read(client, headers, status, code):
    upload = SlowUpload(client, **headers)
    answered = upload.answer()
    upload.close()
    assert (answered[0], answered[1]["code"]) == (status, code)


def test_an_upload_declared_too_large_is_refused_before_it_is_read(client):
    upload = SlowUpload(client, length=10**12)
    answered = upload.answer()
    upload.close()
    assert (answered[0], answered[1]["code"]) == (413, "too_large")


def test_an_owner_imports_one_file_at_a_time(client, new_client):
    upload = SlowUpload(client)
    empty = {"format": "chatapp", "version": 1, "conversations": []}
    problem = eventually(lambda: busy(client.post(IMPORT, empty)), what="the upload to begin")
    assert problem["retry_after"] > 0
    assert import_json(new_client(), empty) == []
    upload.close()
    eventually(lambda: client.post(IMPORT, empty).status == 201, what="the end of the lost upload")


def busy(reply):
    return check_problem(reply, 429, "busy") if reply.status == 429 else None


def test_a_long_import_and_export_delay_no_answer(server, client, tab, upstream):
    """Ten thousand messages are imported and exported while an answer streams; its tokens keep arriving."""
    turns = []
    for number in range(0, 10_000, 2):
        base = {"created_at": 1.0 + number, "content": "가나다 " * 50}
        turns.append({"id": str(number), "parent_id": str(number - 1) if number else None, "role": "user", **base})
        turns.append({"id": str(number + 1), "parent_id": str(number), "role": "assistant", **base})
    head = {"title": "long", "created_at": 1.0, "updated_at": 2.0, "active_leaf_id": "9999", "messages": turns}
    tab.clock = Stopwatch(*server.worker_pids(), upstream.pid).seconds
    ack = tab.ask("script?tokens=2000&rate=100")
    tab.wait_text(ack["generation_id"], "3 ")
    done = []

    def import_and_export():
        (copy,) = import_json(client, {"format": "chatapp", "version": 1, "conversations": [head]})
        done.append(len(export_json(client, copy["id"])["conversations"][0]["messages"]))
        done.append(client.get(f"/api/conversations/{copy['id']}/export?format=md").body.decode().count("\n## "))

    before = len(tab.tokens(ack["generation_id"]))
    worker = threading.Thread(target=import_and_export)
    worker.start()
    worker.join(60)
    assert done == [10_000, 10_000]
    times = [event.at for event in tab.events if event.name == "token"][before:]
    tab.ok("stop_generation", generation_id=ack["generation_id"])
    longest = max(two - one for one, two in pairwise(times))
    assert longest < 1.0, f"no token came for {longest:.2f} s"
