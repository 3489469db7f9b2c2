"""Reloads by HUP: wrong settings change nothing, and running answers are not interrupted."""

import time
from itertools import pairwise

import pytest

from support import sse
from support.processes import free_port
from support.stopwatch import Stopwatch
from support.waiting import eventually

REFUSAL = "Not reloaded"


def counted(last: int) -> str:
    return "".join(f"{number} " for number in range(1, last + 1))


@pytest.fixture(scope="module")
def reloaded(module_configured):
    return module_configured()


@pytest.fixture
def unchanged(reloaded):
    """A server that refuses one reload after the other, and a function that writes its `.env` file."""
    server, write = reloaded
    key = server.folder / "secret_key"
    before = key.read_text()
    yield server, write
    write()
    key.write_text(before)


def wait_for_refusal(server, earlier=0):
    """Wait for one more refusal than these; return what it says."""
    eventually(lambda: server.log().count(REFUSAL) > earlier, what="the refusal")
    return server.log().rpartition(REFUSAL)[2]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("CHATAPP_FLUSH_MS=abc", "CHATAPP_FLUSH_MS"),
        ("DATABASE_URL=nosuch://x", "DATABASE_URL"),
        ("CHATAPP_CONFIG=/nowhere/chatapp.toml", "CHATAPP_CONFIG"),
        (None, "secret_key holds no key"),
    ],
    ids=["a number", "the database", "the providers", "an emptied key"],
)
def test_a_reload_with_a_wrong_setting_changes_nothing_and_says_why(unchanged, new_client, wrong, words):
    server, write = unchanged
    tab, earlier = new_client(server).tab(), server.log().count(REFUSAL)
    running, workers = tab.ask("script?tokens=60&rate=60"), server.worker_pids()
    if wrong:
        write(wrong)
    else:
        (server.folder / "secret_key").write_text("")
    server.hup()
    assert words in wait_for_refusal(server, earlier)
    assert tab.wait_ended(running["generation_id"])["message"]["content"] == counted(60)
    assert server.worker_pids() == workers
    tab.check_alive()


def test_a_reload_does_not_move_the_server(configured, new_client):
    server, write = configured()
    tab, workers = new_client(server).tab(), server.worker_pids()
    write(f"PORT={free_port()}")  # the last line of a name wins
    server.hup()
    assert "another HOST or PORT" in wait_for_refusal(server)
    assert server.worker_pids() == workers
    tab.check_alive()
    server.trouble_expected = True  # a moved port is logged as an error


def test_a_reload_with_corrected_settings_applies_them(configured, new_client):
    server, write = configured()
    workers = server.worker_pids()
    write("CHATAPP_FLUSH_MS=abc")
    server.hup()
    wait_for_refusal(server)
    write("CHATAPP_CONTENT_CHARACTERS=77")
    server.hup()
    eventually(lambda: not workers & server.worker_pids() and server.worker_pids(), what="a new worker")
    eventually(server.is_ready)
    assert new_client(server, signed_in=False).sign_in().json["limits"]["content_characters"] == 77


def reload(server, idle):
    """Reload while an answer runs; wait until the old worker accepts no more connections."""
    old = server.worker_pids()
    server.hup()
    idle.wait_closed()
    assert old & server.worker_pids(), "the old worker writes its answer"
    assert server.worker_pids() - old


def test_a_long_answer_of_the_old_worker_is_streamed_by_the_new_one(new_server, new_client, upstream):
    """It takes more than twice the drain time. A stop on the new worker reaches the old one."""
    server = new_server(CHATAPP_DRAIN_SECONDS="2")
    client = new_client(server)
    ack = client.tab().ask("script?tokens=6000&rate=20")
    reload(server, new_client(server).tab())
    later = client.tab()
    arrivals, text = [], ""
    began_at = time.monotonic()
    watch = Stopwatch(*server.worker_pids(), upstream.pid)
    with client.stream(f"/api/generations/{ack['generation_id']}/events") as response:
        for event in sse.read(response):
            arrivals.append(watch.seconds())
            text += event.payload.get("text", "")
            if time.monotonic() - began_at > 5 and event.name == "token":
                later.ok("stop_generation", generation_id=ack["generation_id"])
    assert text == event.payload["message"]["content"] == counted(len(text.split()))
    assert event.payload["status"] == "stopped"
    assert max(later - earlier for earlier, later in pairwise(arrivals)) < 2, "the text came in bursts"


def test_a_reload_interrupts_no_answer_even_without_drain_time(new_server, new_client):
    server = new_server(CHATAPP_DRAIN_SECONDS="0")
    client = new_client(server)
    tab = client.tab()
    ack = tab.ask("script?tokens=150&rate=50")
    tab.wait_text(ack["generation_id"], "3 ")
    server.hup()
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert (message["status"], message["content"]) == ("complete", counted(150))
