"""Wrong guesses are bounded where they come from, and lock nobody else out."""

import re
from types import SimpleNamespace

import pytest

from chatapp.errors import RateLimited, Unauthenticated
from chatapp.server import metrics, rate_limit
from chatapp.web.guesses import Guesses


def check(right):
    if not right:
        raise Unauthenticated("The password is wrong.")


class Door:
    """The guesses at a password, with a clock of its own."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(rate_limit, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.guesses = Guesses("password")

    def enter(self, address, device="", right=False):
        """Return what a guess gets: in, wrong, or limited."""
        try:
            with self.guesses.judge(address, device):
                check(right)
        except Unauthenticated:
            return "wrong"
        except RateLimited:
            return "limited"
        return "in"

    def flood(self, addresses):
        """Guess from each address until it is limited. Returns how many guesses were judged."""
        judged = 0
        for address in addresses:
            while self.enter(address) == "wrong":
                judged += 1
        return judged


@pytest.fixture
def door(monkeypatch):
    return Door(monkeypatch)


def test_an_address_has_five_guesses_and_then_one_every_twelve_seconds(door):
    assert [door.enter("192.0.2.1") for _ in range(7)] == ["wrong"] * 5 + ["limited"] * 2
    door.now += 12
    assert [door.enter("192.0.2.1") for _ in range(2)] == ["wrong", "limited"]
    assert door.enter("192.0.2.1", right=True) == "limited", "or the limit would not hold"


def test_right_guesses_count_nowhere(door):
    assert [door.enter("192.0.2.1", right=True) for _ in range(300)] == ["in"] * 300


@pytest.mark.parametrize(
    ("addresses", "neighbour"),
    [
        ([f"192.0.2.{n}" for n in range(256)], "198.51.100.1"),
        ([f"2001:db8:1:{n:x}::{n:x}" for n in range(1000)], "2001:db8:2::1"),
    ],
)
def test_one_network_locks_nobody_else_out_however_many_addresses_it_has(door, addresses, neighbour):
    for _ in range(24):
        assert door.flood(addresses) <= 15 + 1
        door.now += 30
    assert door.enter(neighbour) == "wrong"
    assert door.enter(neighbour, right=True) == "in"


def test_addresses_of_one_64_network_count_together(door):
    assert door.flood([f"2001:db8::{n:x}" for n in range(1, 50)]) == 5


def test_a_flood_from_everywhere_is_bounded_in_all(door):
    assert door.flood([f"10.{n // 256}.{n % 256}.1" for n in range(100)]) == 200
    assert door.enter("203.0.113.9", right=True) == "limited"


def test_a_device_that_was_signed_in_before_has_guesses_of_its_own(door):
    door.flood([f"10.{n // 256}.{n % 256}.1" for n in range(100)])
    assert door.enter("10.0.0.1", device="phone", right=True) == "in"
    assert [door.enter("10.0.0.1", device="phone") for _ in range(6)] == ["wrong"] * 5 + ["limited"]
    assert door.enter("10.0.0.1", device="laptop", right=True) == "in"


def test_devices_are_bounded_together(door):
    """Whoever has stolen many cookies of devices is no faster than a hundred guesses and one every two seconds."""
    judged = sum(door.enter("10.0.0.1", device=f"device {n}") == "wrong" for n in range(200))
    assert judged == 100


def test_a_refusal_by_one_bound_takes_nothing_from_the_others(door):
    door.flood([f"10.{n // 256}.{n % 256}.1" for n in range(100)])
    for _ in range(50):
        assert door.enter("203.0.113.9") == "limited"
    door.now += 10
    assert [door.enter("203.0.113.9") for _ in range(6)] == ["wrong"] * 5 + ["limited"]


def test_an_error_that_is_no_guess_counts_nowhere(door):
    for _ in range(10):
        with pytest.raises(ZeroDivisionError), door.guesses.judge("192.0.2.1", ""):
            raise ZeroDivisionError
    assert door.enter("192.0.2.1") == "wrong"


def test_wrong_guesses_are_logged_by_address_and_all_are_counted(door, caplog):
    def count(result):
        return metrics.sign_ins.labels("password", result)._value.get()

    before = {result: count(result) for result in ("wrong", "limited", "accepted")}
    for _ in range(7):
        door.enter("192.0.2.1")
    door.enter("198.51.100.1", right=True)
    door.enter("evil\nhost")
    assert caplog.messages == ["Sign-in refused: wrong password from 192.0.2.1"] * 5 + [
        "Sign-in refused: wrong password from an address that is none"
    ]
    after = {result: count(result) - before[result] for result in before}
    assert after == {"wrong": 6, "limited": 2, "accepted": 1}
    assert all(re.fullmatch(r"[\x20-\x7e]+", line) for line in caplog.messages)
