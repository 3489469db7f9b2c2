"""A provider as the operator configured it, and a model chosen of it: what holds for each of its prompts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chatapp.errors import ProviderError
from chatapp.providers.base import Chunk, Prompt, Provider
from chatapp.providers.config_file import ListedModel
from chatapp.providers.conversation import alternate, newest_turns, with_reasoning
from chatapp.providers.disclosure import disclose
from chatapp.providers.limits import Limits
from chatapp.providers.model_names import ModelNames
from chatapp.providers.prices import Price


@dataclass(frozen=True, slots=True)
class ConfiguredProvider:
    """A provider with its settings. Without `models` it is asked for its own; time-outs are in seconds.

    `takes_others`: a model that is not in `models` can be named; `shows_words`: users see the provider's own words in
    errors; `send_reasoning`: how the reasoning of earlier answers is sent back (`with_reasoning`); None: not at all.
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
    shows_words: bool = False
    send_reasoning: str | None = None
    #: What people call `models`.
    names: ModelNames = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", ModelNames([model.id for model in self.models]))

    @property
    def is_closed(self) -> bool:
        """Whether only the listed models can be chosen."""
        return not self.takes_others and (bool(self.models) or self.provider.lists_all)

    def stream(self, prompt: Prompt) -> Iterator[Chunk]:
        """Yield an answer. Raises ProviderError, with the provider's own words only if users may see them."""
        try:
            yield from self.provider.stream(prompt)
        except ProviderError as error:
            event = f"An answer of {self.provider.name} failed"
            raise disclose(error, event, shows_words=self.shows_words) from None

    def setting_of(self, model: str) -> ListedModel:
        """Return what the operator set of a model, by the provider's own name of it."""
        return next((each for each in self.models if each.id == model), None) or ListedModel(id=model)

    def limits_of(self, model: str) -> Limits:
        """Return the ceilings of a model."""
        return self.limits | self.setting_of(model).limits

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
        messages = with_reasoning(alternate(messages), self.configured.send_reasoning)
        return Prompt(self.model, messages, merged, partial=partial)

    def merged(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return a person's options over the operator's, with a bound where neither has one."""
        return self.limits.fill({**self.options, **options})

    def bare_prompt(self, messages: list[dict[str, str]]) -> Prompt:
        """Return a prompt of the application itself: without the operator's defaults, but within the limits."""
        options = self.limits.fill({})
        options.pop("max_turns", None)
        return Prompt(self.model, messages, options)
