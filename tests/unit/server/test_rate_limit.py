"""Token buckets: a burst, then the long-run rate, per key."""

import pytest

from chatapp.errors import RateLimited
from chatapp.server import rate_limit


@pytest.fixture
def clock(hand_clock):
    return hand_clock(rate_limit)


def test_a_burst_then_one_at_a_time(clock):
    limit = rate_limit.RateLimit(burst=3, per_second=0.5, message="Too many. Try again in {wait} s.")
    for _ in range(3):
        limit.take("a")
    with pytest.raises(RateLimited, match=r"Too many\. Try again in 2 s\.") as caught:
        limit.take("a")
    assert caught.value.retry_after == 2
    limit.take("b")
    clock.now += 2
    limit.take("a")
    with pytest.raises(RateLimited):
        limit.take("a")


def test_waiting_longer_gives_no_more_than_the_burst(clock):
    limit = rate_limit.RateLimit(burst=2, per_second=1, message="Too many. Try again in {wait} s.")
    limit.take("a")
    clock.now += 3600
    limit.take("a")
    limit.take("a")
    with pytest.raises(RateLimited):
        limit.take("a")


def test_the_number_of_remembered_keys_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(rate_limit, "MAX_KEYS", 10)
    limit = rate_limit.RateLimit(burst=1, per_second=0.001, message="Too many. Try again in {wait} s.")
    for key in range(100):
        limit.take(str(key))
    assert len(limit._buckets) == 10
