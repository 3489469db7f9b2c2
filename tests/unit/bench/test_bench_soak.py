"""The parts of the soak benchmark that need no server: questions, checks, gauges, growth, tables and pictures."""

import contextlib
import json
import os
import random
import socket
import sqlite3
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from bench import plot, sockets
from bench.gauges import SLACK, growth, log_bytes, parse_gauges, sqlite_files
from bench.plot import Axis
from bench.questions import PROVIDERS, Question, defects, draw
from bench.report import append_json
from bench.series import FAILURES_KEPT, Row, Series
from bench.soak import Plan

SVG = "{http://www.w3.org/2000/svg}"


def draw_questions(count: int, seed: int = 1) -> list[Question]:
    dice = random.Random(seed)
    return [draw(dice) for _ in range(count)]


# --- Questions


def test_the_same_seed_draws_the_same_questions():
    assert draw_questions(100) == draw_questions(100)
    assert draw_questions(100) != draw_questions(100, seed=2)


def test_questions_are_drawn_by_their_shares():
    questions = draw_questions(20_000)
    providers = Counter(question.model.partition("/")[0] for question in questions)
    for name, share in PROVIDERS.items():
        assert providers[name] / 20_000 == pytest.approx(share, abs=0.01)
    assert sum(question.status == "failed" for question in questions) / 20_000 == pytest.approx(0.02, abs=0.005)
    assert sum(question.stop_after is not None for question in questions) / 20_000 == pytest.approx(0.1, abs=0.01)
    assert sum(question.tokens >= 1000 for question in questions) / 20_000 == pytest.approx(0.01, abs=0.003)


def test_questions_name_few_models_as_the_demo_counts_by_model():
    assert len({question.model for question in draw_questions(20_000)}) < 100


# --- Checks of an answer

QUESTION = Question("keeps/script?tokens=3", 3)


def answer_events(*texts: str, status: str = "complete", first: int = 1):
    entries = [{"id": "g", "seq": first + number, "text": text} for number, text in enumerate(texts)]
    message = {"content": "".join(texts), "error": None}
    return entries, {"generation_id": "g", "seq": len(texts) + 1, "status": status, "message": message}


def test_a_complete_answer_has_no_defects():
    assert defects(QUESTION, "g", *answer_events("1 2 ", "3 ")) == []


def test_a_stopped_answer_may_be_short_or_complete():
    stopped = Question(QUESTION.model, 3, stop_after=0.1)
    assert defects(stopped, "g", *answer_events("1 ", status="stopped")) == []
    assert defects(stopped, "g", *answer_events(status="stopped")) == []
    assert defects(stopped, "g", *answer_events("1 2 3 ")) == []


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        (answer_events("1 2 ", "3 ", first=2), "in order"),
        (answer_events("1 2 ", "4 "), "what the model said"),
        (answer_events("1 2 "), "what the model said"),
        (answer_events("1 2 ", status="stopped"), "ended as stopped"),
        (answer_events("1 2 ", status="failed"), "ended as failed"),
    ],
)
def test_a_damaged_answer_is_reported(events, wrong):
    (found,) = defects(QUESTION, "g", *events)
    assert wrong in found
    assert QUESTION.model in found


def test_a_wrong_text_or_generation_is_reported():
    entries, end = answer_events("1 2 3 ")
    end["message"]["content"] = "1 2 "
    assert "saved text" in defects(QUESTION, "g", entries, end)[0]
    assert "another generation" in defects(QUESTION, "h", *answer_events("1 2 3 "))[0]


# --- Gauges from /proc and /metrics


def own_connections(port: int) -> list[sockets.Connection]:
    found = sockets.connections(os.getpid(), sockets.descriptors(os.getpid()))
    return [connection for connection in found if connection.remote_port == port]


def test_a_descriptor_of_this_process_is_counted(tmp_path):
    with (tmp_path / "file").open("w"):
        assert str(tmp_path / "file") in sockets.descriptors(os.getpid())
    assert str(tmp_path / "file") not in sockets.descriptors(os.getpid())


def test_a_connection_closed_by_its_peer_is_in_close_wait():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = listener.accept()
            assert [connection.state for connection in own_connections(port)] == [1]
            accepted.close()
            assert client.recv(1) == b""
            assert [connection.state for connection in own_connections(port)] == [sockets.CLOSE_WAIT]
        assert own_connections(port) == []


def test_an_ipv6_table_is_read():
    table = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:D431 00000000000000000000000001000000:1F90 08 00000000:00000001 00:00000000 00000000     0        0 4711 1
"""  # noqa: E501
    assert sockets.parse(table) == {"4711": sockets.Connection(remote_port=8080, state=sockets.CLOSE_WAIT)}


def test_a_socket_that_the_table_lists_twice_is_one():
    # Linux does so where sockets come and go while the table is read.
    row = "0: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000 0 0 4711 1\n"
    assert sockets.parse("header\n" + row + row.replace(" 01 ", " 08 ")) == {
        "4711": sockets.Connection(remote_port=8080, state=sockets.CLOSE_WAIT)
    }


def test_a_metric_with_labels_is_summed():
    exposition = """\
# HELP chatapp_green_threads Green threads that run, by kind
# TYPE chatapp_green_threads gauge
chatapp_green_threads{kind="task"} 12.0
chatapp_green_threads{kind="socket"} 3.0
chatapp_generations_running 0.0
"""
    assert parse_gauges(exposition) == {"green threads": 15, "running answers": 0}
    assert parse_gauges("chatapp_generations_running 2.0\n") == {"running answers": 2}


# --- Growth


def test_a_gauge_back_at_its_start_has_not_grown():
    before = dict.fromkeys(SLACK, 100)
    assert growth(before, before) == []
    assert growth(before, {name: 100 * 1.05 + slack for name, slack in SLACK.items()}) == []
    assert growth(before, dict.fromkeys(SLACK, 0)) == []


def test_a_gauge_that_has_grown_is_named():
    assert growth({"descriptors": 121}, {"descriptors": 1034}) == ["descriptors: 121 before, 1,034 after"]
    assert growth({"memory, MiB": 100.0}, {"memory, MiB": 120.5}) == ["memory, MiB: 100 before, 120.5 after"]
    assert growth({"CLOSE_WAIT": 0}, {"CLOSE_WAIT": 3}) == ["CLOSE_WAIT: 0 before, 3 after"]


def test_a_file_with_free_pages_has_not_grown():
    """SQLite's files never shrink: their used pages are compared, and the size of the other files."""
    before = {"disk, MiB": 5.0, "disk in use, MiB": 0.25, "log in use, MiB": 0.0, "other files, MiB": 0.5}
    assert growth(before, {**before, "disk, MiB": 50.0}) == []
    assert growth(before, {**before, "disk, MiB": 50.0, "disk in use, MiB": 45.0}) == [
        "disk in use, MiB: 0.25 before, 45 after"
    ]
    assert growth(before, {**before, "disk, MiB": 50.0, "log in use, MiB": 4.0}) == []
    assert growth(before, {**before, "disk, MiB": 50.0, "log in use, MiB": 45.0}) == [
        "log in use, MiB: 0 before, 45 after"
    ]
    assert growth(before, {**before, "disk, MiB": 50.0, "other files, MiB": 45.0}) == [
        "other files, MiB: 0.5 before, 45 after"
    ]


def test_the_log_in_use_counts_frames_that_a_reader_keeps_from_the_checkpoint(tmp_path):
    file = tmp_path / "chatapp.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t (text)")
        writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
        assert log_bytes(file) == 0
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM t").fetchall()
            for _ in range(3):
                writer.execute("INSERT INTO t VALUES (?)", ["x" * 2_000_000])
            assert log_bytes(file) > 5_000_000
            reader.execute("COMMIT")
        size = sum(path.stat().st_size for path in sqlite_files(file)[1:])
        writer.execute("INSERT INTO t VALUES ('')")
        writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
        assert log_bytes(file) == 0
        assert sum(path.stat().st_size for path in sqlite_files(file)[1:]) >= size, "the log keeps its size"


def test_a_missing_gauge_has_not_grown():
    assert growth({}, {"green threads": 1000}) == []


# --- Tables, files and pictures


def series(*counts: int, is_whole: bool = True) -> Series:
    made = Series("soak: a <test> & more", ["descriptors", "green threads", "lag p50, ms"])
    made.add(Row(0, {"descriptors": 20}, "at rest, before"))
    for number, count in enumerate(counts, 1):
        made.add(Row(number * 100, {"descriptors": count, "lag p50, ms": 12.345}))
    if is_whole:
        made.add(Row(len(counts) * 100, {"descriptors": 20}, "at rest, after"))
    return made


def test_a_table_has_a_row_for_each_step_and_blanks_for_missing_values():
    made = series(30, 1031)
    made.fail("descriptors: 20 before, 1,031 after")
    lines = made.table().splitlines()
    assert [line.split() for line in lines[-5:-1]] == [
        ["at", "rest,", "before", "20"],
        ["100", "30", "12.3"],
        ["200", "1,031", "12.3"],
        ["at", "rest,", "after", "20"],
    ]
    assert lines[-1] == "FAILED: descriptors: 20 before, 1,031 after"


def test_the_number_of_kept_failures_is_bounded():
    made = series(30)
    for number in range(FAILURES_KEPT + 5):
        made.fail(f"failure {number}")
    assert len(made.failures) == FAILURES_KEPT
    assert made.table().endswith("FAILED: 5 more like these")


def test_a_picture_is_well_formed_and_shows_the_measurements():
    root = ET.fromstring(plot.draw_svg({"this run": series(30, 31)}))  # noqa: S314
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"soak: a <test> & more", "descriptors", "lag p50 (ms)", "answers", "this run"} <= set(words)
    assert "green threads" not in words, "it was not measured"
    assert len(list(root.iter(f"{SVG}polyline"))) == 2


def test_two_series_share_their_panels_and_their_axes():
    both = {"after": series(30, 31), "be<fore": series(300, 3000, 4000, is_whole=False)}
    root = ET.fromstring(plot.draw_svg(both))  # noqa: S314
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert "be<fore, ended after 300 answers" in words
    assert "4k" in words
    places = [
        [float(number) for pair in line.get("points").split() for number in pair.split(",")]
        for line in root.iter(f"{SVG}polyline")
    ]
    assert len(places) == 4
    assert all(0 <= number <= 300 for line in places for number in line)
    assert len(list(root.iter(f"{SVG}path"))) == 2, "a cross where one of them ended early"


@pytest.mark.parametrize("value", [0, 0.3, 1, 7, 99.5, 100, 1034, 20_000])
def test_an_axis_covers_its_value_in_a_few_even_steps(value):
    axis = Axis.up_to(value)
    ticks = axis.ticks()
    assert 2 <= len(ticks) <= 6
    assert ticks[0] == 0
    assert value * 0.999 <= ticks[-1] == pytest.approx(axis.top)
    assert {round(later - earlier, 9) for earlier, later in pairwise(ticks)} == {round(axis.step, 9)}


def test_a_stored_series_is_read_back_unchanged(tmp_path: Path):
    file, made = tmp_path / "figures.json", series(30, 31)
    append_json(file, "soak", series(1), {})
    append_json(file, "soak", made, {"seed": 1})
    assert plot.last_soak(file) == made
    assert json.loads(file.read_text())[-1]["options"] == {"seed": 1}


def test_steps_and_warm_up_scale_with_the_answers():
    plans = [Plan(answers, 50, 1, 60) for answers in (400, 2000, 20_000)]
    assert [(plan.step, plan.warm_up) for plan in plans] == [(100, 400), (100, 400), (1000, 1000)]
