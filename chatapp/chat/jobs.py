"""What a command that asks for an answer leads to: its target, its prompt, its result and the job to run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from chatapp.chat.answer_cache import CachedAnswer
from chatapp.chat.conversations import ConversationSettings
from chatapp.chat.messages import PromptContext
from chatapp.protocol.facts import Fact
from chatapp.providers.base import Chunk, Prompt
from chatapp.providers.registry import ModelChoice


@dataclass(frozen=True, slots=True)
class GenerationJob:
    """A stored generation that is to be run.

    `choice` and `prompt`: the model and what it is asked; none where the model is not known yet. `cached`: the answer,
    where the cache has it under `cached_by`. `shared_key`: of the stream that it may share; none: one of its own.
    """

    generation_id: str
    conversation_id: str
    message_id: str
    owner: str
    model: str
    options: dict[str, Any]
    context: PromptContext
    choice: ModelChoice | None = None
    prompt: Prompt | None = None
    cached: CachedAnswer | None = None
    cached_by: str | None = None
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
        return self.choice.configured.provider.stream(prompt)


@dataclass(frozen=True, slots=True)
class Effects:
    """What a stored command leads to: facts for all tabs, and a generation to run."""

    facts: tuple[Fact, ...]
    job: GenerationJob
    conversation: dict[str, Any]
    is_new_conversation: bool = False


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A retried command returns the stored ack and has no effects."""

    ack: dict[str, Any]
    conversation_id: str
    effects: Effects | None = None


@dataclass(frozen=True, slots=True)
class AnswerTarget:
    """Where an answer goes, and all that its prompt depends on: while this is equal, the prompt holds.

    `conversation_id`, `revision`: none for a new conversation. `message_id`: of the answer that is to go on.
    """

    conversation_id: str | None
    revision: int | None
    parent_id: str | None
    settings: ConversationSettings
    model: str
    options: dict[str, Any]
    content: str | None = None
    message_id: str | None = None
    client_message_id: str | None = None
    is_anew: bool = False


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is known before anything is written. `cache_key`: of the answer; none for one that is not to be cached."""

    context: PromptContext
    choice: ModelChoice | None
    prompt: Prompt | None
    cache_key: str | None
