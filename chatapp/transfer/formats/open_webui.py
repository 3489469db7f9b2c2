"""Open WebUI's export of chats: a list of rows with `chat.history.messages` by id. Sources: docs/exchange.md."""

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
    note_file,
    note_tool,
    one_line,
    split_thoughts,
)
from chatapp.transfer.formats.turns import Outline
from chatapp.transfer.labels import Labels

ROLES = {"user": "user", "assistant": "assistant", "system": ""}


def is_chat(head: dict[str, Any]) -> bool:
    """Tell whether an object is a row of the export, or the `chat` of one."""
    chat = _chat(head)
    return isinstance(chat.get("history"), dict) or ("chat" in head and isinstance(chat.get("messages"), list))


def outline(head: dict[str, Any], place: str, labels: Labels) -> Outline:
    """Return a chat's outline. A chat of before trees has a list of messages, which follow one another."""
    chat = _chat(head)
    history = as_dict(chat.get("history"))
    by_id = history.get("messages")
    listed = list(by_id.values()) if isinstance(by_id, dict) else chat.get("messages")
    models = chat.get("models")
    params = as_dict(chat.get("params"))
    return Outline(
        source="open-webui",
        nodes=make_nodes(
            listed,
            f"{place}.messages",
            id_of=lambda raw: raw.get("id"),
            parent_of=lambda raw, above: raw.get("parentId", None if isinstance(by_id, dict) else above),
            read=lambda raw, where: _read_node(raw, where, labels),
        ),
        id=head.get("id"),
        title=head.get("title") or chat.get("title"),
        created_at=find_time(head, "created_at") or find_time(chat, "timestamp"),
        updated_at=find_time(head, "updated_at"),
        current=history.get("currentId") or head.get("current_message_id"),
        model=read_model({"model": models[0]}, "model") if isinstance(models, list) and models else None,
        system_prompt=first_text(params, "system") or first_text(chat, "system"),
        pinned=head.get("pinned") is True,
        archived=head.get("archived") is True,
    )


def _chat(head: dict[str, Any]) -> dict[str, Any]:
    chat = head.get("chat")
    return chat if isinstance(chat, dict) else head


def _read_node(raw: dict[str, Any], place: str, labels: Labels) -> Node:
    role = ROLES.get(raw["role"]) if isinstance(raw.get("role"), str) else None
    if role is None:
        raise Invalid("{place}: must be user, assistant, tool or system", place=f"{place}.role")
    node = Node(place, None, role=role, at=find_time(raw, "timestamp"))
    piece = _read_piece(raw, labels)
    if role and (piece.text.strip() or piece.reasoning.strip()):
        node.piece = piece if role == "assistant" else Piece(piece.text)
        node.model = read_model(raw, "model") if role == "assistant" else None
        if role == "assistant" and (raw.get("done") is False or raw.get("error")):
            node.status = "interrupted"
    return node


def _read_piece(raw: dict[str, Any], labels: Labels) -> Piece:
    content = raw.get("content")
    parts = dicts(content)
    text = content if isinstance(content, str) else join(first_text(part, "text") for part in parts)
    piece = split_thoughts(text) if raw.get("role") == "assistant" else Piece(text)
    reasoning = [piece.reasoning] if piece.reasoning else [_output(one) for one in dicts(raw.get("output"))]
    files = [
        note_file(first_text(file, "name"), first_text(file, "content_type") or f"{first_text(file, 'type')}/", labels)
        for file in dicts(raw.get("files"))
    ]
    return join_piece([piece.text, *files, _sources(raw)], reasoning)


def _output(item: dict[str, Any]) -> str:
    """Return what stands in the answer's output beside its text: thoughts, and calls of tools."""
    if item.get("type") == "reasoning":
        return join(first_text(part, "text") for part in dicts(item.get("content")))
    if item.get("type") == "function_call":
        return note_tool(first_text(item, "name"), first_text(item, "arguments"))
    if item.get("type") == "function_call_output":
        return note_tool("", join(first_text(part, "text") for part in dicts(item.get("output"))))
    return ""


def _sources(raw: dict[str, Any]) -> str:
    """Return the list that the numbers in a text, `[1]`, point to."""
    lines = []
    for number, one in enumerate(dicts(raw.get("sources")), 1):
        source = as_dict(one.get("source"))
        url, name = first_text(source, "url"), one_line(first_text(source, "name", "url", "id"))
        name = name.replace("[", "(").replace("]", ")")
        is_link = url.startswith(("https://", "http://"))
        lines.append(f"{number}. [{name}]({url.replace(')', '%29')})" if is_link else f"{number}. {name}")
    return "\n".join(lines)
