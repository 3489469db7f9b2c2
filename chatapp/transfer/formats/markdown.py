"""A conversation as a document to read."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from chatapp.transfer.formats.open_blocks import closed
from chatapp.transfer.labels import Words

MARKUP = re.compile(r"([\\`*\[\]<&|]|^[#>+~=-]|^\d+[.)])")


def document(
    conversation: dict[str, Any], slices: Iterable[list[dict[str, Any]]], elsewhere: int, words: Words
) -> Iterator[str]:
    """Write one branch, piece by piece. `elsewhere`: how many messages there are on others."""
    yield f"# {_line(conversation['title']) or words.untitled}\n\n{_moment(conversation['created_at'])}\n"
    if conversation["system_prompt"]:
        yield f"\n## {words.system_prompt}\n\n{closed(conversation['system_prompt'])}\n"
    for messages in slices:
        yield "".join(_turn(message, words) for message in messages)
    if elsewhere:
        yield f"\n---\n\n*{words.branches.format(count=elsewhere)}*\n"


def _turn(message: dict[str, Any], words: Words) -> str:
    parts = [f"\n## {_heading(message, words)}"]
    if message["reasoning"]:
        parts.append(f"<details>\n<summary>{words.reasoning}</summary>\n\n{closed(message['reasoning'])}\n\n</details>")
    if message["content"]:
        parts.append(closed(message["content"]).strip("\n"))
    if note := _note(message, words):
        parts.append(note)
    return "\n\n".join(parts) + "\n"


def _heading(message: dict[str, Any], words: Words) -> str:
    who = words.user if message["role"] == "user" else words.assistant
    facts = [f"{who} ({_line(message['model'])})" if message["model"] else who, _moment(message["created_at"])]
    if message["cached"]:
        facts.append(words.cached)
    return " · ".join(facts)


def _note(message: dict[str, Any], words: Words) -> str | None:
    text = {"stopped": words.stopped, "failed": words.failed, "interrupted": words.interrupted}.get(message["status"])
    if text is None:
        return None
    reason = words.told(message["error"]) if message["error"] else ""
    return f"*{text}*" + (f" {_line(reason)}" if reason else "")


def _line(text: str) -> str:
    """Return a text as one line that means itself in Markdown."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
