"""Stored answers that commands refer to."""

import pytest


@pytest.fixture
def exchange(core):
    """A complete exchange: its conversation, question and answer."""
    ack = core.exchange("First").ack
    return ack["conversation"]["id"], ack["message"]["id"], ack["assistant_message_id"]


@pytest.fixture
def stopped(core):
    """A stopped answer that has some text."""
    result = core.send("First")
    core.finalize(result, "Once upon", "stopped")
    return result.ack["assistant_message_id"]
