"""Faults of the upstream: the error names the cause, the partial text is kept, and the answer can be continued."""

import http.client
import time
from itertools import pairwise

import pytest

from support.processes import API_KEY, Server, free_port
from support.shapes import check_message
from support.stopwatch import Stopwatch
from support.tab import unique
from support.waiting import LIMIT

HALF = "script?tokens=20&rate=200&resume=1"


def counted(last: int) -> str:
    return "".join(f"{number} " for number in range(1, last + 1))


def ask(tab, model, **fields):
    """Ask, and return the stored answer."""
    ack = tab.ask(model, **fields)
    ended = tab.wait_ended(ack["generation_id"])
    assert ended["status"] == ended["message"]["status"]
    assert ended["message"]["content"] == tab.text(ack["generation_id"])
    return check_message(ended["message"])


STATUSES = {
    "status=401": "provider_auth",
    "status=403": "provider_forbidden",
    "status=404": "model_not_found",
    "status=429": "rate_limited",
    "status=500": "provider_unavailable",
    "status=503": "provider_unavailable",
    "status=400": "provider_error",
    "context=3": "context_too_long",
    "surprise=1": "provider_error",
}


@pytest.mark.parametrize("query", STATUSES)
def test_a_refused_request_fails_at_once_with_its_code(client, tab, upstream, query):
    """There is no silent retry."""
    ack = tab.ask(f"script?tokens=5&{query}")
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert len(upstream.calls(ack["message"]["content"])) == 1
    assert (message["status"], message["content"]) == ("failed", "")
    assert message["error"]["code"] == STATUSES[query]
    assert API_KEY not in str(message)
    assert client.saved(ack["conversation"]["id"])[message["id"]] == check_message(message)


def test_an_unknown_model_is_not_found(tab):
    assert ask(tab, f"no-such-model-{unique()}")["error"]["code"] == "model_not_found"


def test_retry_after_is_passed_on(tab):
    error = ask(tab, "script?status=429&retry_after=12")["error"]
    assert (error["code"], error["retry_after"]) == ("rate_limited", 12)


def test_a_temporary_error_is_reported_and_not_retried(tab, upstream):
    content = unique()
    message = ask(tab, f"script?tokens=3&status=503&times=1&text={unique()}", content=content)
    assert (message["status"], message["error"]["code"]) == ("failed", "provider_unavailable")
    assert len(upstream.calls(content)) == 1


FAULTS = {
    "cut": {"provider_unavailable", "provider_error"},
    "error": {"provider_unavailable", "provider_error"},
    "malformed": {"provider_error"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_text_before_a_fault_is_kept_and_can_be_continued(client, tab, fault):
    message = ask(tab, f"{HALF}&fault={fault}&at=10")
    assert message["status"] == "failed"
    assert message["error"]["code"] in FAULTS[fault]
    assert message["content"] == counted(10)
    continuation = tab.ok("continue_generation", message_id=message["id"])
    # The same model fails again, further on; the text continues where it ended.
    ended = tab.wait_ended(continuation["generation_id"])["message"]
    assert ended["content"].startswith(counted(10))
    assert ended["content"] == counted(len(ended["content"].split()))
    assert client.saved(message["conversation_id"])[message["id"]] == ended


def test_a_failed_answer_can_be_regenerated_with_another_model(tab):
    message = ask(tab, "script?status=500")
    ack = tab.ok("regenerate", message_id=message["id"], model="script?tokens=3")
    assert tab.wait_ended(ack["generation_id"])["message"]["content"] == counted(3)


def test_a_question_can_follow_a_failed_answer(tab):
    failed = tab.ask_and_wait(f"{HALF}&fault=cut&at=5")
    ack = tab.ask_and_wait("script?tokens=4", failed["conversation"]["id"])
    assert ack["message"]["parent_id"] == failed["assistant_message_id"]


@pytest.mark.parametrize("fault", ["no_done", "no_finish", "no_stream", "crlf", "comments", "null_fields", "split"])
def test_unusual_but_valid_streams_are_understood(tab, fault):
    message = ask(tab, f"script?tokens=20&fault={fault}&seed=7")
    assert (message["status"], message["error"]) == ("complete", None)
    assert message["content"] == counted(20)


@pytest.mark.parametrize("seed", range(4))
def test_korean_text_cut_at_any_byte_is_whole(tab, seed):
    message = ask(tab, f"script?tokens=20&lang=ko&fault=split&seed={seed}")
    assert message["content"] == "".join(f"{number}번 " for number in range(1, 21))


def test_surrogate_pairs_are_joined_and_a_lone_surrogate_does_no_harm(client, tab):
    message = ask(tab, "script?tokens=10&fault=surrogates&at=5")
    assert "6 " in message["content"]
    assert message["content"].count("😀") == 1
    assert message["content"].startswith("1 2 3 4 5 😀6 ")
    message["content"].encode()
    assert client.saved(message["conversation_id"])[message["id"]] == message


def test_an_empty_answer_has_failed(tab):
    message = ask(tab, "script?fault=empty")
    assert (message["status"], message["content"], message["error"]["code"]) == ("failed", "", "empty_answer")


def test_a_page_of_html_is_an_error(tab):
    message = ask(tab, "script?tokens=5&fault=html")
    assert (message["status"], message["error"]["code"]) == ("failed", "provider_error")
    assert message["content"] == ""


def test_an_unreachable_upstream_is_unavailable_at_once(new_server, new_client):
    server: Server = new_server(base_url=f"http://127.0.0.1:{free_port()}/v1")
    tab = new_client(server).tab()
    watch = Stopwatch(*server.worker_pids())
    message = ask(tab, "any")
    assert watch.seconds() < 2
    assert (message["status"], message["error"]["code"]) == ("failed", "provider_unavailable")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200, "an unreachable upstream does not make the server unhealthy"
    connection.close()


@pytest.mark.parametrize("late", ["first=30", "headers=30"])
def test_an_answer_without_a_first_token_times_out(short_timeouts_client, upstream, late):
    tab = short_timeouts_client.tab()
    started = time.monotonic()
    ack = tab.ask(f"script?tokens=5&{late}")
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert time.monotonic() - started > 1.9
    assert (message["status"], message["error"]["code"]) == ("failed", "provider_timeout")
    assert upstream.closed_call(ack["message"]["content"])["ended_by"] == "client"


def test_an_answer_that_stalls_times_out_and_keeps_its_text(short_timeouts_client, upstream):
    tab = short_timeouts_client.tab()
    ack = tab.ask(f"{HALF}&fault=stall&at=10")
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert (message["status"], message["error"]["code"]) == ("failed", "provider_timeout")
    assert message["content"] == counted(10)
    assert upstream.closed_call(ack["message"]["content"])["ended_by"] == "client"


def test_a_slow_answer_does_not_time_out(short_timeouts_client):
    """Three seconds of tokens, none later than the time-out of two."""
    tab = short_timeouts_client.tab()
    message = ask(tab, "script?tokens=15&rate=5")
    assert (message["status"], message["content"]) == ("complete", counted(15))


def test_reasoning_keeps_an_answer_from_timing_out(short_timeouts_client):
    message = ask(short_timeouts_client.tab(), "script?tokens=3&reasoning=12&rate=5")
    assert (message["status"], message["content"]) == ("complete", counted(3))


def test_a_burst_is_complete_and_barely_delays_other_answers(server, client, tab, upstream):
    other = client.tab()
    other.clock = Stopwatch(*server.worker_pids(), upstream.pid).seconds
    steady = other.ask("script?tokens=100&rate=50")
    burst = tab.ask("script?tokens=20000")
    assert tab.wait_ended(burst["generation_id"])["message"]["content"] == counted(20_000)
    other.wait_ended(steady["generation_id"])
    times = [event.at for event in other.events if event.payload.get("id") == steady["generation_id"]]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) < 0.5
