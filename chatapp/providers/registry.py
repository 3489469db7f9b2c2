"""The provider registry: the models of all providers, the provider of each, and the default model."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatapp.errors import ProviderError
from chatapp.providers.base import ModelInfo, Prompt, Provider, continuation, newest_turns
from chatapp.providers.config_file import ListedModel
from chatapp.providers.limits import Limits
from chatapp.providers.model_listing import ModelListing
from chatapp.providers.prices import Price
from chatapp.server import concurrency

WAIT_SECONDS = 6.0
#: How long `models` waits for slow providers once another one has listed models.
SLOWEST_SECONDS = 1.0
PREFERRED = ("gpt-5-mini", "gpt-5", "gpt-4o-mini")


@dataclass(frozen=True, slots=True)
class ConfiguredProvider:
    """A provider with its settings. Without `models` it is asked for its own; time-outs are in seconds.

    `takes_others`: a model that is not in `models` can be named.
    """

    provider: Provider
    models: tuple[ListedModel, ...] = ()
    takes_others: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    price: Price | None = None
    system_prompt: str | None = None
    first_token_timeout: float = 120.0
    token_timeout: float = 60.0
    is_cached: bool = True
    makes_titles: bool = True

    @property
    def is_closed(self) -> bool:
        """Whether only the listed models can be chosen."""
        return not self.takes_others and (bool(self.models) or self.provider.lists_all)

    def offers(self, model: str) -> bool:
        """Tell whether a model can be chosen. `model`: the provider's own name of it."""
        if self.takes_others:
            return True
        if self.models:
            return any(each.id == model for each in self.models)
        return not self.provider.lists_all or model == self.provider.name


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A chosen model with its provider. `id`: its only one in the whole registry; `model`: the provider's name of it.

    `options`, `limits`, `price`, `system_prompt`: those of the operator.
    """

    configured: ConfiguredProvider
    id: str
    model: str
    options: dict[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    price: Price | None = None
    system_prompt: str | None = None

    def prompt(
        self, messages: list[dict[str, str]], system_prompt: str | None, options: dict[str, Any], partial: str = ""
    ) -> Prompt:
        """Return the prompt. `messages`: the path above the answer; `partial`: the text of an answer to continue.

        The operator's system prompt comes before the person's own. Raises ProviderError for what the operator's limits
        do not allow.
        """
        self.limits.check(options, system_prompt)
        merged = self.merged(options)
        if turns := merged.pop("max_turns", None):
            messages = newest_turns(messages, turns)
        if system := "\n\n".join(part for part in (self.system_prompt, system_prompt) if part):
            messages = [{"role": "system", "content": system}, *messages]
        return Prompt(self.model, continuation(messages, partial), merged)

    def merged(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return a person's options over the operator's, with a bound where neither has one."""
        return self.limits.fill({**self.options, **options})

    def bare_prompt(self, messages: list[dict[str, str]]) -> Prompt:
        """Return a prompt of the application itself: without the operator's defaults, but within the limits."""
        options = self.limits.fill({})
        options.pop("max_turns", None)
        return Prompt(self.model, messages, options)


class ProviderRegistry:
    """All configured providers. `is_named`: model ids are `provider/model`; else there is one provider with its ids."""

    def __init__(self, providers: Sequence[ConfiguredProvider], default: str, *, is_named: bool = False) -> None:
        self.providers = tuple(providers)
        self._default = default
        self._is_named = is_named
        self._listings = [ModelListing(configured.provider) for configured in providers]

    @property
    def lists_all(self) -> bool:
        """Whether only listed models are accepted."""
        return all(configured.is_closed for configured in self.providers)

    def close(self) -> None:
        """Close all providers."""
        for configured in self.providers:
            configured.provider.close()

    def refresh(self) -> None:
        """Request the models of each provider in the background, if its last list has expired."""
        for listing in self._listings:
            listing.refresh()

    def models(self) -> list[ModelInfo]:
        """Return the models last listed, and the default. Waits only for providers that have not answered yet."""
        self.refresh()
        self._wait_for_lists()
        models = [
            ModelInfo(self._id(configured, model.id), model.name, configured.provider.name)
            for configured, listing in zip(self.providers, self._listings, strict=True)
            for model in _models(configured, listing)
        ]
        default = self._default
        if default and all(model.id != default for model in models):
            models = [ModelInfo(default, default, self._split(default)[0].provider.name), *models]
        return models

    def down(self, localize: Callable[[ProviderError], str] = str) -> list[dict[str, str]]:
        """Return the unusable providers as `{"provider", "problem"}`. `localize`: turns an error into a message."""
        return [
            {"provider": listing.provider.name, "problem": localize(listing.problem)}
            for listing in self._listings
            if listing.problem
        ]

    def invalidate(self, model_id: str) -> None:
        """Let the next refresh ask a model's provider, since it has just failed. Raises ProviderError."""
        configured = self.choose(model_id).configured
        self._listings[self.providers.index(configured)].invalidate()

    def is_listed(self, model_id: str) -> bool:
        """Tell whether a model is in its provider's list, or in chatapp.toml."""
        return any(
            self._id(configured, model.id) == model_id
            for configured, listing in zip(self.providers, self._listings, strict=True)
            for model in _models(configured, listing)
        )

    def default(self) -> str:
        """Return the id of the default model, without waiting; empty while it is not known.

        Without a setting it is a model of the first provider, never of another one that happens to be up.
        """
        if self._default:
            return self._default
        self.refresh()
        names = [model.id for model in _models(self.providers[0], self._listings[0])]
        name = next((name for name in PREFERRED if name in names), names[0] if names else "")
        return self._id(self.providers[0], name) if name else ""

    def awaited_default(self) -> str:
        """Return the id of the default model; waits for a list if necessary. Empty if there is none."""
        if not self.default():
            self._listings[0].has_result.wait(WAIT_SECONDS)
        return self.default()

    def choose(self, model_id: str, *, by_operator: bool = False) -> ModelChoice:
        """Return a model with its provider, without waiting: the one place that judges a choice of model.

        `model_id` empty: the default; `by_operator`: it need not be one that is offered. Raises ProviderError.
        """
        model_id = model_id or self.default()
        if not model_id:
            problem = self._listings[0].problem
            if problem:
                raise problem.as_unavailable()
            raise ProviderError(
                "provider_unavailable",
                "No model is set, and the model's server does not list any. {setting} names one.",
                setting="`default` in chatapp.toml" if self._is_named else "CHATAPP_MODEL",
            )
        configured, model = self._split(model_id)
        if not by_operator and not configured.offers(model):
            raise ProviderError(
                "model_not_found", "The model {model} is not offered here. Choose another one.", model=model_id[:100]
            )
        own = next((each for each in configured.models if each.id == model), None) or ListedModel(id=model)
        return ModelChoice(
            configured,
            self._id(configured, model),
            model,
            options={**configured.options, **own.options.model_dump(exclude_none=True)},
            limits=configured.limits | own.limits,
            price=own.price or configured.price,
            system_prompt=own.system_prompt or configured.system_prompt,
        )

    def _split(self, model_id: str) -> tuple[ConfiguredProvider, str]:
        """Return the provider that a model's id names, and its own name of the model. Raises ProviderError."""
        if not self._is_named:
            return self.providers[0], model_id
        name, _, model = model_id.partition("/")
        for configured in self.providers:
            if configured.provider.name == name:
                return configured, model or name
        for configured, listing in zip(self.providers, self._listings, strict=True):
            # An id from before several providers were configured.
            if any(each.id == model_id for each in _models(configured, listing)):
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

    def _wait_for_lists(self) -> None:
        """Wait until all providers have models or a result; only briefly once one of them has models."""
        started = time.monotonic()

        def is_done() -> bool:
            pairs = list(zip(self.providers, self._listings, strict=True))
            if all(_models(*pair) or pair[1].has_result.is_set() for pair in pairs):
                return True
            return time.monotonic() - started >= SLOWEST_SECONDS and any(_models(*pair) for pair in pairs)

        concurrency.wait_until(is_done, WAIT_SECONDS)


def _models(configured: ConfiguredProvider, listing: ModelListing) -> list[ModelInfo]:
    name = listing.provider.name
    return [ModelInfo(model.id, model.name or model.id, name) for model in configured.models] or listing.models
