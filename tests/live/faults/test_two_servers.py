"""Two servers on one host share a browser's cookies, for browsers do not tell ports apart."""

import pytest

from support.client import Client
from support.processes import Server
from support.shapes import check_problem


@pytest.fixture(scope="module")
def neighbour(upstream, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("neighbour"), upstream.url).start()
    yield server
    server.close()


@pytest.fixture
def tenants(server, neighbour):
    """Two clients, one for each server, with one cookie jar."""
    clients = Client(server.port), Client(neighbour.port)
    clients[1].cookies = clients[0].cookies
    yield clients
    for client in clients:
        client.close()


def test_each_server_keeps_its_owner(tenants):
    first = [client.sign_in().json["owner"] for client in tenants]
    for client in tenants:
        assert client.get("/").status == 200
    again = [client.sign_in().json["owner"] for client in tenants]
    assert again == first
    assert first[0] != first[1]
    for client in tenants:
        client.tab().check_alive()


def test_a_cookie_of_another_server_is_not_accepted(tenants):
    here, there = tenants
    there.sign_in()
    check_problem(here.get("/api/conversations"), 401, "unauthenticated")
    ((_, theirs),) = there.cookies.items()
    here.sign_in()
    (ours,) = here.cookies.keys() - {name for name, value in here.cookies.items() if value == theirs}
    here.cookies[ours] = theirs
    check_problem(here.get("/api/conversations"), 401, "unauthenticated")


def test_behind_tls_other_hosts_and_plain_pages_cannot_set_the_cookie(new_server, new_client):
    """A browser takes a __Host- cookie from this very host alone: the name without the prefix is nobody's."""
    client = new_client(new_server(CHATAPP_ORIGINS="https://chat.example"), signed_in=False)
    client.origin = "https://chat.example"
    reply = client.sign_in()
    attributes = {part.strip().lower() for part in reply.headers["Set-Cookie"].split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)
    ((name, value),) = client.cookies.items()
    assert name.startswith("__Host-")
    assert client.get("/api/conversations").status == 200
    client.cookies.clear()
    client.cookies[name.removeprefix("__Host-")] = value
    check_problem(client.get("/api/conversations"), 401, "unauthenticated")
