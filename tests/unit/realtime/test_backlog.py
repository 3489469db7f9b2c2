"""Packets queued for slow tabs: bounded for each tab, for each owner, and for the process."""

import gc
from types import SimpleNamespace

import pytest

from chatapp.realtime import backlog, send_queue
from chatapp.realtime.backlog import Backlog
from chatapp.realtime.send_queue import SendQueue

ACK, EVENT = "430[", "42["


def packet(characters, start=EVENT):
    text = start + "x" * (characters - len(start))
    return SimpleNamespace(encode=lambda: text)


@pytest.fixture
def all_tabs(monkeypatch):
    """The backlog of the process, empty and with a small bound."""
    made = Backlog(1000)
    monkeypatch.setattr(backlog, "of_process", made)
    return made


class Tab(SendQueue):
    """A queue that records whether its tab was disconnected."""

    def __init__(self):
        super().__init__()
        self.is_gone = False
        self.disconnect = lambda: setattr(self, "is_gone", True)


def test_packets_are_counted_until_they_are_sent(all_tabs):
    tab = Tab()
    tab.put(packet(10))
    tab.put(packet(20, ACK))
    assert all_tabs.waiting == tab.waiting == 30
    tab.get()
    assert all_tabs.waiting == 20
    tab.end()
    assert all_tabs.waiting == tab.waiting == 0


def test_the_tab_with_the_longest_queue_is_disconnected(all_tabs):
    longest, small, last = Tab(), Tab(), Tab()
    longest.put(packet(600, ACK))
    small.put(packet(300))
    last.put(packet(200))
    assert [tab.is_gone for tab in (longest, small, last)] == [True, False, False]
    assert all_tabs.waiting == 500
    longest.put(packet(100))
    assert all_tabs.waiting == 500


def test_a_tab_disconnected_by_its_own_packet_is_sent_nothing_more(all_tabs):
    tab = Tab()
    tab.put(packet(2000, ACK))
    assert tab.is_gone
    assert tab.empty()
    assert all_tabs.waiting == 0


def test_an_owner_has_a_separate_bound(all_tabs, monkeypatch):
    monkeypatch.setattr(backlog, "OWNER_CHARACTERS", 100)
    first, second, other = Tab(), Tab(), Tab()
    first.put(packet(60, ACK))  # before its owner is known
    for tab, owner in ((first, "one"), (second, "one"), (other, "other")):
        tab.count_towards(backlog.of_owner(owner))
    other.put(packet(90, ACK))
    second.put(packet(50, ACK))
    assert [tab.is_gone for tab in (first, second, other)] == [True, False, False]


def test_the_backlog_of_an_owner_without_tabs_is_removed(all_tabs):
    tab = Tab()
    tab.count_towards(backlog.of_owner("somebody"))
    tab.end()
    del tab
    gc.collect()
    assert "somebody" not in backlog._of_owners


def test_only_an_event_beyond_the_bound_disconnects_the_tab(all_tabs, monkeypatch):
    """Acks may exceed it: while the queue is full, no further command of the tab is read."""
    monkeypatch.setattr(send_queue, "QUEUE_CHARACTERS", 100)
    tab = Tab()
    tab.put(packet(200, ACK))
    tab.put(packet(200, ACK))
    assert (tab.is_full, tab.is_gone) == (True, False)
    tab.put(packet(101))
    tab.put(packet(1))
    assert tab.is_gone


def test_an_incomplete_message_counts_until_it_is_complete(all_tabs):
    sending, other = Tab(), Tab()
    other.put(packet(400))
    sending.count_incoming(500)
    assert all_tabs.waiting == 900
    sending.count_incoming(200)
    assert sending.is_gone
    assert sending.waiting == 0
    assert all_tabs.waiting == 400
    sending.count_incoming(-700)
    assert all_tabs.waiting == 400
    other.count_incoming(500)
    other.count_incoming(-500)
    assert not other.is_gone
    assert all_tabs.waiting == 400
