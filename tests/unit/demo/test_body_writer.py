"""The writer of streamed bodies: each token is timed from the start, however late the writer wakes."""

import pytest

from chatapp.demo import body_writer
from chatapp.demo.answer_plan import AnswerPlan
from chatapp.demo.call_log import CallRecord
from chatapp.demo.stream_events import StreamEvent

START = 1000.0


class LateConnection:
    """A connection on a clock of its own, whose waits all end late by the same time. Records the times of writes."""

    def __init__(self, late: float) -> None:
        self.late = late
        self.now = START
        self.sent_at: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wait_until(self, moment: float) -> None:
        self.now = max(self.now, moment) + self.late

    def send(self, _data: bytes) -> None:
        self.sent_at.append(self.now)


def write(monkeypatch: pytest.MonkeyPatch, late: float, **plan: float) -> LateConnection:
    connection = LateConnection(late)
    monkeypatch.setattr(body_writer, "time", connection)
    events = [StreamEvent("content", b"x") for _ in range(50)]
    answer = AnswerPlan(content=["x"] * 50, **plan)
    call = CallRecord(1, 1, {}, {})
    assert body_writer.write_body(iter(events), answer, connection, call)
    assert call.tokens == 50
    return connection


def test_lateness_does_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = write(monkeypatch, 0.01, rate=50, first=0.5)
    due = [START + 0.5 + number / 50 + 0.01 for number in range(50)]
    assert connection.sent_at == pytest.approx(due)


def test_tokens_that_are_overdue_are_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = write(monkeypatch, 0.1, rate=50)
    assert len(connection.sent_at) < 12
    assert connection.sent_at[-1] < START + 49 / 50 + 0.2
