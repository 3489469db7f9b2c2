"""Initial consonants find Hangul, as the search of a Korean phone does."""

import shutil
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text

from chatapp.ids import new_id
from chatapp.search import fts_write, sql_fallback
from chatapp.search.fts_schema import BLOCK_BITS, owner_key
from chatapp.search.fts_tokens import index_tokens
from chatapp.search.initials import LETTERS
from chatapp.search.query import parse, parse_unfinished
from chatapp.storage.database import Database
from chatapp.storage.tables import Conversation
from support.processes import ROOT
from unit.search.library import Library
from unit.search.test_indexing import OLD_CONVERSATION, OLD_MESSAGE

CONSONANTS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
hangul = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=2, max_size=30)


def initials_of(syllables: str) -> str:
    return "".join(CONSONANTS[(ord(syllable) - 0xAC00) // 588] for syllable in syllables)


def marked(hit):
    return [part["text"] for part in hit["parts"] if part["match"]]


@given(run=hangul, data=st.data())
def test_the_initials_of_any_syllables_find_and_mark_them(shared, run, data):
    owner = new_id()
    conversation_id = shared.add_conversation(owner, f"앞 {run}, 뒤")
    shared.catch_up()
    start = data.draw(st.integers(0, len(run) - 2))
    end = data.draw(st.integers(start + 2, len(run)))
    query = initials_of(run[start:end])
    hits = shared.find(owner, query).hits
    assert list(hits) == [conversation_id]
    assert any(query in initials_of(part) for part in marked(hits[conversation_id]))


def test_messages_and_titles_are_found(library):
    said = library.add_conversation("me", "소수를 차례로 만드는 파이썬 제너레이터를 작성해 줘")
    titled = library.add_conversation("me", title="새 제너레이터")
    library.add_conversation("me", "전혀 다른 말", title="다른 제목")
    library.add_conversation("you", "제너레이터")
    library.catch_up()
    hits = library.find("me", "ㅈㄴㄹ").hits
    assert list(hits) == [titled, said]
    assert marked(hits[titled]) == marked(hits[said]) == ["제너레"]
    assert library.find_ids("me", "ㅈㄴㄹ 파이썬") == library.find_ids("me", "ㅍㅇㅆ ㅈㄴㄹㅇㅌ") == [said]
    assert library.find_ids("me", "ㄴㄹㅇ") == [titled, said], "within a word, too"
    assert library.find_ids("me", "ㅆㅈㄴ") == [], "not across words"
    assert library.find_ids("me", "ㅈㄴㄷ") == []


def test_a_single_consonant_is_searched_for_in_titles(library):
    titled = library.add_conversation("me", title="새 제목")
    library.add_conversation("me", "제목은 없음")
    literal = library.add_conversation("me", "ㅈ 하나")
    library.catch_up()
    assert library.find_ids("me", "ㅈ") == [titled, literal]


def test_consonants_in_a_text_are_found_as_they_are(library):
    laughed = library.add_conversation("me", "그건 ㅋㅋㅋ 재밌네")
    thanked = library.add_conversation("me", "정말 ㄳ")
    library.catch_up()
    assert library.find_ids("me", "ㅋㅋ") == [laughed]
    assert library.find_ids("me", "ㄳ") == [thanked]


@pytest.mark.parametrize(("typed", "meant"), [("ㄳ", "감사"), ("ㅄ", "방송"), ("ㄺ", "리그"), ("ㅈㄼ", "정리반")])
def test_consonants_that_the_input_method_has_joined_are_two(library, typed, meant):
    conversation_id = library.add_conversation("me", f"오늘 {meant}의 말")
    library.catch_up()
    assert marked(library.find("me", typed).hits[conversation_id]) == [meant]


def test_a_hit_names_every_form_that_its_text_has(library):
    conversation_id = library.add_conversation("me", f"제너레이터 {'말 ' * 200} 재능력 그리고 파이썬과 제너레이터")
    library.catch_up()
    hit = library.find("me", "ㅈㄴㄹ 파이썬").hits[conversation_id]
    assert hit["words"] == ["제너레", "재능력", "파이썬"]


def test_a_word_of_consonants_is_not_taken_for_an_unfinished_syllable():
    assert parse_unfinished("ㅈㄴㄹ") == parse_unfinished("하나 ㅈㄴ") == []
    assert [word.text for word in parse_unfinished("검ㅅ")] == ["검"]


@pytest.mark.parametrize("query", ["ㅏㅣ", "ㅈㅏ", "ㅈ1", "제ㄴ"])
def test_other_words_are_taken_literally(query):
    assert [word.initials for word in parse(query)] == [""]


def test_without_an_index_the_same_is_found(library, monkeypatch):
    monkeypatch.setattr(sql_fallback, "db", library.database)
    said = library.add_conversation("me", "파이썬 제너레이터")
    titled = library.add_conversation("me", title="제너레이터")
    laughed = library.add_conversation("me", "ㅋㅋㅋ")
    for query, found in {"ㅈㄴㄹ": [titled, said], "ㅋㅋ": [laughed], "ㅈ": [titled], "ㅈㄴㄷ": []}.items():
        hits = sql_fallback.find("me", parse(query), archived=None, after=None, limit=50).hits
        assert list(hits) == found


@pytest.fixture
def of_before(tmp_path):
    """A database of the version before, with messages that are in its index."""
    folder = tmp_path / "migrations"
    later = [path.name for path in (ROOT / "migrations" / "versions").iterdir() if path.name >= "0014"]
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__", *later))
    database = Database()
    database.bind(f"sqlite:///{tmp_path / 'chatapp.db'}")
    database.migrate(folder)
    conversation_ids = [new_id() for _ in range(3)]
    with database.write() as session:
        for at, conversation_id in enumerate(conversation_ids):
            message_id = new_id()
            session.execute(text(OLD_CONVERSATION), {"id": conversation_id, "at": at})
            session.execute(text(OLD_MESSAGE), {"id": message_id, "conversation_id": conversation_id, "at": at})
            session.execute(text("DELETE FROM search_queue"))
            index_as_before(session, conversation_id, message_id, "옛날 이야기")
    database.engine.dispose()
    return tmp_path, conversation_ids


def index_as_before(session, conversation_id, message_id, content):
    block = (
        "INSERT INTO search_blocks (owner, conversation_id, used) VALUES ('me', :conversation_id, 1) RETURNING number"
    )
    number = session.execute(text(block), {"conversation_id": conversation_id}).scalar_one()
    part_id = number << BLOCK_BITS
    values = {"id": part_id, "message_id": message_id, "end": len(content)}
    session.execute(text("INSERT INTO search_parts VALUES (:id, :message_id, 0, :end)"), values)
    for table, tokens in zip(fts_write.TABLES[:2], index_tokens(content, "me"), strict=False):
        session.execute(
            text(f"INSERT INTO {table} (rowid, tokens) VALUES (:id, :tokens)"),  # noqa: S608
            {"id": part_id, "tokens": tokens},
        )


def test_what_was_indexed_before_the_upgrade_stays_findable_and_gets_its_initials(of_before):
    folder, conversation_ids = of_before
    with closing(Library(folder)) as library:
        assert library.find_ids("me", "옛날") == conversation_ids[::-1]
        assert library.find_ids("me", "ㅇㄴ") == []
        assert library.index.is_behind()
        library.catch_up()
        assert library.find_ids("me", "ㅇㄴ") == library.find_ids("me", "옛날") == conversation_ids[::-1]
        library.run(delete(Conversation))
        library.catch_up()
        assert library.vocabulary() == []


@pytest.mark.parametrize("steps", [0, 1])
def test_what_is_removed_before_it_got_its_initials_leaves_nothing(of_before, monkeypatch, steps):
    folder, _ = of_before
    monkeypatch.setattr(fts_write, "WRITE_CHARACTERS", 1)  # a part in each step
    with closing(Library(folder)) as library:
        for _ in range(steps):
            assert library.index.step()
        library.run(delete(Conversation))
        library.catch_up()
        assert library.vocabulary() == []
        assert library.rows("SELECT * FROM search_pending") == []


def test_what_a_server_of_before_indexes_after_the_upgrade_gets_its_initials(library):
    conversation_id = library.add_conversation("me")
    message_id = library.add_message(conversation_id, "나중 이야기")
    with library.database.write() as session:
        session.execute(text("DELETE FROM search_queue"))
        index_as_before(session, conversation_id, message_id, "나중 이야기")
    assert library.find_ids("me", "ㄴㅈ") == []
    library.catch_up()
    assert library.find_ids("me", "ㄴㅈ") == [conversation_id]
    with library.database.write() as session:
        session.execute(text("DELETE FROM search_parts"))
    assert not library.index.is_behind()


def test_the_index_of_initials_has_one_letter_for_each(library):
    library.add_conversation("me", "가나 ㅋㅋ")
    library.catch_up()
    tokens = {term.removeprefix(owner_key("me")) for term in library.vocabulary()}
    assert {"ac", "pp"} <= tokens
    assert len(LETTERS) == len(CONSONANTS)
