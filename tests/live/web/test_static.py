"""The page's files: immutable, under an address that changes with them."""

import re

import pytest


@pytest.fixture
def page(client):
    reply = client.get("/")
    assert reply.status == 200
    return reply.body.decode()


def addresses(page):
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', page)


def test_every_file_of_the_page_is_served_as_immutable(client, page):
    assert len(addresses(page)) >= 8
    for address in addresses(page):
        reply = client.get(address)
        assert reply.status == 200, address
        assert "immutable" in reply.headers["Cache-Control"], address


def test_an_address_of_an_older_version_gives_the_current_file_uncached(client, page):
    address = next(address for address in addresses(page) if address.endswith("app.js"))
    older = re.sub(r"/static/\w+/", "/static/0123456789ab/", address)
    reply = client.get(older)
    assert reply.body == client.get(address).body
    assert "immutable" not in reply.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["../wsgi.py", "%2e%2e/wsgi.py", "js/../../wsgi.py", "nothing.js", ""])
def test_nothing_else_is_served(client, path):
    assert client.get(f"/static/x/{path}").status == 404
