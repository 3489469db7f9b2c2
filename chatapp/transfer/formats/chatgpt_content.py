"""Converts the content of a ChatGPT message, of many types, to text or reasoning."""

import json
import re
from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from chatapp.transfer.formats.canvas import open_directives, read_textdoc
from chatapp.transfer.formats.open_blocks import fence_text
from chatapp.transfer.formats.texts import Piece, dicts, first_text, join, note_file, one_line
from chatapp.transfer.labels import Labels

#: Internal notes of the assistant, and summaries of neighbouring messages.
SKIPPED = frozenset({"user_editable_context", "model_editable_context", "reasoning_recap", "system_error"})
#: ChatGPT marks references with private-use characters: \ue200 kind \ue202 value \ue201. Does not backtrack.
REFERENCE = re.compile("\ue200([a-z_]*+)\ue202?+([^\ue200\ue201]*+)\ue201")
PRIVATE = re.compile("[\ue200-\ue206]")
LINK = re.compile(r"[\[\]]")


def read_piece(message: dict[str, Any], labels: Labels, files: dict[str, str]) -> Piece:
    """Return the content of a message. An unknown content type is replaced by a note.

    `files`: the names of the export's files, by their ids.
    """
    content = message.get("content")
    kind = _name(content.get("content_type")) if isinstance(content, dict) else "?"
    if not isinstance(content, dict) or kind in SKIPPED:
        return Piece()
    role, recipient = message["author"]["role"], message.get("recipient")
    names = ChainMap(_attached_names(message), files)  # not a copy: an export may have tens of thousands of files
    if document := read_textdoc(recipient, first_text(content, "text") or join(_spoken(content))):
        return Piece(text=document)
    is_spoken = role in {"user", "assistant"} and (recipient is None or recipient == "all")
    text = _text(kind, content, labels, names, is_spoken=is_spoken)
    if kind == "thoughts":
        return Piece(reasoning=text)
    if is_spoken:
        return Piece(text=open_directives(_resolve_references(text, message.get("metadata"))))
    # To or from a tool: ChatGPT shows it collapsed, too. A tool's pictures belong to the answer.
    pictures = join(_note(part, labels, names) for part in _parts(content) if not isinstance(part, str))
    return Piece(text=pictures if role == "tool" else "", reasoning=_prefix_tool_name(text, message))


def _text(kind: str, content: dict[str, Any], labels: Labels, names: Mapping[str, str], *, is_spoken: bool) -> str:
    if kind == "thoughts":
        return _thoughts(content.get("thoughts"))
    if kind == "code":
        text = first_text(content, "text") or join(_spoken(content))
        return fence_text(text, _language(content)) if text.strip() else ""
    if kind == "execution_output":
        text = first_text(content, "text")
        return fence_text(text) if text.strip() else ""
    if kind == "tether_quote":
        lines = [first_text(content, "title"), first_text(content, "url"), first_text(content, "text")]
        return join(lines)
    parts = [
        part if isinstance(part, str) else _note(part, labels, names)
        for part in _parts(content)
        if is_spoken or isinstance(part, str)
    ]
    known = join(parts) or first_text(content, "text", "result", "content", "summary")
    if known or kind in {"text", "multimodal_text", "tether_browsing_display"} or not is_spoken:
        return known
    return f"[{labels.other.format(name=kind)}]"


def _thoughts(thoughts: Any) -> str:
    """Return the thoughts with their headlines. Skips anything of another type."""
    lines = []
    for thought in dicts(thoughts):
        summary, body = first_text(thought, "summary").strip(), first_text(thought, "content").strip()
        lines += [f"**{summary}**"] if summary else []
        lines += [body] if body else []
    return "\n\n".join(lines)


def _parts(content: dict[str, Any]) -> list[Any]:
    parts = content.get("parts")
    return parts if isinstance(parts, list) else []


def _spoken(content: dict[str, Any]) -> list[str]:
    return [part for part in _parts(content) if isinstance(part, str)]


def _note(part: Any, labels: Labels, names: Mapping[str, str]) -> str:
    """Return a note for a part that is not text: a file that is not in the export's JSON."""
    if not isinstance(part, dict):
        return ""
    kind = _name(part.get("content_type"))
    if kind == "audio_transcription":
        return first_text(part, "text")
    for word in ("image", "video", "audio"):
        if word in kind:
            pointer = first_text(part, "asset_pointer").rpartition("/")[2]
            return note_file(names.get(pointer, ""), word, labels)
    return f"[{labels.other.format(name=kind)}]"


def _attached_names(message: dict[str, Any]) -> dict[str, str]:
    return {first_text(file, "id"): first_text(file, "name") for file in _attachments(message)}


def _attachments(message: dict[str, Any]) -> list[dict[str, Any]]:
    metadata = message.get("metadata")
    return dicts(metadata.get("attachments")) if isinstance(metadata, dict) else []


def list_attachments(message: dict[str, Any], labels: Labels) -> str:
    """Return the names of a question's attached files, except images, which are among its parts."""
    return "\n".join(
        note_file(first_text(file, "name"), "", labels)
        for file in _attachments(message)
        if first_text(file, "name") and not first_text(file, "mime_type", "mimeType").startswith("image/")
    )


def read_file_names(index: Any) -> dict[str, str]:
    """Return the names in `conversation_asset_file_names.json` by the ids of files; made ones have none."""
    pairs = index.items() if isinstance(index, dict) else ()
    return {
        asset.removesuffix(".dat"): name
        for asset, name in pairs
        if isinstance(name, str) and "/" not in name and asset.removesuffix(".dat") != name
    }


def _resolve_references(text: str, metadata: Any) -> str:
    """Replace the references in a text with the links that ChatGPT shows; remove hidden ones."""
    metadata = metadata if isinstance(metadata, dict) else {}
    text = _link_citations(text, dicts(metadata.get("citations")))
    references = dicts(metadata.get("content_references"))
    shown = {first_text(one, "matched_text"): first_text(one, "alt") for one in references}
    if "\ue200" in text:
        text = REFERENCE.sub(lambda match: shown.get(match[0]) or _entity(match), text)
    return PRIVATE.sub("", text)


def _link_citations(text: str, citations: list[dict[str, Any]]) -> str:
    """Replace the marks of older exports, `【1†source】`, with links to the pages that they cite."""
    found = []
    for one in citations:
        start, end, page = one.get("start_ix"), one.get("end_ix"), one.get("metadata")
        if (
            isinstance(start, int)
            and isinstance(end, int)
            and text[start : start + 1] == "【"
            and isinstance(page, dict)
        ):
            title, url = one_line(first_text(page, "title")), first_text(page, "url")
            if start < end and url.startswith(("https://", "http://")):
                found.append((start, end, f" ([{LINK.sub(' ', title) or url}]({url.replace(')', '%29')}))"))
    pieces, at = [], 0
    for start, end, link in sorted(found):
        if start >= at:
            pieces += [text[at:start], link]
            at = end
    return "".join([*pieces, text[at:]])


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
    return f"`{name[:100]}`\n\n{text}" if isinstance(name, str) and name.strip("` ") else text


def _language(content: dict[str, Any]) -> str:
    language = first_text(content, "language")
    return language if re.fullmatch(r"[A-Za-z0-9+#.-]{1,30}", language) and language != "unknown" else ""


def _name(kind: Any) -> str:
    return kind[:60] if isinstance(kind, str) and kind else "?"
