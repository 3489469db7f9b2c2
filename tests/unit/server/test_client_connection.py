"""Connections of clients: whatever is read, it is charged, it gives turns, and a body comes in time."""

import time

import eventlet
import pytest
from eventlet.green import socket
from gunicorn.http.errors import InvalidChunkSize

from chatapp.server import client_connection
from chatapp.server.budgets import TimeBudget
from chatapp.server.client_connection import BodyClock, BodyReader, BodyTooSlow, ClientSocket, ClientThread, serve_for


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ClientSocket(ours.fd), theirs
    theirs.close()
    ours.close()


class Account(TimeBudget):
    """A budget that never ends, and tells what it was charged."""

    def __init__(self):
        super().__init__("test", burst=1000, share=1)
        self.charged = 0.0

    def charge(self, seconds):
        self.charged += seconds


def run(function, *budgets):
    """Run a function as a connection's green thread."""
    thread = ClientThread(budgets)
    thread.start(function)
    return thread.wait()


def work(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_work_is_charged_and_waiting_is_not(monkeypatch):
    monkeypatch.setattr(client_connection, "UNIT_SECONDS", 1000)
    account = Account()

    def serve():
        began_at = time.monotonic()
        work(0.02)
        eventlet.sleep(0.1)
        work(0.02)
        client_connection.current().take_turn()
        return time.monotonic() - began_at

    took = run(serve, account)
    assert 0.04 <= account.charged <= took - 0.1


def test_one_unit_of_work_is_charged_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(client_connection, "UNIT_SECONDS", 0.03)
    account = Account()

    def serve():
        for _ in range(6):
            work(0.03)
            eventlet.sleep()
        client_connection.current().take_turn()
        work(0.03)
        client_connection.current().take_turn()

    run(serve, account)
    assert 0.059 < account.charged < 0.18


def test_reading_what_is_there_lets_others_run(pair):
    ours, theirs = pair
    theirs.sendall(b"x" * 50)
    turns = []

    def serve():
        for _ in range(50):
            assert ours.recv(1) == b"x"
            work(0.001)

    other = eventlet.spawn(lambda: [turns.append(eventlet.sleep()) for _ in range(20)])
    run(serve, Account())
    assert len(turns) == 20
    other.wait()


@pytest.mark.parametrize("act", [lambda ours: ours.recv(1), lambda ours: ours.sendall(b"x")], ids=["reads", "writes"])
def test_what_a_client_costs_between_two_reads_or_writes_is_one_unit_of_work(pair, monkeypatch, act):
    monkeypatch.setattr(client_connection, "UNIT_SECONDS", 0.02)
    ours, theirs = pair
    theirs.sendall(b"x" * 10)
    account = Account()

    def serve():
        for _ in range(5):
            work(0.03)
            act(ours)

    run(serve, account)
    assert account.charged > 0.099


def test_who_has_used_up_the_budget_reads_later(pair):
    ours, theirs = pair
    theirs.sendall(b"x" * 2)
    budget = TimeBudget("test", burst=0.01, share=0.5)

    def serve():
        ours.recv(1)
        work(0.05)
        began_at = time.monotonic()
        ours.recv(1)
        return time.monotonic() - began_at

    assert run(serve, budget) > 0.05


def test_a_connection_is_served_for_another_client_from_here_on(monkeypatch):
    monkeypatch.setattr(client_connection, "UNIT_SECONDS", 1000)
    first, second = Account(), Account()

    def serve():
        began_at = time.monotonic()
        work(0.02)
        serve_for((second,))
        work(0.01)
        serve_for(())
        return time.monotonic() - began_at

    took = run(serve, first)
    assert first.charged >= 0.02
    assert 0.01 <= second.charged <= took - 0.02


def test_outside_of_connections_nothing_is_charged():
    assert client_connection.current() is None
    serve_for((Account(),))


@pytest.mark.parametrize("drips", [False, True])
def test_a_body_that_stops_or_drips_is_too_slow(pair, monkeypatch, drips):
    monkeypatch.setattr(client_connection, "BODY_WINDOW_SECONDS", 0.2)
    ours, theirs = pair
    ours.body_clock = BodyClock()

    def drip():
        while drips:
            theirs.sendall(b"x")
            eventlet.sleep(0.01)

    dripping = eventlet.spawn(drip)
    began_at = time.monotonic()
    with pytest.raises(BodyTooSlow):
        all(iter(lambda: ours.recv(100), b""))
    assert time.monotonic() - began_at > 0.15
    dripping.kill()


def test_a_body_that_waits_for_its_budget_is_not_too_slow(pair, monkeypatch):
    monkeypatch.setattr(client_connection, "BODY_WINDOW_SECONDS", 0.2)
    ours, theirs = pair
    ours.body_clock = BodyClock()
    theirs.sendall(b"x" * 4)
    for _ in range(4):
        assert ours.recv(1) == b"x"
        eventlet.sleep(0.1)


def test_a_steady_body_may_take_longer_than_one_window(pair, monkeypatch):
    monkeypatch.setattr(client_connection, "BODY_WINDOW_SECONDS", 0.5)
    monkeypatch.setattr(client_connection, "BODY_BYTES", 100)
    ours, theirs = pair
    ours.body_clock = BodyClock()

    def send():
        for _ in range(4):
            eventlet.sleep(0.2)
            theirs.sendall(b"x" * 100)

    eventlet.spawn(send)
    for _ in range(4):
        assert len(ours.recv(100)) == 100


def test_a_body_ends_in_time_however_fast_it_comes(pair, monkeypatch):
    monkeypatch.setattr(client_connection, "BODY_SECONDS", 0.1)
    ours, theirs = pair
    ours.body_clock = BodyClock()

    def hurry():
        while True:
            theirs.sendall(b"x" * 1000)
            ours.recv(1000)

    with pytest.raises(BodyTooSlow):
        hurry()


def test_a_malformed_body_is_an_error_of_any_stream():
    class Malformed:
        def read(self, _size):
            raise InvalidChunkSize("xyz")

    with pytest.raises(ValueError, match="InvalidChunkSize"):
        BodyReader(Malformed()).read(10)
