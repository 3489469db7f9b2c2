"""Tabs that join at any moment end with the saved text (rules 3 and 4)."""

from support.reader import Channel, Reader
from support.together import together

TEXT = "".join(f"{number} " for number in range(1, 61))
MODEL = "script?tokens=60&rate=120"


def test_rule_4_a_tab_that_joins_at_any_point_of_an_answer_ends_with_the_saved_text(client, tab):
    """Tabs join one after another: before the first token, during the answer, after the end."""
    ack = tab.ask("script?tokens=60&rate=30")  # long enough for a join in between on a busy machine
    readers = [Reader(client.tab(), ack["conversation"]["id"])]
    while not tab.facts("generation_ended"):
        readers.append(Reader(client.tab(), ack["conversation"]["id"]))
    saved = client.saved(ack["conversation"]["id"])[ack["assistant_message_id"]]
    assert saved["content"] == TEXT
    assert len(readers) > 2
    for reader in readers:
        reader.follow(Channel())
        assert reader.shown(saved["id"]) == TEXT
        assert reader.messages[saved["id"]] == saved


def test_rule_4_an_undisturbed_tab_never_resumes(client, tab):
    ack = tab.ask(MODEL)
    reader = Reader(client.tab(), ack["conversation"]["id"])
    reader.follow(Channel(), silence=5)
    assert (reader.opened, reader.resumed) == (1, 0)
    assert reader.shown(ack["assistant_message_id"]) == TEXT


def test_rule_3_all_tabs_show_the_same_text_at_each_end(client, tab):
    conversation_id = tab.ask_and_wait("script?tokens=1")["conversation"]["id"]
    readers = [Reader(client.tab(), conversation_id) for _ in range(3)]
    for writer in readers:
        ack = writer.tab.ask("script?tokens=20&rate=200&reasoning=4", conversation_id)
        for reader in readers:
            reader.tab.wait_ended(ack["generation_id"])
            reader.drain(Channel())
            reader.follow(Channel())
    saved = client.saved(conversation_id)
    for reader in readers:
        assert reader.messages == {**saved, **reader.messages}
        assert {message: reader.shown(message) for message in saved} == {
            message: saved[message]["content"] for message in saved
        }


def test_a_reload_during_an_answer_shows_the_whole_answer(client, tab):
    ack = tab.ask(MODEL)
    reader = Reader(tab, ack["conversation"]["id"])
    for number in (5, 20, 40):
        wait_shown(reader, ack["assistant_message_id"], f"{number} ")
        reader.tab.close()
        reader = Reader(client.tab(), ack["conversation"]["id"])
        assert reader.shown(ack["assistant_message_id"]).startswith(TEXT[: len("1 2 3 4 5 ")])
    reader.follow(Channel())
    assert reader.shown(ack["assistant_message_id"]) == TEXT


def wait_shown(reader, message_id, part):
    """Wait until the tab shows this text, by its snapshot or by tokens."""

    def is_shown(_tab):
        reader.drain(Channel())
        return part in reader.shown(message_id)

    reader.tab.wait_for(is_shown, what=f"{part!r} on the screen")


def test_a_lost_connection_during_an_answer_loses_no_text(client, tab):
    ack = tab.ask(MODEL)
    reader = Reader(client.tab(), ack["conversation"]["id"])
    for number in (10, 30, 50):
        tab.wait_text(ack["generation_id"], f"{number} ")
        reader.tab.drop()
        reader.reconnect(client.tab())
    reader.follow(Channel())
    assert reader.shown(ack["assistant_message_id"]) == TEXT


def test_concurrent_writes_leave_one_consistent_tree(client, tab):
    """Several tabs send a new root at once; every tab ends with the stored tree."""
    conversation_id = tab.ask_and_wait("script?tokens=1")["conversation"]["id"]
    tabs = [client.tab() for _ in range(3)]
    readers = [Reader(one, conversation_id) for one in tabs]

    def ask(one):
        return one.ask_and_wait("script?tokens=30&rate=200", conversation_id, parent_id=None)

    acks = together(ask, tabs)
    for reader in readers:
        for ack in acks:
            reader.tab.wait_ended(ack["generation_id"])
        reader.drain(Channel())
        assert reader.opened == 1, "a gap in the revisions made it reopen"
        for ack in acks:
            assert reader.shown(ack["assistant_message_id"]) == "".join(f"{n} " for n in range(1, 31))
    siblings = client.saved(conversation_id)
    root = next(message for message in siblings.values() if message["parent_id"] is None)
    assert set(root["sibling_ids"]) >= {ack["message"]["id"] for ack in acks}
    assert len(root["sibling_ids"]) == 4
