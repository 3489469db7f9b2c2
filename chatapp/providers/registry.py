"""The registry of models: which there are, who answers as each, and which one answers when none is named."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatapp.errors import ProviderError
from chatapp.providers.base import ModelInfo, Prompt, Provider, continuation, newest_turns
from chatapp.providers.config_file import ListedModel
from chatapp.providers.model_listing import ModelListing
from chatapp.server import concurrency

WAIT_SECONDS = 6.0
#: How long a list waits for the slowest provider while others have answered.
SLOWEST_SECONDS = 1.0
PREFERRED = ("gpt-5-mini", "gpt-5", "gpt-4o-mini")


@dataclass(frozen=True, slots=True)
class ConfiguredProvider:
    """A provider as it is configured. Without `models` it is asked which it has; time-outs are in seconds."""

    provider: Provider
    models: tuple[ListedModel, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    system_prompt: str | None = None
    first_token_timeout: float = 120.0
    token_timeout: float = 60.0
    is_cached: bool = True
    makes_titles: bool = True


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that was chosen: who answers, as what, and what it is asked with unless the question says otherwise."""

    configured: ConfiguredProvider
    model: str
    options: dict[str, Any]
    system_prompt: str | None

    def prompt(
        self, messages: list[dict[str, str]], system_prompt: str | None, options: dict[str, Any], partial: str = ""
    ) -> Prompt:
        """Return what the model is asked: `messages` is the path, `partial` an answer that is to go on."""
        asked_with = {**self.options, **options}
        if turns := asked_with.pop("max_turns", None):
            messages = newest_turns(messages, turns)
        if system := system_prompt or self.system_prompt:
            messages = [{"role": "system", "content": system}, *messages]
        return Prompt(self.model, continuation(messages, partial), asked_with)


class ProviderRegistry:
    """All models. With `is_named`, ids are `provider/model`; else there is one provider, and ids are its own."""

    def __init__(self, providers: Sequence[ConfiguredProvider], default: str, *, is_named: bool = False) -> None:
        self.providers = tuple(providers)
        self._default = default
        self._is_named = is_named
        self._listings = [ModelListing(configured.provider) for configured in providers]

    @property
    def lists_all(self) -> bool:
        """Whether no other models than the listed ones can be asked."""
        return all(configured.provider.lists_all for configured in self.providers)

    def close(self) -> None:
        """Close all providers."""
        for configured in self.providers:
            configured.provider.close()

    def refresh(self) -> None:
        """Ask the providers for their models, in the background, where the last list is old."""
        for listing in self._listings:
            listing.refresh()

    def models(self) -> list[ModelInfo]:
        """Return the models, as last listed. Waits only for providers that were never heard of."""
        self.refresh()
        self._wait()
        known = [
            ModelInfo(self._id(configured, model.id), model.name, configured.provider.name)
            for configured, listing in zip(self.providers, self._listings, strict=True)
            for model in _models(configured, listing)
        ]
        default = self._default
        if default and all(model.id != default for model in known):
            known = [ModelInfo(default, default, self._split(default)[0].provider.name), *known]
        return known

    def down(self, localize: Callable[[ProviderError], str] = str) -> list[dict[str, str]]:
        """Return what cannot be used now: `{"provider", "problem"}`, the problem in the words of `localize`."""
        return [
            {"provider": listing.provider.name, "problem": localize(listing.problem)}
            for listing in self._listings
            if listing.problem
        ]

    def doubt(self, model_id: str) -> None:
        """Look at a model's provider again soon: it has just failed."""
        configured = self.choose(model_id).configured
        self._listings[self.providers.index(configured)].doubt()

    def is_listed(self, model_id: str) -> bool:
        """Tell whether a model is known to be there: by its provider's own list, or by the operator's."""
        return any(
            self._id(configured, model.id) == model_id
            for configured, listing in zip(self.providers, self._listings, strict=True)
            for model in _models(configured, listing)
        )

    def default(self) -> str:
        """Return the id of the default model, without waiting; empty while it is not known.

        It is one of the first provider's: another one that happens to be up is no substitute that nobody asked for.
        """
        if self._default:
            return self._default
        self.refresh()
        names = [model.id for model in _models(self.providers[0], self._listings[0])]
        name = next((name for name in PREFERRED if name in names), names[0] if names else "")
        return self._id(self.providers[0], name) if name else ""

    def awaited_default(self) -> str:
        """Return the id of the default model; empty when none is set and none can be listed."""
        if not self.default():
            self._listings[0].was_asked.wait(WAIT_SECONDS)
        return self.default()

    def choose(self, model_id: str) -> ModelChoice:
        """Return who answers as a model, without waiting; empty: the default. Raises ProviderError."""
        model_id = model_id or self.default()
        if not model_id:
            problem = self._listings[0].problem
            if problem:
                raise problem.again()
            raise ProviderError(
                "provider_unavailable",
                "No model is set, and the model's server does not list any. {setting} names one.",
                setting="`default` in chatapp.toml" if self._is_named else "CHATAPP_MODEL",
            )
        configured, model = self._split(model_id)
        listed = next((one for one in configured.models if one.id == model), None)
        options = {**configured.options, **(listed.options.model_dump(exclude_none=True) if listed else {})}
        return ModelChoice(configured, model, options, (listed and listed.system_prompt) or configured.system_prompt)

    def _split(self, model_id: str) -> tuple[ConfiguredProvider, str]:
        """Return the configured that a model's id names, and the model as it calls it."""
        if not self._is_named:
            return self.providers[0], model_id
        name, _, model = model_id.partition("/")
        for configured in self.providers:
            if configured.provider.name == name:
                return configured, model or name
        for configured, listing in zip(self.providers, self._listings, strict=True):
            # As it was called before there were several providers.
            if any(one.id == model_id for one in _models(configured, listing)):
                return configured, model_id
        names = ", ".join(configured.provider.name for configured in self.providers)
        raise ProviderError(
            "model_not_found",
            "There is no model {model} here. Models are named provider/model; the providers are {providers}.",
            model=repr(model_id[:100]),
            providers=names,
        )

    def _id(self, configured: ConfiguredProvider, model: str) -> str:
        name = configured.provider.name
        return model if not self._is_named or model == name else f"{name}/{model}"

    def _wait(self) -> None:
        """Wait for providers that were never heard of; for the slowest only a little where another has models."""
        started = time.monotonic()

        def is_enough() -> bool:
            pairs = list(zip(self.providers, self._listings, strict=True))
            if all(_models(*pair) or pair[1].was_asked.is_set() for pair in pairs):
                return True
            return time.monotonic() - started >= SLOWEST_SECONDS and any(_models(*pair) for pair in pairs)

        concurrency.wait_until(is_enough, WAIT_SECONDS)


def _models(configured: ConfiguredProvider, listing: ModelListing) -> list[ModelInfo]:
    name = listing.provider.name
    return [ModelInfo(model.id, model.name or model.id, name) for model in configured.models] or listing.models
