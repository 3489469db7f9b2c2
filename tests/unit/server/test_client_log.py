"""Log lines of clients: the first few, then their number."""

import logging

import pytest

from chatapp.server import client_log, concurrency
from chatapp.server.client_log import LINES, client_logger


@pytest.fixture
def log():
    made = client_logger("test.client_log")
    yield made
    made.filters.clear()


def messages(caplog):
    return [record.getMessage() for record in caplog.records]


def test_the_first_lines_are_written_and_the_others_counted(log, caplog, monkeypatch):
    monkeypatch.setattr(client_log, "PERIOD_SECONDS", 0.5)
    for number in range(LINES + 20):
        log.warning("Skipped %d", number)
    assert messages(caplog) == [f"Skipped {number}" for number in range(LINES)]
    assert concurrency.wait_until(lambda: len(messages(caplog)) > LINES, timeout=10)
    assert messages(caplog)[LINES:] == [f"20 more lines like this one within a minute: Skipped {LINES}"]
    log.warning("Skipped again")


def test_a_kind_is_a_line_of_code(log, caplog):
    for number in range(LINES + 1):
        log.warning(f"Request of {number}")  # noqa: G004 (as libraries do)
    log.warning("something else")
    assert messages(caplog)[-1] == "something else"
    assert len(messages(caplog)) == LINES + 1


def test_errors_are_never_withheld(log, caplog):
    for _ in range(LINES + 20):
        log.error("The server failed")
    assert len(messages(caplog)) == LINES + 20
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
