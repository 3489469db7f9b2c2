"""The parts of one application, as its handlers reach them."""

from dataclasses import dataclass
from typing import Any

from chatapp.chat.answer_cache import asks_for_variety, key_of
from chatapp.chat.messages import Asked
from chatapp.chat.send import Terms
from chatapp.config import Settings
from chatapp.errors import ProviderError
from chatapp.generation.recovery import Recovery
from chatapp.generation.runner import Generations
from chatapp.providers.registry import Catalogue
from chatapp.server.instance import Instance
from chatapp.storage.token_log import TokenLog
from chatapp.web.auth import Sessions
from chatapp.web.rate_limit import RateLimit


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    instance: Instance
    token_log: TokenLog
    catalogue: Catalogue
    generations: Generations
    recovery: Recovery
    sessions: Sessions
    message_limit: RateLimit | None

    def terms(self, owner: str) -> Terms:
        """Return the terms of an owner's next answer."""

        def admit() -> None:
            self.generations.check_open()
            if self.message_limit:
                self.message_limit.take(owner)

        return Terms(
            worker=self.instance.worker,
            default_model=self.catalogue.default(),
            generations_per_owner=self.settings.generations_per_owner,
            admit=admit,
            key_of=self._cache_key,
            cache_seconds=self.settings.cache_seconds,
        )

    def _cache_key(self, owner: str, model: str, asked: Asked, options: dict[str, Any]) -> str | None:
        """Return under what an answer is cached and shared; None where it is not to be."""
        settings = self.settings
        if settings.cache == "off":
            return None
        try:
            choice = self.catalogue.choose(model)
        except ProviderError:  # the answer will say so
            return None
        prompt = choice.prompt(asked.messages, asked.system_prompt, options)
        if not choice.source.is_cached or (not settings.cache_varied and asks_for_variety(prompt.options)):
            return None
        whose = owner if settings.cache == "owner" else ""
        return key_of(prompt, provider=choice.source.provider.identity, owner=whose)
