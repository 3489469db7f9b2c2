"""The response cache of a server that is killed, and `chatapp cache` on its database."""

import subprocess
import sys

import pytest

from live.protocol.cached_answers import MODEL, ask
from support.client import Client
from support.paths import ROOT
from support.processes import Server
from support.tab import new_id, unique
from support.waiting import LIMIT


@pytest.fixture(scope="module")
def own_server(upstream, tmp_path_factory):
    """A server that tests kill and whose answers they count, with one session."""
    server = Server(tmp_path_factory.mktemp("own"), upstream.url).start()
    client = Client(server.port)
    client.sign_in()
    yield server, client
    client.close()
    server.close()


def test_the_cache_survives_a_restart(own_server, upstream):
    (server, client), content = own_server, unique()
    ask(client.tab(), content)
    server.kill9()
    server.start()
    assert ask(client.tab(), content)["cached"] is True
    assert len(upstream.calls(content)) == 1


def test_the_operator_purges_from_the_command_line(own_server):
    (server, client), content = own_server, unique()
    client.delete("/api/cache")  # answers of other tests
    ask(client.tab(), content)

    def cache(*arguments):
        command = [sys.executable, "-m", "chatapp", "cache", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=server.env, capture_output=True, text=True, timeout=LIMIT, check=True
        ).stdout

    assert cache("show").startswith("1 answer, ")
    assert cache("purge", "--owner", new_id()) == "Forgotten: 0 answers.\n"
    assert cache("purge") == "Forgotten: 1 answer.\n"
    assert ask(client.tab(), content)["cached"] is False


def test_a_cached_answer_interrupted_by_a_crash_can_be_continued(own_server):
    """A cached answer is a generation like any other."""
    (server, client), content = own_server, unique()
    ask(client.tab(), content)
    tab = client.tab()
    ack = tab.ask(MODEL, content=content)
    server.kill9()
    server.start()
    saved = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert saved["status"] in {"complete", "interrupted"}
    if saved["status"] == "interrupted":
        later = client.tab()
        continuation = later.ok("continue_generation", message_id=saved["id"])
        assert later.wait_ended(continuation["generation_id"])["message"]["cached"] is False
