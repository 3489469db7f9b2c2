"""A failure in a function ends only its answer, with an error that helps."""

import os
import select
import signal

import pytest

from support.functions import CODE
from support.waiting import LIMIT, eventually


@pytest.mark.parametrize(
    ("name", "message", "text"),
    [
        ("raises", "ValueError: the text with … in it", "so far"),
        ("async_raises", "KeyError: 'missing'", "so far"),
        ("raises_base", "Surprise: no Exception", ""),
        ("exits", "The function called sys.exit(3).", "so far"),
        ("async_exits", "The function called sys.exit(bye).", "so far"),
    ],
)
def test_an_exception_fails_its_answer_alone(functions, name, message, text):
    provider = functions.provider(f"crashing:{name}")
    answer = provider.ask()
    assert answer.wait_failed() == {"code": "provider_error", "message": message}
    assert answer.text == text
    (pid,) = functions.pids()
    assert provider.ask().wait_failed()["message"] == message
    assert functions.pids() == [pid]


def test_the_traceback_is_in_the_log_and_begins_in_the_function(functions):
    functions.provider("crashing:raises").ask().wait_failed()
    log = functions.wait_log("ValueError: the text")
    assert f'Traceback (most recent call last):\n  File "{CODE}/crashing.py"' in log
    assert "sk-abcdefghijk" not in log


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("401", "provider_auth"),
        ("403", "provider_auth"),
        ("404", "model_not_found"),
        ("429", "rate_limited"),
        ("400", "provider_error"),
        ("503", "provider_unavailable"),
        ("connection", "provider_unavailable"),
        ("refused", "provider_unavailable"),
        ("timeout", "provider_timeout"),
    ],
)
def test_errors_of_clients_have_their_own_codes(functions, how, code):
    error = functions.provider("crashing:of_a_client").ask(how).wait_failed()
    assert error["code"] == code
    assert error.get("retry_after") == (12 if how.isdigit() else None)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("segfault", "was killed by SIGSEGV"),
        ("kill", "was killed by SIGKILL"),
        ("exit", "exited with status 7"),
        ("fork", "exited with status 8"),
    ],
)
def test_a_crash_fails_the_running_answers_only(functions, how, words):
    provider = functions.provider("crashing:by")
    beside = provider.ask("slowly").wait_text("on")
    answer = provider.ask(how)
    error = answer.wait_failed()
    assert error["code"] == "provider_error"
    assert words in error["message"]
    assert answer.text == "so far"
    assert words in beside.wait_failed()["message"]
    assert provider.ask("hello").wait_complete() == "so far"
    assert len(functions.pids()) == 1, "a dead process remains"


def test_many_questions_after_a_crash_start_one_process(functions):
    provider = functions.provider("crashing:by")
    assert provider.ask("kill").wait_failed()
    for answer in provider.ask_many("slowly", 6):
        answer.wait_text("on")
    assert len(functions.pids()) == 1


def test_a_crash_while_idle_starts_no_process(functions):
    provider = functions.provider("crashing:by")
    pid = int(provider.ask("pid").wait_complete().split()[-1])
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: functions.pids() == [], what="the end of the killed process")
    functions.wait_log("was killed by SIGKILL")
    assert functions.pids() == []
    assert provider.ask("hello").wait_complete() == "so far"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import no_such_module\n", "app.py, line 1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("def reply(messages)\n    yield 1\n", "app.py, line 1: SyntaxError"),
        ("x = 1\ny = x / 0\n", "app.py, line 2: ZeroDivisionError: division by zero"),
        ("def answer(messages):\n    yield 'a'\n", "app has no reply; it has answer"),
        ("reply = ['a list']\n", "app:reply is a list, not a function"),
        ("import sys\nsys.exit(4)\n", "app.py, line 2: The function called sys.exit(4)."),
        ("import os\nos._exit(5)\n", "exited with status 5"),
        ("import ctypes\nctypes.string_at(0)\n", "was killed by SIGSEGV"),
        (None, "No module named 'app'"),
    ],
)
def test_code_that_cannot_be_loaded_fails_each_question_until_it_is_fixed(functions, tmp_path, code, words):
    app = tmp_path / "app.py"
    if code:
        app.write_text(code)
    provider = functions.provider("app:reply", folder=tmp_path)
    error = provider.ask().wait_failed()
    assert error["code"] == "provider_unavailable"
    assert words in error["message"]
    assert provider.models() == error
    assert functions.log().count("Traceback") <= 1
    app.write_text("def reply(messages):\n    yield 'mended'\n")
    eventually(lambda: "code" not in provider.models(), what=functions.log)
    assert provider.ask().wait_complete() == "mended"


def test_a_broken_module_that_another_imports_is_named(functions, tmp_path):
    (tmp_path / "app.py").write_text("import helper\n\ndef reply(messages):\n    yield helper.WORD\n")
    (tmp_path / "helper.py").write_text("\n\nWORD = undefined\n")
    error = functions.provider("app:reply", folder=tmp_path).ask().wait_failed()
    assert "helper.py, line 3: NameError: name 'undefined' is not defined" in error["message"]


def test_a_killed_server_takes_the_process_with_it(own_functions, tmp_path):
    (tmp_path / "app.py").write_text(
        "import itertools\n\ndef reply(messages):\n    yield 'begun'\n    sum(itertools.repeat(0))\n"
    )
    own_functions.provider("app:reply", folder=tmp_path).ask().wait_text("begun")
    (pid,) = own_functions.pids()
    descriptor = os.pidfd_open(pid)
    try:
        own_functions.process.kill()
        own_functions.process.wait(LIMIT)
        eventually(lambda: _has_ended(descriptor), what="the end of the function's process")
    finally:
        os.close(descriptor)


def _has_ended(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])
