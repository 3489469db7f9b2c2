"""Libraries: one for each test, and one for examples that each have an owner of their own."""

import pytest

from unit.search.library import Library


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A library for examples that each have an owner of their own."""
    library = Library(tmp_path_factory.mktemp("library"))
    yield library
    library.close()


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path)
    yield library
    library.close()
