"""Ctrl-C stops the answer for everybody; a second one ends the command."""

import os
import signal

from live.terminal.chat import interrupt, wait_finished
from live.terminal.test_pipes import newest
from support.tab import unique
from support.waiting import LIMIT, eventually

LONG = "script?tokens=5000&rate=100"


def test_ctrl_c_keeps_the_text_so_far(chat, browser, upstream):
    question = unique()
    process = chat.start("--model", LONG, question)
    assert process.stdout.read(4) == "1 2 "
    interrupt(process)
    rest, notices = wait_finished(process)
    assert process.returncode == 130
    assert notices == f"{LONG}\nstopped\n"
    message = newest(browser)[-1]
    assert message["status"] == "stopped"
    assert message["content"] == f"1 2 {rest}".removesuffix("\n")
    upstream.closed_call(question)


def test_ctrl_c_before_the_first_token_stops_too(chat, browser):
    process = chat.start("--model", f"{LONG}&first=60", unique())
    assert process.stderr.readline() == f"{LONG}&first=60\n"
    interrupt(process)
    assert process.wait(LIMIT) == 130
    assert newest(browser)[-1]["status"] == "stopped"


def test_the_prompt_comes_back_after_ctrl_c(chat, browser):
    terminal = chat.type_at("--model", LONG)
    for number in (1, 2):
        terminal.wait_for("> ", times=number)
        terminal.type(f"{unique()}\n")
        terminal.wait_for("1 2 3 4 ", times=number)
        terminal.press_ctrl_c()
        terminal.wait_for("stopped\n", times=number)
    terminal.wait_for("> ", times=3)

    # Python's input() handles a signal between the prompt and the wait for a key only at the next key.
    eventually(lambda: terminal.process.poll() is not None or terminal.press_ctrl_c(), every=0.2)
    assert terminal.wait() == 130
    assert [message["status"] for message in newest(browser)] == ["complete", "stopped"] * 2


def test_an_answer_stopped_elsewhere_ends_here_too(chat, browser):
    process = chat.start("--model", LONG, unique())
    assert process.stdout.read(2) == "1 "
    browser.tab().ok("stop_generation", generation_id=newest(browser)[-1]["generation_id"])
    assert process.wait(LIMIT) == 130
    assert process.stderr.read() == f"{LONG}\nstopped\n"


def test_a_second_ctrl_c_ends_the_command_at_once(new_server, new_chat):
    """Even if the server hangs, and however many more follow."""
    server = new_server()
    process = new_chat(f"127.0.0.1:{server.port}").start("--model", LONG, unique())
    assert process.stdout.read(2) == "1 "
    os.killpg(server.process.pid, signal.SIGSTOP)
    try:
        interrupt(process)

        def has_left():
            interrupt(process)
            return process.poll() is not None

        eventually(has_left, every=0.0005, what="the command's end")
        assert process.returncode == 130
        assert "Traceback" not in process.stderr.read()
    finally:
        os.killpg(server.process.pid, signal.SIGCONT)


def test_repeated_ctrl_c_at_the_prompt_ends_the_command_cleanly(chat, browser):
    terminal = chat.type_at("--model", LONG)
    terminal.wait_for("> ")
    eventually(lambda: terminal.process.poll() is not None or terminal.press_ctrl_c(), every=0.0005)
    assert terminal.wait() == 130
    assert "Traceback" not in terminal.shown
