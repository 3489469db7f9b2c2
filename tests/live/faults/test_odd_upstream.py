"""An upstream that sends malformed responses: each answer ends, keeps its text, and logs at most a warning."""

import pytest

from support.odd_upstream import JSON, Exchange, OddUpstream
from support.processes import Server
from support.shapes import check_message
from support.tab import new_id
from support.waiting import LIMIT

MIB = 1024 * 1024
SILENCE = 0.8
open_bodies: list[Exchange] = []
STOP = b'{"choices":[{"delta":{},"finish_reason":"stop"}]}'


def send_hello(exchange: Exchange, last: bytes) -> None:
    exchange.begin()
    exchange.text("hello")
    exchange.event(last)
    exchange.event(b"[DONE]")
    exchange.end()


def absurd_usage(exchange: Exchange) -> None:
    send_hello(exchange, b'{"choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":1}}' % 10**20)


def half_surrogate_finish_reason(exchange: Exchange) -> None:
    send_hello(exchange, b'{"choices":[{"delta":{},"finish_reason":"\\ud83d"}]}')


def deep_lists(exchange: Exchange) -> None:
    send_hello(exchange, b"[" * 200_000)


def null_for_a_choice(exchange: Exchange) -> None:
    exchange.answer_json({"choices": [None]})


def send_for_ever(exchange: Exchange, data: bytes) -> None:
    exchange.begin()
    exchange.text("hello")
    while True:
        exchange.send(data)


def endless_event(exchange: Exchange) -> None:
    send_for_ever(exchange, b"data: %b\n" % (b"x" * 32_000))


def endless_line(exchange: Exchange) -> None:
    send_for_ever(exchange, b"x" * 32_000)


def endless_object(exchange: Exchange) -> None:
    send_for_ever(exchange, b'data: {"a":\n' * 3000)


def endless_comments(exchange: Exchange) -> None:
    send_for_ever(exchange, b": ping\n\n" * 4000)


def endless_blank_lines(exchange: Exchange) -> None:
    send_for_ever(exchange, b"\r\n" * 16_000)


def endless_nothing(exchange: Exchange) -> None:
    send_for_ever(exchange, b'data: {"choices": [{"delta": {}}]}\n\n' * 1000)


def endless_error(exchange: Exchange) -> None:
    exchange.begin(JSON, "500 Internal Server Error")
    while True:
        exchange.send(b"no " * 10_000)


def huge_body(exchange: Exchange) -> None:
    exchange.begin(JSON)
    for _ in range(30):
        exchange.send(b" " * MIB)
    exchange.send(b'{"choices":[{"message":{"content":"hello"}}]}')
    exchange.end()


def body_left_open(exchange: Exchange) -> None:
    exchange.begin()
    exchange.text("hello")
    exchange.event(STOP)
    exchange.event(b"[DONE]")
    open_bodies.append(exchange)
    exchange.wait_client_closed(within=LIMIT)
    open_bodies.remove(exchange)
    exchange.cut()


def silent_then_cut(exchange: Exchange) -> None:
    exchange.wait_client_closed(within=SILENCE)
    exchange.cut()


def well_behaved(exchange: Exchange) -> None:
    exchange.answer_text("hello")


BEHAVIOURS = (
    absurd_usage,
    half_surrogate_finish_reason,
    deep_lists,
    null_for_a_choice,
    endless_event,
    endless_line,
    endless_object,
    endless_comments,
    endless_blank_lines,
    endless_nothing,
    endless_error,
    huge_body,
    body_left_open,
    silent_then_cut,
    well_behaved,
)


@pytest.fixture(scope="module")
def odd_upstream():
    upstream = OddUpstream({behaviour.__name__: behaviour for behaviour in BEHAVIOURS})
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def odd_server(odd_upstream, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("odd"), odd_upstream.url).start()
    yield server
    server.close()


@pytest.fixture
def tab(odd_server, new_client):
    """A tab on the server of this module; its questions may cause no warning or error in the log."""
    before = odd_server.trouble()
    yield new_client(odd_server).tab()
    assert odd_server.trouble() == before, odd_server.log()[-4000:]


def ask(tab, behaviour):
    """Ask the model with this behaviour, and return the stored answer."""
    ack = tab.ask(behaviour.__name__)
    ended = tab.wait_ended(ack["generation_id"])
    assert ended["message"]["content"] == tab.text(ack["generation_id"])
    return check_message(ended["message"])


def outcome(message):
    return message["status"], message["content"], message["error"] and message["error"]["code"]


def test_an_impossible_token_count_is_left_out(tab):
    message = ask(tab, absurd_usage)
    assert outcome(message) == ("complete", "hello", None)
    assert message["usage"] is None


def test_half_a_surrogate_pair_as_finish_reason_does_no_harm(tab):
    message = ask(tab, half_surrogate_finish_reason)
    assert outcome(message) == ("complete", "hello", None)
    assert message["finish_reason"] == "\ufffd"


@pytest.mark.parametrize(
    ("behaviour", "text"),
    [
        (deep_lists, "hello"),
        (null_for_a_choice, ""),
        (huge_body, ""),
        (endless_event, "hello"),
        (endless_line, "hello"),
        (endless_object, "hello"),
        (endless_comments, "hello"),
        (endless_blank_lines, "hello"),
    ],
)
def test_an_unreadable_response_is_a_provider_error_and_keeps_the_text(tab, behaviour, text):
    assert outcome(ask(tab, behaviour)) == ("failed", text, "provider_error")


def test_an_error_without_end_is_cut_off(tab):
    message = ask(tab, endless_error)
    assert outcome(message) == ("failed", "", "provider_unavailable")
    assert message["error"]["detail"]["said"].startswith("no no ")


def test_an_upstream_that_sends_nothing_without_end_holds_nobody_up(tab, odd_server, new_client):
    flooded = tab.ask(endless_nothing.__name__)
    tab.wait_text(flooded["generation_id"], "hello")
    assert outcome(ask(new_client(odd_server).tab(), well_behaved)) == ("complete", "hello", None)
    tab.ok("stop_generation", generation_id=flooded["generation_id"])
    assert outcome(tab.wait_ended(flooded["generation_id"])["message"]) == ("stopped", "hello", None)


def test_an_answer_is_complete_after_its_last_event_even_if_the_connection_stays_open(tab):
    assert outcome(ask(tab, body_left_open)) == ("complete", "hello", None)
    assert open_bodies, "the answer waited for the end of the connection"


def test_a_request_accepted_by_the_upstream_is_not_repeated(tab, odd_upstream):
    assert outcome(ask(tab, silent_then_cut)) == ("failed", "", "provider_unavailable")
    assert odd_upstream.models_asked.count(silent_then_cut.__name__) == 1


def test_connections_are_reused(tab, odd_upstream):
    ask(tab, well_behaved)
    before = odd_upstream.connections
    for _ in range(20):
        assert outcome(ask(tab, well_behaved)) == ("complete", "hello", None)
    assert odd_upstream.connections - before <= 1


@pytest.fixture
def client_without_models(odd_upstream, new_server, new_client):
    """A client of a server without a configured model, whose upstream lists null."""
    odd_upstream.models = {"object": "list", "data": None}
    return new_client(new_server(base_url=odd_upstream.url, CHATAPP_MODEL=""))


def test_a_null_list_of_models_is_empty(client_without_models):
    listed = client_without_models.get("/api/models")
    assert (listed.status, listed.json) == (200, {"models": [], "default": ""})
    tab = client_without_models.tab()
    ack = tab.ok("send_message", conversation_id=None, client_message_id=new_id(), content="hello")
    assert outcome(tab.wait_ended(ack["generation_id"])["message"]) == ("failed", "", "provider_unavailable")
    assert outcome(ask(tab, well_behaved)) == ("complete", "hello", None)
