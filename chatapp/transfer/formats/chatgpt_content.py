"""Converts the content of a ChatGPT message, of many types, to text or reasoning."""

import json
import re
from dataclasses import dataclass
from typing import Any

from chatapp.transfer.formats.open_blocks import fence_text
from chatapp.transfer.labels import Labels

#: Internal notes of the assistant, and summaries of neighbouring messages.
SKIPPED = frozenset({"user_editable_context", "model_editable_context", "reasoning_recap", "system_error"})
#: ChatGPT marks references with private-use characters: \ue200 kind \ue202 value \ue201. Does not backtrack.
REFERENCE = re.compile("\ue200([a-z_]*+)\ue202?+([^\ue200\ue201]*+)\ue201")
PRIVATE = re.compile("[\ue200-\ue206]")


@dataclass(slots=True)
class Piece:
    """The part of an answer (or of a question, which has only `text`) in one message."""

    text: str = ""
    reasoning: str = ""


def read_piece(message: dict[str, Any], labels: Labels) -> Piece:
    """Return the content of a message. An unknown content type is replaced by a note."""
    content = message.get("content")
    kind = _name(content.get("content_type")) if isinstance(content, dict) else "?"
    if not isinstance(content, dict) or kind in SKIPPED:
        return Piece()
    role, recipient = message["author"]["role"], message.get("recipient")
    is_spoken = role in {"user", "assistant"} and (recipient is None or recipient == "all")
    text = clean(_text(kind, content, labels, is_spoken=is_spoken))
    if kind == "thoughts":
        return Piece(reasoning=text)
    if is_spoken:
        return Piece(text=_resolve_references(text, message.get("metadata")))
    # To or from a tool: ChatGPT shows it collapsed, too. A tool's pictures belong to the answer.
    pictures = "\n\n".join(_note(part, labels) for part in _parts(content) if not isinstance(part, str))
    return Piece(text=pictures if role == "tool" else "", reasoning=_prefix_tool_name(text, message))


def clean(text: str) -> str:
    """Return a text that every database can store: U+FFFD replaces lone surrogates and U+0000."""
    text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _text(kind: str, content: dict[str, Any], labels: Labels, *, is_spoken: bool) -> str:
    if kind == "thoughts":
        return _thoughts(content.get("thoughts"))
    if kind == "code":
        text = _first(content, "text") or "\n\n".join(part for part in _parts(content) if isinstance(part, str))
        return fence_text(text, _language(content)) if text.strip() else ""
    if kind == "execution_output":
        text = _first(content, "text")
        return fence_text(text) if text.strip() else ""
    if kind == "tether_quote":
        lines = [_first(content, "title"), _first(content, "url"), _first(content, "text")]
        return "\n\n".join(line for line in lines if line.strip())
    parts = [
        part if isinstance(part, str) else _note(part, labels)
        for part in _parts(content)
        if is_spoken or isinstance(part, str)
    ]
    known = "\n\n".join(part for part in parts if part.strip()) or _first(
        content, "text", "result", "content", "summary"
    )
    if known or kind in {"text", "multimodal_text", "tether_browsing_display"} or not is_spoken:
        return known
    return f"[{labels.other.format(name=kind)}]"


def _thoughts(thoughts: Any) -> str:
    """Return the thoughts with their headlines. Skips anything of another type."""
    lines = []
    for thought in thoughts if isinstance(thoughts, list) else []:
        if isinstance(thought, dict):
            summary, body = _first(thought, "summary").strip(), _first(thought, "content").strip()
            lines += [f"**{summary}**"] if summary else []
            lines += [body] if body else []
    return "\n\n".join(lines)


def _parts(content: dict[str, Any]) -> list[Any]:
    parts = content.get("parts")
    return parts if isinstance(parts, list) else []


def _note(part: Any, labels: Labels) -> str:
    """Return a note for a part that is not text: a file that is not in the export's JSON."""
    if not isinstance(part, dict):
        return ""
    kind = _name(part.get("content_type"))
    if kind == "audio_transcription":
        return _first(part, "text")
    for word, note in (("image", labels.image), ("video", labels.video), ("audio", labels.audio)):
        if word in kind:
            return f"[{note}]"
    return f"[{labels.other.format(name=kind)}]"


def list_attachments(message: dict[str, Any], labels: Labels) -> str:
    """Return the names of a question's attached files, except images, which are among its parts."""
    metadata = message.get("metadata")
    files = metadata.get("attachments") if isinstance(metadata, dict) else None
    names = [
        _first(file, "name")
        for file in (files if isinstance(files, list) else [])
        if isinstance(file, dict) and not _first(file, "mime_type", "mimeType").startswith("image/")
    ]
    return "\n".join(f"[{labels.file}: {clean(name)[:200]}]" for name in names if name)


def _resolve_references(text: str, metadata: Any) -> str:
    """Replace the references in a text with the links that ChatGPT shows; remove hidden ones."""
    references = metadata.get("content_references") if isinstance(metadata, dict) else None
    shown = {
        _first(one, "matched_text"): _first(one, "alt")
        for one in (references if isinstance(references, list) else [])
        if isinstance(one, dict)
    }
    if "\ue200" in text:
        text = REFERENCE.sub(lambda match: clean(shown.get(match[0]) or _entity(match)), text)
    return PRIVATE.sub("", text)


def _entity(match: re.Match[str]) -> str:
    """Return the name in `entity ["city","Seoul","…"]`, which is part of the sentence; empty for other kinds."""
    if match[1] != "entity":
        return ""
    try:
        value = json.loads(match[2])
    except (ValueError, RecursionError):
        return ""
    return value[1] if isinstance(value, list) and len(value) > 1 and isinstance(value[1], str) else ""


def _prefix_tool_name(text: str, message: dict[str, Any]) -> str:
    if not text.strip():
        return ""
    author = message["author"]
    name = author.get("name") if author["role"] == "tool" else message.get("recipient")
    return f"`{clean(name)[:100]}`\n\n{text}" if isinstance(name, str) and name.strip("` ") else text


def _language(content: dict[str, Any]) -> str:
    language = _first(content, "language")
    return language if re.fullmatch(r"[A-Za-z0-9+#.-]{1,30}", language) and language != "unknown" else ""


def _first(holder: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := holder.get(name), str) and value), "")


def _name(kind: Any) -> str:
    return clean(kind)[:60] if isinstance(kind, str) and kind else "?"
