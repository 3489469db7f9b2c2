"""API requests: their owner is charged for them, too, and their bodies are bounded by values."""

from types import SimpleNamespace

import pytest
from flask import Flask

from chatapp.errors import Invalid, Unauthenticated
from chatapp.protocol import payloads
from chatapp.server import client_connection
from chatapp.server.client_connection import ClientThread
from chatapp.server.clients import Clients
from chatapp.web.api import requests


def refuse():
    raise Unauthenticated("There is no session yet.")


@pytest.mark.parametrize(("owner", "find"), [("a", lambda: "a"), (None, refuse)], ids=["a session", "no session"])
def test_a_request_is_charged_to_its_owner_once_that_is_known(owner, find):
    clients = Clients(trusts_proxies=False, sockets=1, per_address=1, per_owner=1)
    app = Flask("test")
    app.services = SimpleNamespace(clients=clients, auth=SimpleNamespace(owner=find))

    def serve():
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": "192.0.2.1"}):
            requests._serve_owner()
        return client_connection.current().budgets

    thread = ClientThread(clients.time("192.0.2.1"))
    thread.start(serve)
    assert thread.wait() == clients.time("192.0.2.1", owner)


def test_a_body_of_many_values_is_refused_before_it_is_parsed():
    data = b"[" + b"[]," * 100_000 + b"0]"
    sent = Flask("test").test_request_context("/", method="POST", data=data, content_type="application/json")
    with sent, pytest.raises(Invalid, match="too many values"):
        requests.body(payloads.SignIn)
