"""The demo upstream, as the process that it is, over real HTTP."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import openai
import pytest

from chatapp.demo import english, korean
from chatapp.demo.pieces import pieces, shortened
from chatapp.demo.wish import Wish, understood
from support.paths import ROOT

COUNTED = "".join(f"{index} " for index in range(1, 51))
NOTHING_LEFT = (english.TEXTS.nothing_left, korean.TEXTS.nothing_left)
ASTRAY = (english.TEXTS.astray, korean.TEXTS.astray)
FASTEST = " at 10000 tokens/s"
FASTEST_KO = " 초당 10000토큰으로"


class Demo:
    """A client of one running server that speaks nothing but HTTP."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.port = urlsplit(base_url).port

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> "Reply":
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        with closing(self.connection()) as connection:
            connection.request(method, path, data, headers)
            return Reply(connection.getresponse())

    def chat(self, model: str, *messages: str, stream: bool = True, **options: Any) -> "Reply":
        return self.request("POST", "/v1/chat/completions", chat_body(model, *messages, stream=stream, **options))

    def script(self, *messages: str, stream: bool = True, **query: Any) -> "Reply":
        return self.chat(f"script?{urlencode(query)}", *messages, stream=stream)

    def say(self, *messages: str, model: str = "demo-fast", **options: Any) -> str:
        return self.chat(model, *messages, **options).text

    def calls(self) -> list[dict[str, Any]]:
        return self.request("GET", "/_calls").json

    def ended_call(self, model: str) -> dict[str, Any]:
        """The last call of this model, once its end is recorded."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            call = [call for call in self.calls() if call["model"] == model][-1]
            if call["ended_by"]:
                return call
        raise AssertionError(f"{model} did not end")


class Reply:
    """A whole response, and what it says."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.broken = False
        try:
            self.body = response.read()
        except http.client.IncompleteRead as error:
            self.body, self.broken = error.partial, True

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]

    @property
    def events(self) -> list[str]:
        lines = self.body.decode().replace("\r\n", "\n").split("\n\n")
        return [line.removeprefix("data: ") for line in lines if line]

    @property
    def chunks(self) -> list[dict[str, Any]]:
        return [json.loads(event) for event in self.events if event.startswith("{") and event.endswith("}")]

    @property
    def deltas(self) -> list[dict[str, Any]]:
        return [choice.get("delta") or {} for chunk in self.chunks if "choices" in chunk for choice in chunk["choices"]]

    def field(self, name: str) -> str:
        return "".join(delta.get(name) or "" for delta in self.deltas)

    @property
    def text(self) -> str:
        return self.field("content")

    @property
    def finish(self) -> list[str]:
        choices = [choice for chunk in self.chunks if "choices" in chunk for choice in chunk["choices"]]
        return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


def chat_body(model: str, *messages: str, **options: Any) -> dict[str, Any]:
    """A request whose messages alternate between the user and the assistant."""
    roles = ("user", "assistant")
    turns = [{"role": roles[index % 2], "content": text} for index, text in enumerate(messages or ("Count.",))]
    return {"model": model, "messages": turns, **options}


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server as a process of its own, and its base URL."""
    command = [sys.executable, "-m", "chatapp.demo", "--port", "0", *arguments]
    process = subprocess.Popen(command, text=True, stdin=-1, stdout=-1, stderr=-1)
    try:
        line = process.stdout.readline()
        assert re.fullmatch(r"listening on http://127\.0\.0\.1:\d+/v1\n", line), process.stderr.read()
        yield process, line.split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as (_process, base_url):
        yield Demo(base_url)


@pytest.fixture
def sdk(demo: Demo) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=demo.base_url, api_key="any", max_retries=0, timeout=10) as client:
        yield client


# --- The process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_quietly_even_while_it_streams(number: signal.Signals) -> None:
    with running() as (process, base_url):
        with socket.create_connection(("127.0.0.1", urlsplit(base_url).port)) as client:
            send_chat(client, "script?fault=stall&at=1")
            read_until(client, b'"1 "')
            process.send_signal(number)
            assert process.wait(timeout=5) == 0
        assert process.stdout.read() + process.stderr.read() == ""


def test_until_eof_the_process_ends_with_its_stdin() -> None:
    with running("--until-eof") as (process, _base_url):
        process.stdin.close()
        assert process.wait(timeout=5) == 0
        process.stdin = None


def test_a_connection_without_a_request_is_closed_after_the_idle_time() -> None:
    with running("--idle-seconds", "0.3") as (_process, base_url):
        with socket.create_connection(("127.0.0.1", urlsplit(base_url).port), timeout=10) as client:
            asked_at = time.monotonic()
            send_chat(client, "script?tokens=1")
            read_until(client, b"\r\n0\r\n\r\n")
            assert client.recv(1) == b""
        assert time.monotonic() - asked_at >= 0.3


def test_the_idle_time_does_not_end_a_slow_answer() -> None:
    with running("--idle-seconds", "0.3") as (_process, base_url):
        demo = Demo(base_url)
        assert demo.script(first=0.7, tokens=3, rate=2).text == "1 2 3 "
        assert demo.script(rate=2, tokens=3, stream=False).json["choices"][0]["message"]["content"] == "1 2 3 "


def test_without_an_idle_time_a_connection_is_kept(demo: Demo) -> None:
    with socket.create_connection(("127.0.0.1", demo.port), timeout=0.6) as client:
        send_chat(client, "script?tokens=1")
        read_until(client, b"\r\n0\r\n\r\n")
        with pytest.raises(TimeoutError):
            client.recv(1)


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon"])
def test_an_idle_time_that_is_no_time_is_refused(seconds: str) -> None:
    command = [sys.executable, "-m", "chatapp.demo", "--idle-seconds", seconds]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert result.returncode == 2
    assert "--idle-seconds" in result.stderr


def test_it_serves_green_threads_in_a_process_that_eventlet_has_patched() -> None:
    program = """
import eventlet
eventlet.monkey_patch()
import http.client, json, sys, time
from chatapp import demo
sys.path.insert(0, "tests")
from support.stopwatch import Stopwatch

base_url = demo.start()
assert demo.start() == base_url
port = int(base_url.split(":")[2].split("/")[0])

gaps = []
def tick():
    while True:
        watch = Stopwatch()
        eventlet.sleep(0.005)
        gaps.append(watch.seconds())
ticker = eventlet.spawn(tick)

def post(model):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Count."}]}
    connection.request("POST", "/v1/chat/completions", json.dumps(body))
    return connection, connection.getresponse()

def calls():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/_calls")
    return json.loads(connection.getresponse().read())

watch = Stopwatch()
readers = [eventlet.spawn(lambda: post("script?tokens=25&rate=50")[1].read()) for _ in range(10)]
bodies = [reader.wait() for reader in readers]
took = watch.seconds()
assert all(body.endswith(b"[DONE]\\n\\n") and b'"25 "' in body for body in bodies)

burst = eventlet.spawn(lambda: post("script?tokens=20000")[1].read())
assert b'"20000 "' in burst.wait()

connection, response = post("script?tokens=10&fault=stall&at=3&rate=0")
assert b'"3 "' in response.read1()
closed_at, watch = time.time(), Stopwatch()
response.close()
connection.close()
while not calls()[-1]["ended_by"]:
    eventlet.sleep(0)
call = calls()[-1]
print(json.dumps({
    "took": took, "ticks": len(gaps), "worst": max(gaps),
    "ended_by": call["ended_by"], "tokens": call["tokens"], "noticed": call["ended_at"] - closed_at - watch.hindered(),
}))
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    seen = json.loads(result.stdout)
    assert seen["took"] < 1.0
    assert seen["worst"] < 0.25, seen
    assert (seen["ended_by"], seen["tokens"]) == ("client", 3)
    assert seen["noticed"] < 0.1


# --- The protocol


def test_the_friendly_models_are_listed(sdk: openai.OpenAI) -> None:
    models = sdk.models.list().data
    assert [model.id for model in models] == ["demo", "demo-fast", "demo-thinking"]
    assert {model.owned_by for model in models} == {"chatapp-demo"}


def test_the_sdk_reads_a_stream_with_usage(sdk: openai.OpenAI) -> None:
    stream = sdk.chat.completions.create(
        model="script?tokens=3",
        messages=[{"role": "user", "content": "Count."}],
        stream=True,
        stream_options={"include_usage": True},
        temperature=0.5,
        seed=1,
    )
    *chunks, last = stream
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "1 2 3 "
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * 4 + ["stop"]
    assert {chunk.usage for chunk in chunks} == {None}
    assert last.choices == []
    assert last.usage.completion_tokens == 3
    assert last.usage.total_tokens == last.usage.prompt_tokens + 3


def test_the_sdk_reads_an_answer_in_one_piece(sdk: openai.OpenAI) -> None:
    answer = sdk.chat.completions.create(
        model="script?tokens=3&reasoning=2", messages=[{"role": "user", "content": "Count."}]
    )
    assert answer.choices[0].message.content == "1 2 3 "
    assert answer.choices[0].message.reasoning_content == "r1 r2 "
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens == 5
    assert answer.usage.completion_tokens_details.reasoning_tokens == 2


def test_a_chunk_has_openais_fields_and_no_usage_unless_asked(demo: Demo) -> None:
    reply = demo.script(tokens=1)
    role, first, finish = reply.chunks
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    assert {chunk["id"] for chunk in reply.chunks} == {role["id"]}
    assert role["choices"] == [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]
    assert list(first) == ["id", "object", "created", "model", "choices"]
    assert first["object"] == "chat.completion.chunk"
    assert first["model"] == "script?tokens=1"
    assert abs(first["created"] - time.time()) < 60
    assert first["choices"] == [{"index": 0, "delta": {"content": "1 "}, "finish_reason": None}]
    assert finish["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    assert reply.events[-1] == "[DONE]"


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_the_token_limit_counts_reasoning_too(demo: Demo, name: str) -> None:
    reply = demo.chat("script?reasoning=2", **{name: 5})
    assert (reply.field("reasoning_content"), reply.text, reply.finish) == ("r1 r2 ", "1 2 3 ", ["length"])
    plain = demo.chat("script?reasoning=2", stream=False, **{name: 5}).json
    assert plain["choices"][0]["finish_reason"] == "length"
    assert plain["usage"]["completion_tokens"] == 5


def test_an_unknown_model_is_not_found(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.chat.completions.create(model="gpt-unknown", messages=[{"role": "user", "content": "?"}])
    assert caught.value.code == "model_not_found"
    assert "gpt-unknown" in caught.value.message


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{not json", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[1]", "object"),
        ({}, "model"),
        ({"model": "demo"}, "messages"),
        ({"model": "demo", "messages": []}, "messages"),
        ({"model": "demo", "messages": ["hi"]}, "messages[0]"),
        ({"model": "demo", "messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        (chat_body("demo", stream="yes"), "stream"),
        (chat_body("demo", stream_options={"include_usage": True}), "stream_options"),
        (chat_body("demo", max_tokens=0), "max_tokens"),
        (chat_body("demo", n=2), "n"),
    ],
)
def test_a_bad_body_is_refused_by_name(demo: Demo, body: Any, named: str) -> None:
    reply = demo.request("POST", "/v1/chat/completions", body)
    assert reply.status == 400
    assert named in reply.error["message"]
    assert list(reply.error) == ["message", "type", "param", "code"]


def test_other_addresses_and_methods_are_refused_in_json(demo: Demo) -> None:
    assert demo.request("GET", "/v2/models").error["code"] == "unknown_url"
    assert demo.request("PUT", "/v1/models").status == 404
    brew = demo.request("BREW", "/v1/models")
    assert brew.status == 501
    assert brew.error["type"] == "invalid_request_error"


def test_a_page_that_resolves_its_own_name_to_loopback_reads_nothing(demo: Demo) -> None:
    assert demo.request("GET", "/_calls", Host="evil.example").status == 403
    assert demo.request("GET", "/_calls", Host=f"localhost:{demo.port}").status == 200


def test_one_connection_carries_many_requests(demo: Demo) -> None:
    with closing(demo.connection()) as connection:
        for model, status in (
            ("script?tokens=2", 200),
            ("nobody", 404),
            ("script?fault=html", 200),
            ("script", 200),
        ):
            connection.request("POST", "/v1/chat/completions", json.dumps(chat_body(model, stream=True)))
            opened = connection.sock
            response = connection.getresponse()
            assert (response.status, bool(response.read())) == (status, True)
            assert connection.sock is opened


def test_a_call_is_recorded_as_it_was_made(demo: Demo) -> None:
    body = chat_body("script?tokens=4&reasoning=1", "안녕", stream=True, temperature=0.3)
    before = time.time()
    demo.request("POST", "/v1/chat/completions", body, Authorization="Bearer sk-secret", **{"X-Test": "yes"})
    call = demo.ended_call(body["model"])
    assert call["messages"] == body["messages"]
    assert (call["stream"], call["options"]) == (True, {"temperature": 0.3})
    assert (call["headers"]["authorization"], call["headers"]["x-test"]) == ("present", "yes")
    assert (call["tokens"], call["ended_by"]) == (5, "server")
    assert before <= call["started_at"] <= call["sent"][0][0] <= call["ended_at"]
    assert call["sent"][-1][1] == 5


def test_the_record_keeps_the_last_thousand_calls_and_can_be_emptied() -> None:
    with running() as (_process, base_url), closing(Demo(base_url).connection()) as connection:
        for _ in range(1003):
            connection.request("POST", "/v1/chat/completions", json.dumps(chat_body("script?tokens=0")))
            connection.getresponse().read()
        demo = Demo(base_url)
        assert [call["n"] for call in demo.calls()] == list(range(4, 1004))
        assert demo.request("DELETE", "/_calls").status == 200
        assert demo.calls() == []


# --- Time


def check_pace(sent: list[list[float]], rate: float, within: float = 0.03) -> None:
    """Check that tokens came at their rate. A busy machine holds one up now and then, but not each of them."""
    begun = [moment - (total - 1) / rate for moment, total in sent]
    half = len(sent) // 2
    assert abs(min(begun[half:]) - min(begun[:half])) < within


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


def test_a_client_that_closes_while_it_reads_nothing_is_noticed(demo: Demo) -> None:
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


# --- Script models


def test_a_script_counts_to_fifty_by_default(demo: Demo) -> None:
    assert demo.chat("script").text == COUNTED


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"tokens": 3}, "1 2 3 "),
        ({"tokens": 0}, ""),
        ({"tokens": 3, "lang": "ko"}, "1번 2번 3번 "),
        ({"tokens": 2, "size": 6}, "1.... 2.... "),
        ({"text": "안녕하세요 여러분", "piece": 3}, "안녕하세요 여러분"),
    ],
)
def test_a_script_says_what_its_query_says(demo: Demo, query: dict[str, Any], text: str) -> None:
    assert demo.script(**query).text == text


def test_text_comes_in_pieces_of_the_size_asked_for(demo: Demo) -> None:
    reply = demo.script(text="안녕하세요", piece=2)
    assert [delta["content"] for delta in reply.deltas if delta.get("content")] == ["안녕", "하세", "요"]
    reply = demo.script(text="four by four")
    assert [delta["content"] for delta in reply.deltas if delta.get("content")] == ["four", " by ", "four"]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_comes_first_in_the_field_asked_for(demo: Demo, field: str) -> None:
    reply = demo.script(tokens=2, reasoning=3, reasoning_field=field)
    assert reply.field(field) == "r1 r2 r3 "
    assert [next(iter(delta)) for delta in reply.deltas[1:6]] == [field] * 3 + ["content"] * 2


def test_resume_counts_on_from_the_last_answer(demo: Demo) -> None:
    assert demo.script("Count.", "1 2 3 ", "Go on.", tokens=5, resume=1).text == "4 5 "
    assert demo.script("Count.", tokens=2, resume=1).text == "1 2 "
    assert demo.script("Count.", "1번 2번 ", "Go on.", tokens=3, resume=1, lang="ko").text == "3번 "


def test_a_conversation_beyond_the_context_is_refused(demo: Demo) -> None:
    assert demo.script("12345", context=5).status == 200
    reply = demo.script("12345", "6", "7", context=6)
    assert (reply.status, reply.error["code"]) == (400, "context_length_exceeded")
    assert "maximum context length is 6 tokens" in reply.error["message"]


def test_echo_answers_with_the_messages_received(demo: Demo) -> None:
    reply = demo.script("안녕 😀", "네", "끝", echo=1)
    assert json.loads(reply.text) == chat_body("", "안녕 😀", "네", "끝")["messages"]
    lone = demo.script("half \ud83d", echo=1)
    assert json.loads(lone.text)[0]["content"] == "half \ud83d"


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter"])
def test_the_finish_reason_can_be_chosen(demo: Demo, finish: str) -> None:
    assert demo.script(tokens=1, finish=finish).finish == [finish]


def test_usage_can_be_left_out(demo: Demo) -> None:
    with_usage = demo.chat("script?tokens=1", stream_options={"include_usage": True})
    without = demo.chat("script?tokens=1&usage=0", stream_options={"include_usage": True})
    assert with_usage.chunks[-1]["usage"]["completion_tokens"] == 1
    assert not any(chunk.get("usage") for chunk in without.chunks)
    assert "usage" not in demo.script(usage=0, stream=False).json


@pytest.mark.parametrize("query", ["tokens=2", "tokens=2&fault=html", "status=503"])
def test_an_answer_can_be_the_last_on_its_connection(demo: Demo, query: str) -> None:
    with socket.create_connection(("127.0.0.1", demo.port), timeout=10) as client:
        send_chat(client, f"script?close=1&{query}")
        seen = b""
        while data := client.recv(65536):
            seen += data
    head, _, body = seen.partition(b"\r\n\r\n")
    assert b"\r\nConnection: close" in head
    assert body


def test_an_answer_that_closes_its_connection_is_whole(demo: Demo) -> None:
    reply = demo.script(tokens=3, close=1)
    assert (reply.text, reply.finish, reply.broken) == ("1 2 3 ", ["stop"], False)
    assert demo.script(tokens=3, close=1, stream=False).headers["Connection"] == "close"
    assert demo.script(tokens=3, close=0).headers["Connection"] is None


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("colour=red", "colour"),
        ("tokens=many", "tokens"),
        ("tokens=-1", "tokens"),
        ("tokens=", "tokens"),
        ("tokens=1&tokens=2", "tokens"),
        ("rate=nan", "rate"),
        ("first=-1", "first"),
        ("fault=fire", "fault"),
        ("status=418", "status"),
        ("resume=maybe", "resume"),
        ("lang=de", "lang"),
        ("piece=0", "piece"),
        ("retry_after=1%0d%0aX:1", "retry_after"),
    ],
)
def test_a_bad_script_is_refused_by_name(demo: Demo, query: str, named: str) -> None:
    reply = demo.chat(f"script?{query}")
    assert reply.status == 400
    assert f"'{named}'" in reply.error["message"]
    assert reply.error["param"] == "model"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_script_can_answer_with_a_status(demo: Demo, status: int) -> None:
    reply = demo.script(status=status, retry_after=12)
    assert (reply.status, reply.headers["Retry-After"]) == (status, "12")
    assert reply.error["code"]
    assert demo.script(status=status, code="quota").error["code"] == "quota"
    assert demo.script(status=status).headers["Retry-After"] is None


def test_the_sdk_sees_the_status_as_its_own_error(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        sdk.chat.completions.create(model="script?status=429", messages=[{"role": "user", "content": "?"}])
    assert caught.value.code == "rate_limit_exceeded"


def test_a_status_can_last_for_a_number_of_calls(demo: Demo) -> None:
    query = {"status": 503, "times": 2, "tokens": 1}
    assert [demo.script(**query).status for _ in range(4)] == [503, 503, 200, 200]
    demo.request("DELETE", "/_calls")
    assert demo.script(**query).status == 503


# --- Faults


def test_cut_breaks_the_body_off(demo: Demo) -> None:
    reply = demo.script(tokens=10, fault="cut", at=4)
    assert reply.broken
    assert (reply.text, reply.finish) == ("1 2 3 4 ", [])
    assert demo.ended_call("script?tokens=10&fault=cut&at=4")["ended_by"] == "server"


def test_a_fault_comes_halfway_unless_told_otherwise(demo: Demo) -> None:
    assert demo.script(tokens=10, fault="cut").text == "1 2 3 4 5 "
    assert demo.script(tokens=3, fault="cut", at=99).text == "1 2 3 "


def test_error_is_reported_inside_the_stream(demo: Demo, sdk: openai.OpenAI) -> None:
    reply = demo.script(tokens=10, fault="error", at=2, code="overloaded")
    assert (reply.text, reply.broken) == ("1 2 ", False)
    assert json.loads(reply.events[-1])["error"]["code"] == "overloaded"
    with pytest.raises(openai.APIError, match="error while processing"):
        list(
            sdk.chat.completions.create(
                model="script?fault=error", stream=True, messages=[{"role": "user", "content": "?"}]
            )
        )


def test_malformed_breaks_one_event_only(demo: Demo) -> None:
    reply = demo.script(tokens=4, fault="malformed", at=2)
    broken = [event for event in reply.events if not is_json(event) and event != "[DONE]"]
    assert len(broken) == 1
    assert reply.events.index(broken[0]) == 3
    assert (reply.text, reply.finish) == ("1 2 3 4 ", ["stop"])


def test_the_last_words_can_be_missing(demo: Demo) -> None:
    no_done = demo.script(tokens=2, fault="no_done")
    assert (no_done.text, no_done.finish, "[DONE]" in no_done.events) == ("1 2 ", ["stop"], False)
    no_finish = demo.script(tokens=2, fault="no_finish")
    assert (no_finish.text, no_finish.finish, no_finish.events[-1]) == ("1 2 ", [], "[DONE]")
    assert not no_done.broken
    assert not no_finish.broken


def test_no_stream_answers_in_one_piece_all_the_same(demo: Demo) -> None:
    reply = demo.script(tokens=2, fault="no_stream")
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json["choices"][0]["message"]["content"] == "1 2 "


def test_split_tears_the_body_at_any_byte(demo: Demo) -> None:
    model = "script?lang=ko&tokens=20&fault=split&seed=7"
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        send_chat(client, model)
        body = read_until(client, b"\r\n0\r\n\r\n").partition(b"\r\n\r\n")[2]
    sizes = [int(size, 16) for size in re.findall(rb"(?:^|\r\n)([1-7])\r\n", body)]
    assert set(sizes) == set(range(1, 8))
    reply = demo.chat(model)
    assert reply.text == "".join(f"{index}번 " for index in range(1, 21))
    assert sum(sizes) == len(reply.body)


def test_surrogates_come_apart(demo: Demo) -> None:
    reply = demo.script(tokens=4, fault="surrogates", at=2)
    contents = [delta["content"] for delta in reply.deltas if delta.get("content")]
    assert contents == ["1 ", "2 ", "\ud83d", "\ude00", "3 ", "4 ", "\ud83d"]
    assert reply.body.isascii()


def test_crlf_ends_the_lines(demo: Demo) -> None:
    reply = demo.script(tokens=2, fault="crlf")
    assert reply.body.count(b"\r\n\r\n") == 5
    assert reply.body.count(b"\n") == reply.body.count(b"\r\n") == 10
    assert reply.text == "1 2 "


def test_comments_come_between_the_events(demo: Demo, sdk: openai.OpenAI) -> None:
    reply = demo.script(tokens=2, fault="comments")
    assert reply.events.count(": ping") == 5
    assert reply.text == "1 2 "
    stream = sdk.chat.completions.create(
        model="script?fault=comments&tokens=2", stream=True, messages=[{"role": "user", "content": "?"}]
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "1 2 "


def test_empty_says_nothing(demo: Demo) -> None:
    reply = demo.script(fault="empty")
    assert (reply.text, reply.finish, reply.events[-1]) == ("", ["stop"], "[DONE]")


def test_null_fields_stand_where_text_is_expected(demo: Demo) -> None:
    reply = demo.script(tokens=2, fault="null_fields", at=1)
    odd = [chunk["choices"] for chunk in reply.chunks[2:6]]
    assert odd[0][0]["delta"] == {"content": None}
    assert odd[1] == []
    assert "delta" not in odd[2][0]
    assert odd[3][0]["delta"] is None
    assert reply.text == "1 2 "


def test_html_answers_as_a_captive_portal_does(demo: Demo) -> None:
    reply = demo.script(fault="html")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!doctype html>")


def test_faults_meet_answers_in_one_piece_too(demo: Demo) -> None:
    assert demo.script(fault="error", code="x", stream=False).error["code"] == "x"
    assert not is_json(demo.script(fault="malformed", stream=False).body)
    with pytest.raises(http.client.RemoteDisconnected):
        demo.script(fault="cut", stream=False)


# --- Friendly models


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        (
            "Who are you?",
            "안녕하세요, 누구세요?",
            ["OPENAI_API_KEY", ":11434/v1", ":1234/v1", ":8080/v1", ":8000/v1"],
        ),
        ("help", "도움말", ["`demo-thinking`"]),
        ("markdown please", "마크다운 보여 주세요", ["# ", "**", "- [x]", "```python", "|:---|", "> "]),
        ("a table", "표 하나 보여 줘", ["| ", "|:---|"]),
        ("some code", "코드 좀 짜 줘", ["```python", "```js"]),
        ("mathematics", "수식을 보여 줘", [r"\frac", "$$"]),
        ("a list", "할 일 목록", ["1. ", "   - "]),
        ("emoji", "이모지", ["👨‍👩‍👧‍👦", "🇰🇷"]),
        ("tell me a story", "재미있는 이야기 해 줘", ["**"]),
        ("show me an error", "오류를 보여 줘", ["script?", "fault=cut", "status=429"]),
    ],
)
def test_a_topic_is_understood_in_both_languages(demo: Demo, english: str, korean: str, expected: list[str]) -> None:
    in_english, in_korean = demo.say(english + FASTEST), demo.say(korean + FASTEST_KO)
    for needle in expected:
        assert needle in in_english
        assert needle in in_korean
    assert not re.search("[가-힣]", in_english)
    assert re.search("[가-힣]", in_korean)


def test_it_says_that_it_is_no_language_model(demo: Demo) -> None:
    assert "not a language model" in demo.say("hello" + FASTEST)
    assert "언어 모델이 아니라" in demo.say("안녕" + FASTEST_KO)


@pytest.mark.parametrize(
    ("question", "size", "measure"),
    [
        ("2000 tokens at 10000 tokens/s", 2000, lambda reply: len(reply.deltas) - 2),
        ("2000 토큰, 초당 10000토큰", 2000, lambda reply: len(reply.deltas) - 2),
        ("긴 답변 3000자, 초당 10000토큰", 3000, lambda reply: len(reply.text)),
        ("5,000 characters at 10000 tokens/s", 5000, lambda reply: len(reply.text)),
        ("a long answer at 10000 tokens/s", 1200, lambda reply: len(reply.deltas) - 2),
    ],
)
def test_a_long_answer_is_as_long_as_asked(demo: Demo, question: str, size: int, measure: Any) -> None:
    reply = demo.chat("demo-fast", question)
    assert size <= measure(reply) < size + 60
    assert re.match("## (Day 1|1일째): ", reply.text)
    assert reply.text[-1] in ".”"


@pytest.mark.parametrize(
    ("question", "rate"),
    [("speed at 50 tokens/s", 50), ("초당 50토큰으로 속도", 50), ("speed, fast", 200), ("빨리 속도", 200)],
)
def test_the_speed_asked_for_is_the_speed_spoken_at(demo: Demo, question: str, rate: int) -> None:
    reply = demo.chat("demo", question, max_tokens=21)
    assert str(rate) in reply.text
    sent = next(call for call in reversed(demo.calls()) if call["messages"][0]["content"] == question)["sent"]
    assert sent[-1][1] == 21
    check_pace(sent, rate, within=0.03 if rate == 50 else 0.1)  # 200 are over soon; at 50 they would differ by 0.15


def test_slow_is_slow(demo: Demo) -> None:
    for question in ("slow, please", "천천히"):
        reply = demo.chat("demo", question, max_tokens=9)
        sent = demo.ended_call("demo")["sent"]
        assert reply.text
        check_pace(sent, 8)


def test_it_thinks_first_when_asked_or_when_it_is_the_thinking_model(demo: Demo) -> None:
    for model, question, needle in (
        ("demo-fast", "think about a table" + FASTEST, "table"),
        ("demo-thinking", "a table" + FASTEST, "table"),
        ("demo-fast", "생각해 보고 표를 보여 줘" + FASTEST_KO, "“표”"),
        ("demo-thinking", "바나나" + FASTEST_KO, "바나나"),
    ):
        reply = demo.chat(model, question)
        assert needle in reply.field("reasoning_content")
        kinds = [next(iter(delta)) for delta in reply.deltas[1:-1]]
        assert kinds == sorted(kinds, reverse=True)
        assert reply.text
    assert demo.chat("demo-fast", "a table" + FASTEST).field("reasoning_content") == ""


def test_anything_else_is_taken_up_and_remembered(demo: Demo) -> None:
    english = demo.say("Bananas?", "…", "And pears?", "…", "Plums")
    assert "third question" in english
    assert "“Bananas?”" in english
    assert "Plums" in english
    korean = demo.say("바나나요", "…", "자두는 어때요")
    assert "두 번째 질문" in korean
    assert "“바나나요”" in korean
    assert "“자두는 어때요”" in korean
    assert english.count("\n- ") == korean.count("\n- ") == 3


def test_the_language_is_that_of_the_last_question(demo: Demo) -> None:
    assert "You wrote" in demo.say("사과", "…", "apples", max_tokens=20)
    assert "하셨네요" in demo.say("apples", "…", "사과", max_tokens=20)


def test_a_partial_answer_is_continued_where_it_broke_off(demo: Demo) -> None:
    for question in ("a story" + FASTEST, "이야기" + FASTEST_KO):
        whole = demo.say(question)
        for cut in (1, len(whole) // 2, len(whole) - 1):
            rest = demo.say(question, whole[:cut], "Continue EXACTLY where you stopped.")
            assert whole[:cut] + rest == whole
        assert demo.say(question, whole, "continue exactly where you stopped") in NOTHING_LEFT
        assert demo.say(question, "Something else", "continue exactly where you stopped") in ASTRAY


def test_a_continuation_counts_as_no_question(demo: Demo) -> None:
    turns = ("바나나", "…", "자두")
    whole = demo.say(*turns)
    assert whole[:40] + demo.say(*turns, whole[:40], "Continue exactly where you stopped.") == whole


# --- Words and pieces


@pytest.mark.parametrize(
    ("question", "wish"),
    [
        ("목표를 대표로 발표해 주세요", Wish()),
        ("표", Wish(topic="table")),
        ("표가 필요해요", Wish(topic="table")),
        ("stable chairs for this", Wish()),
        ("What does HELLO world look like in Python?", Wish(topic="code")),
        ("\u1111\u116d\u1105\u1173\u11af 보여 줘", Wish(topic="table")),
        ("20 tokens per second", Wish(topic="speed", rate=20)),
        ("초당 0토큰", Wish(topic="speed", rate=1)),
        ("1초에 30개 토큰", Wish(topic="speed", rate=30)),
        (f"{'9' * 400} tokens", Wish(topic="long", tokens=20_000)),
        ("초당 500토큰으로 2000 토큰", Wish(topic="long", rate=500, tokens=2000)),
        ("2자리 수", Wish()),
        ("어떻게 생각해요?", Wish(think=True)),
    ],
)
def test_a_question_is_understood(question: str, wish: Wish) -> None:
    assert understood(question) == wish


def test_pieces_are_short_and_never_tear_a_character() -> None:
    for whole in ("👨‍👩‍👧‍👦", "👋🏽", "🇰🇷", "1️⃣", "❤️", "e\u0301", "🏳️‍🌈", "👩‍🚀"):
        text = f"가나다라마바 {whole}{whole} abc {whole}, 12{whole}!"
        assert "".join(pieces(text)) == text
        assert sum(piece.count(whole) for piece in pieces(text)) == 4, pieces(text)
    assert pieces("안녕하세요 여러분 wonderful days") == [
        "안녕하세",
        "요",
        " 여러분",
        " wonderf",
        "ul",
        " days",
    ]


def test_a_quotation_is_cut_between_characters() -> None:
    assert shortened("short\n\n  one", 20) == "short one"
    family = "👨‍👩‍👧‍👦"
    assert shortened(family * 3, 2 * len(family) + 3) == family * 2 + "…"


# --- Helpers


def send_chat(client: socket.socket, model: str, *, stream: bool = True) -> None:
    body = json.dumps(chat_body(model, stream=stream)).encode()
    client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n")
    client.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


def read_until(client: socket.socket, needle: bytes) -> bytes:
    seen = b""
    while needle not in seen:
        data = client.recv(65536)
        assert data, seen
        seen += data
    return seen


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline


def is_json(text: str | bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
