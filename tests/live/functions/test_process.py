"""The process of a function: its environment, signals, subprocesses, and what remains of it."""

import os
import select
import signal
from pathlib import Path

import pytest

from support.waiting import eventually


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a user's module and returns the arguments that name its function."""

    def write(code):
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "app.py").write_text(code)
        return {"target": "app:reply", "folder": folder}

    return write


def test_the_process_has_the_servers_environment_but_not_its_secrets(own_functions, write, tmp_path):
    (tmp_path / ".env").write_text("MY_KEY=written\nMY_OTHER=written\nCHATAPP_PASSWORD=written\n")
    own_functions.command("environment", name="MY_OTHER", value="set")
    own_functions.command("environment", name="CHATAPP_SECRET_KEY", value="a secret of the server")
    own_functions.command("environment", name="DATABASE_URL", value="a database with its password")
    names = ["MY_KEY", "MY_OTHER", "CHATAPP_PASSWORD", "CHATAPP_SECRET_KEY", "DATABASE_URL"]
    code = f"import os\n\ndef reply(messages):\n    return repr([os.environ.get(name) for name in {names}])\n"
    assert own_functions.provider(**write(code)).ask().wait_complete() == repr(["written", "set", None, None, None])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_process_ignores_signals_meant_for_the_server(functions, number):
    provider = functions.provider("slow:ticks")
    answer = provider.ask().wait_text("1 ")
    (pid,) = functions.pids()
    assert os.getsid(pid) == pid, "Ctrl-C in a terminal would reach it"
    os.kill(pid, number)
    assert answer.wait_complete().endswith("59 ")
    assert functions.pids() == [pid]


def test_subprocesses_of_a_function_can_be_ended_and_end_with_it(functions, write):
    code = (
        "import subprocess\n\n"
        "kept = subprocess.Popen(['sleep', '600'])\n\n"
        "def reply(messages):\n"
        "    own = subprocess.Popen(['sleep', '600'])\n"
        "    own.terminate()\n"
        "    yield f'{own.wait()} {kept.pid}'\n"
    )
    provider = functions.provider(**write(code))
    status, kept = provider.ask().wait_complete().split()
    assert status == str(-signal.SIGTERM)
    descriptor = os.pidfd_open(int(kept))
    provider.stop()
    try:
        eventually(lambda: _is_dead(descriptor), what="the end of the process that the function had started")
    finally:
        os.close(descriptor)


def _is_dead(descriptor):
    try:
        signal.pidfd_send_signal(descriptor, 0)
    except ProcessLookupError:
        return True
    return bool(select.select([descriptor], [], [], 0)[0])


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_function_may_use_processes_of_its_own(functions, write, method):
    code = (
        "import multiprocessing\n"
        "import warnings\n\n"
        "def double(number):\n"
        "    return 2 * number\n\n"
        "def reply(messages):\n"
        "    warnings.simplefilter('ignore')\n"
        f"    with multiprocessing.get_context({method!r}).Pool(2) as pool:\n"
        "        for number in pool.imap(double, range(3)):\n"
        "            yield f'{number} '\n"
    )
    assert functions.provider(**write(code)).ask().wait_complete() == "0 2 4 "


def test_exit_handlers_run(functions, write, tmp_path):
    mark = tmp_path / "mark"
    code = (
        "import atexit, pathlib\n\n"
        f"atexit.register(pathlib.Path({str(mark)!r}).touch)\n\n"
        "def reply(messages):\n"
        "    yield 'ready'\n"
    )
    provider = functions.provider(**write(code))
    assert provider.ask().wait_complete() == "ready"
    provider.stop()
    assert mark.exists()


def test_answers_leave_no_descriptor_and_no_thread(functions):
    provider = functions.provider("kinds:async_generator")

    def count():
        (pid,) = functions.pids()
        own = [Path(f"/proc/{one}/{what}") for one in (functions.process.pid, pid) for what in ("fd", "task")]
        return [len(list(folder.iterdir())) for folder in own]

    provider.ask().wait_complete()
    before = count()
    for _ in range(5):
        for answer in [provider.ask() for _ in range(10)]:
            answer.wait_complete()
        provider.ask().stop()
    # Ten concurrent answers need ten event loops, which stay: a thread and three descriptors each.
    eventually(lambda: all(now <= then + 31 for now, then in zip(count(), before, strict=True)), what=str(count()))


def test_a_function_that_closes_all_descriptors_fails_and_is_replaced(functions, write):
    code = (
        "import os\n\n"
        "def reply(messages):\n"
        "    yield 'begun'\n"
        "    if messages[-1]['content'] == 'close':\n"
        "        os.closerange(3, 1000)\n"
    )
    provider = functions.provider(**write(code))
    assert provider.ask("close").wait_failed()["code"] == "provider_error"
    assert provider.ask().wait_complete() == "begun"
