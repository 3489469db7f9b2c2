"""Short tokens: a client that asks for them shows what every other one shows."""

import json
from urllib.parse import urlencode

import pytest

from support.raw_tab import RawTab
from support.reader import Channel, Reader
from support.short_tab import ShortTab
from support.tab import Tab, unique

THOUGHT_FIRST = '생각한다.\n</think>\n안녕하세요, "답"입니다.'
KINDS = f"script?{urlencode({'text': THOUGHT_FIRST, 'rate': 60})}"
COUNT = "script?tokens=60&rate=120&reasoning=10"
#: The frame of a WebSocket (2 bytes while it is short), and all of its text that is not the token's.
MOST_BYTES = 60


@pytest.fixture
def short_tab(client):
    tab = client.tab(ShortTab)
    yield tab
    tab.close()


@pytest.mark.parametrize("model", [KINDS, COUNT])
def test_old_and_new_tabs_of_a_room_show_the_same(client, tab, short_tab, model):
    conversation_id = tab.ask_and_wait("script?tokens=1")["conversation"]["id"]
    readers = [Reader(tab, conversation_id), Reader(short_tab, conversation_id), Reader(client.tab(), conversation_id)]
    ack = tab.ask(model, conversation_id)
    for reader in readers:
        reader.tab.wait_ended(ack["generation_id"])
        reader.drain(Channel())
        assert (reader.opened, reader.resumed) == (1, 0)
    whole, short = tab.tokens(ack["generation_id"]), short_tab.tokens(ack["generation_id"])
    assert [{**token, "id": ack["generation_id"]} for token in short] == whole
    assert {"reasoning", "text_was_reasoning"} & {token.get("kind") for token in short}
    saved = client.saved(conversation_id)[ack["assistant_message_id"]]
    for reader in readers:
        assert reader.messages[saved["id"]] == saved


def test_several_answers_at_once_in_a_room_are_told_apart(client, tab, short_tab):
    conversation_id = tab.ask_and_wait("script?tokens=1")["conversation"]["id"]
    reader = Reader(short_tab, conversation_id)
    acks = [short_tab.ask("script?tokens=50&rate=100", conversation_id, parent_id=None) for _ in range(3)]
    for ack in acks:
        short_tab.wait_ended(ack["generation_id"])
        assert len(short_tab.tokens(ack["generation_id"])) > 10
    reader.drain(Channel())
    assert (reader.opened, reader.resumed) == (1, 0)
    assert {reader.shown(ack["assistant_message_id"]) for ack in acks} == {
        "".join(f"{number} " for number in range(1, 51))
    }


def test_reconnecting_in_the_middle_loses_no_text(client, tab):
    """Also from the long form to the short one, and back."""
    ack = tab.ask("script?tokens=90&rate=90")
    reader = Reader(client.tab(ShortTab), ack["conversation"]["id"])
    for number, kind in ((10, Tab), (30, ShortTab), (50, ShortTab)):
        tab.wait_text(ack["generation_id"], f"{number} ")
        reader.tab.drop()
        reader.reconnect(client.tab(kind))
    reader.follow(Channel(["pass", "hold", "drop", "twice"]))
    saved = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert reader.shown(saved["id"]) == saved["content"] == tab.text(ack["generation_id"])


@pytest.mark.parametrize(
    "claim", ["{}", '{"takes":null}', '{"takes":"short_tokens"}', '{"takes":[{},[],1]}', "[1]", "5"]
)
def test_who_does_not_ask_for_them_gets_tokens_with_names(client, claim):
    with RawTab(client) as tab:
        tab.join(claim)
        assert name_of_the_first_token(tab) == "token"


def test_an_owner_of_the_wrong_type_is_another_one(client):
    with RawTab(client) as tab:
        tab.socket.send('40{"owner":[]}')
        assert tab.next() == '44{"message":"other_owner"}'


@pytest.mark.parametrize("kind", ["", "&reasoning=50"])
def test_a_short_token_takes_at_most_60_bytes_beyond_its_text(client, kind):
    with RawTab(client) as tab:
        tab.join('{"takes":["short_tokens"]}')
        assert name_of_the_first_token(tab, f"script?tokens=50&rate=100{kind}") == "t"
        seen = 0
        while not (frame := tab.next()).startswith('42["generation_ended"'):
            name, payload = json.loads(frame[2:])
            if name == "t":
                seen += 1
                assert 2 + len(frame.encode()) - len(payload[2].encode()) <= MOST_BYTES, frame
    assert seen > 10


def name_of_the_first_token(tab, model="script?tokens=1"):
    """Ask, and return the name of the first event that has text of the answer."""
    fields = {"client_message_id": "5b0b7b0e-8a52-4a6f-9d0e-4f6f35b1c222", "content": unique(), "model": model}
    tab.send(1, "send_message", conversation_id=None, **fields)
    while not (frame := tab.next()).startswith(('42["t"', '42["token"')):
        assert frame, "the connection was closed"
    return json.loads(frame[2:])[0]
