"""A stop ends an answer at once, and closes its function at its next value."""

import pytest

from support.waiting import eventually


@pytest.mark.parametrize(
    ("name", "start", "mark"),
    [
        ("forever", "on ", "closed in answer"),
        ("silent_forever", "begun", "closed"),
        ("async_forever", "on ", "closed"),
        ("async_waits_forever", "begun", "closed"),
    ],
)
def test_a_stopped_generator_is_closed(functions, tmp_path, name, start, mark):
    marks = tmp_path / "marks"
    answer = functions.provider(f"slow:{name}").ask(str(marks)).wait_text(start)
    answer.stop()
    eventually(lambda: marks.exists() and mark in marks.read_text(), what=functions.log)
    assert marks.read_text().count("\n") == 1, "it was closed more than once"


def test_a_stopped_coroutine_is_cancelled(functions, tmp_path):
    marks = tmp_path / "marks"
    provider = functions.provider("slow:coroutine_waits_forever")
    provider.models()
    answer = provider.ask(str(marks))
    # The coroutine yields nothing before its end; another answer shows that the process has started this one.
    later = functions.provider("slow:async_waits_forever", name="later").ask(str(tmp_path / "others"))
    later.wait_text("begun")
    answer.stop()
    eventually(marks.exists, what=functions.log)
    assert marks.read_text() == "cancelled\n"


def test_a_stop_is_quick_and_the_process_stays(functions, tmp_path):
    provider = functions.provider("slow:naps")
    marks = tmp_path / "marks"
    answer = provider.ask(str(marks)).wait_text("begun")
    (pid,) = functions.pids()
    answer.stop()
    assert not marks.exists(), "the stop waited for the function"
    provider.ask(str(marks)).wait_text("begun").stop()
    eventually(lambda: marks.exists() and marks.read_text() == "closed\n" * 2, what=functions.log)
    assert functions.pids() == [pid]


def test_an_infinite_answer_is_stopped(functions):
    provider = functions.provider("kinds:forever")
    answer = provider.ask().wait_text("and so on")
    answer.stop()
    count = len(answer.events)
    other = provider.ask().wait_text("and so on")
    assert len(answer.events) == count, "something came after the stop"
    other.stop()


def test_a_generator_that_refuses_to_close_is_logged(functions, tmp_path):
    provider = functions.provider("slow:ignores_its_close")
    provider.ask(str(tmp_path / "marks")).wait_text("on").stop()
    functions.wait_log("generator ignored GeneratorExit")


def test_an_endless_computation_is_interrupted_by_a_stop(functions):
    provider = functions.provider("slow:computes_forever")
    answer = provider.ask().wait_text("begun")
    (pid,) = functions.pids()
    answer.stop()
    provider.ask().wait_text("begun").stop()
    eventually(lambda: pid not in functions.pids(), what="the end of the computing process")
    functions.wait_log("a new process takes over")
    provider.ask().wait_text("begun").stop()


def test_code_that_blocks_all_threads_does_not_delay_new_questions(functions):
    provider = functions.provider("slow:hogs")
    hog = provider.ask("hog").wait_text("begun")
    assert provider.ask("hello").wait_complete() == "quick"  # The first answer never ends by itself.
    assert len(functions.pids()) == 2
    hog.stop()
    eventually(lambda: len(functions.pids()) == 1, what="the end of the first process")
    assert provider.ask("hello").wait_complete() == "quick"


def test_stopping_the_provider_closes_running_functions(functions, tmp_path):
    provider = functions.provider("slow:forever")
    marks = tmp_path / "marks"
    provider.ask(str(marks)).wait_text("on")
    provider.stop()
    assert functions.pids() == []
    assert "closed" in marks.read_text()
