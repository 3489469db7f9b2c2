"""When tokens and headers come, and how soon a closed connection is noticed."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from live.demo.client import COUNTED, Demo, chat_body, check_pace, read_until, send_chat, wait_for


def test_tokens_come_at_their_rate_and_lateness_does_not_add_up(demo: Demo) -> None:
    model = "script?tokens=51&rate=50&first=0.2"
    demo.chat(model)
    call = demo.ended_call(model)
    assert call["sent"][-1][1] == 51
    assert all(moment >= call["started_at"] + 0.199 + (total - 1) / 50 for moment, total in call["sent"])
    check_pace(call["sent"], 50)


def test_fifty_streams_keep_their_pace_together(demo: Demo) -> None:
    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(lambda number: demo.script(tokens=50, rate=50, seed=number), range(50)))
    assert {reply.text for reply in replies} == {COUNTED}
    calls = demo.calls()[-50:]
    for call in calls:
        check_pace(call["sent"], 50)
    assert max(call["started_at"] for call in calls) < min(call["ended_at"] for call in calls), "all at once"


def test_a_full_rate_stream_comes_in_a_few_writes(demo: Demo) -> None:
    model = "script?tokens=5000"
    assert demo.chat(model).text.endswith(" 4999 5000 ")
    assert len(demo.ended_call(model)["sent"]) < 60


def test_headers_can_be_late(demo: Demo) -> None:
    started = time.monotonic()
    with closing(demo.connection()) as connection:
        body = chat_body("script?headers=0.2&first=1&tokens=1", stream=True)
        connection.request("POST", "/v1/chat/completions", json.dumps(body))
        response = connection.getresponse()
        headers_after = time.monotonic() - started
        response.read1()
        first_after = time.monotonic() - started
        response.read()
    assert headers_after >= 0.2
    assert first_after >= 1.2
    assert first_after - headers_after > 0.5, "the headers did not wait for the first token"


@pytest.mark.parametrize(
    ("query", "needle", "tokens"),
    [
        ("fault=stall&at=3&seed=1", b'"3 "', 3),
        ("rate=0.1&seed=2", b'"1 "', 1),
        ("first=30&seed=3", b"\r\n\r\n", 0),
    ],
)
def test_a_client_that_closes_is_noticed_at_once(demo: Demo, query: str, needle: bytes, tokens: int) -> None:
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        send_chat(client, f"script?{query}")
        read_until(client, needle)
        closed_at = time.time()
    call = demo.ended_call(f"script?{query}")
    assert (call["ended_by"], call["tokens"]) == ("client", tokens)
    assert call["ended_at"] - closed_at < 2, "it was noticed when the next token was due"


@pytest.mark.parametrize(("query", "stream"), [("headers=30", True), ("rate=0.1&tokens=5", False)])
def test_a_client_that_closes_before_the_headers_is_noticed_at_once(demo: Demo, query: str, stream: bool) -> None:
    model = f"script?{query}&seed=9"
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        send_chat(client, model, stream=stream)
        wait_for(lambda: any(call["model"] == model for call in demo.calls()))
        closed_at = time.time()
    call = demo.ended_call(model)
    assert call["ended_by"] == "client"
    assert call["ended_at"] - closed_at < 2, "it was noticed when the next token was due"


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
