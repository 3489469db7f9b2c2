"""Search without an index: the code for PostgreSQL, run on SQLite."""

import pytest

from chatapp.search import sql_fallback
from chatapp.search.query import parse


@pytest.fixture
def without_index(library, monkeypatch):
    """The search as it runs on databases other than SQLite."""
    monkeypatch.setattr(sql_fallback, "db", library.database)

    def find(query, *, archived=None, after=None, limit=50):
        return sql_fallback.find("me", parse(query), archived=archived, after=after, limit=limit)

    return find


def test_search_without_an_index_finds_the_same_in_the_same_order(library, without_index):
    apart = library.add_conversation("me", "고양이 사진", "강아지 사진")
    across = library.add_conversation("me", "강아지", title="고양이")
    together = library.add_conversation("me", "고양이와 강아지 100%_", archived=True)
    title = library.add_conversation("me", title="고양이 그리고 강아지")
    library.add_conversation("me", "고양이와 강아지", deleted_at=1.0)
    library.add_conversation("somebody", "고양이와 강아지")
    assert list(without_index("고양이 강아지").hits) == [title, together, across, apart]
    assert list(without_index("고양이 강아지", archived=True).hits) == [together]
    assert list(without_index("100%_").hits) == [together]
    assert list(without_index("1%0").hits) == []
    hit = without_index("고양이 강아지").hits[together]
    assert [part["text"] for part in hit["parts"] if part["match"]] == ["고양이", "강아지"]


def test_search_without_an_index_pages_without_gaps_or_repeats(library, without_index):
    everything = [library.add_conversation("me", "쪽", title="쪽" if number % 3 else "") for number in range(5)]
    first = without_index("쪽", limit=3)
    second = without_index("쪽", limit=3, after=first.after(first.hits))
    assert (len(first.hits), len(second.hits), second.after(second.hits)) == (3, 2, None)
    assert {*first.hits, *second.hits} == set(everything)
    assert [*first.hits, *second.hits] == list(without_index("쪽").hits)
