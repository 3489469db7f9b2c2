"""What the model says gathers in order, in whole characters, until it is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.errors import ProviderError
from chatapp.generation.chunk_buffer import ENTRY_CHARACTERS, ChunkBuffer
from chatapp.providers import Finish, Reasoning, Usage

GRIN = "😀"
HIGH, LOW = "\ud83d", "\ude00"


def filled(*chunks):
    mailbox = ChunkBuffer()
    for chunk in chunks:
        mailbox.put(chunk)
    return mailbox


def test_adjacent_chunks_of_one_kind_are_merged_in_order():
    mailbox = filled(Reasoning("a"), Reasoning("b"), "c", "d", Reasoning("e"))
    assert mailbox.take(0) == [("reasoning", "ab"), ("text", "cd"), ("reasoning", "e")]


def test_a_chunk_is_taken_only_once():
    mailbox = filled("a")
    assert mailbox.take(0) == [("text", "a")]
    with pytest.raises(TimeoutError):
        mailbox.take(0.001)


def test_a_surrogate_pair_in_two_chunks_becomes_one_character():
    mailbox = filled("a" + HIGH)
    assert mailbox.take(0) == [("text", "a")]
    mailbox.put(LOW + "b")
    assert mailbox.take(0) == [("text", GRIN + "b")]


def test_a_lone_surrogate_is_replaced():
    mailbox = filled("a" + HIGH, "b", LOW)
    assert mailbox.take(0) == [("text", "a\ufffdb\ufffd")]
    mailbox.put("c" + HIGH)
    mailbox.close()
    assert mailbox.take(0) == [("text", "c\ufffd")]


def test_nul_is_replaced():
    assert filled("안\0녕").take(0) == [("text", "안\ufffd녕")]
    assert filled("a\0b").take(0) == [("text", "a\ufffdb")]


def test_the_end_comes_after_all_chunks():
    mailbox = filled("a")
    assert mailbox.close(ProviderError("provider_error", "broken"))
    assert mailbox.take(0) == [("text", "a")]
    with pytest.raises(ProviderError, match="broken"):
        mailbox.take(0)


def test_the_first_end_wins_and_nothing_follows_it():
    mailbox = filled("a")
    assert mailbox.close()
    assert not mailbox.close(ProviderError("provider_error", "too late"))
    mailbox.put("b")
    assert mailbox.take(0) == [("text", "a")]
    assert mailbox.take(0) == []


def test_usage_and_finish_reason_are_kept_beside_the_text():
    mailbox = filled("a", Finish("length"), Usage(1, 2, 3))
    assert mailbox.finish_reason == "length"
    assert mailbox.usage == Usage(1, 2, 3)
    assert mailbox.take(0) == [("text", "a")]


def test_a_huge_chunk_becomes_entries_of_bounded_size():
    pieces = filled("x" * (3 * ENTRY_CHARACTERS + 1)).take(0)
    assert [len(text) for _, text in pieces] == [ENTRY_CHARACTERS] * 3 + [1]


def test_a_value_that_is_not_a_chunk_is_refused_by_type():
    with pytest.raises(ProviderError, match="int"):
        ChunkBuffer().put(7)


@given(text=st.text(max_size=60), cuts=st.lists(st.integers(1, 3), min_size=1, max_size=40), data=st.data())
def test_text_cut_into_utf16_units_anywhere_comes_out_whole(text, cuts, data):
    units = [
        text.encode("utf-16-le", "surrogatepass")[i : i + 2].decode("utf-16-le", "surrogatepass")
        for i in range(0, len(text.encode("utf-16-le", "surrogatepass")), 2)
    ]
    mailbox, out, at = ChunkBuffer(), [], 0
    while at < len(units):
        size = data.draw(st.sampled_from(cuts))
        mailbox.put("".join(units[at : at + size]))
        at += size
        if data.draw(st.booleans()) and at < len(units):
            try:
                out += mailbox.take(0.0001)
            except TimeoutError:
                continue
    mailbox.close()
    out += mailbox.take(0)
    expected = text.replace("\0", "\ufffd")
    assert "".join(piece for _, piece in out) == expected
