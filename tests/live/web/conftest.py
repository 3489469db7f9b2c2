"""Fixtures of the tests of what clients reach."""

from live.protocol.conftest import module_client

__all__ = ["module_client"]
