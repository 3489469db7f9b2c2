"""An upstream that sends what nobody should: each answer ends, keeps its text, and costs a warning at most."""

import pytest

from support.odd_upstream import JSON, Exchange, OddUpstream
from support.processes import Server
from support.shapes import check_message
from support.stopwatch import Stopwatch
from support.tab import new_id

MIB = 1024 * 1024
WITHIN = 8
SILENCE = 0.8
STOP = b'{"choices":[{"delta":{},"finish_reason":"stop"}]}'


def says_hello(exchange: Exchange, last: bytes) -> None:
    exchange.begin()
    exchange.text("hello")
    exchange.event(last)
    exchange.event(b"[DONE]")
    exchange.end()


def absurd_usage(exchange: Exchange) -> None:
    says_hello(exchange, b'{"choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":1}}' % 10**20)


def half_a_finish_reason(exchange: Exchange) -> None:
    says_hello(exchange, b'{"choices":[{"delta":{},"finish_reason":"\\ud83d"}]}')


def deep_lists(exchange: Exchange) -> None:
    says_hello(exchange, b"[" * 200_000)


def null_for_a_choice(exchange: Exchange) -> None:
    exchange.answer_json({"choices": [None]})


def endless_event(exchange: Exchange) -> None:
    exchange.begin()
    exchange.text("hello")
    line = b"data: %b\n" % (b"x" * 32_000)
    while True:
        exchange.send(line)


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
    exchange.wait_client_closed(within=WITHIN)
    exchange.cut()


def silent_then_cut(exchange: Exchange) -> None:
    exchange.wait_client_closed(within=SILENCE)
    exchange.cut()


def honest(exchange: Exchange) -> None:
    exchange.answer_text("hello")


BEHAVIOURS = (
    absurd_usage,
    half_a_finish_reason,
    deep_lists,
    null_for_a_choice,
    endless_event,
    huge_body,
    body_left_open,
    silent_then_cut,
    honest,
)


@pytest.fixture(scope="module")
def odd():
    upstream = OddUpstream({behaviour.__name__: behaviour for behaviour in BEHAVIOURS})
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def shared(odd, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("odd"), odd.url).start()
    yield server
    server.close()


@pytest.fixture
def tab(shared, new_client):
    """A tab on the server of this module; what it asks may not show up in the log as trouble."""
    before = shared.trouble()
    yield new_client(shared).tab()
    assert shared.trouble() == before, shared.log()[-4000:]


def answered(tab, behaviour):
    """Ask the model that behaves so, and return the stored answer."""
    ack = tab.ask(behaviour.__name__)
    ended = tab.wait_ended(ack["generation_id"], timeout=WITHIN)
    assert ended["message"]["content"] == tab.text(ack["generation_id"])
    return check_message(ended["message"])


def outcome(message):
    return message["status"], message["content"], message["error"] and message["error"]["code"]


def test_an_impossible_token_count_is_left_out(tab):
    message = answered(tab, absurd_usage)
    assert outcome(message) == ("complete", "hello", None)
    assert message["usage"] is None


def test_half_a_surrogate_pair_as_finish_reason_does_no_harm(tab):
    message = answered(tab, half_a_finish_reason)
    assert outcome(message) == ("complete", "hello", None)
    assert message["finish_reason"] == "\ufffd"


@pytest.mark.parametrize(
    ("behaviour", "text"), [(deep_lists, "hello"), (endless_event, "hello"), (null_for_a_choice, ""), (huge_body, "")]
)
def test_an_unreadable_response_is_a_provider_error_and_keeps_the_text(tab, behaviour, text):
    assert outcome(answered(tab, behaviour)) == ("failed", text, "provider_error")


def test_an_answer_is_complete_after_its_last_event_even_if_the_connection_stays_open(shared, tab):
    watch = Stopwatch(*shared.worker_pids())
    assert outcome(answered(tab, body_left_open)) == ("complete", "hello", None)
    assert watch.seconds() < 1


def test_a_request_that_the_upstream_has_accepted_is_not_repeated(tab, odd):
    assert outcome(answered(tab, silent_then_cut)) == ("failed", "", "provider_unavailable")
    assert odd.models_asked.count(silent_then_cut.__name__) == 1


def test_connections_are_used_again(tab, odd):
    answered(tab, honest)
    before = odd.connections
    for _ in range(20):
        assert outcome(answered(tab, honest)) == ("complete", "hello", None)
    assert odd.connections - before <= 1


@pytest.fixture
def nameless(odd, new_server, new_client):
    """A client of a server that must ask for a model's name, and gets null for a list."""
    odd.models = {"object": "list", "data": None}
    return new_client(new_server(base_url=odd.url, CHATAPP_MODEL=""))


def test_a_null_list_of_models_is_empty(nameless):
    listed = nameless.get("/api/models")
    assert (listed.status, listed.json) == (200, {"models": [], "default": ""})
    tab = nameless.tab()
    ack = tab.ok("send_message", conversation_id=None, client_message_id=new_id(), content="hello")
    assert outcome(tab.wait_ended(ack["generation_id"])["message"]) == ("failed", "", "provider_unavailable")
    assert outcome(answered(tab, honest)) == ("complete", "hello", None)
