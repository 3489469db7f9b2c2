"""A backup of a server that is being written to, restored on another machine."""

import shutil
import subprocess
import sys

from support.paths import ROOT
from support.processes import Server
from support.tab import unique
from support.waiting import LIMIT


def run(server, *arguments):
    """Run a command with the settings of a server."""
    command = [sys.executable, "-m", "chatapp", *map(str, arguments)]
    ran = subprocess.run(command, cwd=ROOT, env=server.env, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran


def messages(client, conversation_id):
    """Return the contents of a conversation's messages, oldest first."""
    reply = client.get(f"/api/conversations/{conversation_id}?limit=500")
    assert reply.status == 200, reply.body
    return [message["content"] for message in reply.json["messages"]]


def test_a_backup_under_load_ends_and_is_the_same_owners_elsewhere(new_server, new_client, tmp_path, upstream):
    server: Server = new_server(CHATAPP_PASSWORD="correct horse battery")
    client = new_client(server, signed_in=False)
    assert client.sign_in(password="correct horse battery").status == 200
    tab = client.tab()
    for _ in range(5):  # some MiB, so that the copy takes several steps
        long = tab.ask_and_wait("script?tokens=1", content=unique() + "가" * 90_000)
    before = tab.ask_and_wait("script?tokens=5")["conversation"]["id"]
    streams = [tab.ask("script?tokens=100000&rate=200") for _ in range(3)]
    for stream in streams:
        tab.wait_text(stream["generation_id"], "10 ")
    target = tmp_path / "backup"
    ran = run(server, "backup", target)
    assert ran.returncode == 0, ran.stderr
    assert str(target) in ran.stdout
    again = run(server, "backup", target)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert "exists already" in again.stderr
    for stream in streams:
        tab.ok("stop_generation", generation_id=stream["generation_id"])
    after = tab.ask_and_wait("script?tokens=5")["conversation"]["id"]
    expected = {one: messages(client, one) for one in (long["conversation"]["id"], before)}

    elsewhere = new_server(start=False, CHATAPP_PASSWORD="correct horse battery")
    moved = tmp_path / "moved"
    shutil.move(target, moved)
    ran = run(elsewhere, "restore", moved)
    assert ran.returncode == 0, ran.stderr
    elsewhere.start()
    there = new_client(elsewhere, signed_in=False)
    there.cookies.update(client.cookies)
    assert there.sign_in().json["owner"] == client.owner
    listed = {one["id"] for one in there.get("/api/conversations").json["conversations"]}
    assert {before, *(stream["conversation"]["id"] for stream in streams)} <= listed
    assert after not in listed
    assert {one: messages(there, one) for one in expected} == expected
    for stream in streams:  # what ran during the backup was cut off, and can be continued
        assert messages(there, stream["conversation"]["id"])[1].startswith("1 2 3 ")
    there.tab().ask_and_wait("script?tokens=2", before)

    refused = run(elsewhere, "restore", moved)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "Stop it first" in refused.stderr
    assert not list(elsewhere.folder.glob("replaced-*"))
