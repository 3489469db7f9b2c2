"""What a server holds after many answers: no more than before. `python -m bench soak`, in brief."""

import pytest

from bench.soak import Plan, soak

# What leaks at one answer in a hundred shows.
ANSWERS = 2000


@pytest.mark.timeout(400)
def test_nothing_grows_with_the_number_of_answers():
    plan = Plan(answers=ANSWERS, tabs=50, seed=1, rest=20, is_brief=True)
    series = soak(plan, CHATAPP_UPSTREAM_IDLE_SECONDS="2", CHATAPP_TITLES="0")
    assert series.failures == [], series.table()
