"""When tokens and headers come, and how soon a closed connection is noticed."""

import json
import socket
import time
from contextlib import ExitStack, closing
from typing import Any

import pytest

from chatapp.demo.client_connection import LONGEST_WAIT
from live.demo.client import COUNTED, Demo, Reply, chat_body, check_pace, read_until, send_chat, wait_for


def test_tokens_come_at_their_rate_and_lateness_does_not_add_up(demo: Demo) -> None:
    model = "script?tokens=51&rate=50&first=0.2"

    def measure() -> list[list[float]]:
        demo.chat(model)
        call = demo.ended_call(model)
        assert call["sent"][-1][1] == 51
        assert all(moment >= call["started_at"] + 0.199 + (total - 1) / 50 for moment, total in call["sent"])
        return call["sent"]

    check_pace(measure, 50)


def test_fifty_streams_progress_together(demo: Demo) -> None:
    """Between the same two moments each stream sends as many tokens. A busy machine delays all of them alike."""
    tokens, rate = 200, 50
    with ExitStack() as opened:
        connections = [opened.enter_context(closing(demo.connection())) for _ in range(50)]
        for number, connection in enumerate(connections):
            body = chat_body(f"script?tokens={tokens}&rate={rate}&seed={number}", stream=True)
            connection.request("POST", "/v1/chat/completions", json.dumps(body))
        replies = [Reply(connection.getresponse()) for connection in connections]
    assert {reply.text for reply in replies} == {"".join(f"{index} " for index in range(1, tokens + 1))}
    calls = demo.calls()[-50:]
    assert len({call["model"] for call in calls}) == 50
    for call in calls:
        assert all(at >= call["started_at"] - 0.001 + (total - 1) / rate for at, total in call["sent"]), "too early"
    all_run = max(call["sent"][0][0] for call in calls)
    one_ends = min(call["sent"][-1][0] for call in calls)
    counts = sorted(sent_until(call, one_ends) - sent_until(call, all_run) for call in calls)
    middle = counts[25]
    assert middle >= rate, "a stream began when another one had nearly ended"
    assert 0.8 * middle <= counts[0] <= counts[-1] <= 1.25 * middle, counts


def sent_until(call: dict[str, Any], moment: float) -> int:
    """Return the number of tokens that a call had sent by this moment."""
    return max((total for at, total in call["sent"] if at <= moment), default=0)


def test_stalled_streams_delay_no_other(demo: Demo) -> None:
    """Nothing that a stream waits for is held for the others: headers, a token, its reader."""
    with ExitStack() as opened:
        for query in ("headers=600", "first=600", "fault=stall&at=3", "tokens=200000&size=100"):
            client = opened.enter_context(socket.create_connection(("127.0.0.1", demo.port)))
            send_chat(client, f"script?{query}&seed=8")
            wait_for(lambda query=query: any(call["model"] == f"script?{query}&seed=8" for call in demo.calls()))
        assert demo.script(tokens=50, rate=50).text == COUNTED


def test_a_full_rate_stream_comes_in_a_few_writes(demo: Demo) -> None:
    model = "script?tokens=5000"
    assert demo.chat(model).text.endswith(" 4999 5000 ")
    assert len(demo.ended_call(model)["sent"]) < 60


def test_headers_can_be_late(demo: Demo) -> None:
    for first in (1, 600):
        started = time.monotonic()
        with closing(demo.connection()) as connection:
            body = chat_body(f"script?headers=0.2&first={first}&tokens=1", stream=True)
            connection.request("POST", "/v1/chat/completions", json.dumps(body))
            response = connection.getresponse()
            assert time.monotonic() - started >= 0.2
            if first == 1:
                response.read1()
                assert time.monotonic() - started >= 1.2
                response.read()


@pytest.mark.parametrize(
    ("query", "needle", "tokens"),
    [
        ("fault=stall&at=3&seed=1", b'"3 "', 3),
        ("rate=0.001&seed=2", b'"1 "', 1),
        ("first=1000&seed=3", b"\r\n\r\n", 0),
    ],
)
def test_a_client_that_closes_is_noticed_at_once(demo: Demo, query: str, needle: bytes, tokens: int) -> None:
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        send_chat(client, f"script?{query}")
        read_until(client, needle)
        closed_at = time.time()
    call = demo.ended_call(f"script?{query}")
    assert (call["ended_by"], call["tokens"]) == ("client", tokens)
    assert call["ended_at"] - closed_at < LONGEST_WAIT / 2, "it was noticed at the end of a wait"


@pytest.mark.parametrize(("query", "stream"), [("headers=1000", True), ("rate=0.001&tokens=5", False)])
def test_a_client_that_closes_before_the_headers_is_noticed_at_once(demo: Demo, query: str, stream: bool) -> None:
    model = f"script?{query}&seed=9"
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        send_chat(client, model, stream=stream)
        wait_for(lambda: any(call["model"] == model for call in demo.calls()))
        closed_at = time.time()
    call = demo.ended_call(model)
    assert call["ended_by"] == "client"
    assert call["ended_at"] - closed_at < LONGEST_WAIT / 2, "it was noticed at the end of a wait"


def test_a_client_that_closes_without_reading_is_noticed(demo: Demo) -> None:
    model = "script?tokens=200000&size=100"
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        send_chat(client, model)
        read_until(client, b"data: ")
    call = demo.ended_call(model)
    assert call["ended_by"] == "client"
    assert call["tokens"] < 200_000


def test_a_pipelined_request_waits_for_its_turn(demo: Demo) -> None:
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        send_chat(client, "script?tokens=5&rate=20&seed=4")
        send_chat(client, "script?tokens=1&text=second")
        seen = read_until(client, b'"seco"')
        assert seen.index(b'"5 "') < seen.index(b'"seco"')
