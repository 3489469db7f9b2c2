"""The process of the demo upstream: how it ends, its idle connections, and green threads."""

import json
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

from live.demo.client import Demo, read_until, running, send_chat
from support.paths import ROOT
from support.waiting import LIMIT


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_quietly_even_while_it_streams(number: signal.Signals) -> None:
    with running() as (process, base_url):
        with socket.create_connection(("127.0.0.1", urlsplit(base_url).port)) as client:
            send_chat(client, "script?fault=stall&at=1")
            read_until(client, b'"1 "')
            process.send_signal(number)
            assert process.wait(timeout=LIMIT) == 0
        assert process.stdout.read() + process.stderr.read() == ""


def test_until_eof_the_process_ends_with_its_stdin() -> None:
    with running("--until-eof") as (process, _base_url):
        process.stdin.close()
        assert process.wait(timeout=LIMIT) == 0
        process.stdin = None


def test_a_connection_without_a_request_is_closed_after_the_idle_time() -> None:
    with running("--idle-seconds", "0.3") as (_process, base_url):
        with socket.create_connection(("127.0.0.1", urlsplit(base_url).port), timeout=LIMIT) as client:
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
    with socket.create_connection(("127.0.0.1", demo.port), timeout=LIMIT) as client:
        send_chat(client, "script?tokens=1")
        read_until(client, b"\r\n0\r\n\r\n")
        client.settimeout(0.6)
        with pytest.raises(TimeoutError):
            client.recv(1)


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon"])
def test_an_invalid_idle_time_is_refused(seconds: str) -> None:
    command = [sys.executable, "-m", "chatapp.demo", "--idle-seconds", seconds]
    result = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 2
    assert "--idle-seconds" in result.stderr


def test_green_threads_are_served_in_a_process_patched_by_eventlet() -> None:
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
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Count."}]}
    connection.request("POST", "/v1/chat/completions", json.dumps(body))
    return connection, connection.getresponse()

def calls():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
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
    "ended_by": call["ended_by"], "tokens": call["tokens"], "noticed": call["ended_at"] - closed_at - watch.cpu_wait(),
}))
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    seen = json.loads(result.stdout)
    assert seen["took"] < 1.0
    assert seen["worst"] < 0.25, seen
    assert (seen["ended_by"], seen["tokens"]) == ("client", 3)
    assert seen["noticed"] < 0.1
