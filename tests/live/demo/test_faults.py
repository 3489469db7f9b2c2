"""Faults that a script can ask for."""

import http.client
import json
import re
import socket

import openai
import pytest

from live.demo.client import Demo, is_json, read_until, send_chat


def test_cut_ends_the_body_early(demo: Demo) -> None:
    reply = demo.script(tokens=10, fault="cut", at=4)
    assert reply.broken
    assert (reply.text, reply.finish) == ("1 2 3 4 ", [])
    assert demo.ended_call("script?tokens=10&fault=cut&at=4")["ended_by"] == "server"


def test_a_fault_comes_halfway_by_default(demo: Demo) -> None:
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


def test_the_finish_reason_or_done_can_be_missing(demo: Demo) -> None:
    no_done = demo.script(tokens=2, fault="no_done")
    assert (no_done.text, no_done.finish, "[DONE]" in no_done.events) == ("1 2 ", ["stop"], False)
    no_finish = demo.script(tokens=2, fault="no_finish")
    assert (no_finish.text, no_finish.finish, no_finish.events[-1]) == ("1 2 ", [], "[DONE]")
    assert not no_done.broken
    assert not no_finish.broken


def test_no_stream_answers_in_one_piece(demo: Demo) -> None:
    reply = demo.script(tokens=2, fault="no_stream")
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json["choices"][0]["message"]["content"] == "1 2 "


def test_split_cuts_the_body_at_any_byte(demo: Demo) -> None:
    model = "script?lang=ko&tokens=20&fault=split&seed=7"
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        send_chat(client, model)
        body = read_until(client, b"\r\n0\r\n\r\n").partition(b"\r\n\r\n")[2]
    sizes = [int(size, 16) for size in re.findall(rb"(?:^|\r\n)([1-7])\r\n", body)]
    assert set(sizes) == set(range(1, 8))
    reply = demo.chat(model)
    assert reply.text == "".join(f"{index}번 " for index in range(1, 21))
    assert sum(sizes) == len(reply.body)


def test_surrogates_splits_a_pair_into_two_chunks(demo: Demo) -> None:
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


def test_empty_sends_no_text(demo: Demo) -> None:
    reply = demo.script(fault="empty")
    assert (reply.text, reply.finish, reply.events[-1]) == ("", ["stop"], "[DONE]")


def test_null_fields_replaces_text_by_null(demo: Demo) -> None:
    reply = demo.script(tokens=2, fault="null_fields", at=1)
    choices = [chunk["choices"] for chunk in reply.chunks[2:6]]
    assert choices[0][0]["delta"] == {"content": None}
    assert choices[1] == []
    assert "delta" not in choices[2][0]
    assert choices[3][0]["delta"] is None
    assert reply.text == "1 2 "


def test_html_answers_like_a_captive_portal(demo: Demo) -> None:
    reply = demo.script(fault="html")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!doctype html>")


def test_faults_apply_to_answers_in_one_piece_too(demo: Demo) -> None:
    assert demo.script(fault="error", code="x", stream=False).error["code"] == "x"
    assert not is_json(demo.script(fault="malformed", stream=False).body)
    with pytest.raises(http.client.RemoteDisconnected):
        demo.script(fault="cut", stream=False)
