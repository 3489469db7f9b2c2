"""Converts a conversation of a ChatGPT export (`conversations.json`) to messages of this application.

ChatGPT stores a tree of nodes: hidden ones, thoughts, tool calls, tool output and visible messages. Here it becomes
alternating questions and answers: all nodes between two questions are one answer, and if the nodes of an answer
branch, each branch is an answer of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chatapp.errors import Invalid, TooLarge
from chatapp.ids import new_id
from chatapp.transfer.formats.chatgpt_content import clean
from chatapp.transfer.formats.chatgpt_nodes import Node, link_visible, read_model, read_nodes, read_time
from chatapp.transfer.incoming import Bounds, ImportCount, IncomingConversation, IncomingMessage, newest_leaf
from chatapp.transfer.json_reader import JsonReader
from chatapp.transfer.labels import Labels

TITLE_CHARACTERS = 200


@dataclass(slots=True, eq=False)
class _Tail:
    """The messages' end at a node: a question, and the nodes of its answer so far. `answer` is set when it is built."""

    question: IncomingMessage
    node: Node | None = None
    before: "_Tail | None" = None
    answer: IncomingMessage | None = None


def read_conversation(
    reader: JsonReader, place: str, labels: Labels, bounds: Bounds, count: ImportCount
) -> IncomingConversation | None:
    """Read and validate a conversation. Returns None for one without messages."""
    if reader.peek() != "{":
        raise Invalid("{place}: must be an object", place=place)
    head: dict[str, Any] = {}
    for name in reader.iter_names():
        is_mapping = name == "mapping" and reader.peek() == "{"
        head[name] = read_nodes(reader, f"{place}.mapping", labels) if is_mapping else reader.read_value()
    return build_conversation(head, place, labels, bounds, count)


def build_conversation(
    head: dict[str, Any], place: str, labels: Labels, bounds: Bounds, count: ImportCount
) -> IncomingConversation | None:
    """Build a conversation's messages. `head["mapping"]` holds its nodes."""
    nodes = head.get("mapping")
    if not isinstance(nodes, dict):
        raise Invalid("{place}: must be an object, as in a ChatGPT export", place=f"{place}.mapping")
    created_at = read_time(head, "create_time", place)
    turns = _TurnBuilder(labels, bounds, count, read_model(head, "default_model_slug"))
    messages = turns.build(link_visible(nodes, created_at or 0.0))
    if not messages:
        return None
    title = _clean_title(head.get("title"))
    begun = messages[0].created_at if created_at is None else created_at
    return IncomingConversation(
        id=new_id(),
        title=title or None,
        titled_by="person" if title else "words",
        created_at=begun,
        updated_at=max(read_time(head, "update_time", place) or 0.0, begun),
        active_leaf_id=newest_leaf(messages, turns.find_message_id(head.get("current_node"), nodes)),
        pinned=head.get("is_starred") is True,
        archived=head.get("is_archived") is True,
        messages=messages,
    )


class _TurnBuilder:
    """Builds the messages of one conversation."""

    def __init__(self, labels: Labels, bounds: Bounds, count: ImportCount, model: str | None) -> None:
        self._labels, self._bounds, self._count, self._model = labels, bounds, count, model
        self._tails: dict[Node, _Tail] = {}
        #: Messages with their parents. Ids are assigned at the end, in the order of time.
        self._added: list[tuple[IncomingMessage, IncomingMessage | None]] = []

    def build(self, nodes: list[Node]) -> list[IncomingMessage]:
        """Return all messages, ordered by time, parents before children."""
        for node in nodes:
            self._tails[node] = self._tail(node, self._tails[node.visible_parent] if node.visible_parent else None)
        for node in nodes:
            if node.is_leaf:
                self._make_answer(self._tails[node], node.place)
        self._added.sort(key=lambda made: made[0].created_at)
        for message, parent in self._added:
            message.id = new_id()
            message.parent_id = parent.id if parent else None
        return [message for message, _ in self._added]

    def find_message_id(self, node_id: Any, nodes: dict[str, Node]) -> str | None:
        """Return the id of this node's message, or of the nearest one above it."""
        while isinstance(node_id, str) and node_id in nodes:
            tail = self._tails.get(nodes[node_id])
            if tail:
                return (tail.answer or tail.question).id
            node_id = nodes[node_id].parent_id
        return None

    def _tail(self, node: Node, before: _Tail | None) -> _Tail:
        if node.role == "user":
            above = self._make_answer(before, node.place) if before else None
            return _Tail(self._make_question(node, node.piece.text if node.piece else "", above))
        if before is None:
            before = _Tail(self._make_question(node, self._labels.no_question, None))
        return _Tail(before.question, node, before)

    def _make_question(self, node: Node, text: str, above: IncomingMessage | None) -> IncomingMessage:
        return self._add(IncomingMessage("", None, "user", text, node.at or 0.0), above, node.place)

    def _make_answer(self, tail: _Tail, place: str) -> IncomingMessage:
        """Return the answer that ends with this tail: an empty, interrupted one if the question has none."""
        if tail.answer is None:
            nodes = list(_answer_nodes(tail))[::-1]
            at = nodes[0].at if nodes else tail.question.created_at
            answer = IncomingMessage("", None, "assistant", "", at or 0.0, status="interrupted")
            if nodes:
                answer.content = _join(node.piece.text for node in nodes if node.piece)
                answer.reasoning = _join(node.piece.reasoning for node in nodes if node.piece)
                answer.model = next((node.model for node in reversed(nodes) if node.model), self._model)
                answer.status, answer.finish_reason = nodes[-1].status, nodes[-1].finish_reason
            tail.answer = self._add(answer, tail.question, place)
        return tail.answer

    def _add(self, message: IncomingMessage, parent: IncomingMessage | None, place: str) -> IncomingMessage:
        longest = self._bounds.text_characters
        if max(len(message.content), len(message.reasoning)) > longest:
            raise TooLarge("{place}: is a message of more than {n} characters", place=place, n=f"{longest:,}")
        self._count.add_message(place, len(message.content) + len(message.reasoning))
        self._added.append((message, parent))
        return message


def _answer_nodes(tail: _Tail) -> Iterator[Node]:
    step: _Tail | None = tail
    while step and step.node:
        yield step.node
        step = step.before


def _join(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text.strip())


def _clean_title(title: Any) -> str:
    plain = " ".join(clean(title).split()) if isinstance(title, str) else ""
    return plain if len(plain) <= TITLE_CHARACTERS else f"{plain[: TITLE_CHARACTERS - 1]}…"
