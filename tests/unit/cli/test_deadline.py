"""A bound in time for code that blocks."""

import signal
import socket
import time

import pytest

from chatapp.cli.deadline import OutOfTime, deadline
from support.waiting import LIMIT


def test_a_wait_is_interrupted():
    with pytest.raises(OutOfTime), deadline(0.05):
        time.sleep(LIMIT)


def test_a_read_of_a_silent_server_is_interrupted():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(OutOfTime), deadline(0.05):
        ours.recv(1)


def test_it_ends_with_its_block_and_leaves_another_timer_as_it_was():
    handler = signal.getsignal(signal.SIGALRM)
    before = signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        with deadline(LIMIT / 2):
            pass
        assert LIMIT / 2 < signal.getitimer(signal.ITIMER_REAL)[0] <= LIMIT
        assert signal.getsignal(signal.SIGALRM) is handler
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
