"""The chunk buffer: chunks are kept in order, in whole characters, until they are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.errors import ProviderError
from chatapp.generation.chunk_buffer import ENTRY_CHARACTERS, ChunkBuffer
from chatapp.providers import Answered, Finish, Notice, Reasoning, Usage

GRIN = "😀"
HIGH, LOW = "\ud83d", "\ude00"


def buffer_of(*chunks):
    buffer = ChunkBuffer()
    for chunk in chunks:
        buffer.put(chunk)
    return buffer


def test_adjacent_chunks_of_one_kind_are_merged_in_order():
    buffer = buffer_of(Reasoning("a"), Reasoning("b"), "c", "d", Reasoning("e"))
    assert buffer.take(0) == [("reasoning", "ab"), ("text", "cd"), ("reasoning", "e")]


def test_a_chunk_is_taken_only_once():
    buffer = buffer_of("a")
    assert buffer.take(0) == [("text", "a")]
    with pytest.raises(TimeoutError):
        buffer.take(0.001)


def test_a_surrogate_pair_in_two_chunks_becomes_one_character():
    buffer = buffer_of("a" + HIGH)
    assert buffer.take(0) == [("text", "a")]
    buffer.put(LOW + "b")
    assert buffer.take(0) == [("text", GRIN + "b")]


def test_a_lone_surrogate_is_replaced():
    buffer = buffer_of("a" + HIGH, "b", LOW)
    assert buffer.take(0) == [("text", "a\ufffdb\ufffd")]
    buffer.put("c" + HIGH)
    buffer.close()
    assert buffer.take(0) == [("text", "c\ufffd")]


def test_nul_is_replaced():
    assert buffer_of("안\0녕").take(0) == [("text", "안\ufffd녕")]
    assert buffer_of("a\0b").take(0) == [("text", "a\ufffdb")]


def test_what_no_database_can_store_is_replaced_beside_the_text_too():
    buffer = buffer_of(Finish("a\0"), Answered(f"m{HIGH}"), Notice("{tool}, {other}", {"tool": HIGH, "other": GRIN}))
    assert buffer.finish_reason == "a\ufffd"
    assert buffer.answered_by == "m\ufffd"
    assert buffer.notices == [{"text": "{tool}, {other}", "values": {"tool": "\ufffd", "other": GRIN}}]


def test_the_end_is_taken_after_all_chunks():
    buffer = buffer_of("a")
    assert buffer.close(ProviderError("provider_error", "broken"))
    assert buffer.take(0) == [("text", "a")]
    with pytest.raises(ProviderError, match="broken"):
        buffer.take(0)


def test_the_first_end_wins_and_nothing_follows_it():
    buffer = buffer_of("a")
    assert buffer.close()
    assert not buffer.close(ProviderError("provider_error", "too late"))
    buffer.put("b")
    assert buffer.take(0) == [("text", "a")]
    assert buffer.take(0) == []


def test_usage_and_finish_reason_are_kept_beside_the_text():
    buffer = buffer_of("a", Finish("length"), Usage(1, 2, 3))
    assert buffer.finish_reason == "length"
    assert buffer.usage == Usage(1, 2, 3)
    assert buffer.take(0) == [("text", "a")]


def test_a_huge_chunk_becomes_entries_of_bounded_size():
    pieces = buffer_of("x" * (3 * ENTRY_CHARACTERS + 1)).take(0)
    assert [len(text) for _, text in pieces] == [ENTRY_CHARACTERS] * 3 + [1]


def test_a_value_that_is_not_a_chunk_is_refused_by_type():
    with pytest.raises(ProviderError, match="int"):
        ChunkBuffer().put(7)


@given(text=st.text(max_size=60), cuts=st.lists(st.integers(1, 3), min_size=1, max_size=40), data=st.data())
def test_text_cut_anywhere_into_utf16_units_is_joined(text, cuts, data):
    units = [
        text.encode("utf-16-le", "surrogatepass")[i : i + 2].decode("utf-16-le", "surrogatepass")
        for i in range(0, len(text.encode("utf-16-le", "surrogatepass")), 2)
    ]
    buffer, out, at = ChunkBuffer(), [], 0
    while at < len(units):
        size = data.draw(st.sampled_from(cuts))
        buffer.put("".join(units[at : at + size]))
        at += size
        if data.draw(st.booleans()) and at < len(units):
            try:
                out += buffer.take(0.0001)
            except TimeoutError:
                continue
    buffer.close()
    out += buffer.take(0)
    expected = text.replace("\0", "\ufffd")
    assert "".join(piece for _, piece in out) == expected
