"""Answers that run on the core."""

from chatapp.errors import ProviderError
from support.core import OWNER

DOWN = ProviderError("provider_unavailable", "The model's server is unavailable.")


def start(core, content="Hello", **fields):
    """Store and run an answer. Returns the command's result, and the stream once it is opened."""
    result = core.send(content, **fields)
    return result, core.run(result)


def emitted_text(emits, result):
    return emits.text(result.ack["generation_id"])


def stop(core, result):
    return core.runner.stop(OWNER, result.ack["generation_id"])
