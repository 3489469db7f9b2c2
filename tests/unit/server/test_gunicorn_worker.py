"""The worker: for whom it serves a connection, and how its sockets send."""

import socket
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.sock import create_sockets
from gunicorn.workers.base_async import AsyncWorker

from chatapp.server import client_connection
from chatapp.server.client_connection import ClientSocket, ClientThread
from chatapp.server.clients import Clients
from chatapp.server.gunicorn_worker import EventletWorker


@pytest.mark.parametrize("trusts_proxies", [True, False])
def test_after_a_request_the_connection_is_its_peers_again(monkeypatch, trusts_proxies):
    clients = Clients(trusts_proxies=trusts_proxies, sockets=1, per_address=1, per_owner=1)
    peer = ("192.0.2.1", 50000)
    worker = object.__new__(EventletWorker)
    worker.wsgi = SimpleNamespace(clients=clients)
    request = SimpleNamespace(body=SimpleNamespace(reader=SimpleNamespace(length=0), read=lambda _size: b""))

    def handle_request(*_arguments):
        client_connection.serve_for(clients.time("198.51.100.1", "owner"))
        return True

    monkeypatch.setattr(AsyncWorker, "handle_request", handle_request)

    def serve():
        assert worker.handle_request("", request, SimpleNamespace(), peer)
        return client_connection.current().budgets

    thread = ClientThread(clients.peer(peer))
    thread.start(serve)
    assert thread.wait() == clients.peer(peer)


def test_a_small_frame_is_not_held_back_until_the_last_one_is_confirmed():
    """A connection has the option of gunicorn's listener, on which the worker accepts it."""
    conf = Config()
    conf.set("bind", "127.0.0.1:0")
    (listener,) = create_sockets(conf, SimpleNamespace(), [])
    with listener.sock, socket.create_connection(listener.sock.getsockname()):
        connection, _ = ClientSocket(listener.sock).accept()
        assert isinstance(connection, ClientSocket)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        connection.close()
