"""What waits for slow tabs: bounded for one, for those of an owner, and for all."""

import gc
from types import SimpleNamespace

import pytest

from chatapp.realtime import backlog, websocket
from chatapp.realtime.backlog import Backlog
from chatapp.realtime.websocket import SendQueue

ACK, EVENT = "430[", "42["


def packet(characters, start=EVENT):
    text = start + "x" * (characters - len(start))
    return SimpleNamespace(encode=lambda: text)


@pytest.fixture
def all_tabs(monkeypatch):
    """The backlog of the process, empty and small."""
    made = Backlog(1000)
    monkeypatch.setattr(backlog, "of_process", made)
    return made


class Tab(SendQueue):
    """A queue that notes that its tab was let go."""

    def __init__(self):
        super().__init__()
        self.is_gone = False
        self.disconnect = lambda: setattr(self, "is_gone", True)


def test_what_waits_is_counted_until_it_is_sent(all_tabs):
    tab = Tab()
    tab.put(packet(10))
    tab.put(packet(20, ACK))
    assert all_tabs.waiting == tab.waiting == 30
    tab.get()
    assert all_tabs.waiting == 20
    tab.end()
    assert all_tabs.waiting == tab.waiting == 0


def test_the_tab_for_which_most_waits_is_let_go(all_tabs):
    hog, small, last = Tab(), Tab(), Tab()
    hog.put(packet(600, ACK))
    small.put(packet(300))
    last.put(packet(200))
    assert [tab.is_gone for tab in (hog, small, last)] == [True, False, False]
    assert all_tabs.waiting == 500
    hog.put(packet(100))
    assert all_tabs.waiting == 500


def test_a_tab_that_is_let_go_by_its_own_packet_gets_nothing_more(all_tabs):
    tab = Tab()
    tab.put(packet(2000, ACK))
    assert tab.is_gone
    assert tab.empty()
    assert all_tabs.waiting == 0


def test_an_owner_has_a_bound_of_its_own(all_tabs, monkeypatch):
    monkeypatch.setattr(backlog, "OWNER_CHARACTERS", 100)
    first, second, other = Tab(), Tab(), Tab()
    first.put(packet(60, ACK))  # before its owner is known
    for tab, owner in ((first, "one"), (second, "one"), (other, "other")):
        tab.count_towards(backlog.of_owner(owner))
    other.put(packet(90, ACK))
    second.put(packet(50, ACK))
    assert [tab.is_gone for tab in (first, second, other)] == [True, False, False]


def test_nothing_is_kept_of_an_owner_without_tabs(all_tabs):
    tab = Tab()
    tab.count_towards(backlog.of_owner("somebody"))
    tab.end()
    del tab
    gc.collect()
    assert "somebody" not in backlog._of_owners


def test_acks_wait_where_events_would_not(all_tabs, monkeypatch):
    """While the queue is full, the tab's next command is not read; an event more lets it go."""
    monkeypatch.setattr(websocket, "QUEUE_CHARACTERS", 100)
    tab = Tab()
    tab.put(packet(200, ACK))
    tab.put(packet(200, ACK))
    assert (tab.is_full, tab.is_gone) == (True, False)
    tab.put(packet(101))
    tab.put(packet(1))
    assert tab.is_gone
