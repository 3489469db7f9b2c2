"""The log as Server-Sent Events."""

import pytest

from support import sse
from support.shapes import check_problem
from support.tab import new_id
from support.waiting import eventually

MODEL = "script?tokens=25&rate=400&reasoning=5"


def events(client, generation_id, after=None):
    """Read the event stream of a generation to its end."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with client.stream(f"/api/generations/{generation_id}/events", headers) as response:
        assert response.status == 200, response.read()
        assert response.headers["Content-Type"].split(";")[0] == "text/event-stream"
        return list(sse.read(response))


@pytest.fixture(scope="module")
def answer(module_client):
    """An answer that has ended: its id, and the tokens and the end that a tab received."""
    tab = module_client.tab()
    ack = tab.ask_and_wait(MODEL)
    ended = tab.wait_ended(ack["generation_id"])
    return ack["generation_id"], tab.tokens(ack["generation_id"]), ended


def test_the_stream_is_the_whole_log_and_its_end(module_client, answer):
    generation_id, tokens, ended = answer
    *sent, last = events(module_client, generation_id)
    assert {event.name for event in sent} == {"token"}
    assert all(event.id == str(event.payload["seq"]) for event in sent)
    assert all(event.payload["id"] == generation_id for event in sent)
    assert (last.name, last.id, last.payload) == ("generation_ended", str(ended["seq"]), ended)
    for kind in ("text", "reasoning"):
        streamed = "".join(event.payload["text"] for event in sent if event.payload.get("kind", "text") == kind)
        assert streamed == "".join(token["text"] for token in tokens if token.get("kind", "text") == kind)


def test_rule_1_the_stream_has_the_same_payloads_as_a_tab(module_client, answer):
    generation_id, tokens, _ = answer
    assert [event.payload for event in events(module_client, generation_id)[:-1]] == tokens


def test_the_stream_resumes_after_every_last_event_id(module_client, answer):
    generation_id, tokens, ended = answer
    for after in range(ended["seq"]):
        sent = events(module_client, generation_id, after)
        assert [event.payload for event in sent[:-1]] == tokens[after:]
        assert sent[-1].payload == ended


def test_a_resume_at_the_end_gets_no_content(module_client, answer):
    generation_id, _, ended = answer
    path = f"/api/generations/{generation_id}/events"
    reply = module_client.get(path, {"Last-Event-ID": str(ended["seq"])})
    assert (reply.status, reply.body) == (204, b"")


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "9" * 40])
def test_an_invalid_last_event_id_is_refused(module_client, answer, value):
    reply = module_client.get(f"/api/generations/{answer[0]}/events", {"Last-Event-ID": value})
    check_problem(reply, 400, "invalid")


def test_the_stream_follows_a_running_answer(client, tab):
    ack = tab.ask("script?tokens=1000&rate=100")
    with client.stream(f"/api/generations/{ack['generation_id']}/events") as response:
        stream, text = sse.read(response), ""
        while "20 " not in text:
            text += next(stream).payload["text"]
        tab.ok("stop_generation", generation_id=ack["generation_id"])
        rest = list(stream)
    text += "".join(event.payload["text"] for event in rest[:-1])
    assert rest[-1].name == "generation_ended"
    assert rest[-1].payload == tab.wait_ended(ack["generation_id"])
    assert text == rest[-1].payload["message"]["content"]


def test_a_reader_that_disconnects_cancels_nothing(client, tab):
    ack = tab.ask("script?tokens=60&rate=150")
    with client.stream(f"/api/generations/{ack['generation_id']}/events") as response:
        next(sse.read(response))
    assert tab.wait_ended(ack["generation_id"])["status"] == "complete"


def test_unknown_ids_are_not_found(client):
    check_problem(client.get(f"/api/generations/{new_id()}/events"), 404, "not_found")


def test_concurrent_streams_of_a_session_are_limited(module_server, new_client):
    client = new_client(module_server(CHATAPP_STREAMS_PER_OWNER="2"))
    ack = client.tab().ask("script?tokens=1000&rate=50")
    path = f"/api/generations/{ack['generation_id']}/events"
    with client.stream(path) as first, client.stream(path) as second:
        assert [next(sse.read(stream)).name for stream in (first, second)] == ["token", "token"]
        check_problem(client.get(path), 429, "busy")
        assert client.request("HEAD", path).status == 429
    eventually(lambda: client.request("HEAD", path).status == 200, what="the place of an ended stream")
    eventually(lambda: client.request("HEAD", path).status == 200, what="the place of a HEAD request")
