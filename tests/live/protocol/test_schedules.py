"""Rule 4 on a bad network: random schedules of drops, repeats and delays between socket and reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.reader import Channel, Reader
from support.tab import unique

ACTIONS = st.sampled_from(["pass", "pass", "drop", "twice", "hold"])
PLANS = st.lists(ACTIONS, min_size=1, max_size=25)


@pytest.fixture(scope="module")
def conversation(module_client):
    """A conversation with one answer, a tab that writes and a tab that loses events."""
    writer, listener = module_client.tab(), module_client.tab()
    return writer, listener, writer.ask_and_wait("script?tokens=1")["conversation"]["id"]


@given(plan=PLANS, reasoning=st.integers(0, 5), tokens=st.integers(0, 60), stop_at=st.none() | st.integers(1, 60))
def test_rule_4_a_tab_ends_with_the_saved_text_whatever_the_network_does(
    module_client, conversation, plan, reasoning, tokens, stop_at
):
    writer, listener, conversation_id = conversation
    ack = writer.ask(f"script?tokens={tokens}&rate=300&reasoning={reasoning}", conversation_id)
    reader = Reader(listener, conversation_id)
    if stop_at is not None and stop_at <= tokens:
        writer.wait_text(ack["generation_id"], f"{stop_at} ")
        writer.ok("stop_generation", generation_id=ack["generation_id"])
    reader.follow(Channel(plan), silence=0.1)
    writer.wait_ended(ack["generation_id"])
    saved = module_client.saved(conversation_id)[ack["assistant_message_id"]]
    assert reader.shown(saved["id"]) == saved["content"]
    assert reader.messages[saved["id"]] == saved


@given(plan=PLANS, answers=st.integers(1, 3))
def test_rule_4_a_later_fact_repairs_missed_ones(module_client, conversation, plan, answers):
    """Whole answers may be missed; the gap in the revision makes the reader open again."""
    writer, listener, conversation_id = conversation
    reader, channel = Reader(listener, conversation_id), Channel(plan)
    for _ in range(answers):
        ack = writer.ask_and_wait("script?tokens=15&rate=500", conversation_id, content=unique())
        listener.wait_ended(ack["generation_id"])
        reader.drain(channel)
    last = writer.ask_and_wait("script?tokens=3", conversation_id)
    listener.wait_ended(last["generation_id"])
    reader.drain(Channel())
    reader.follow(Channel())
    saved = module_client.saved(conversation_id)
    assert {message: reader.shown(message) for message in saved} == {
        message: saved[message]["content"] for message in saved
    }
