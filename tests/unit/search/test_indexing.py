"""The index follows messages that are added, changed and removed."""

import shutil
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text, update

from chatapp.ids import new_id
from chatapp.search import fts_write
from chatapp.search.fts_schema import owner_key
from chatapp.search.fts_write import Index
from chatapp.storage.database import Database
from chatapp.storage.tables import Conversation, Message
from support.processes import ROOT
from unit.search.library import Library

LONG = fts_write.WRITE_CHARACTERS
OLD_CONVERSATION = """
    INSERT INTO conversations (id, owner, title, pinned, archived, revision, created_at, updated_at)
    VALUES (:id, 'me', '', 0, 0, 0, :at, :at)
"""
OLD_MESSAGE = """
    INSERT INTO messages (id, conversation_id, role, content, reasoning, status, cached, created_at)
    VALUES (:id, :conversation_id, 'user', '옛날 이야기', '', 'complete', 0, :at)
"""


def test_an_answer_and_its_continuation_are_found_once_they_have_ended(library):
    conversation_id = library.add_conversation("me")
    message_id = library.add_message(conversation_id, "", status="running")
    library.catch_up()
    library.change(message_id, content="처음 부분", status="stopped")
    library.catch_up()
    assert library.find_ids("me", "처음") == [conversation_id]
    library.change(message_id, status="running")
    library.catch_up()
    assert library.find_ids("me", "처음") == [conversation_id]
    library.change(message_id, content="처음 부분 나중 부분", status="complete")
    library.catch_up()
    assert library.find_ids("me", "처음") == library.find_ids("me", "나중") == [conversation_id]
    assert len(library.rows("SELECT * FROM search_parts")) == 1


def test_a_changed_text_is_not_found_by_its_old_words(library):
    conversation_id = library.add_conversation("me")
    message_id = library.add_message(conversation_id, "예전 글 " * LONG)
    library.catch_up()
    library.change(message_id, content="중간 글")
    library.change(message_id, content="지금 글")
    library.catch_up()
    assert library.find_ids("me", "예전") == library.find_ids("me", "중간") == []
    assert library.find_ids("me", "지금") == [conversation_id]
    library.change(message_id, content="")
    library.catch_up()
    assert library.vocabulary() == []


@pytest.mark.parametrize("behind", [True, False])
def test_nothing_of_a_removed_conversation_stays_in_the_index(library, behind):
    conversation_id = library.add_conversation("me", "짧은 말", "긴 말 " * LONG)
    kept = library.add_conversation("me", "남는 말")
    if not behind:
        library.catch_up()
    library.run(delete(Conversation).where(Conversation.id == conversation_id))
    library.catch_up()
    assert library.find_ids("me", "말") == [kept]
    terms = [term.removeprefix(owner_key("me")) for term in library.vocabulary()]
    assert sorted(terms) == sorted(["남는", "는", "말", "남", "는", "말", "cc"])
    assert len(library.rows("SELECT * FROM search_parts")) == len(library.rows("SELECT * FROM search_blocks")) == 1
    assert library.rows("SELECT * FROM search_leftovers") == []


def test_a_long_text_is_found_in_all_its_parts(library):
    words = [f"낱말{number}" for number in range(LONG)]
    conversation_id = library.add_conversation("me", " ".join(words), "가" * (2 * LONG) + "나다" + "라" * LONG)
    library.catch_up()
    for query in (*words[:: LONG // 40], words[-1], "가나다라", "가" * 100 + "나다" + "라" * 90):
        hit = library.find("me", query).hits[conversation_id]
        assert next(part["text"] for part in hit["parts"] if part["match"]) == query
    parts = hit["parts"]
    assert (parts[0]["text"][0], parts[-1]["text"][-1]) == ("…", "…")


@given(steps=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), max_size=40), data=st.data())
@settings(max_examples=20)
def test_two_concurrent_indexers_index_everything_once(tmp_path_factory, steps, data):
    """Between any two steps of either, messages are added, changed and removed."""
    library = Library(tmp_path_factory.mktemp("two"))
    with closing(library), closing(Index(library.file)) as second:
        texts = {}
        conversation_id = library.add_conversation("me")
        for which, action in steps:
            if action == 0 or not texts:
                text = f"글{len(texts)} " * data.draw(st.sampled_from([1, LONG]))
                texts[library.add_message(conversation_id, text)] = text
            elif action == 1:
                message_id = data.draw(st.sampled_from(sorted(texts)))
                texts[message_id] += "뒤에"
                library.change(message_id, content=texts[message_id])
            elif action == 2:
                message_id = data.draw(st.sampled_from(sorted(texts)))
                del texts[message_id]
                library.run(delete(Message).where(Message.id == message_id))
            else:
                (library.index, second)[which].step()
        library.catch_up(second)
        held = sorted(library.vocabulary())
        library.run(delete(Message))
        library.catch_up()
        assert library.vocabulary() == []
        with library.database.write() as session:
            session.add_all(library._message(conversation_id, text) for text in texts.values())
        library.catch_up()
        assert sorted(library.vocabulary()) == held


def test_an_outdated_claim_writes_nothing(library):
    message_id = library.add_message(library.add_conversation("me"), "하나")
    late = library.index._read_queue()
    with closing(Index(library.file)) as second:
        library.catch_up(second)
    assert [library.index._claim(part) for part in late] == [False]
    library.change(message_id, content="둘")
    late = library.index._read_queue()
    assert late == []  # the old entries are removed from the index first
    library.catch_up()


def test_messages_from_before_the_index_are_found_after_the_upgrade(tmp_path):
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__", "000[3-9]*", "001*"))
    database = Database()
    database.bind(f"sqlite:///{tmp_path / 'chatapp.db'}")
    database.migrate(folder)
    conversation_ids = [new_id(), new_id()]
    with database.write() as session:
        for at, conversation_id in enumerate(conversation_ids):
            session.execute(text(OLD_CONVERSATION), {"id": conversation_id, "at": at})
            session.execute(text(OLD_MESSAGE), {"id": new_id(), "conversation_id": conversation_id, "at": at})
    database.engine.dispose()
    with closing(Library(tmp_path)) as library:
        library.catch_up()
        assert library.find_ids("me", "옛날") == conversation_ids[::-1]


def test_a_conversation_with_another_owner_is_found_by_that_owner_only(library):
    conversation_id = library.add_conversation("one", "first words", "second words")
    library.catch_up()
    library.run(update(Conversation).where(Conversation.id == conversation_id).values(owner="two"))
    library.catch_up()
    assert library.find_ids("one", "words") == []
    assert library.find_ids("two", "words") == [conversation_id]
    assert library.rows("SELECT DISTINCT owner FROM search_blocks") == [("two",)]
