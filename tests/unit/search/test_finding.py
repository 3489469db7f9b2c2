"""Finding: matches, owners, order and pages."""

import itertools
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chatapp.ids import new_id
from chatapp.search import fts_read
from chatapp.search.normalize import fold
from chatapp.search.query import parse

syllables = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
hangul = st.text(syllables, min_size=2, max_size=12)
latin = st.text("abcdeéüXYZ09", min_size=1, max_size=45)
mixed = st.lists(hangul | latin | st.sampled_from([" ", "\n", ", ", ".", "🎉", "(", '"', "*"]), max_size=12).map(
    "".join
)


@given(before=mixed, run=hangul, after=mixed, data=st.data())
def test_any_two_or_more_syllables_of_a_text_find_it(shared, before, run, after, data):
    owner = new_id()
    conversation_id = shared.add_conversation(owner, before + run + after)
    shared.catch_up()
    start = data.draw(st.integers(0, len(run) - 2))
    end = data.draw(st.integers(start + 2, len(run)))
    query = data.draw(st.sampled_from([run[start:end], unicodedata.normalize("NFD", run[start:end])]))
    hits = shared.find(owner, query).hits
    assert list(hits) == [conversation_id]
    marked = [composed(part["text"]) for part in hits[conversation_id]["parts"] if part["match"]]
    assert any(run[start:end] in part for part in marked)


def composed(text):
    return unicodedata.normalize("NFC", text)


@given(before=mixed, word=latin, after=mixed, data=st.data())
def test_any_beginning_of_a_word_finds_it(shared, before, word, after, data):
    owner = new_id()
    conversation_id = shared.add_conversation(owner, f"{before} {word} {after}")
    shared.catch_up()
    query = word[: data.draw(st.integers(1, len(word)))]
    assert shared.find_ids(owner, data.draw(st.sampled_from([query, query.upper()]))) == [conversation_id]


@given(text=mixed, data=st.data())
def test_anything_between_blanks_finds_its_text(shared, text, data):
    pieces = [piece for piece in text.split() if any(character.isalnum() for character in piece)]
    assume(pieces)
    owner = new_id()
    conversation_id = shared.add_conversation(owner, text)
    shared.catch_up()
    assert shared.find_ids(owner, data.draw(st.sampled_from(pieces))[:200]) == [conversation_id]


@given(query=st.text(max_size=60) | st.text('"*()\\^:{}+-NEARORANDNOT검색ab ', max_size=30))
@settings(max_examples=100)
def test_no_query_is_an_error(shared, query):
    owner = new_id()
    shared.add_conversation(owner, "검색을 stream", title="NEAR(a b)")
    shared.catch_up()
    if parse(query):
        shared.find(owner, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Flask로 만든 서버", "flask로"),
        ("Flask로 만든 서버", "flask"),
        ("Flask로서", "flask로"),
        ("GPU가속기", "gpu가속"),
        ("GPU가속기", "gpu가"),
        ("GPU가속기", "가속"),
        ("소켓IO서버", "소켓io"),
        ("소켓IO서버", "켓i"),
        ("소켓IO서버", "서"),
        ("마지막", "막"),
        ("東京タワー", "京タ"),
        ("東京タワー", "ﾀﾜｰ"),
        ("socket.io를 쓴다", "socket.io"),
        ("버전 3.11.7", "3.1"),
        ("Привет", "прив"),
        ("สวัสดีครับ", "ดี"),
        ("축하 🎉", "🎉"),
        ("user@example.com", "user@example.com"),
        ("a_long_name", "long"),
        ("넓이 10 ㎢", "km2"),
    ],
)
def test_these_queries_find_these_texts(library, text, query):
    conversation_id = library.add_conversation("me", "others say this", text)
    library.add_conversation("me", "something else")
    library.catch_up()
    hits = library.find("me", query).hits
    assert list(hits) == [conversation_id]
    assert any(part["match"] for part in hits[conversation_id]["parts"])


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("upstream", "stream"),
        ("cat", "c++"),
        ("검사 색인", "검색"),
        ("Flask 서버로", "flask로"),
        ("streaming", "stream."),
    ],
)
def test_these_queries_do_not_find_these_texts(library, text, query):
    library.add_conversation("me", text)
    library.catch_up()
    assert library.find_ids("me", query) == []


def test_order_is_titles_then_all_words_in_one_message_then_others_newest_first(library):
    apart = library.add_conversation("me", "고양이 사진", "강아지 사진")
    across = library.add_conversation("me", "강아지", title="고양이")
    old_title = library.add_conversation("me", "아무 말", title="강아지와 고양이")
    together = library.add_conversation("me", "고양이와 강아지")
    title = library.add_conversation("me", title="고양이 그리고 강아지")
    library.add_conversation("me", "고양이뿐")
    library.catch_up()
    assert library.find_ids("me", "고양이 강아지") == [title, old_title, together, across, apart]
    hits = library.find("me", "고양이 강아지").hits
    assert hits[title]["message_id"] is None
    assert hits[together]["message_id"] is not None
    assert [part["text"] for part in hits[together]["parts"] if part["match"]] == ["고양이", "강아지"]


def test_the_hit_is_the_newest_matching_message(library):
    conversation_id = library.add_conversation("me", "바늘 하나")
    newest = library.add_message(conversation_id, "바늘 둘")
    library.add_message(conversation_id, "짚")
    library.catch_up()
    assert library.find("me", "바늘").hits[conversation_id]["message_id"] == newest


def test_a_conversation_with_many_hits_is_found_once(library):
    conversation_id = library.add_conversation("me", *(f"바늘 {number}" for number in range(150)))
    library.catch_up()
    (hit,) = library.find("me", "바늘").hits.values()
    assert "".join(part["text"] for part in hit["parts"]) == "바늘 149"
    assert library.rows("SELECT DISTINCT conversation_id, count(*) FROM search_blocks") == [(conversation_id, 3)]


def test_only_the_owners_undeleted_conversations_are_found_archived_or_not(library):
    library.add_conversation("somebody", "검색", title="검색")
    library.add_conversation("me", "검색", deleted_at=1.0)
    plain_one, archived = library.add_conversation("me", "검색"), library.add_conversation("me", "검색", archived=True)
    library.catch_up()
    assert set(library.find_ids("me", "검색")) == {plain_one, archived}
    assert library.find_ids("me", "검색", archived=True) == [archived]
    assert library.find_ids("me", "검색", archived=False) == [plain_one]
    assert library.find_ids("nobody", "검색") == []


def test_pages_have_no_gaps_or_repeats(library):
    everything = [library.add_conversation("me", "쪽", title="쪽" if number % 3 else "") for number in range(11)]
    library.catch_up()
    whole = library.find_ids("me", "쪽")
    pages, after = [], None
    while True:
        page = library.find("me", "쪽", after=after, limit=4)
        pages.append(list(page.hits))
        after = page.after(page.hits)
        if after is None:
            break
    assert [len(page) for page in pages] == [4, 4, 3]
    assert list(itertools.chain(*pages)) == whole
    assert set(whole) == set(everything)


def test_a_full_last_page_has_no_next_page(library):
    library.add_conversation("me", "쪽")
    library.catch_up()
    assert library.find("me", "쪽", limit=1).has_more is False


@given(titles=st.lists(mixed.map(lambda title: title.replace("\n", " ")), max_size=9), query=latin | hangul)
def test_the_number_of_titles_searched_at_once_does_not_change_the_result(titles, query):
    words = parse(query)
    assume(words)
    one_by_one = [{number for number, title in enumerate(titles) if word.pattern.search(fold(title))} for word in words]
    for at_once in (1, 2, 500):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(fts_read, "TITLES_AT_ONCE", at_once)
            assert fts_read._match_titles(titles, words) == one_by_one
