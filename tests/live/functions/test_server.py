"""Functions behind a real server, as its tabs see them."""

import itertools
import os
from pathlib import Path

import pytest

from support.functions import CODE
from support.processes import Server
from support.stopwatch import Stopwatch
from support.tab import unique
from support.waiting import eventually

BLOCKED_SECONDS = 1.0
#: Of the thirty in one and a half seconds; the rest is slack for a busy machine.
TICKS = 8
CLIENTS = ("stream_gen", "chunks", "stream", "whole", "async_chunks", "async_stream")
#: Functions that share one server, each as a provider.
SHARED = {name: f"kinds:{name}" for name in ("echo_all", "nothing", "odd_text")}
#: Functions that take the stream of a client, by one token after the other.
SAMPLES = ("slow", "sample", "with_sample", "async_sample")
SHARED |= {name: f"clients:{name}" for name in (*CLIENTS, *SAMPLES, "failing_sample", "refused")}
SHARED |= {"too_much": "kinds:forever", "until_stopped": "slow:forever", "by": "crashing:by"}
#: A function that blocks one conversation, and one that ticks in another one of the same process.
BESIDE = {"blocks": "ticks", "computes": "ticks", "blocks_its_loop": "async_ticks"}


@pytest.fixture(scope="module")
def written_code(tmp_path_factory):
    """A folder with code written here: blocking beside ticking functions, and a module that cannot be loaded."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "slow.py").symlink_to(CODE / "slow.py")
    for name, ticks in BESIDE.items():
        kind = "async " if ticks == "async_ticks" else ""
        (folder / f"beside_{name}.py").write_text(
            "import slow\n\n"
            f"{kind}def reply(messages):\n"
            f"    function = slow.{name} if messages[-1]['content'].startswith('slow') else slow.{ticks}\n"
            f"    {kind}for chunk in function(messages):\n"
            "        yield chunk\n"
        )
    (folder / "app.py").write_text("import no_such_module\n")
    return folder


@pytest.fixture(scope="module")
def shared_server(upstream, written_code, tmp_path_factory):
    """A server with all those functions."""
    folder = tmp_path_factory.mktemp("together")
    places = {name: (target, CODE) for name, target in SHARED.items()}
    places |= {f"beside_{name}": (f"beside_{name}:reply", written_code) for name in BESIDE}
    places |= {"unloadable": ("app:reply", written_code)}
    entries = (
        f'[providers.{name}]\nfunction = "{target}"\nfolder = "{place}"\n' for name, (target, place) in places.items()
    )
    (folder / "chatapp.toml").write_text("\n".join(entries))
    env = {
        "CHATAPP_CONFIG": str(folder / "chatapp.toml"),
        "CHATAPP_MODEL": "",
        "CHATAPP_ANSWER_BYTES": "300000",
    }
    server = Server(folder, upstream.url, **env).start()
    server.trouble_expected = True  # failures of functions are errors in the log
    yield server
    server.close()


@pytest.fixture
def tab(shared_server, new_client):
    return new_client(shared_server).tab()


@pytest.fixture
def serve(new_server, new_client):
    """Return a function that starts a server with one function and returns it and a tab."""

    def start(target):
        server = new_server(CHATAPP_FUNCTION=target, CHATAPP_FUNCTION_FOLDER=str(CODE))
        server.trouble_expected = True  # failures of functions are errors in the log
        return server, new_client(server).tab()

    return start


def function_pids(server, target):
    """Return the processes that run this function."""
    (worker,) = server.worker_pids()
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    return [int(child) for child in children if target in _arguments(child)]


def _arguments(pid):
    """Return the arguments of a process; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def ask_and_wait(tab, name, **fields):
    ack = tab.ask(name, **fields)
    return tab.wait_ended(ack["generation_id"])["message"]


def test_a_function_answers_a_conversation(serve):
    _, tab = serve("kinds:generator")
    first = ask_and_wait(tab, "generator", content="안녕하세요")
    assert first["status"] == "complete"
    assert first["content"] == "a plain generator heard 안녕하세요"
    history = ask_and_wait(tab, "generator", conversation_id=first["conversation_id"], content="again")
    assert history["content"] == "a plain generator heard again"


def test_a_function_gets_the_whole_conversation(tab):
    first = ask_and_wait(tab, "echo_all", content="one")
    second = ask_and_wait(tab, "echo_all", conversation_id=first["conversation_id"], content="two")
    assert second["content"] == repr(
        [
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": first["content"]},
            {"role": "user", "content": "two"},
        ]
    )


@pytest.mark.parametrize(("name", "text"), [("nothing", ""), ("odd_text", "nul� half😀 pair, 한국어 😀")])
def test_odd_answers_are_stored_whole(tab, name, text):
    message = ask_and_wait(tab, name)
    assert (message["status"], message["content"]) == ("complete", text)


def test_an_answer_that_is_too_large_is_ended(tab):
    message = ask_and_wait(tab, "too_much")
    assert message["status"] == "failed"
    assert message["error"]["code"] == "too_large"


@pytest.mark.parametrize("name", BESIDE)
def test_tokens_of_another_conversation_keep_arriving(tab, name):
    ticking = tab.ask(f"beside_{name}", content=unique("ticks"))["generation_id"]
    tab.wait_text(ticking, "5 ")
    slow = tab.ask(f"beside_{name}", content=unique("slow"))["generation_id"]
    message = tab.wait_ended(slow)["message"]
    assert message["content"] == "before after"
    tab.ok("stop_generation", generation_id=ticking)
    ids = [event.payload["id"] for event in tab.events if event.name == "token"]
    meanwhile = ids[ids.index(slow) :].index(slow, 1)
    assert meanwhile >= TICKS, f"{meanwhile} of 30 ticks while {name} blocked its own answer"


def largest_gap(tab, generation_id, since=0.0):
    times = [event.at for event in list(tab.events) if event.name == "token" and event.payload["id"] == generation_id]
    return max(later - earlier for earlier, later in itertools.pairwise(at for at in times if at >= since))


def test_a_stop_reaches_the_function(shared_server, tab, tmp_path):
    marks = tmp_path / "marks"
    generation = tab.ask("until_stopped", content=str(marks))["generation_id"]
    tab.wait_text(generation, "on")
    watch = Stopwatch(*shared_server.worker_pids())
    assert tab.ok("stop_generation", generation_id=generation)["status"] == "stopped"
    assert watch.seconds() < 1
    eventually(marks.exists, what="the function's finally")


def test_a_crash_is_shown_in_its_message_and_the_next_question_is_answered(shared_server, tab):
    (crashed,) = function_pids(shared_server, "crashing:by")
    message = ask_and_wait(tab, "by", content="segfault")
    assert message["status"] == "failed"
    assert message["content"] == "so far"
    assert "SIGSEGV" in message["error"]["message"]
    assert ask_and_wait(tab, "by", content="hello")["content"] == "so far"
    assert len(function_pids(shared_server, "crashing:by")) == 1
    assert not Path(f"/proc/{crashed}").exists(), "the crashed process is gone"
    assert "Fatal Python error: Segmentation fault" in shared_server.log()


def test_code_that_cannot_be_loaded_is_reported_in_the_message(shared_server, tab, written_code):
    message = ask_and_wait(tab, "unloadable")
    assert message["error"]["code"] == "provider_unavailable"
    assert "app.py, line 1: ModuleNotFoundError" in message["error"]["message"]
    (written_code / "app.py").write_text("def reply(messages):\n    yield 'mended'\n")
    eventually(lambda: ask_and_wait(tab, "unloadable")["content"] == "mended", what=shared_server.log)


def test_a_function_ends_with_its_server(serve, tmp_path):
    server, tab = serve("slow:forever")
    marks = tmp_path / "marks"
    generation = tab.ask("forever", content=str(marks))["generation_id"]
    tab.wait_text(generation, "on")
    (pid,) = function_pids(server, "slow:forever")
    server.terminate()
    assert server.wait() == 0
    eventually(lambda: not _runs(pid), what="the end of the function's process")
    assert "closed" in marks.read_text()


def test_a_function_ends_with_a_killed_server(serve):
    server, tab = serve("slow:computes_forever")
    generation = tab.ask("computes_forever", content="begin")["generation_id"]
    tab.wait_text(generation, "begun")
    (pid,) = function_pids(server, "slow:computes_forever")
    server.kill9()
    eventually(lambda: not _runs(pid), what="the end of the function's process")


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # In a container without an init it may remain a zombie.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("name", CLIENTS)
def test_functions_that_call_a_model_answer_concurrent_questions(tab, name):
    generations = [tab.ask(name)["generation_id"] for _ in range(6)]
    messages = [tab.wait_ended(generation)["message"] for generation in generations]
    assert [(message["status"], message["error"]) for message in messages] == [("complete", None)] * 6
    assert len({message["content"] for message in messages}) == 1
    assert len(messages[0]["content"].split()) == 20
    if name != "stream_gen":
        assert {message["finish_reason"] for message in messages} == {"stop"}
    if name in {"chunks", "whole"}:
        assert {message["usage"]["completion_tokens"] for message in messages} == {20}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_stop_closes_the_call_of_the_function(tab, upstream, name):
    content = unique("stopped in a function")
    generation = tab.ask(name, content=content)["generation_id"]
    tab.wait_for(lambda tab: tab.text(generation), what="a token")
    tab.ok("stop_generation", generation_id=generation)
    shown = len(tab.text(generation).split())
    call = upstream.closed_call(content)
    assert call["ended_by"] == "client"
    # It goes on until the next value closes the function: 600 tokens are 30 s.
    assert call["tokens"] < shown + 200


def test_a_failure_closes_the_call_of_the_function(tab, upstream):
    content = unique("failed in a function")
    generation = tab.ask("failing_sample", content=content)["generation_id"]
    assert tab.wait_ended(generation)["message"]["status"] == "failed"
    assert upstream.closed_call(content)["ended_by"] == "client"


def test_an_error_of_a_model_client_has_its_code(tab):
    error = ask_and_wait(tab, "refused")["error"]
    assert error["code"] == "rate_limited"
    assert error["message"].startswith("RateLimitError: ")
