"""Text that was reasoning: an entry says so, and every client ends up with the saved text."""

from urllib.parse import urlencode

import pytest

from support import sse
from support.reader import Channel, EntryLog, Reader
from support.shapes import check_entries, check_fact, check_message
from support.tab import unique

THOUGHT, ANSWER = "I wonder.\n", "Hello, and welcome to the answer."
MODEL = f"script?{urlencode({'text': f'{THOUGHT}</think>{chr(10)}{ANSWER}', 'rate': 60})}"
MARK = {"kind": "text_was_reasoning", "text": ""}


@pytest.fixture(scope="module")
def answer(module_client):
    """An answer that has ended: its generation, its tokens as a tab received them, and its message."""
    tab = module_client.tab()
    ack = tab.ask(MODEL)
    reader = Reader(tab, ack["conversation"]["id"])
    reader.follow(Channel(["pass", "drop", "twice", "hold"]))
    ended = tab.wait_ended(ack["generation_id"])
    return ack["generation_id"], tab.tokens(ack["generation_id"]), check_message(ended["message"]), reader, tab


def test_the_saved_message_has_the_thought_as_reasoning(answer):
    _, tokens, message, _, _ = answer
    assert (message["content"], message["reasoning"], message["status"]) == (ANSWER, THOUGHT, "complete")
    for token in tokens:
        check_fact("token", token)
    assert [token["text"] for token in tokens if token.get("kind") == MARK["kind"]] == [""]


def test_rule_3_a_tab_shows_the_saved_text(answer):
    _, tokens, message, reader, _ = answer
    log = EntryLog(message["id"], "", "")
    for token in tokens:
        log.accept(token)
    assert (log.content, log.reasoning) == (message["content"], message["reasoning"])
    assert reader.messages[message["id"]]["content"] == message["content"]


def test_rule_2_a_resume_from_every_seq_gives_the_same_text(answer):
    generation_id, tokens, message, _, tab = answer
    for after in range(len(tokens) + 1):
        log = EntryLog(message["id"], "", "")
        for token in tokens[:after]:
            log.accept(token)
        resumed = tab.ok("resume_generation", generation_id=generation_id, after=after)
        check_entries(resumed["entries"])
        log.accept_merged(resumed["entries"], resumed["seq"])
        assert (log.content, log.reasoning) == (message["content"], message["reasoning"]), after


def test_the_event_stream_has_the_entry_too(module_client, answer):
    generation_id, tokens, _, _, _ = answer
    with module_client.stream(f"/api/generations/{generation_id}/events", {}) as response:
        sent = [event.payload for event in sse.read(response)]
    assert sent[:-1] == tokens


def test_the_thought_is_not_sent_with_the_next_question(answer, upstream):
    *_, tab = answer
    conversation_id = answer[2]["conversation_id"]
    question = unique()
    ack = tab.ask("script?tokens=1", conversation_id, content=question)
    tab.wait_ended(ack["generation_id"])
    contents = [one["content"] for one in upstream.call(question)["messages"]]
    assert contents[1:] == [ANSWER, question]
