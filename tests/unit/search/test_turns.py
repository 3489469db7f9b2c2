"""The turns of searches: each owner runs one and the newest waits; owners take turns."""

import pytest

from chatapp.errors import Busy
from chatapp.search.turns import SearchTurns
from chatapp.server import concurrency
from support.core import settle


class Searches:
    """Searches that run until `end` is called for them."""

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


def test_one_search_of_an_owner_runs_and_only_the_newest_waits():
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


def test_searches_of_one_owner_do_not_delay_others():
    searches = Searches(2)
    for name in "abcdef":
        searches.start("one", name)
    searches.start("other", "x")
    assert searches.running == ["a", "x"]


def test_concurrent_searches_are_limited():
    searches = Searches(2)
    for owner in ("one", "two", "three"):
        searches.start(owner, owner)
    assert searches.running == ["one", "two"]
    searches.end("one")
    assert searches.running == ["two", "three"]


def test_a_failed_search_gives_its_turn_back():
    turns = SearchTurns(1)
    with pytest.raises(ZeroDivisionError), turns.take("one"):
        raise ZeroDivisionError
    with turns.take("one"):
        pass
    assert turns._waiting == {}
