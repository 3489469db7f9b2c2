"""After many answers a server holds no more than before. A short `python -m bench soak`."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.soak import Plan, soak

# A leak at one answer in fifty shows; `python -m bench soak` finds rarer ones.
ANSWERS = 1000


@pytest.mark.timeout(400)
def test_nothing_grows_with_the_number_of_answers():
    plan = Plan(answers=ANSWERS, tabs=50, seed=1, rest=20, is_brief=True)
    # In a thread of its own: after browser tests this thread has a running event loop.
    with ThreadPoolExecutor(1) as thread:
        series = thread.submit(soak, plan, CHATAPP_UPSTREAM_IDLE_SECONDS="2", CHATAPP_TITLES="0").result()
    assert series.failures == [], series.table()
