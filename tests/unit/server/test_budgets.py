"""Budgets: who has used up a budget waits, in order, and as long as it takes to earn the work again."""

import time

import pytest

from chatapp.server import budgets, concurrency
from chatapp.server.budgets import FrameBudget, TimeBudget


@pytest.fixture
def clock(hand_clock):
    return hand_clock(budgets)


def test_frames_within_the_burst_do_not_wait(clock):
    budget = FrameBudget(burst=3, per_second=10)
    assert [budget.take(1) for _ in range(3)] == [0, 0, 0]


def test_frames_above_the_burst_wait_for_their_share(clock):
    budget = FrameBudget(burst=1, per_second=10)
    assert [budget.take(1) for _ in range(3)] == pytest.approx([0, 0.1, 0.2])
    clock.now += 0.2
    assert budget.take(1) == pytest.approx(0.1)


def test_a_long_frame_counts_as_several(clock):
    assert FrameBudget(burst=10, per_second=10).take(60) == pytest.approx(5)


def test_a_pause_earns_no_more_than_the_burst(clock):
    budget = FrameBudget(burst=2, per_second=10)
    clock.now += 3600
    assert [budget.take(1) for _ in range(3)] == pytest.approx([0, 0, 0.1])


def test_a_client_with_time_left_does_not_wait(clock):
    budget = TimeBudget("test", burst=1, share=0.5)
    budget.charge(0.9)
    budget.wait()
    assert clock.now == 1000.0


def test_a_client_waits_until_its_work_is_earned():
    budget = TimeBudget("test", burst=0.01, share=0.5)
    budget.charge(0.06)
    began_at = time.monotonic()
    budget.wait()
    assert time.monotonic() - began_at > 0.09


def test_those_who_wait_go_on_in_order_and_one_at_a_time():
    budget = TimeBudget("test", burst=0.01, share=1)
    budget.charge(0.02)
    order = []

    def work(name):
        budget.wait()
        order.append(name)
        budget.charge(0.02)

    tasks = [concurrency.spawn(work, name) for name in "abc"]
    tasks[0].wait()
    assert order == ["a"]
    for task in tasks[1:]:
        task.wait()
    assert order == ["a", "b", "c"]


def test_nobody_overtakes_those_who_wait():
    budget = TimeBudget("test", burst=1, share=1)
    budget.charge(1.1)
    order = []
    first = concurrency.spawn(lambda: (budget.wait(), order.append("first")))
    concurrency.sleep()
    budget.charge(-1)  # there is time again, but the one who waits has not been told yet
    budget.wait()
    order.append("second")
    first.wait()
    assert order == ["first", "second"]


def test_a_client_that_leaves_the_queue_delays_nobody():
    budget = TimeBudget("test", burst=0.01, share=1)
    budget.charge(0.5)
    leaving = concurrency.spawn(budget.wait)
    concurrency.sleep()
    leaving.cancel()
    leaving.wait()
    assert not budget._queue
    budget.wait()
