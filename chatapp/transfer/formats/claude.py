"""Claude's export: `conversations.json`, since September 2026 in a zip of its own (`conversations-000.zip`).

Sources: docs/exchange.md. The manifest with the links to the zips is no conversation; `import_file` says so.
"""

import json
from typing import Any

from chatapp.errors import Invalid
from chatapp.transfer.formats.nodes import Node, find_time, make_nodes, read_model
from chatapp.transfer.formats.texts import (
    Piece,
    as_dict,
    dicts,
    first_text,
    join,
    join_piece,
    note_document,
    note_file,
    note_tool,
    one_line,
)
from chatapp.transfer.formats.turns import Outline
from chatapp.transfer.labels import Labels

ROLES = {"human": "user", "assistant": "assistant"}
#: What surrounds a conversation: the limit of its length, and instructions that were put into questions.
SKIPPED = frozenset({"injected_prompt_block", "token_budget", "summaries", "flag"})
ARTIFACT_LANGUAGES = {
    "text/markdown": "markdown",
    "text/html": "html",
    "image/svg+xml": "svg",
    "application/vnd.ant.mermaid": "mermaid",
    "application/vnd.ant.react": "jsx",
}


def outline(head: dict[str, Any], place: str, labels: Labels) -> Outline:
    """Return a conversation's outline. Messages without a parent follow one another."""
    return Outline(
        source="claude",
        nodes=make_nodes(
            head["chat_messages"],
            f"{place}.chat_messages",
            id_of=lambda raw: raw.get("uuid"),
            parent_of=lambda raw, above: raw.get("parent_message_uuid") or above,
            read=lambda raw, where: _read_node(raw, where, labels),
        ),
        id=head.get("uuid"),
        title=head.get("name"),
        created_at=find_time(head, "created_at"),
        updated_at=find_time(head, "updated_at"),
        current=head.get("current_leaf_message_uuid"),
        model=read_model(head, "model"),
        pinned=head.get("is_starred") is True,
    )


def _read_node(raw: dict[str, Any], place: str, labels: Labels) -> Node:
    role = ROLES.get(raw["sender"]) if isinstance(raw.get("sender"), str) else None
    if role is None:
        raise Invalid("{place}: must be human or assistant", place=f"{place}.sender")
    piece = _read_content(raw, labels)
    if role == "user":
        piece = Piece(join([piece.text, *_list_files(raw, labels)]))
    node = Node(place, None, role=role, at=find_time(raw, "created_at"))
    if piece.text.strip() or piece.reasoning.strip():
        node.piece = piece
    return node


def _read_content(raw: dict[str, Any], labels: Labels) -> Piece:
    texts: list[str] = []
    reasoning: list[str] = []
    for block in dicts(_decode(raw.get("content"))):
        kind = first_text(block, "type")
        if kind == "text":
            texts.append(first_text(block, "text") + _cite(block))
        elif kind == "thinking":
            reasoning.append(first_text(block, "thinking"))
        elif kind == "tool_use":
            document = _artifact(block)
            texts.append(document)
            reasoning += [] if document else [note_tool(first_text(block, "name"), _dump(block.get("input")))]
        elif kind == "tool_result":
            result = block.get("content")
            lines = [first_text(one, "text") for one in dicts(result)] if isinstance(result, list) else [_dump(result)]
            reasoning.append(note_tool(first_text(block, "name"), join(lines)))
        elif kind in {"image", "document"}:
            media = "image/" if kind == "image" else ""
            texts.append(note_file(first_text(block, "title", "file_name"), media, labels))
        elif kind not in SKIPPED:
            texts.append(first_text(block, "text") or f"[{labels.other.format(name=one_line(kind)[:60] or '?')}]")
    if not any(text.strip() for text in texts + reasoning):
        texts = [first_text(raw, "text")]
    return join_piece(texts, reasoning)


def _decode(content: Any) -> Any:
    """Return the blocks, which some exports have as a text of JSON."""
    if not isinstance(content, str):
        return content
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return [{"type": "text", "text": content}]


def _artifact(block: dict[str, Any]) -> str:
    """Return a document that was made in the conversation, or its changed part; empty for other tools."""
    made = block.get("input")
    if block.get("name") != "artifacts" or not isinstance(made, dict):
        return ""
    text = first_text(made, "content", "new_str")
    language = ARTIFACT_LANGUAGES.get(first_text(made, "type"), first_text(made, "language"))
    return note_document(first_text(made, "title", "id"), text, "".join(language.split())[:30]) if text.strip() else ""


def _cite(block: dict[str, Any]) -> str:
    """Return links to the pages that a text cites, for the end of the text."""
    links = {}
    for one in dicts(block.get("citations")):
        details = as_dict(one.get("details"))
        url = first_text(one, "url") or first_text(details, "url")
        if url.startswith(("https://", "http://")):
            title = one_line(first_text(one, "title") or first_text(details, "title"))
            links[url] = f"[{title.replace('[', '(').replace(']', ')') or url}]({url.replace(')', '%29')})"
    return f" ({', '.join(links.values())})" if links else ""


def _list_files(raw: dict[str, Any], labels: Labels) -> list[str]:
    """Return a question's files: their names, and the text that Claude has read from them."""
    found = []
    for file in dicts(raw.get("attachments")):
        name, text = first_text(file, "file_name"), first_text(file, "extracted_content")
        found.append(join([note_file(name, "", labels) if name or not text else "", text]))
    seen = set()
    for file in (*dicts(raw.get("files")), *dicts(raw.get("files_v2"))):
        name = first_text(file, "file_name")
        own_id = first_text(file, "file_uuid") or name
        if own_id not in seen:
            seen.add(own_id)
            found.append(note_file(name, "image/" if file.get("file_kind") == "image" else "", labels))
    return found


def _dump(value: Any) -> str:
    if isinstance(value, str) or not value:
        return value or ""
    return json.dumps(value, ensure_ascii=False, indent=2)
