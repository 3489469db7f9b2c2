"""Whose search runs: one of each owner, the newest after it, and all owners in turn."""

import pytest

from chatapp.errors import Busy
from chatapp.search.turns import SearchTurns
from chatapp.server import concurrency
from support.core import settle


class Searches:
    """Searches that last until they are let end."""

    def __init__(self, at_once=2):
        self.turns = SearchTurns(at_once)
        self.running, self.ended, self.refused = [], [], []
        self._ends = {}

    def start(self, owner, name):
        self._ends[name] = concurrency.Event()

        def search():
            try:
                with self.turns.take(owner):
                    self.running.append(name)
                    self._ends[name].wait()
                    self.running.remove(name)
            except Busy:
                self.refused.append(name)
            else:
                self.ended.append(name)

        concurrency.spawn(search)
        settle()

    def end(self, name):
        self._ends[name].set()
        settle()


def test_one_search_of_an_owner_runs_and_the_newest_follows():
    searches = Searches()
    for name in ("a", "b", "c"):
        searches.start("one", name)
    assert (searches.running, searches.refused) == (["a"], ["b"])
    searches.end("a")
    assert searches.running == ["c"]
    searches.start("one", "d")
    searches.end("c")
    searches.end("d")
    assert searches.ended == ["a", "c", "d"]


def test_an_owner_who_searches_a_lot_leaves_room_for_others():
    searches = Searches(2)
    for name in "abcdef":
        searches.start("one", name)
    searches.start("other", "x")
    assert searches.running == ["a", "x"]


def test_no_more_run_at_once_than_allowed():
    searches = Searches(2)
    for owner in ("one", "two", "three"):
        searches.start(owner, owner)
    assert searches.running == ["one", "two"]
    searches.end("one")
    assert searches.running == ["two", "three"]


def test_a_search_that_fails_lets_the_next_one_run():
    turns = SearchTurns(1)
    with pytest.raises(ZeroDivisionError), turns.take("one"):
        raise ZeroDivisionError
    with turns.take("one"):
        pass
    assert turns._waiting == {}
