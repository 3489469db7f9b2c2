"""Computing with large prompts without holding up every tab."""

from collections.abc import Callable
from typing import TypeVar

from chatapp.providers.base import Prompt
from chatapp.providers.conversation import texts_of
from chatapp.server import concurrency

#: From how many characters on a prompt is encoded and digested in a native thread.
LARGE_CHARACTERS = 128 * 1024

Result = TypeVar("Result")


def in_thread_if_large(prompt: Prompt, compute: Callable[[], Result]) -> Result:
    """Compute something from a prompt, as its digest or its encoding; from a large one in a native thread."""
    characters = len(prompt.partial) + sum(len(text) for message in prompt.messages for text in texts_of(message))
    return compute() if characters < LARGE_CHARACTERS else concurrency.in_thread(compute)
