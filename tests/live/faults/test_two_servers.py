"""Two servers on one host share a browser's cookies, as browsers do not separate cookies by port."""

import pytest

from support.client import Client
from support.processes import Server
from support.shapes import check_problem


@pytest.fixture(scope="module")
def second_server(upstream, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("second"), upstream.url).start()
    yield server
    server.close()


@pytest.fixture
def clients_with_one_jar(server, second_server):
    """Two clients with one cookie jar, one per server."""
    clients = Client(server.port), Client(second_server.port)
    clients[1].cookies = clients[0].cookies
    yield clients
    for client in clients:
        client.close()


def test_each_server_keeps_its_owner(clients_with_one_jar):
    first = [client.sign_in().json["owner"] for client in clients_with_one_jar]
    for client in clients_with_one_jar:
        assert client.get("/").status == 200
    again = [client.sign_in().json["owner"] for client in clients_with_one_jar]
    assert again == first
    assert first[0] != first[1]
    for client in clients_with_one_jar:
        client.tab().check_alive()


def test_a_cookie_of_another_server_is_not_accepted(clients_with_one_jar):
    here, there = clients_with_one_jar
    there.sign_in()
    check_problem(here.get("/api/conversations"), 401, "unauthenticated")
    ((_, other_value),) = there.cookies.items()
    here.sign_in()
    (own_name,) = here.cookies.keys() - {name for name, value in here.cookies.items() if value == other_value}
    here.cookies[own_name] = other_value
    check_problem(here.get("/api/conversations"), 401, "unauthenticated")


def test_behind_tls_other_hosts_and_plain_pages_cannot_set_the_cookie(new_server, new_client):
    """A browser accepts a __Host- cookie from this host only; the name without the prefix is not accepted."""
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
