"""Conversations: the list and its pages, changes, deletion with a grace period, and branches."""

import pytest

from chatapp.chat import conversations, owner_settings, purge
from chatapp.errors import Invalid, NotFound
from chatapp.ids import new_id
from chatapp.protocol.payloads import ChangeConversation, ChangeSettings, CreateConversation, Options, Regenerate
from chatapp.search import search_conversations
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, LogEntry, Message
from support.core import OTHER, OWNER, conversation, store_path


@pytest.fixture(autouse=True)
def _database(database):
    """Each test has a database of its own."""


def create(owner=OWNER, **fields):
    return conversations.create(owner, CreateConversation(**fields))


def change(conversation_id, **fields):
    return conversations.change(OWNER, conversation_id, ChangeConversation(**fields))


def list_ids(*, archived=False, cursor=None, owner=OWNER):
    page = conversations.page(owner, archived=archived, cursor=cursor)
    return [one["id"] for one in page["conversations"]], page["next"]


def count(table):
    with db.read() as session:
        return session.query(table).count()


# --- The list


def test_a_new_conversation_is_empty_and_first_in_the_list():
    older, newer = create(title="Older"), create()
    assert (newer["title"], newer["active_leaf_id"], newer["revision"], newer["running"]) == ("", None, 0, [])
    assert list_ids() == ([newer["id"], older["id"]], None)
    assert conversations.get(OWNER, newer["id"]) == newer
    assert list_ids(owner=OTHER) == ([], None)


def test_a_new_conversation_has_the_defaults_unless_others_are_sent():
    defaults = ChangeSettings(model="mine", system_prompt="Be kind.", options=Options(top_k=1))
    owner_settings.change(OWNER, defaults)
    by_default = create()
    assert (by_default["model"], by_default["system_prompt"], by_default["options"]) == (
        "mine",
        "Be kind.",
        {"top_k": 1},
    )
    named = create(model="other", system_prompt="", options=Options())
    assert (named["model"], named["system_prompt"], named["options"]) == ("other", None, None)


def test_archived_conversations_have_their_own_list():
    one, other = create(), create()
    change(one["id"], archived=True)
    assert (list_ids()[0], list_ids(archived=True)[0]) == ([other["id"]], [one["id"]])


def test_pages_list_each_conversation_once_even_with_equal_times(monkeypatch):
    monkeypatch.setattr(conversations, "PAGE", 3)
    monkeypatch.setattr(conversations, "now", lambda: 1.5)
    made = [create()["id"] for _ in range(8)]
    found, cursor = [], None
    while True:
        page, cursor = list_ids(cursor=cursor)
        found += page
        if cursor is None:
            break
        assert len(page) == 3
    assert found == sorted(made, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "%%%", "bm8gbnVtYmVy"])
def test_a_made_up_cursor_is_invalid(cursor):
    with pytest.raises(Invalid, match="cursor"):
        list_ids(cursor=cursor)


def test_an_answer_moves_its_conversation_to_the_top(core):
    older, newer = core.exchange("Older"), core.exchange("Newer")
    assert list_ids()[0] == [newer.conversation_id, older.conversation_id]
    core.exchange("Again", older.conversation_id)
    assert list_ids()[0] == [older.conversation_id, newer.conversation_id]


# --- Changes


def test_only_the_fields_that_are_sent_change():
    made = create(title="Mine", model="its", system_prompt="Be brief.", options=Options(top_k=1))
    changed, restored = change(made["id"], pinned=True)
    assert changed == {**made, "pinned": True}
    assert not restored
    changed, _ = change(made["id"], model=None, system_prompt=None, options=None)
    assert (changed["model"], changed["system_prompt"], changed["options"]) == (None, None, None)
    assert changed["title"] == "Mine"


def test_a_title_counts_as_set_by_a_person_until_it_is_emptied():
    made = create()
    change(made["id"], title="Mine")
    assert conversation(made["id"]).titled_by == "person"
    change(made["id"], title="")
    assert conversation(made["id"]).titled_by == "words"


def test_conversations_of_other_owners_cannot_be_read_changed_or_deleted():
    made = create(owner=OTHER)
    for act in (conversations.get, conversations.mark_deleted, conversations.running):
        with pytest.raises(NotFound):
            act(OWNER, made["id"])
    with pytest.raises(NotFound):
        change(made["id"], title="Mine")


# --- Deletion


def test_a_deleted_conversation_is_hidden_and_can_be_restored():
    made = create()
    assert conversations.mark_deleted(OWNER, made["id"])
    assert list_ids() == ([], None)
    with pytest.raises(NotFound):
        conversations.get(OWNER, made["id"])
    with pytest.raises(NotFound):
        change(made["id"], title="Mine")
    restored = change(made["id"], deleted=False)
    assert restored == (made, True)
    assert list_ids()[0] == [made["id"]]


@pytest.mark.parametrize(
    "get_page",
    [
        lambda cursor: conversations.page(OWNER, archived=False, cursor=cursor),
        lambda cursor: search_conversations(OWNER, "plan", archived=None, cursor=cursor),
    ],
    ids=["list", "search"],
)
def test_a_page_ends_before_its_system_prompts_are_too_long(database, monkeypatch, get_page):
    monkeypatch.setattr(conversations, "PAGE_BYTES", 30)
    made = [create(title="Plan", system_prompt="한" * 4)["id"] for _ in range(5)]
    made.append(create(title="Plan", system_prompt="x" * 40)["id"])
    pages, cursor = [], None
    while not pages or cursor:
        page = get_page(cursor)
        pages.append([one["id"] for one in page["conversations"]])
        cursor = page["next"]
    assert [one for page in pages for one in page] == made[::-1]
    assert [len(page) for page in pages] == [1, 2, 2, 1]


def test_a_conversation_is_not_deleted_while_an_answer_runs(core):
    running = core.send()
    assert not conversations.mark_deleted(OWNER, running.conversation_id)
    core.finalize(running)
    assert conversations.mark_deleted(OWNER, running.conversation_id)


def test_a_purge_after_the_grace_period_removes_deleted_conversations_entirely(core):
    core.finalize(core.send("Hello"), "Hi")
    (gone_id,), _ = list_ids()
    kept = create()
    conversations.mark_deleted(OWNER, gone_id)
    purge.purge_deleted(core.log, 60)
    assert count(Conversation) == 2
    purge.purge_deleted(core.log, -1)
    assert [count(table) for table in (Conversation, Message, LogEntry)] == [1, 0, 0]
    assert list_ids()[0] == [kept["id"]]


# --- Branches


def test_selecting_a_branch_makes_its_newest_leaf_the_active_one(core):
    first = core.exchange("First")
    second = core.exchange("Second", first.conversation_id)
    request = Regenerate(message_id=second.ack["assistant_message_id"])
    newest = core.sender.regenerate(OWNER, request)
    core.finalize(newest)
    core.exchange("Elsewhere", first.conversation_id, parent_id=None)
    selected = conversations.select_branch(OWNER, first.conversation_id, first.ack["message"]["id"])
    assert selected["active_leaf_id"] == newest.ack["assistant_message_id"]
    assert conversation(first.conversation_id).active_leaf_id == newest.ack["assistant_message_id"]


def test_a_leaf_can_be_selected(core):
    first = core.exchange("First")
    core.sender.regenerate(OWNER, Regenerate(message_id=first.ack["assistant_message_id"]))
    leaf = first.ack["assistant_message_id"]
    assert conversations.select_branch(OWNER, first.conversation_id, leaf)["active_leaf_id"] == leaf


def test_a_branch_of_another_conversation_cannot_be_selected():
    conversation_id, *_ = store_path(1)
    _, other, _ = store_path(1)
    for message_id in (other, new_id()):
        with pytest.raises(NotFound):
            conversations.select_branch(OWNER, conversation_id, message_id)
