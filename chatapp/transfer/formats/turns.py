"""Builds a conversation of this application from the nodes of another product's.

A tree of nodes holds hidden ones, thoughts, tool calls, tool output and visible messages. Here it becomes alternating
questions and answers: all nodes between two questions are one answer, and if the nodes of an answer branch, each
branch is an answer of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chatapp.errors import TooLarge
from chatapp.ids import new_id, now
from chatapp.transfer.formats.nodes import Node, link_visible
from chatapp.transfer.formats.texts import clean, join, one_line
from chatapp.transfer.incoming import Bounds, ImportCount, IncomingConversation, IncomingMessage, newest_leaf
from chatapp.transfer.labels import Labels

TITLE_CHARACTERS = 200
KEY_CHARACTERS = 200


@dataclass(slots=True)
class Outline:
    """A conversation of another product. `id`: its id there; `current`: the id of the node that was shown last."""

    source: str
    nodes: dict[str, Node]
    id: Any = None
    title: Any = None
    created_at: float | None = None
    updated_at: float | None = None
    current: Any = None
    model: str | None = None
    system_prompt: str = ""
    pinned: bool = False
    archived: bool = False


@dataclass(slots=True, eq=False)
class _Tail:
    """The messages' end at a node: a question, and the nodes of its answer so far. `answer` is set when it is built."""

    question: IncomingMessage
    node: Node | None = None
    before: "_Tail | None" = None
    answer: IncomingMessage | None = None


def build_conversation(
    outline: Outline, labels: Labels, bounds: Bounds, count: ImportCount
) -> IncomingConversation | None:
    """Build a conversation. Returns None for one without messages. Raises Invalid or TooLarge."""
    turns = _TurnBuilder(labels, bounds, count, outline.model)
    begun = outline.created_at
    if begun is None:  # the first time that is known, or now
        begun = min((node.at for node in outline.nodes.values() if node.at is not None), default=now())
    messages = turns.build(link_visible(outline.nodes, begun))
    if not messages:
        return None
    title = clean_title(outline.title)
    prompt = clean(outline.system_prompt).strip()
    return IncomingConversation(
        id=new_id(),
        key=_key(outline.source, outline.id),
        title=title or None,
        titled_by="person" if title else "words",
        created_at=begun,
        updated_at=max(outline.updated_at or messages[-1].created_at, begun),
        active_leaf_id=newest_leaf(messages, turns.find_message_id(outline.current, outline.nodes)),
        pinned=outline.pinned,
        archived=outline.archived,
        system_prompt=prompt if prompt and len(prompt) <= bounds.prompt_characters else None,
        messages=messages,
    )


def clean_title(title: Any) -> str:
    plain = one_line(clean(title)) if isinstance(title, str) else ""
    return plain if len(plain) <= TITLE_CHARACTERS else f"{plain[: TITLE_CHARACTERS - 1]}…"


def _key(source: str, own_id: Any) -> str | None:
    if isinstance(own_id, dict):
        own_id = own_id.get("$oid")  # MongoDB's
    return f"{source}:{clean(own_id)[:KEY_CHARACTERS]}" if isinstance(own_id, str) and own_id else None


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
                answer.content = join(node.piece.text for node in nodes if node.piece)
                answer.reasoning = join(node.piece.reasoning for node in nodes if node.piece)
                answer.model = next((node.model for node in reversed(nodes) if node.model), self._model)
                answer.status = nodes[-1].status
                answer.finish_reason = clean(nodes[-1].finish_reason) if nodes[-1].finish_reason else None
            tail.answer = self._add(answer, tail.question, place)
        return tail.answer

    def _add(self, message: IncomingMessage, parent: IncomingMessage | None, place: str) -> IncomingMessage:
        message.content, message.reasoning = clean(message.content), clean(message.reasoning)
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
