"""Functions behind a real server: what its tabs see."""

import itertools
import os
from pathlib import Path

import pytest

from support.functions import CODE
from support.processes import Server
from support.stopwatch import Stopwatch
from support.tab import unique
from support.waiting import eventually

HELD_UP_SECONDS = 1.0
#: Of the thirty that come in the one and a half seconds, on a machine that is busy with other things as well.
TICKS = 8
CLIENTS = ("stream_gen", "chunks", "stream", "whole", "async_chunks", "async_stream")
#: Those that need no server of their own: each is a provider of one.
TOGETHER = {name: f"kinds:{name}" for name in ("echo_all", "nothing", "odd_text")}
TOGETHER |= {name: f"clients:{name}" for name in (*CLIENTS, "slow", "refused")}
TOGETHER |= {"too_much": "kinds:forever", "until_stopped": "slow:forever", "by": "crashing:by"}
#: What holds one conversation up, and what ticks in another one of the same process.
BESIDE = {"blocks": "ticks", "computes": "ticks", "blocks_its_loop": "async_ticks"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder of code that is written here: what holds up beside what ticks, and what cannot be loaded."""
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
def together(upstream, written, tmp_path_factory):
    """A server of all those functions."""
    folder = tmp_path_factory.mktemp("together")
    places = {name: (target, CODE) for name, target in TOGETHER.items()}
    places |= {f"beside_{name}": (f"beside_{name}:reply", written) for name in BESIDE}
    places |= {"unloadable": ("app:reply", written)}
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
def tab(together, new_client):
    return new_client(together).tab()


@pytest.fixture
def serve(new_server, new_client):
    """Start a server with one function; return it and a tab."""

    def start(target):
        server = new_server(CHATAPP_FUNCTION=target, CHATAPP_FUNCTION_FOLDER=str(CODE))
        server.trouble_expected = True  # failures of functions are errors in the log
        return server, new_client(server).tab()

    return start


def function_pids(server, target):
    """Return the processes that run this function now."""
    (worker,) = server.worker_pids()
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    return [int(child) for child in children if target in _arguments(child)]


def _arguments(pid):
    """Return what a process was started with; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def answer(tab, name, **fields):
    ack = tab.ask(name, **fields)
    return tab.wait_ended(ack["generation_id"], timeout=30)["message"]


def test_a_page_s_conversation_is_answered_by_a_function(serve):
    _, tab = serve("kinds:generator")
    first = answer(tab, "generator", content="안녕하세요")
    assert first["status"] == "complete"
    assert first["content"] == "a plain generator heard 안녕하세요"
    history = answer(tab, "generator", conversation_id=first["conversation_id"], content="again")
    assert history["content"] == "a plain generator heard again"


def test_a_function_hears_the_whole_conversation(tab):
    first = answer(tab, "echo_all", content="one")
    second = answer(tab, "echo_all", conversation_id=first["conversation_id"], content="two")
    assert second["content"] == repr(
        [
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": first["content"]},
            {"role": "user", "content": "two"},
        ]
    )


@pytest.mark.parametrize(("name", "text"), [("nothing", ""), ("odd_text", "nul� half😀 pair, 한국어 😀")])
def test_odd_answers_are_stored_whole(tab, name, text):
    message = answer(tab, name)
    assert (message["status"], message["content"]) == ("complete", text)


def test_an_answer_that_is_too_large_is_ended(tab):
    message = answer(tab, "too_much")
    assert message["status"] == "failed"
    assert message["error"]["code"] == "too_large"


@pytest.mark.parametrize("name", BESIDE)
def test_another_conversation_s_tokens_keep_coming(tab, name):
    ticking = tab.ask(f"beside_{name}", content=unique("ticks"))["generation_id"]
    tab.wait_text(ticking, "5 ")
    slow = tab.ask(f"beside_{name}", content=unique("slow"))["generation_id"]
    message = tab.wait_ended(slow)["message"]
    assert message["content"] == "before after"
    tab.ok("stop_generation", generation_id=ticking)
    heard = [event.payload["id"] for event in tab.events if event.name == "token"]
    meanwhile = heard[heard.index(slow) :].index(slow, 1)
    assert meanwhile >= TICKS, f"{meanwhile} of 30 ticks while {name} held its own answer up"


def largest_gap(tab, generation_id, since=0.0):
    times = [event.at for event in list(tab.events) if event.name == "token" and event.payload["id"] == generation_id]
    return max(later - earlier for earlier, later in itertools.pairwise(at for at in times if at >= since))


def test_a_stop_reaches_the_function(together, tab, tmp_path):
    marks = tmp_path / "marks"
    generation = tab.ask("until_stopped", content=str(marks))["generation_id"]
    tab.wait_text(generation, "on")
    watch = Stopwatch(*together.worker_pids())
    assert tab.ok("stop_generation", generation_id=generation)["status"] == "stopped"
    assert watch.seconds() < 1
    eventually(marks.exists, what="the function's finally")


def test_a_crash_is_shown_in_its_message_and_the_next_question_is_answered(together, tab):
    (crashed,) = function_pids(together, "crashing:by")
    message = answer(tab, "by", content="segfault")
    assert message["status"] == "failed"
    assert message["content"] == "so far"
    assert "SIGSEGV" in message["error"]["message"]
    assert answer(tab, "by", content="hello")["content"] == "so far"
    assert len(function_pids(together, "crashing:by")) == 1
    assert not Path(f"/proc/{crashed}").exists(), "nothing is left of the one that crashed"
    assert "Fatal Python error: Segmentation fault" in together.log()


def test_code_that_cannot_be_loaded_is_reported_in_the_message(together, tab, written):
    message = answer(tab, "unloadable")
    assert message["error"]["code"] == "provider_unavailable"
    assert "app.py, line 1: ModuleNotFoundError" in message["error"]["message"]
    (written / "app.py").write_text("def reply(messages):\n    yield 'mended'\n")
    eventually(lambda: answer(tab, "unloadable")["content"] == "mended", what=together.log)


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
    # In a container without an init nobody may reap it; it is dead all the same.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("name", CLIENTS)
def test_functions_that_call_a_model_answer_several_questions_at_once(tab, name):
    asked = [tab.ask(name)["generation_id"] for _ in range(6)]
    messages = [tab.wait_ended(generation)["message"] for generation in asked]
    assert [(message["status"], message["error"]) for message in messages] == [("complete", None)] * 6
    assert len({message["content"] for message in messages}) == 1
    assert len(messages[0]["content"].split()) == 20
    if name != "stream_gen":
        assert {message["finish_reason"] for message in messages} == {"stop"}
    if name in {"chunks", "whole"}:
        assert {message["usage"]["completion_tokens"] for message in messages} == {20}


def test_a_stop_closes_the_call_that_the_function_made(tab, upstream):
    content = unique("stopped in a function")
    generation = tab.ask("slow", content=content)["generation_id"]
    tab.wait_for(lambda tab: tab.text(generation), what="a token")
    tab.ok("stop_generation", generation_id=generation)
    assert upstream.closed_call(content)["ended_by"] == "client"


def test_an_error_of_a_model_client_has_its_code(tab):
    error = answer(tab, "refused")["error"]
    assert error["code"] == "rate_limited"
    assert error["message"].startswith("RateLimitError: ")
