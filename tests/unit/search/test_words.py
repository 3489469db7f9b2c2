"""Words and tokens of texts and queries, and how matches are shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.errors import Invalid
from chatapp.search.normalize import FoldedText, fold
from chatapp.search.query import MOST_CHARACTERS, MOST_WORDS, parse, parse_unfinished, tokenize, word_starts
from chatapp.search.snippets import make_hit

DECOMPOSED = unicodedata.normalize("NFD", "검색")
FAMILY = "👨‍👩‍👧"

anything = st.text(max_size=60)
odd_text = st.text(alphabet=st.sampled_from("aé́ßİ검ᄀ" + DECOMPOSED + "ｶﾞ각ﬁㄱ \n" + FAMILY), max_size=30)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("검색", DECOMPOSED),
        ("Stream", "sTREAM"),
        ("café", "cafe\u0301"),
        ("Straße", "STRASSE"),
        ("crème brûlée", "creme brulee"),
        ("ＧＰＵ ２", "gpu 2"),
        ("ｶﾞ", "ガ"),
        ("ﬁne", "fine"),
        ("co\u00adoperate", "cooperate"),
        ("❤️", "❤"),
        ("İstanbul", "istanbul"),
        ("각", "가\u11a8"),
    ],
)
def test_forms_of_the_same_text_are_folded_alike(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("が", "か"), ("й", "и"), ("검", "거"), ("o", "0")])
def test_different_letters_are_not_folded_alike(one, other):
    assert fold(one) != fold(other)


@given(anything | odd_text)
def test_every_position_of_a_folded_text_maps_to_the_original(text):
    folded = FoldedText(text)
    assert folded.text == fold(text)
    for start in range(len(folded.text)):
        for end in range(start + 1, min(start + 4, len(folded.text)) + 1):
            first, last = folded.original_range(start, end)
            assert 0 <= first < last <= len(text)
            assert folded.text[start:end] in fold(text[first:last])


@given(odd_text)
def test_a_text_and_its_decomposed_form_have_the_same_tokens(text):
    composed = unicodedata.normalize("NFC", text)
    assert tokenize(fold(composed)) == tokenize(fold(unicodedata.normalize("NFD", composed)))


def test_korean_tokens_are_syllable_pairs_and_other_tokens_are_words():
    assert tokenize(fold("Flask로 검색을, naïve_UTF-8")) == [
        "flask",
        "flask로",
        "로",
        "검색",
        "색을",
        "을",
        "naive",
        "utf",
        "8",
    ]
    assert word_starts(["flask", "로", "검색"]) == {"f", "fl", "로", "검"}


@given(anything)
def test_no_token_holds_a_separator_or_an_operator_of_the_index(text):
    for token in tokenize(fold(text)):
        assert all(not character.isascii() or character.isalnum() for character in token), token
        assert token == token.lower()


def test_a_query_is_its_distinct_words_longest_first():
    assert [word.text for word in parse("  검색 STREAM stream\t- 검색 ")] == ["stream", "검색"]
    assert parse('"" * \\ -') == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("검ㅅ", [("검", False)]),
        ("고양이 검새", [("고양이", False), ("검새", True)]),
        ("검새 고양이", [("고양이", True), ("검새", False)]),
        ("검색", []),
        ("ㅋ", []),
        ("검새 ", []),
        ("stream", []),
        ("", []),
    ],
)
def test_the_last_syllable_of_a_query_may_be_unfinished(query, expected):
    assert [(word.text, word.is_unfinished) for word in parse_unfinished(query)] == expected


def test_a_query_that_is_too_long_is_refused():
    assert parse("a" * MOST_CHARACTERS)
    with pytest.raises(Invalid, match=r"^q: "):
        parse("a" * (MOST_CHARACTERS + 1))
    with pytest.raises(Invalid, match=r"^q: "):
        parse(" ".join(f"w{number}" for number in range(MOST_WORDS + 1)))


def shown(text, query, **cuts):
    """Return a hit as one string, its matches in brackets."""
    found = make_hit("id", text, parse(query), **{"cut_before": False, "cut_after": False, **cuts})
    assert found["message_id"] == "id"
    assert all(one["match"] != two["match"] for one, two in zip(found["parts"], found["parts"][1:], strict=False))
    return "".join(f"[{part['text']}]" if part["match"] else part["text"] for part in found["parts"])


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("재검색을 한다", "검색", "재[검색]을 한다"),
        ("Streaming STREAMS upstream", "stream", "[Stream]ing [STREAM]S upstream"),
        (f"{DECOMPOSED}을", "검색", f"[{DECOMPOSED}]을"),
        ("une crème", "creme", "une [crème]"),
        ("GPU가속기", "gpu가속", "[GPU가속]기"),
        ("node.js, Node-JSON", "node.js", "[node.js], [Node-JS]ON"),
        ("C++ and cat", "c++", "[C]++ and cat"),
        ("ab abc", "ab abc", "[ab] [abc]"),
        ("first\n\n  second", "second", "first [second]"),
        ("축하해요 🎉🎉", "🎉", "축하해요 [🎉][🎉]"),
        ("ﬁne", "f", "[ﬁ]ne"),
        ("nothing here", "absent", "nothing here"),
        ("(a.b)* [c]", "(a.b)*", "([a.b])* [c]"),
    ],
)
def test_matches_are_marked_in_the_original_text(text, query, expected):
    assert shown(text, query).replace("][", "") == expected.replace("][", "")


def test_a_long_text_is_cut_around_its_first_match_between_words():
    text = "앞 " * 200 + "바늘 " + "뒤 " * 200
    snippet = shown(text, "바늘")
    assert snippet.startswith("…앞 앞")
    assert snippet.endswith("뒤 …")
    assert "[바늘]" in snippet
    assert 150 <= len(snippet) <= 170


def test_cuts_by_the_index_are_shown_as_ellipses():
    assert shown("a b", "b", cut_before=True, cut_after=True) == "…a [b]…"


@given(st.lists(st.sampled_from([FAMILY, "👍🏽", "e\u0301", "🇰🇷", DECOMPOSED[:3]]), min_size=120, max_size=160))
def test_no_character_is_cut_in_two(characters):
    text = "".join(characters) + "힣" + "".join(characters)
    parts = make_hit(None, text, parse("힣"), cut_before=False, cut_after=False)["parts"]
    whole = "".join(part["text"] for part in parts).strip("…")
    assert "힣" in whole
    for one in (FAMILY, "👍🏽", "e\u0301", "🇰🇷", DECOMPOSED[:3]):
        whole = whole.replace(one, "")
    assert whole == "힣"
