"""Graceful stops and restarts."""

import time

import pytest

from support.reader import Channel, Reader
from support.short_tab import ShortTab
from support.tab import Tab, new_id, unique
from support.waiting import eventually


def counted(last: int) -> str:
    return "".join(f"{number} " for number in range(1, last + 1))


@pytest.fixture(scope="module")
def often_restarted(module_server):
    return module_server(CHATAPP_DRAIN_SECONDS="20")


@pytest.fixture
def running(often_restarted):
    """A server with time for answers at its end, which one test after the other restarts."""
    return often_restarted.ensure_started()


def test_a_graceful_stop_lets_an_answer_finish(running, new_client):
    server = running
    client = new_client(server)
    tab = client.tab()
    ack = tab.ask("script?tokens=100&rate=100")
    tab.wait_text(ack["generation_id"], "10 ")
    server.terminate()
    assert server.wait() == 0
    tab.wait_closed()
    server.start()
    message = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert (message["status"], message["content"]) == ("complete", counted(100))


def test_a_graceful_stop_that_cannot_wait_interrupts_and_keeps_the_text(new_server, new_client, upstream):
    server = new_server(CHATAPP_DRAIN_SECONDS="0.3")
    client = new_client(server)
    tab = client.tab()
    ack = tab.ask("script?tokens=30000&rate=100&resume=1")
    tab.wait_text(ack["generation_id"], "20 ")
    server.terminate()
    assert server.wait() == 0
    tab.wait_closed()
    assert upstream.closed_call(ack["message"]["content"])["ended_by"] == "client"
    server.start()
    message = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert message["status"] == "interrupted"
    assert message["content"].startswith(tab.text(ack["generation_id"]))
    assert message["content"] == counted(len(message["content"].split()))


def test_an_idle_server_stops_at_once_with_tabs_open(new_server, new_client):
    server = new_server(CHATAPP_DRAIN_SECONDS="600")
    tabs = [new_client(server).tab() for _ in range(3)]
    server.terminate()
    assert server.wait() == 0
    for tab in tabs:
        tab.wait_closed()


@pytest.mark.parametrize("after", [0.1, 0.3])
def test_a_stop_while_the_worker_starts_is_not_lost(new_server, after):
    """The master would wait for a worker without the signal as long as answers may take."""
    server = new_server(start=False, CHATAPP_DRAIN_SECONDS="100")
    server.spawn()
    eventually(lambda: "Booting worker" in server.log(), what="a worker")
    time.sleep(after)  # the moment of the stop, not a wait
    server.terminate()
    assert server.wait() == 0


def test_a_restart_of_the_worker_interrupts_nothing(running, new_client, upstream):
    server = running
    client = new_client(server)
    tab = client.tab()
    ack = tab.ask("script?tokens=400&rate=100")
    tab.wait_text(ack["generation_id"], "20 ")
    old = server.worker_pids()
    server.hup()
    eventually(lambda: server.worker_pids() - old, what="a new worker")
    eventually(lambda: not old & server.worker_pids(), what="the end of the old worker")
    message = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert (message["status"], message["content"]) == ("complete", counted(400))
    call = upstream.call(ack["message"]["content"])
    assert (call["ended_by"], call["tokens"]) == ("server", 400)


@pytest.mark.parametrize("kind", [Tab, ShortTab])
def test_a_tab_that_reconnects_during_a_restart_ends_with_the_saved_text(running, new_client, kind):
    """The answer runs in the old worker while the tab is served by the new one."""
    server = running
    client = new_client(server)
    tab = client.tab()
    ack = tab.ask("script?tokens=300&rate=100")
    tab.wait_text(ack["generation_id"], "20 ")
    old = server.worker_pids()
    server.hup()
    eventually(lambda: server.worker_pids() - old, what="a new worker")
    eventually(lambda: tab.closed or tab.facts("generation_ended"))
    eventually(server.is_ready)
    reader = Reader(client.tab(kind), ack["conversation"]["id"])
    reader.follow(Channel(), silence=0.5)
    assert reader.opened == 1
    message = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert reader.shown(message["id"]) == message["content"] == counted(300)
    assert message["status"] == "complete"


def test_a_message_sent_during_a_graceful_stop_is_refused_or_stored(running, new_client):
    """An ok ack is a promise, even while the server stops."""
    server = running
    client = new_client(server)
    tab = client.tab()
    running = tab.ask("script?tokens=150&rate=100")
    tab.wait_text(running["generation_id"], "5 ")
    server.terminate()
    sent = {"conversation_id": None, "content": unique(), "model": "script?tokens=3"}
    sent["client_message_id"] = new_id()
    number = tab.send("send_message", sent)
    tab.wait_for(lambda tab: tab.closed or tab.has_ack(number), what="an ack or a close")
    server.wait()
    server.start()
    if tab.has_ack(number):
        ack = tab.wait_ack(number)
        if ack["ok"]:
            assert ack["message"]["id"] in client.saved(ack["conversation"]["id"])
        else:
            assert ack["error"]["code"] == "unavailable"
    assert client.tab().ok("send_message", **sent)["message"]["content"] == sent["content"]


def test_a_session_and_its_conversations_survive_a_restart(running, new_client):
    server = running
    client = new_client(server)
    ack = client.tab().ask_and_wait("script?tokens=2")
    server.terminate()
    server.wait()
    server.start()
    assert client.sign_in().json["owner"] == client.owner
    assert ack["assistant_message_id"] in client.saved(ack["conversation"]["id"])
    client.tab().check_alive()
