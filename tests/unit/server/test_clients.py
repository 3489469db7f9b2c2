"""Clients: counted by address and owner, and refused with the reason's own code."""

import contextlib

import pytest

from chatapp.errors import AddressFull, ServerFull, SessionFull
from chatapp.server import clients as clients_module
from chatapp.server.clients import Clients


def make(**options):
    return Clients(**{"trusts_proxies": False, "sockets": 100, "per_address": 100, "per_owner": 100, **options})


@pytest.mark.parametrize(
    ("limit", "first", "second", "error"),
    [
        ("sockets", ("1.1.1.1", "a"), ("2.2.2.2", "b"), ServerFull),
        ("per_address", ("1.1.1.1", "a"), ("1.1.1.1", "b"), AddressFull),
        ("per_owner", ("1.1.1.1", "a"), ("2.2.2.2", "a"), SessionFull),
    ],
)
def test_each_limit_of_sockets_has_its_own_refusal_until_one_closes(limit, first, second, error):
    clients = make(**{limit: 1})
    with clients.count_socket(*first), pytest.raises(error), clients.count_socket(*second):
        pass
    with clients.count_socket(*second):
        pass
    assert not clients._sockets, "nothing is left of closed sockets"


def test_sockets_that_wait_for_their_refusal_are_few():
    clients = make()
    with contextlib.ExitStack() as waiting:
        for _ in range(clients_module.REFUSED_PER_ADDRESS):
            assert waiting.enter_context(clients.count_refused("1.1.1.1"))
        with clients.count_refused("1.1.1.1") as may_wait:
            assert not may_wait
        with clients.count_refused("2.2.2.2") as may_wait:
            assert may_wait
    with clients.count_refused("1.1.1.1") as may_wait:
        assert may_wait


def test_a_proxy_is_no_client():
    clients = make(trusts_proxies=True, per_address=1)
    assert clients.peer(("127.0.0.1", 1)) == ()
    with contextlib.ExitStack() as opened:
        assert all(opened.enter_context(clients.count_connection(("127.0.0.1", port))) for port in range(10))


def test_connections_of_an_address_are_limited_and_those_of_others_are_not_counted():
    clients = make(per_address=1)
    with contextlib.ExitStack() as opened:
        admitted = [opened.enter_context(clients.count_connection(("1.1.1.1", port))) for port in range(3)]
        assert admitted == [True, True, False]
        assert opened.enter_context(clients.count_connection(("2.2.2.2", 1)))


def test_the_budgets_of_a_client_are_kept_and_those_of_old_ones_forgotten(monkeypatch):
    monkeypatch.setattr(clients_module, "MAX_CLIENTS", 2)
    clients = make()
    first = clients.time("1.1.1.1")
    clients.time("2.2.2.2")
    assert clients.time("1.1.1.1") == first
    clients.time("3.3.3.3")
    clients.time("4.4.4.4")
    assert clients.time("1.1.1.1") != first


def test_an_owner_is_paced_by_itself_before_its_address():
    clients = make()
    of_address, of_owner = clients.time("1.1.1.1"), clients.time("1.1.1.1", "a")
    assert of_owner[1:] == of_address
    assert clients.time("2.2.2.2", "a")[0] is of_owner[0], "an owner has one budget, wherever it comes from"
    assert clients.time("1.1.1.1", "b")[0] is not of_owner[0]


def test_frames_are_paced_by_their_socket_then_their_owner_then_their_address():
    clients = make()
    first, second = clients.frames("1.1.1.1", "a"), clients.frames("1.1.1.1", "a")
    assert first[0] is not second[0]
    assert first[1:] == second[1:]
    assert clients.frames("1.1.1.1")[1:] == first[2:]
