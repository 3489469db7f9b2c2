"""Whole imports: zips as they are downloaded, and files that are broken, huge or hostile."""

import io
import json
import zipfile

import pytest

from chatapp.errors import Invalid, TooLarge
from chatapp.transfer import import_archive
from chatapp.transfer.import_reading import BrokenFile, ImportCancelled, ImportProgress, Reading
from chatapp.transfer.incoming import Bounds, ImportTooLarge
from chatapp.transfer.spool import Spool
from support.paths import DATA
from support.words import ENGLISH

CHATGPT = DATA / "imports" / "chatgpt-2026"
BOUNDS = Bounds(text_characters=100_000, prompt_characters=1000, options_bytes=4096, file_bytes=200_000)
OWN = {"id": "c1", "title": "own", "created_at": 1.0, "updated_at": 2.0, "messages": []}


def pack(files, method=zipfile.ZIP_DEFLATED):
    """Return a zip of files: their content by their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def export(*conversations):
    return json.dumps({"format": "chatapp", "version": 1, "conversations": conversations})


def chat(title, text="answer"):
    """Return a conversation of Claude."""
    messages = [{"sender": "human", "text": "q"}, {"sender": "assistant", "text": text}]
    return {"uuid": title, "name": title, "summary": "", "chat_messages": messages}


@pytest.fixture
def read(tmp_path):
    def read(data, *, bounds=BOUNDS, progress=None, sleep=lambda _seconds: None, **more):
        """Read an upload. Returns the titles of the conversations, and what is not taken."""
        path = tmp_path / "upload"
        path.write_bytes(data)
        reading = Reading(bounds, ENGLISH, progress or ImportProgress(), tmp_path, sleep, **more)
        with path.open("rb") as file, Spool(tmp_path) as spool:
            reading.read(file, spool)
            return [one.title for _, one in spool], reading.refusals

    return read


def chatgpt_files(prefix=""):
    return {f"{prefix}{path.name}": path.read_bytes() for path in sorted(CHATGPT.iterdir())}


@pytest.mark.parametrize("prefix", ["", "export/"])
def test_chatgpts_zip_as_it_is_downloaded(read, prefix):
    files = chatgpt_files(prefix) | {f"{prefix}chat.html": "<html>", f"{prefix}file_00000000aaaa.dat": b"\x89PNG"}
    titles, refusals = read(pack(files))
    assert titles == ["Boats", "A letter", "Aloud"]
    assert refusals.count == 0


def test_a_zip_packed_once_more(read):
    inner = pack(chatgpt_files())
    assert read(pack({"report.html": "x", "User Online Activity/chats.zip": inner}, zipfile.ZIP_STORED))[0] == [
        "Boats",
        "A letter",
        "Aloud",
    ]


def test_claudes_zips_of_conversations_and_of_other_things(read):
    export = (DATA / "imports" / "claude-2026.json").read_bytes()
    assert read(pack({"conversations.json": export}))[0] == ["Two plans"]
    for name in ("users.json", "memories.json", "projects.json"):
        with pytest.raises(Invalid, match="no conversations"):
            read(pack({name: "[]"}))


def test_a_folder_of_single_conversations(read):
    files = {f"chat {number}.json": json.dumps(chat(f"{number}")) for number in range(3)}
    assert read(pack(files | {"user.json": "{}", "__MACOSX/._chat.json": "\0"}))[0] == ["0", "1", "2"]


def test_one_odd_conversation_does_not_cost_the_others(read):
    odd = chat("odd")
    odd["chat_messages"][0]["sender"] = "ghost"
    titles, refusals = read(json.dumps([chat("before"), odd, 7, chat("after")]).encode())
    assert titles == ["before", "after"]
    assert [(one.title, one.error.message) for one in refusals.told] == [
        ("odd", "conversations[1].chat_messages[0].sender: must be human or assistant"),
        ("", "conversations[2]: must be an object"),
    ]


def test_if_nothing_can_be_taken_the_first_reason_is_told(read):
    with pytest.raises(Invalid, match=r"conversations\[0\]: must be an object"):
        read(b"[7, 8]")


def test_an_own_export_is_taken_in_part_only_if_that_is_asked_for(read):
    data = export(OWN, {**OWN, "title": 7}, {**OWN, "id": "c3", "title": "third"}).encode()
    with pytest.raises(Invalid, match=r"conversations\[1\]\.title"):
        read(data)
    titles, refusals = read(data, is_partial=True)
    assert (titles, refusals.count) == (["own", "third"], 1)


BROKEN = {
    "cut in the middle": json.dumps([chat("one"), chat("two")]).encode()[:-20],
    "cut at the end": json.dumps([chat("one")]).encode()[:-1],
    "two files in one": json.dumps([chat("one")]).encode() * 2,
    "deeply nested": b'[{"chat_messages": ' + b"[" * 100_000,
    "deeply nested and closed": b'[{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}]",
    "a tree that never ends": b'{"conversationId": "c", "messagesTree": [' + b'{"children": [' * 10_000,
    "not text": b"[\xff\xfe]",
    "empty": b"",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_of_a_broken_file_nothing_is_taken(read, data):
    with pytest.raises(Invalid):
        read(data)
    with pytest.raises((BrokenFile, Invalid)):
        read(pack({"conversations-000.json": json.dumps([chat("whole")]), "conversations-001.json": data}))


def test_the_broken_file_of_a_zip_is_named(read):
    with pytest.raises(BrokenFile) as broken:
        read(pack({"conversations-000.json": json.dumps([chat("whole")]), "conversations-001.json": "[{"}))
    assert broken.value.name == "conversations-001.json"
    assert "line 1, column 3" in broken.value.error.message


WHOLE = pack({"conversations.json": json.dumps([chat("one")])})
CENTRAL = b"PK\x01\x02\x14\x03\x14\x00"  # in a directory, before the flags
DAMAGED = {
    "cut": WHOLE[:-30],
    "no end": WHOLE[:60],
    "only the signature": b"PK\x03\x04zip",
    "damaged data": WHOLE[:55] + bytes(20) + WHOLE[75:],
    "encrypted": WHOLE.replace(CENTRAL + b"\x00", CENTRAL + b"\x01"),
    "no files": pack({}),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_zip_is_refused(read, data):
    with pytest.raises(Invalid, match=r"zip (is damaged|has no conversations)"):
        read(data)


def test_a_zip_bomb_ends_at_the_limit(read, tmp_path):
    bomb = pack({"conversations.json": b" " * (BOUNDS.unpacked_bytes + 1)})
    assert len(bomb) < BOUNDS.unpacked_bytes / 500
    with pytest.raises(ImportTooLarge, match="Unpacked"):
        read(bomb)
    many = pack({f"conversations-{number:03}.json": b" " * BOUNDS.file_bytes + b"[]" for number in range(9)})
    with pytest.raises(ImportTooLarge, match="Unpacked"):
        read(many)
    nested = pack({f"{number}.zip": pack({"conversations.json": b" " * BOUNDS.file_bytes}) for number in range(9)})
    with pytest.raises((ImportTooLarge, Invalid)):
        read(nested)
    assert [path.name for path in tmp_path.iterdir()] == ["upload"], "nothing is left of it"


def test_a_zip_in_a_zip_in_a_zip_is_not_opened(read):
    with pytest.raises(Invalid, match="no conversations"):
        read(pack({"a.zip": pack({"b.zip": pack({"conversations.json": json.dumps([chat("one")])})})}))


def test_a_zip_with_very_many_files_is_not_listed(read, monkeypatch):
    monkeypatch.setattr(import_archive, "DIRECTORY_BYTES", 500)
    with pytest.raises(ImportTooLarge, match="too many files"):
        read(pack({f"{number}.json": "{}" for number in range(20)}))


def test_an_overlong_message_costs_only_its_conversation(read):
    titles, refusals = read(json.dumps([chat("long", "x" * 100_001), chat("short")]).encode())
    assert titles == ["short"]
    assert isinstance(refusals.told[0].error, TooLarge)


def test_what_no_database_can_store_is_replaced_in_all_texts(tmp_path):
    half = "cut \ud83d"
    with_file = chat("file")
    with_file["chat_messages"][0]["attachments"] = [{"file_name": half, "extracted_content": half}]
    answer = {"messageId": "a", "parentMessageId": "q", "isCreatedByUser": False, "text": half, "finish_reason": half}
    other = {"conversationId": "c", "messages": [{"messageId": "q", "isCreatedByUser": True, "text": "\0"}, answer]}
    path = tmp_path / "upload"
    path.write_text(json.dumps([with_file, other]))
    with path.open("rb") as file, Spool(tmp_path) as spool:
        Reading(BOUNDS, ENGLISH, ImportProgress(), tmp_path, lambda _seconds: None).read(file, spool)
        messages = [one for _, conversation in spool for one in conversation.messages]
    assert [one.content for one in messages] == [
        "q\n\n[file: cut \ufffd]\n\ncut \ufffd",
        "answer",
        "\ufffd",
        "cut \ufffd",
    ]
    assert messages[-1].finish_reason == "cut \ufffd"


def test_an_error_about_a_name_that_is_no_text_can_be_told(read):
    for data in (
        b'{"\\ud83d": 1, "\\ud83d": 2}',
        b'{"format": "chatapp", "version": 1, "\\ud83d": 0, "conversations": []}',
    ):
        with pytest.raises(Invalid, match=r"\?") as refused:
            read(data)
        refused.value.message.encode()


def test_names_of_files_are_not_copied_for_each_message(read, monkeypatch):
    """An export may have tens of thousands of files, and as many messages."""

    class Names(dict):
        def keys(self):
            raise AssertionError("copied")

    monkeypatch.setattr(import_archive, "read_file_names", lambda _index: Names({"file-1": "boat.png"}))
    nodes = {"q": {"parent": None, "message": {"author": {"role": "user"}, "content": {"parts": ["q"]}}}}
    files = {"conversations.json": json.dumps([{"title": "t", "mapping": nodes}]), import_archive.FILE_NAMES: "{}"}
    assert read(pack(files))[0] == ["t"]


def test_it_rests_as_long_as_it_works(read):
    rests = []
    read(json.dumps([chat(str(number), "x" * 5000) for number in range(30)]).encode(), sleep=rests.append)
    assert rests
    assert all(rest > 0 for rest in rests)


def test_progress_counts_the_bytes_of_what_is_unpacked(read):
    progress = ImportProgress()
    files = {f"conversations-{number:03}.json": json.dumps([chat(str(number), "x" * 70_000)]) for number in range(3)}
    seen = []
    read(pack(files), progress=progress, sleep=lambda _seconds: seen.append((progress.phase, progress.done)))
    total = sum(len(data) for data in files.values())
    assert (progress.total, progress.done) == (total, total)
    assert seen == sorted(seen)
    assert {phase for phase, _ in seen} <= {"waiting", "reading"}


def test_it_ends_when_it_is_cancelled(read):
    progress = ImportProgress(is_cancelled=True)
    with pytest.raises(ImportCancelled):
        read(json.dumps([chat("one")]).encode(), progress=progress)
