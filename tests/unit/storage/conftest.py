"""A stored generation."""

import pytest


@pytest.fixture
def generation_id(core):
    """A stored generation without entries."""
    return core.send().ack["generation_id"]
