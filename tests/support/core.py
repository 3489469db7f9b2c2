"""The core without a server: real store, commands and answers; a scripted provider and recorded broadcasts."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from chatapp.chat import generations
from chatapp.chat.budgets import Budgets
from chatapp.chat.generations import FinalizedGeneration, Outcome
from chatapp.chat.jobs import CommandResult
from chatapp.chat.queue_commands import QueueCommands
from chatapp.chat.queued_answers import QueuedAnswers
from chatapp.chat.send import Sender
from chatapp.config import Settings
from chatapp.generation.runner import Runner
from chatapp.generation.title_writer import TitleWriter
from chatapp.ids import new_id, now
from chatapp.protocol.payloads import SendMessage
from chatapp.providers import Chunk, ModelInfo, Prompt, Reasoning
from chatapp.providers.config_file import ListedModel
from chatapp.providers.configured_provider import ConfiguredProvider
from chatapp.providers.registry import ProviderRegistry
from chatapp.server import concurrency
from chatapp.server.admission import Admission
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation, Message
from chatapp.storage.token_log import DatabaseTokenLog, Entry, TokenLog

OWNER, OTHER = new_id(), new_id()
WORKER = new_id()
MODEL = "model"
END = object()
QUICK: dict[str, Any] = {"flush_ms": 0, "titles": False}
DEFAULTS = Settings(_env_file=None, **QUICK)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Let the other tasks run until a condition is true."""
    assert concurrency.wait_until(lambda: bool(condition()), seconds, every=0), "the condition did not become true"


def settle() -> None:
    """Let every task run up to where it waits."""
    for _ in range(10):
        concurrency.sleep()


class OtherInstance:
    """The instance of a process that did not store the answers; `alive`: the other workers that live."""

    def __init__(self, *alive: str) -> None:
        self.worker = new_id()
        self.alive = set(alive)

    def is_alive(self, worker: str) -> bool:
        return worker == self.worker or worker in self.alive


class ScriptedStream:
    """One stream of the provider. Yields the chunks that the test gives it, and waits for more."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.is_closed = False
        self._script: deque[object] = deque()
        self._news = concurrency.Event()

    def say(self, *chunks: Chunk | Exception) -> "ScriptedStream":
        """Yield these chunks; raise those that are errors."""
        self._script.extend(chunks)
        self._news.set()
        return self

    def end(self) -> None:
        """End after the chunks so far."""
        self._script.append(END)
        self._news.set()

    def chunks(self) -> Iterator[Chunk]:
        try:
            while True:
                self._news = concurrency.Event()
                while self._script:
                    step = self._script.popleft()
                    if step is END:
                        return
                    if isinstance(step, Exception):
                        raise step
                    yield step  # type: ignore[misc]
                self._news.wait()
        finally:
            self.is_closed = True


class ScriptedProvider:
    """Records every stream that is opened. `opening`: the error with which a stream fails to open."""

    name = identity = "scripted"
    lists_all = False

    def __init__(self) -> None:
        self.streams: list[ScriptedStream] = []
        self.opening: Exception | None = None

    def models(self) -> list[ModelInfo]:
        return [ModelInfo(MODEL, MODEL, self.name)]

    def stream(self, prompt: Prompt) -> Iterator[Chunk]:
        if self.opening:
            raise self.opening
        self.streams.append(ScriptedStream(prompt))
        return self.streams[-1].chunks()

    def close(self) -> None:
        pass


class Emit(NamedTuple):
    event: str
    payload: dict[str, Any]
    room: str


class Emits(list[Emit]):
    """Everything that was broadcast. `on_emit` is called with each emit, as it happens."""

    on_emit: Callable[[Emit], None] | None = None

    def emit(self, event: str, payload: dict[str, Any], *, room: str) -> None:
        self.append(Emit(event, payload, room))
        if self.on_emit:
            self.on_emit(self[-1])

    def named(self, *events: str) -> list[dict[str, Any]]:
        """Return the payloads of these events."""
        return [emit.payload for emit in self if emit.event in events]

    def tokens(self, generation_id: str) -> list[dict[str, Any]]:
        return [token for token in self.named("token") if token["id"] == generation_id]

    def text(self, generation_id: str, kind: str = "text") -> str:
        """Return the text of a generation as a tab saw it."""
        return "".join(token["text"] for token in self.tokens(generation_id) if token.get("kind", "text") == kind)


class Core:
    """One process: its provider, its commands and its answers. `configured`: fields of the provider's configuration."""

    def __init__(
        self, token_log: TokenLog | None = None, configured: dict[str, Any] | None = None, **settings: Any
    ) -> None:
        self.settings = Settings(_env_file=None, **{**QUICK, **settings}) if settings else DEFAULTS
        self.provider = ScriptedProvider()
        fields = {"models": (ListedModel(id=MODEL),), "takes_others": True, **(configured or {})}
        self.registry = ProviderRegistry([ConfiguredProvider(self.provider, **fields)], MODEL)
        self.admission, self.budgets = Admission(self.settings.question_bounds), Budgets(self.settings)
        self.log: TokenLog = token_log or DatabaseTokenLog(db)
        titles = TitleWriter(self.settings, self.registry, self.budgets)
        queued = QueuedAnswers(self.settings, WORKER, self.registry, self.admission, self.budgets)
        self.runner = Runner(self.settings, self.log, self.registry, self.budgets, titles, queued)
        self.queue = QueueCommands(self.settings, WORKER)
        self.sender = Sender(self.settings, WORKER, self.registry, self.admission, self.budgets)

    def close(self) -> None:
        """End what still runs."""
        self.admission.is_draining = True
        for stream in self.provider.streams:
            stream.end()
        until(lambda: not self.runner.conversation_ids())

    def send(self, content: str = "Hello", conversation_id: str | None = None, **fields: Any) -> CommandResult:
        """Store a question of OWNER."""
        return self.sender.send(OWNER, question(content, conversation_id, **fields))

    def finalize(
        self, result: CommandResult, text: str = "", status: str = "complete", **outcome: Any
    ) -> FinalizedGeneration | None:
        """Log the text of a stored answer and end it, without a runner."""
        generation_id = result.ack["generation_id"]
        if text:
            self.log.append([Entry(generation_id, self.log.last_seq(generation_id) + 1, "text", text)])
        return generations.finalize(generation_id, Outcome(status, **outcome), self.log, self.settings.cache_bytes)

    def exchange(self, content: str = "Hello", conversation_id: str | None = None, **fields: Any) -> CommandResult:
        """Store a question and its complete answer, which repeats the question."""
        result = self.send(content, conversation_id, **fields)
        self.finalize(result, f"You said: {content}")
        return result

    def run(self, result: CommandResult) -> ScriptedStream:
        """Run a stored answer. Returns its stream, once it is opened."""
        opened = len(self.provider.streams)
        assert result.effects is not None
        self.runner.start(result.effects)
        until(lambda: len(self.provider.streams) > opened)
        return self.provider.streams[-1]

    def until_ended(self, result: CommandResult) -> Message:
        """Wait for the end of a running answer. Returns its message as stored."""
        until(lambda: not self.runner.is_running(result.ack["generation_id"]))
        return message(result.ack["assistant_message_id"])


def question(content: str = "Hello", conversation_id: str | None = None, **fields: Any) -> SendMessage:
    fields = {"client_message_id": new_id(), **fields}
    return SendMessage(conversation_id=conversation_id, content=content, **fields)


def conversation(conversation_id: str) -> Conversation:
    with db.read() as session:
        return session.get_one(Conversation, conversation_id)


def message(message_id: str) -> Message:
    with db.read() as session:
        return session.get_one(Message, message_id)


def generation(generation_id: str) -> Generation:
    with db.read() as session:
        return session.get_one(Generation, generation_id)


def store_path(exchanges: int, status: str = "complete", owner: str = OWNER) -> list[str]:
    """Store a conversation of so many exchanges; `status`: its last answer's. Returns its id and its messages'."""
    conversation_id, ids, at = new_id(), [new_id() for _ in range(2 * exchanges)], now()
    with db.write() as session:
        row = Conversation(id=conversation_id, owner=owner, title="Path", created_at=at, updated_at=at)
        row.active_leaf_id = ids[-1]
        session.add(row)
        session.flush()
        for number, message_id in enumerate(ids):
            session.add(
                Message(
                    id=message_id,
                    conversation_id=conversation_id,
                    parent_id=ids[number - 1] if number else None,
                    role="assistant" if number % 2 else "user",
                    content=f"Message {number}. " * 20,
                    status=status if message_id == ids[-1] else "complete",
                    created_at=at,
                )
            )
    return [conversation_id, *ids]


def log_texts(token_log: TokenLog, generation_id: str, *texts: str) -> None:
    """Append these texts, each as an entry; those that are `Reasoning` as reasoning."""
    seq = token_log.last_seq(generation_id)
    for number, text in enumerate(texts, seq + 1):
        kind = "reasoning" if isinstance(text, Reasoning) else "text"
        token_log.append([Entry(generation_id, number, kind, text)])
