"""What a command that asks for an answer leads to: its target, its prompt, its result and the job to run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from chatapp.chat.answer_cache import CachedAnswer
from chatapp.chat.budgets import Spender
from chatapp.chat.conversations import ConversationSettings
from chatapp.chat.prompt_context import PromptContext
from chatapp.protocol.facts import Fact
from chatapp.providers.base import Chunk, Prompt
from chatapp.providers.configured_provider import ModelChoice
from chatapp.providers.prices import Estimate


@dataclass(frozen=True, slots=True)
class GenerationJob:
    """A stored generation with everything that it needs to run.

    `choice`, `prompt`: None while the model is not known. `reserved`: what was reserved for it, if spending is counted.
    `cached`: the answer that the cache has under `cached_key`. `shared_key`: the key of the stream that it may share;
    None: it has one of its own. `max_bytes`: of its text; `stored_bytes`: of the message before.
    """

    generation_id: str
    conversation_id: str
    message_id: str
    owner: str
    spender: Spender
    model: str
    options: dict[str, Any]
    context: PromptContext
    max_bytes: int
    stored_bytes: int = 0
    choice: ModelChoice | None = None
    prompt: Prompt | None = None
    reserved: Estimate | None = None
    cached: CachedAnswer | None = None
    cached_key: str | None = None
    shared_key: str | None = None

    def resolve(self, choice: ModelChoice) -> "GenerationJob":
        """Return the job with its prompt for a chosen model."""
        context = self.context
        prompt = choice.prompt(context.messages, context.system_prompt, self.options, context.partial)
        return replace(self, choice=choice, prompt=prompt)

    def stream(self) -> Iterator[Chunk]:
        """Open the provider's stream of a resolved job. Raises ProviderError."""
        if self.choice is None or self.prompt is None:
            raise ValueError("The job has no prompt yet")
        prompt = replace(self.prompt, conversation_id=self.conversation_id)
        return self.choice.configured.stream(prompt)


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of a stored command: facts to emit, and a job to start."""

    facts: tuple[Fact, ...]
    job: GenerationJob
    conversation: dict[str, Any]
    is_new_conversation: bool = False


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The ack and the effects of a command. A retried command returns the stored ack and has no effects.

    `facts`: to emit if the command starts no answer.
    """

    ack: dict[str, Any]
    conversation_id: str
    effects: Effects | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerTarget:
    """The place of an answer and everything that its prompt depends on: equal targets have equal prompts.

    `conversation_id`, `revision`: None for a new conversation. `content`: of a new question. `message_id`: of the
    answer to continue, `stored_bytes`: of its text. `edited_id`: the question of which the new one is another version.
    `bypass_cache`: neither answer from the cache nor share a stream. `is_queued`: the question waits below `parent_id`.
    """

    conversation_id: str | None
    revision: int | None
    parent_id: str | None
    settings: ConversationSettings
    model: str
    options: dict[str, Any]
    content: str | None = None
    message_id: str | None = None
    stored_bytes: int = 0
    client_message_id: str | None = None
    edited_id: str | None = None
    bypass_cache: bool = False
    is_queued: bool = False


@dataclass(frozen=True, slots=True)
class Preparation:
    """The result of the first transaction, as a job has it. `cache_key`: None for an answer that is not cached."""

    context: PromptContext
    spender: Spender
    choice: ModelChoice | None = None
    prompt: Prompt | None = None
    cache_key: str | None = None
    reserved: Estimate | None = None
