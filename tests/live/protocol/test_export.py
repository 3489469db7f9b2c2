"""Exports: the JSON file, Markdown, and the archive."""

import io
import json
import zipfile
from urllib.parse import unquote

import pytest

from live.protocol.exchange import export_json, import_json
from support.shapes import check_problem


def without_ids(export):
    """Return an export with every id as the number of its first appearance."""
    numbers = {}
    for conversation in export["conversations"]:
        for holder in [*conversation["messages"], conversation]:
            for name in ("id", "parent_id", "active_leaf_id"):
                if holder.get(name):
                    holder[name] = numbers.setdefault(holder[name], len(numbers))
    return json.dumps(export)


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
