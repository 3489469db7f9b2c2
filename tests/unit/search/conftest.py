"""Libraries: one for each test, and a shared one for examples with an owner each."""

import pytest

from unit.search.library import Library


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A library that examples share; each example has an owner of its own."""
    library = Library(tmp_path_factory.mktemp("library"))
    yield library
    library.close()


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path)
    yield library
    library.close()
