"""A patched process for the providers of all tests; each test has providers, a log and children of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.functions import Functions
from support.waiting import eventually


@pytest.fixture(scope="session")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    process = Functions(tmp_path_factory.mktemp("patched"))
    yield process
    process.close()


@pytest.fixture
def functions(patched: Functions) -> Iterator[Functions]:
    """The process that tests share; what one of them starts ends with it."""
    yield patched
    patched.reset()
    eventually(lambda: patched.pids() == [], what="the end of all functions")


@pytest.fixture
def own_functions(tmp_path: Path) -> Iterator[Functions]:
    """A process for one test, which may kill it or change its environment. It runs in the test's folder."""
    process = Functions(tmp_path)
    yield process
    process.close()
