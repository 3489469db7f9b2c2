"""Writes a conversation as a Markdown document."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from chatapp.providers.model_names import display_name
from chatapp.transfer.formats.open_blocks import close_blocks
from chatapp.transfer.labels import Labels

MARKUP = re.compile(r"([\\`*\[\]<&|]|^[#>+~=-]|^\d+[.)])")


def write_document(
    conversation: dict[str, Any], slices: Iterable[list[dict[str, Any]]], elsewhere: int, labels: Labels
) -> Iterator[str]:
    """Write one branch, piece by piece. `elsewhere`: the number of messages on other branches."""
    yield f"# {_escape_line(conversation['title']) or labels.untitled}\n\n{_format_time(conversation['created_at'])}\n"
    if conversation["system_prompt"]:
        yield f"\n## {labels.system_prompt}\n\n{close_blocks(conversation['system_prompt'])}\n"
    for messages in slices:
        yield "".join(_write_message(message, labels) for message in messages)
    if elsewhere:
        yield f"\n---\n\n*{labels.branches.format(count=elsewhere)}*\n"


def _write_message(message: dict[str, Any], labels: Labels) -> str:
    parts = [f"\n## {_heading(message, labels)}"]
    if message["reasoning"]:
        reasoning = close_blocks(message["reasoning"])
        parts.append(f"<details>\n<summary>{labels.reasoning}</summary>\n\n{reasoning}\n\n</details>")
    if message["content"]:
        parts.append(close_blocks(message["content"]).strip("\n"))
    if note := _note(message, labels):
        parts.append(note)
    return "\n\n".join(parts) + "\n"


def _heading(message: dict[str, Any], labels: Labels) -> str:
    who = labels.user if message["role"] == "user" else labels.assistant
    author = f"{who} ({_escape_line(display_name(message['model']))})" if message["model"] else who
    facts = [author, _format_time(message["created_at"])]
    if message["cached"]:
        facts.append(labels.cached)
    return " · ".join(facts)


def _note(message: dict[str, Any], labels: Labels) -> str | None:
    text = {"stopped": labels.stopped, "failed": labels.failed, "interrupted": labels.interrupted}.get(
        message["status"]
    )
    if text is None:
        return None
    reason = labels.describe_error(message["error"]) if message["error"] else ""
    return f"*{text}*" + (f" {_escape_line(reason)}" if reason else "")


def _escape_line(text: str) -> str:
    """Return a text as one line, with Markdown escaped."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def _format_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
