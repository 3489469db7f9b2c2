"""A function's output is in the server's log, line by line, whatever it prints."""

import os
import signal

from support.waiting import eventually

LOGGER = "INFO chatapp.function.mine: "


def test_every_way_of_printing_reaches_the_log(functions):
    assert functions.provider("printing:prints").ask().wait_complete() == "done"
    log = functions.wait_log("100%")
    for line in (
        "printed at import",
        "printed to stdout",
        "printed to stderr",
        "without a newline",
        "logged by the function",
        "written to descriptor 1",
        "printed by C",
        "printed by a child",
        "한국어 �[31mred�[0m",
        "100%",
    ):
        assert f"{LOGGER}{line}\n" in log
    (long,) = [line for line in log.splitlines() if "long long" in line]
    assert len(long) < 2100
    assert long.endswith("…")


def test_a_print_is_logged_before_the_answer_continues(functions, tmp_path):
    code = "import time\n\ndef reply(messages):\n    print('at once')\n    yield 'begun'\n    time.sleep(60)\n"
    (tmp_path / "app.py").write_text(code)
    answer = functions.provider("app:reply", folder=tmp_path).ask().wait_text("begun")
    functions.wait_log(f"{LOGGER}at once")
    answer.stop()


def test_a_flood_of_output_is_logged_in_part_and_blocks_nothing(functions):
    provider = functions.provider("printing:floods")
    functions.longest_gap()
    assert provider.ask().wait_complete() == "done"
    gap = functions.longest_gap()
    log = functions.wait_log("lines more")
    assert log.count("flood") < 10_000
    assert gap < 1, f"the flood blocked the server for {gap:.3f} s"


def test_a_line_without_end_is_cut(functions):
    assert functions.provider("printing:prints_no_newline").ask().wait_complete() == "done"
    log = functions.wait_log(f"{LOGGER}after the long line")
    assert max(len(line) for line in log.splitlines()) < 2100


def test_output_never_disturbs_the_answer(functions):
    assert functions.provider("printing:disturbs").ask().wait_complete() == "True"


def test_the_last_words_before_a_crash_are_logged(functions, tmp_path):
    code = "import os, sys\n\ndef reply(messages):\n    print('last words', end='')\n    os._exit(1)\n"
    (tmp_path / "app.py").write_text(code)
    functions.provider("app:reply", folder=tmp_path).ask().wait_failed()
    functions.wait_log(f"{LOGGER}last words")


def test_a_subprocess_of_a_function_holds_no_descriptor_of_the_server(functions):
    """It outlives the function's process and shares its output."""
    provider, before = functions.provider("printing:leaves_a_child"), functions.command("descriptors")
    child = int(provider.ask().wait_complete())
    try:
        provider.stop()
        # The control socket and the pipe.
        eventually(
            lambda: functions.command("descriptors") <= before - 2, what=lambda: functions.command("descriptors")
        )
    finally:
        os.kill(child, signal.SIGKILL)
