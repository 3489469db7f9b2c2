"""This application's own format: an export and its import lose nothing.

    {"format": "chatapp", "version": 1, "conversations": [{…, "messages": [{…}, …]}, …]}

Times are seconds since the epoch, as stored. Messages are ordered by id, so a parent comes before its children and
branches keep their order. Ids are valid only within the file.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import Field, ValidationError

from chatapp.errors import ChatError, Invalid, TooLarge
from chatapp.ids import new_id
from chatapp.protocol.payloads import BoundedOptions, Number, Payload, Text, Title, Utf8Text
from chatapp.transfer.formats.nodes import YEAR_2200
from chatapp.transfer.incoming import (
    Bounds,
    ImportCount,
    ImportTooLarge,
    IncomingConversation,
    IncomingMessage,
    Refuse,
    check_leaves,
)
from chatapp.transfer.json_reader import JsonReader

FORMAT, VERSION = "chatapp", 1
#: Fields that timings always have, possibly null.
TIMES = {"queued_ms", "first_token_ms", "total_ms"}
OBJECTS = ("options", "usage", "timings", "error")

Key = Annotated[Utf8Text, Field(min_length=1, max_length=100)]
ModelName = Annotated[Utf8Text, Field(max_length=400)]
Name = Annotated[Utf8Text, Field(max_length=100)]
Value = Annotated[Utf8Text, Field(max_length=10_000)] | Annotated[int, Field(ge=0, lt=2**53)]
Time = Annotated[Number, Field(ge=0, lt=YEAR_2200)]
Tokens = Annotated[int, Field(ge=0, lt=2**53)]
Milliseconds = Annotated[Number, Field(ge=0, lt=2**53)]


class UsageIn(Payload):
    prompt_tokens: Tokens
    completion_tokens: Tokens
    total_tokens: Tokens


class TimingsIn(Payload):
    queued_ms: Milliseconds | None
    first_token_ms: Milliseconds | None
    first_text_ms: Milliseconds | None = None
    total_ms: Milliseconds | None


class DetailIn(Payload):
    """The parts of the error message, for its translation."""

    text: Annotated[Utf8Text, Field(max_length=1000)]
    values: Annotated[dict[Name, Value], Field(max_length=8)]
    said: Annotated[Utf8Text, Field(max_length=10_000)] = ""


class NoticeIn(Payload):
    text: Annotated[Utf8Text, Field(max_length=1000)]
    values: Annotated[dict[Name, Value], Field(max_length=8)]


class ErrorIn(Payload):
    code: Annotated[Utf8Text, Field(min_length=1, max_length=100)]
    message: Annotated[Utf8Text, Field(max_length=10_000)]
    retry_after: Annotated[Number, Field(ge=0, lt=2**53)] | None = None
    detail: DetailIn | None = None
    reference: Annotated[Utf8Text, Field(max_length=100)] = ""


class MessageIn(Payload):
    id: Key
    parent_id: Key | None
    role: Literal["user", "assistant"]
    content: Text
    reasoning: Text = ""
    status: Literal["complete", "stopped", "failed", "interrupted"] = "complete"
    model: ModelName | None = None
    options: BoundedOptions | None = None
    usage: UsageIn | None = None
    timings: TimingsIn | None = None
    cached: bool = False
    cached_at: Time | None = None
    finish_reason: Annotated[Utf8Text, Field(max_length=1000)] | None = None
    error: ErrorIn | None = None
    answered_by: ModelName | None = None
    notices: Annotated[list[NoticeIn], Field(max_length=100)] | None = None
    attachments: list[Any] = Field(default_factory=list, max_length=0)
    created_at: Time


class ConversationIn(Payload):
    id: Key | None = None
    title: Title
    titled_by: Literal["words", "model", "person"] = "person"
    pinned: bool = False
    archived: bool = False
    model: ModelName | None = None
    system_prompt: Text | None = None
    options: BoundedOptions | None = None
    active_leaf_id: Key | None = None
    created_at: Time
    updated_at: Time


AnyPayload = TypeVar("AnyPayload", bound=Payload)


def check_head(head: dict[str, Any]) -> None:
    """Raise Invalid unless a file declares this format and a known version."""
    if head.get("format") != FORMAT:
        raise Invalid('format: must be "{format}"; a ChatGPT export is a list or has a mapping', format=FORMAT)
    if head.get("version") != VERSION or isinstance(head["version"], bool):
        raise Invalid(
            "version: must be {version}; a later version of this application wrote the file, or none", version=VERSION
        )
    if unknown := head.keys() - {"format", "version"}:
        raise Invalid("{place}: is not known", place=min(unknown)[:60])


def read_conversation(
    reader: JsonReader, place: str, bounds: Bounds, count: ImportCount, refuse: Refuse
) -> IncomingConversation | None:
    """Read and validate a conversation. It and its messages get ids of this server, in the order of the file.

    One with an error is read to its end, and `refuse` gets its title and the error. Returns None for such a one.
    """
    head: dict[str, Any] = {}
    messages: _Messages | None = None
    if reader.peek() != "{":
        reader.read_value()
        refuse(None, Invalid("{place}: must be an object", place=place))
        return None
    for name in reader.iter_names():
        if name == "messages" and reader.peek() == "[":
            messages = _Messages(f"{place}.messages", bounds, count)
            for index in reader.iter_items():
                messages.add(index, reader.read_value())
        else:
            head[name] = reader.read_value()
    try:
        if messages is None:
            raise Invalid("{place}: must be a list", place=f"{place}.messages")
        return _build(head, messages.checked(), place, bounds)
    except ChatError as error:
        refuse(head.get("title"), error)
        return None


def _build(head: dict[str, Any], ids: dict[str, IncomingMessage], place: str, bounds: Bounds) -> IncomingConversation:
    given = _validate(ConversationIn, head, place, bounds.prompt_characters, bounds)
    return IncomingConversation(
        id=new_id(),
        key=f"{FORMAT}:{given.id}" if given.id else None,
        **given.model_dump(exclude={"id", "active_leaf_id", "options"}),
        options=_copy_object(head, "options"),
        active_leaf_id=_find_active_leaf(given.active_leaf_id, place, ids),
        messages=list(ids.values()),
    )


class _Messages:
    """Validates a conversation's messages as they are read, up to the first error."""

    def __init__(self, place: str, bounds: Bounds, count: ImportCount) -> None:
        self._place, self._bounds, self._count = place, bounds, count
        self._error: ChatError | None = None
        #: By their ids in the file.
        self._ids: dict[str, IncomingMessage] = {}

    def add(self, index: int, raw: Any) -> None:
        if self._error is None:
            try:
                self._add(f"{self._place}[{index}]", raw)
            except ImportTooLarge:
                raise
            except ChatError as error:
                self._error = error

    def checked(self) -> dict[str, IncomingMessage]:
        """Return the messages. Raises the first error."""
        if self._error is not None:
            raise self._error
        check_leaves(self._place, list(self._ids.values()))
        return self._ids

    def _add(self, where: str, raw: Any) -> None:
        given = _validate(MessageIn, raw, where, self._bounds.text_characters, self._bounds)
        message = _link_message(given, raw, where, self._ids)
        self._count.add_message(where, len(message.content) + len(message.reasoning))


def _link_message(
    given: MessageIn, raw: dict[str, Any], place: str, ids: dict[str, IncomingMessage]
) -> IncomingMessage:
    """Link a message to its parent. Cycles are impossible: a parent comes before its child."""
    if given.id in ids:
        raise Invalid("{place}: another message of the conversation has it", place=f"{place}.id")
    if given.parent_id is not None and given.parent_id not in ids:
        raise Invalid("{place}: names no message that stands above this one", place=f"{place}.parent_id")
    parent = ids[given.parent_id] if given.parent_id is not None else None
    _check_role(given, place, parent)
    message = IncomingMessage(
        id=new_id(),
        parent_id=parent.id if parent else None,
        **given.model_dump(exclude={"id", "parent_id", "attachments", *OBJECTS}),
        **{name: _copy_object(raw, name) for name in OBJECTS},
    )
    ids[given.id] = message
    return message


def _check_role(given: MessageIn, place: str, parent: IncomingMessage | None) -> None:
    if given.role == "user":
        if parent and parent.role == "user":
            raise Invalid(
                "{place}: a question can only follow an answer, or begin a conversation", place=f"{place}.parent_id"
            )
        if given.status != "complete":
            raise Invalid("{place}: a question is complete", place=f"{place}.status")
        if not given.content.strip():
            raise Invalid("{place}: must say something", place=f"{place}.content")
    elif parent is None or parent.role != "user":
        raise Invalid("{place}: an answer can only follow a question", place=f"{place}.parent_id")


def _find_active_leaf(given: str | None, place: str, ids: dict[str, IncomingMessage]) -> str | None:
    if given is None and not ids:
        return None
    leaf = ids.get(given or "")
    if leaf is None:
        raise Invalid("{place}: names no message of the conversation", place=f"{place}.active_leaf_id")
    if any(message.parent_id == leaf.id for message in ids.values()):
        raise Invalid("{place}: names a message that others follow", place=f"{place}.active_leaf_id")
    return leaf.id


def _validate(model: type[AnyPayload], raw: Any, place: str, characters: int, bounds: Bounds) -> AnyPayload:
    """Return an object as a payload whose texts have so many characters at most. Raises Invalid or TooLarge."""
    if not isinstance(raw, dict):
        raise Invalid("{place}: must be an object", place=place)
    context = {"content_characters": characters, "options_bytes": bounds.options_bytes}
    try:
        return model.model_validate(raw, context=context)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
    texts = {"extra_forbidden": "is not known", "missing": "is missing"}
    kind = TooLarge if problem["type"] == "too_large" else Invalid
    fields = "".join(f"[{part}]" if isinstance(part, int) else f".{_printable(part)}" for part in problem["loc"])
    raise kind("{place}: {problem}", place=f"{place}{fields}", problem=texts.get(problem["type"], problem["msg"]))


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:60]


def _copy_object(raw: dict[str, Any], name: str) -> Any:
    """Return a validated object as it is in the file: the model would turn 1 into 1.0, and sort the names."""
    value = raw.get(name)
    return value and {key: one for key, one in value.items() if one is not None or key in TIMES}


def write_file(conversations: Iterable[tuple[dict[str, Any], Iterable[list[dict[str, Any]]]]]) -> Iterator[bytes]:
    """Write conversations, each with slices of its messages, piece by piece. Each message has its own line."""
    yield orjson.dumps({"format": FORMAT, "version": VERSION})[:-1] + b',"conversations":['
    separator = b"\n"
    for conversation, slices in conversations:
        yield separator + orjson.dumps(conversation)[:-1] + b',"messages":['
        separator = b"\n"
        for messages in slices:
            yield separator + b",\n".join(map(orjson.dumps, messages))
            separator = b",\n"
        yield b"]}"
        separator = b",\n"
    yield b"\n]}\n"
