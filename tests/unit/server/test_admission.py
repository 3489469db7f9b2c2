"""The rates of questions: of a session, an address, a model, and all."""

import pytest

from chatapp.bounds import ScopeBounds
from chatapp.errors import RateLimited, Unavailable
from chatapp.server import rate_limit
from chatapp.server.admission import Admission

ASKED = {"owner": "o", "address": "a", "model": "m"}


@pytest.fixture(autouse=True)
def clock(hand_clock):
    return hand_clock(rate_limit)


@pytest.mark.parametrize(
    ("scope", "others"),
    [
        ("session", {"address": "b", "model": "n"}),
        ("address", {"owner": "p", "model": "n"}),
        ("model", {"owner": "p", "address": "b"}),
        ("all", {"owner": "p", "address": "b", "model": "n"}),
    ],
)
def test_each_scope_has_its_own_rate(clock, scope, others):
    """Whatever else changes, the third question in the same scope is refused, and a minute later it is not."""
    admission = Admission(ScopeBounds(**{scope: 2}))
    admission.admit(**ASKED)
    admission.admit(**{**ASKED, **others})
    with pytest.raises(RateLimited) as refused:
        admission.admit(**{**ASKED, **others})
    assert (refused.value.scope, refused.value.retry_after) == (scope, 30)
    clock.now += 30
    admission.admit(**ASKED)


def test_another_key_of_the_scope_is_not_affected():
    admission = Admission(ScopeBounds(session=1, address=1, model=1))
    admission.admit("o", "a", "m")
    admission.admit("p", "b", "n")


def test_a_question_that_one_scope_refuses_takes_nothing_of_the_others():
    """Or one session could use up what all may ask with questions that are refused."""
    admission = Admission(ScopeBounds(session=1, address=3, all=3))
    admission.admit("o", "a", "m")
    for _ in range(50):
        with pytest.raises(RateLimited):
            admission.admit("o", "a", "m")
    admission.admit("p", "a", "m")
    admission.admit("q", "a", "m")


def test_what_was_taken_before_a_scope_refused_is_given_back():
    admission = Admission(ScopeBounds(address=2, model=1))
    admission.admit("o", "a", "m")
    for _ in range(50):
        with pytest.raises(RateLimited):
            admission.admit("o", "a", "m")
    admission.admit("o", "a", "n")


def test_without_bounds_everything_is_admitted_until_the_process_drains():
    admission = Admission(ScopeBounds())
    for _ in range(1000):
        admission.admit(**ASKED)
    admission.is_draining = True
    with pytest.raises(Unavailable):
        admission.admit(**ASKED)
