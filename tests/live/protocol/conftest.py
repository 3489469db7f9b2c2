"""Fixtures of the protocol tests."""

from collections.abc import Iterator

import pytest

from support.client import Client
from support.processes import Server


@pytest.fixture(scope="module")
def module_client(server: Server) -> Iterator[Client]:
    """A session that the tests of one module share."""
    client = Client(server.port)
    assert client.sign_in().status == 200
    yield client
    client.close()
