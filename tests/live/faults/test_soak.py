"""What a server holds after many answers: no more than before. `python -m bench soak`, in brief."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.soak import Plan, soak

# What leaks at one answer in a hundred shows.
ANSWERS = 2000


@pytest.mark.timeout(400)
def test_nothing_grows_with_the_number_of_answers():
    plan = Plan(answers=ANSWERS, tabs=50, seed=1, rest=20, is_brief=True)
    # In a thread of its own: where a browser's tests ran before, this one has an event loop that runs.
    with ThreadPoolExecutor(1) as thread:
        series = thread.submit(soak, plan, CHATAPP_UPSTREAM_IDLE_SECONDS="2", CHATAPP_TITLES="0").result()
    assert series.failures == [], series.table()
