"""The question: the words of the command line, and the text of a pipe."""

import json
import re
from typing import Any, TextIO

from chatapp.terminal.failure import Failure

ENVELOPE_BYTES = 256  # of a frame, in addition to the request: the command's name and ids


def read_piped(stream: TextIO, limits: dict[str, int]) -> str:
    """Read piped text, at most one character more than the limit."""
    text = stream.read(limits["content_characters"] + 1)
    if "\0" in text:
        raise Failure("What is piped in is not text.")
    return text


def compose(words: str, piped: str) -> str:
    """Return the question: the words, then the piped text in a block. Without words, only the piped text."""
    if not piped.strip() or not words.strip():
        return words if words.strip() else piped
    return f"{words}\n\n{fence_text(piped)}"


def fence_text(text: str) -> str:
    """Return the text as a Markdown block with a fence longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{fence}"


def check_size(request: dict[str, Any], limits: dict[str, int]) -> None:
    """Raise Failure for a request that the server would refuse as too large."""
    most = limits["content_characters"]
    if len(request["content"]) > most:
        raise Failure(f"The question, with what is piped in, is longer than the server accepts: {most:,} characters.")
    size = len(json.dumps(request, ensure_ascii=False).encode()) + ENVELOPE_BYTES
    if size > limits["frame_bytes"]:
        raise Failure(f"The question is larger than the server accepts: {size:,} of {limits['frame_bytes']:,} bytes.")
