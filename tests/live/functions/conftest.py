"""A patched process that all tests share; each test has its own providers, log and children."""

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
    """The shared process; a test's providers end with the test."""
    yield patched
    patched.reset()
    eventually(lambda: patched.pids() == [], what="the end of all functions")


@pytest.fixture
def own_functions(tmp_path: Path) -> Iterator[Functions]:
    """A process of the test's own, in the test's folder, which the test may kill or change."""
    process = Functions(tmp_path)
    yield process
    process.close()
