"""Fixtures of the fault tests."""

from collections.abc import Iterator

import pytest

from support.client import Client
from support.processes import Server, Upstream


@pytest.fixture(scope="package")
def short_timeouts(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with short time-outs for the upstream."""
    env = {"CHATAPP_FIRST_TOKEN_TIMEOUT": "2", "CHATAPP_TOKEN_TIMEOUT": "2"}
    server = Server(tmp_path_factory.mktemp("short-timeouts"), upstream.url, **env).start()
    yield server
    server.close()


@pytest.fixture
def short_timeouts_client(short_timeouts: Server, new_client) -> Client:
    return new_client(short_timeouts)
