"""Fixtures of the live tests: a scripted upstream, servers, and clients that speak docs/protocol.md."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.client import Client
from support.paths import TESTS
from support.processes import Server, Upstream
from support.run_folder import RUN_FOLDER
from support.tab import Tab

settings.register_profile(
    "live",
    deadline=None,
    max_examples=20,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("live")


# What is imported and collected stays until the end: nothing is gained by searching it for garbage, again and again.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Make a folder for what the processes of a parallel run find out once for all of them."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="chatapp-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(RUN_FOLDER))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files so that no core is idle, up to the end of a parallel run.

    First those with a test that may take long, then the unit tests, which fail fastest, then the live tests, which
    wait, mixed with the browser tests, which compute. Those of many tests come first: the last ones are short.
    """
    files = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    long = [file for file in files if any(item.get_closest_marker("timeout") for item in file)]
    rest = [file for file in files if file not in long]
    waiting, computing = (sorted(_under(rest, folder), key=len, reverse=True) for folder in ("live", "browser"))
    mixed = sorted(_spread(waiting) + _spread(computing), key=lambda placed: placed[0])
    quick = [file for file in rest if file not in waiting and file not in computing]
    items[:] = [item for file in [*long, *quick, *(file for _, file in mixed)] for item in file]


def _under(files: list[list[pytest.Item]], folder: str) -> list[list[pytest.Item]]:
    return [file for file in files if TESTS / folder in file[0].path.parents]


def _spread(files: list[list[pytest.Item]]) -> list[tuple[float, list[pytest.Item]]]:
    """Place the files at equal distances between 0 and 1."""
    return [((n + 0.5) / len(files), file) for n, file in enumerate(files)]


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    """The demo upstream, a process of its own."""
    process = Upstream()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def server(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests share, begun in an empty folder; no test may cause a warning or an error in its log."""
    running = Server(tmp_path_factory.mktemp("instance"), upstream.url, empty=True).start()
    yield running
    running.close()


@pytest.fixture
def new_server(upstream: Upstream, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Make servers, each with its own folder, port and environment."""
    made: list[Server] = []

    def make(*, start: bool = True, base_url: str = upstream.url, **env: str) -> Server:
        folder = tmp_path / f"instance-{len(made)}"
        folder.mkdir()
        made.append(Server(folder, base_url, **env))
        return made[-1].start() if start else made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def module_server(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers with their own settings, which the tests of one file share."""
    made: list[Server] = []

    def make(*, start: bool = True, empty: bool = False, **env: str) -> Server:
        made.append(Server(tmp_path_factory.mktemp("shared"), upstream.url, empty=empty, **env))
        return made[-1].start() if start else made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def new_client(server: Server) -> Iterator[Callable[..., Client]]:
    """Make signed-in sessions, on the shared server unless another one is given."""
    made: list[Client] = []

    def make(on: Server = server, *, signed_in: bool = True) -> Client:
        client = Client(on.port)
        made.append(client)
        if signed_in:
            reply = client.sign_in()
            assert reply.status == 200, reply.body
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(new_client: Callable[..., Client]) -> Client:
    """A session on the shared server."""
    return new_client()


@pytest.fixture
def tab(client: Client) -> Tab:
    """A tab of that session."""
    return client.tab()
