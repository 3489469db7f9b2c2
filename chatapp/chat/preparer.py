"""Prepares an answer before the write lock is taken: the model, the path above it, the prompt, its key and reserve."""

import contextlib
from typing import Any

from chatapp.chat import answer_cache, prompt_context
from chatapp.chat.budgets import Budgets, Spender
from chatapp.chat.jobs import AnswerTarget, Preparation
from chatapp.chat.prompt_context import ContextBounds
from chatapp.config import Settings
from chatapp.errors import NotOffered, ProviderError, Unavailable
from chatapp.providers.base import Prompt
from chatapp.providers.configured_provider import ModelChoice
from chatapp.providers.large_prompts import in_thread_if_large
from chatapp.providers.prices import estimate
from chatapp.providers.registry import ProviderRegistry
from chatapp.server import metrics


class Preparer:
    """Prepares answers. Here the operator's models and limits are judged, for every command."""

    def __init__(self, settings: Settings, registry: ProviderRegistry, budgets: Budgets) -> None:
        self._settings = settings
        self._registry = registry
        self._budgets = budgets

    def prepare(self, owner: str, address: str, target: AnswerTarget, partial: str) -> Preparation:
        """Read the path above the answer, and build its prompt and cache key. `partial`: of an answer to continue.

        Raises NotOffered, and Unavailable.
        """
        system_prompt = target.settings.system_prompt
        choice = self._choose(target.model, target.options, system_prompt)
        turns = (choice.merged(target.options) if choice else target.options).get("max_turns")
        bounds = ContextBounds(self._settings.context_messages, self._settings.context_bytes, turns)
        context = prompt_context.read(
            target.parent_id,
            system_prompt,
            bounds,
            question=target.content,
            partial=partial,
            has_reasoning=bool(choice and choice.configured.send_reasoning),
        )
        if choice is None:
            return Preparation(context, Spender(owner, address, ""))
        prompt, price = choice.prompt(context.messages, system_prompt, target.options, partial), choice.price
        is_counted = self._budgets.counts_spending
        return Preparation(
            context,
            Spender(owner, address, choice.id),
            choice,
            prompt,
            cache_key=None if target.message_id else self._cache_key(owner, choice, prompt),
            reserved=in_thread_if_large(prompt, lambda: estimate(prompt, price)) if is_counted else None,
        )

    def spender(self, owner: str, address: str, target: AnswerTarget) -> Spender:
        """Return who an answer will count for, without preparing it. Raises NotOffered, and Unavailable."""
        choice = self._choose(target.model, target.options, target.settings.system_prompt)
        return Spender(owner, address, choice.id if choice else "")

    def check(self, target: AnswerTarget) -> None:
        """Raise NotOffered for what the operator does not offer or allow, as far as it is known by now."""
        with contextlib.suppress(Unavailable):
            self._choose(target.model, target.options, target.settings.system_prompt)

    def _choose(self, model: str, options: dict[str, Any], system_prompt: str | None) -> ModelChoice | None:
        """Return the model with its provider; None while the default is not known: the runner waits for it.

        Raises NotOffered for what the operator does not offer or allow, and Unavailable.
        """
        try:
            choice = self._registry.choose(model)
            choice.limits.check(options, system_prompt)
        except ProviderError as error:
            if model:
                metrics.refusals.labels(error.code, "").inc()
                raise NotOffered(error) from None
            if self._budgets.counts_spending:
                raise Unavailable(
                    "The list of models is not available yet. Try again in a moment.", retry_after=1
                ) from None
            return None
        return choice

    def _cache_key(self, owner: str, choice: ModelChoice, prompt: Prompt) -> str | None:
        """Return the key under which an answer is cached and shared; None if it must not be."""
        settings, configured = self._settings, choice.configured
        if settings.cache == "off" or not configured.is_cached:
            return None
        if not settings.cache_varied and answer_cache.asks_for_variety(prompt.options):
            return None
        scope = owner if settings.cache == "owner" else ""
        identity = configured.provider.identity
        return in_thread_if_large(prompt, lambda: answer_cache.key_of(prompt, provider=identity, owner=scope))
