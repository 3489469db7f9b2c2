"""How a function's process ended is a whole sentence, which the page can translate."""

import signal

import pytest

from chatapp.providers.function import process_exit


@pytest.mark.parametrize(
    ("status", "writing", "loading", "logged"),
    [
        (7, "exited with status 7 while it wrote", "its process exited with status 7.", "exited with status 7"),
        (-signal.SIGSEGV, "killed by SIGSEGV while it wrote", "killed by SIGSEGV.", "SIGSEGV (Segmentation fault)"),
        (-signal.SIGKILL, "The machine may be out of memory.", "The machine may be out of memory.", "out of memory)"),
        (-64 + 20, "killed by signal 44 while it wrote", "killed by signal 44.", "was killed by signal 44"),
    ],
)
def test_an_end_is_told_by_its_status(status, writing, loading, logged):
    during = process_exit.while_writing(status)
    assert during.code == "provider_error"
    assert writing in during.message
    before = process_exit.while_loading("app:reply", status)
    assert before.code == "provider_unavailable"
    assert before.message.startswith("The function app:reply cannot be loaded: ")
    assert loading in before.message
    assert logged in process_exit.describe(status)
