"""Fixtures of the fault tests."""

from collections.abc import Iterator

import pytest

from support.client import Client
from support.processes import Server, Upstream


@pytest.fixture(scope="package")
def impatient(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that soon loses its patience with the upstream."""
    env = {"CHATAPP_FIRST_TOKEN_TIMEOUT": "2", "CHATAPP_TOKEN_TIMEOUT": "2"}
    server = Server(tmp_path_factory.mktemp("impatient"), upstream.url, **env).start()
    yield server
    server.close()


@pytest.fixture
def impatient_client(impatient: Server, new_client) -> Client:
    return new_client(impatient)
