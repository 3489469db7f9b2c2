"""On a bad network the text is printed once and whole."""

import itertools
import re
from collections.abc import Iterator

import pytest

from live.terminal.chat import wait_finished
from live.terminal.network import CUT, Network
from live.terminal.test_pipes import newest
from support.processes import Server, free_port
from support.tab import unique
from support.waiting import eventually

COUNTED = "".join(f"{number} " for number in range(1, 201)) + "\n"
MODEL = "script?tokens=200&rate=200"


@pytest.fixture
def network(server: Server) -> Iterator[Network]:
    """A network to the shared server; tests set its plan."""
    made = Network(server.port, lambda frame: [frame])
    yield made
    made.close()


def ask(new_chat, network, plan, question=None, model=MODEL):
    network.plan = plan
    done = new_chat(network.url).run("--model", model, question or unique())
    assert (done.returncode, done.stdout) == (0, COUNTED), done.stderr
    return done.stderr


def test_lost_repeated_or_late_tokens_do_not_change_the_text(new_chat, network):
    held, number = [], itertools.count()

    def plan(frame):
        if not frame.startswith('42["token"'):
            return [frame]
        match next(number) % 5:
            case 1:
                return []
            case 2:
                return [frame, frame]
            case 3:
                held.append(frame)
                return []
            case _:
                return [frame, *[held.pop() for _ in held[:]]]

    notices = ask(new_chat, network, plan)
    assert "connection" not in notices


def test_a_lost_end_event_is_requested_again(new_chat, network):
    ask(new_chat, network, lambda frame: [] if frame.startswith('42["generation_ended"') else [frame])


def test_a_cut_connection_is_restored(new_chat, network):
    cuts, number = [], itertools.count()

    def plan(frame):
        if frame.startswith('42["token"') and (index := next(number)) in {3, 10, 11, 30}:
            cuts.append(index)
            return CUT
        return [frame]

    notices = ask(new_chat, network, plan, model="script?tokens=200&rate=80")
    assert len(cuts) >= 3, "a busy machine sends several tokens in a frame"
    assert notices.count("connection lost") == notices.count("connected again") == len(cuts)


@pytest.mark.parametrize("times", [1, 3])
def test_a_question_with_a_lost_ack_is_asked_once(new_chat, network, upstream, times):
    question, number = unique(), itertools.count()

    def plan(frame):
        return CUT if frame.startswith("430[") and next(number) < times else [frame]

    ask(new_chat, network, plan, question)
    upstream.call(question)


def test_an_answer_that_ended_meanwhile_is_printed_whole(new_chat, network, client):
    """The connection is lost at the first token, and restored after the end of the answer."""
    chat, lost = new_chat(network.url), []
    assert chat.run("--code", client.post("/api/session/code").json["code"]).returncode == 0

    def plan(frame):
        if frame.startswith('42["token"') and not lost:
            lost.append(frame)
            return CUT
        if lost and frame.startswith("0{"):
            eventually(lambda: newest(client)[-1]["status"] == "complete", what="the answer's end")
        return [frame]

    network.plan = plan
    done = chat.run("--model", MODEL, unique())
    assert (done.returncode, done.stdout) == (0, COUNTED), done.stderr


def test_blocked_websockets_are_reported(new_chat, network):
    network.lets_websockets_pass = False
    done = new_chat(network.url).run(unique())
    assert (done.returncode, done.stdout) == (3, "")
    assert "takes no WebSocket (HTTP 403)" in done.stderr


def test_a_proxy_is_not_used_for_this_machine(chat):
    assert chat.run(unique(), http_proxy=f"http://127.0.0.1:{free_port()}", no_proxy="").returncode == 0


def test_text_printed_before_a_kill_of_the_server_stays(new_server, new_chat):
    server = new_server()
    process = new_chat(f"127.0.0.1:{server.port}").start("--model", "script?tokens=5000&rate=100", unique())
    began = "".join(process.stdout.read(1) for _ in range(200))
    server.kill9()
    assert process.stderr.readline().startswith("script?")
    assert process.stderr.readline() == "connection lost; trying again ...\n"
    server.start()
    rest, notices = wait_finished(process)
    assert process.returncode == 1
    assert re.fullmatch(r"connected again\ninterrupted: .+\n", notices), notices
    numbers = [int(number) for number in (began + rest).split()]
    assert numbers == list(range(1, len(numbers) + 1))
