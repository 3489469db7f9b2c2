"""The provider registry: the models of all providers, the provider of each, and the default model."""

import contextlib
import time
from collections.abc import Callable, Sequence

from chatapp.errors import ProviderError
from chatapp.providers.base import ModelInfo
from chatapp.providers.configured_provider import ConfiguredProvider, ModelChoice
from chatapp.providers.model_listing import ModelListing
from chatapp.server import concurrency

WAIT_SECONDS = 6.0
#: How long `models` waits for slow providers once another one has listed models.
SLOWEST_SECONDS = 1.0
PREFERRED = ("gpt-5-mini", "gpt-5", "gpt-4o-mini")


class ProviderRegistry:
    """All configured providers. `is_named`: model ids are `provider/model`; else there is one provider with its ids."""

    def __init__(self, providers: Sequence[ConfiguredProvider], default: str, *, is_named: bool = False) -> None:
        self.providers = tuple(providers)
        self._is_named = is_named
        self._listings = [
            ModelListing(configured.provider, shows_words=configured.shows_words) for configured in providers
        ]
        self._default, self._own_default = "", default
        if default:
            configured, model = self._split(default)
            self._default = self._id(configured, configured.names.name_of(model))

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
            ModelInfo(
                self._id(configured, model.id),
                model.name,
                configured.provider.name,
                configured.limits_of(model.id).payload(),
                model.description,
            )
            for configured, listing in zip(self.providers, self._listings, strict=True)
            for model in _models(configured, listing)
        ]
        default = self._default
        if default and all(model.id != default for model in models):
            configured, name = self._split(default)
            limits = configured.limits_of(name).payload()
            models = [ModelInfo(default, default, configured.provider.name, limits), *models]
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
                "No model is set, and the model's server does not list any. Set {setting}.",
                setting="default in chatapp.toml" if self._is_named else "CHATAPP_MODEL",
            )
        configured, model = self._split(model_id)
        if not by_operator and not configured.offers(model):
            raise ProviderError(
                "model_not_found", "The model {model} is not offered here. Choose another one.", model=model_id[:100]
            )
        own = configured.setting_of(model)
        return ModelChoice(
            configured,
            self._id(configured, configured.names.name_of(model)),
            model,
            options={**configured.options, **own.options.model_dump(exclude_none=True)},
            limits=configured.limits_of(model),
            price=own.price or configured.price,
            system_prompt=own.system_prompt or configured.system_prompt,
        )

    def expect_prompt(self, model_id: str) -> None:
        """Let the provider of a model (empty: the default) prepare for a prompt. Does not wait."""
        with contextlib.suppress(ProviderError):
            self.choose(model_id).configured.provider.expect_prompt()

    def _split(self, model_id: str) -> tuple[ConfiguredProvider, str]:
        """Return the provider that a model's id names, and its own name of the model. Raises ProviderError."""
        if model_id == self._default:
            model_id = self._own_default
        if not self._is_named:
            return self.providers[0], self.providers[0].names.own_id(model_id)
        name, _, model = model_id.partition("/")
        for configured in self.providers:
            if configured.provider.name == name:
                return configured, configured.names.own_id(model or name)
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
    own = zip(configured.models, configured.names.names, strict=True)
    return [
        ModelInfo(public, model.name or public, name, description=model.description) for model, public in own
    ] or listing.models
