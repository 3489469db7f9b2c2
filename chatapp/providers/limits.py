"""Ceilings of the operator for what a question may ask of a model.

A person's value above one is refused, never lowered: an answer that was asked for otherwise than it was made cannot be
told from one that the model made badly. An answer without a value for its length, or for the turns that are sent, gets
the ceiling, since without one there would be no bound.
"""

from typing import Annotated, Any

from pydantic import Field

from chatapp.errors import ProviderError
from chatapp.providers.section import Section

#: Two names of one thing, by the age of the model's interface: a ceiling of either holds for both.
OUTPUT = ("max_tokens", "max_completion_tokens")
#: The options without which there would be no bound at all.
FILLED = (*OUTPUT, "max_turns")

Count = Annotated[int, Field(ge=1)]


class Limits(Section):
    """The largest value of each option; of `stop` how many, of `reasoning_effort` which.

    `system_prompt`: the characters of a person's own; 0: none is taken.
    """

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repetition_penalty: float | None = None
    seed: int | None = None
    stop: Annotated[int, Field(ge=0)] | None = None
    reasoning_effort: tuple[str, ...] | None = None
    max_turns: Count | None = None
    system_prompt: Annotated[int, Field(ge=0)] | None = None

    def __or__(self, other: "Limits") -> "Limits":
        """Return these limits with those that `other` sets instead."""
        return Limits(**{**self.model_dump(exclude_none=True), **other.model_dump(exclude_none=True)})

    def payload(self) -> dict[str, Any]:
        """Return the ceilings that are set, for clients; a ceiling of the output under both of its names."""
        limits = {name: self._limit(name) for name in type(self).model_fields}
        return {name: limit for name, limit in limits.items() if limit is not None}

    def check(self, options: dict[str, Any], system_prompt: str | None = None) -> None:
        """Raise ProviderError for the first value that is not allowed."""
        for name, value in options.items():
            limit = self._limit(name)
            if limit is None or value is None:
                continue
            if isinstance(limit, tuple):
                if value not in limit:
                    raise ProviderError(
                        "not_allowed",
                        "‘{option}’ is {value}; this model takes only {limit} here. Change it in the settings.",
                        option=name,
                        value=value,
                        limit=", ".join(limit),
                    )
            elif (size := _size(value)) > limit:
                raise ProviderError(
                    "not_allowed",
                    "‘{option}’ is {value}; this model takes at most {limit} here. Change it in the settings.",
                    option=name,
                    value=f"{size:,.12g}",
                    limit=f"{limit:,.12g}",
                )
        if self.system_prompt is not None and len(system_prompt or "") > self.system_prompt:
            if not self.system_prompt:
                raise ProviderError(
                    "not_allowed", "This model takes no system prompt of your own here. Remove it in the settings."
                )
            raise ProviderError(
                "not_allowed",
                "The system prompt has {n} characters; this model takes at most {limit} here. "
                "Shorten it in the settings.",
                n=f"{len(system_prompt or ''):,}",
                limit=f"{self.system_prompt:,}",
            )

    def fill(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options with the ceilings of those without which there would be no bound."""
        filled = dict(options)
        is_bounded = any(options.get(name) is not None for name in OUTPUT)
        for name in FILLED:
            limit = getattr(self, name)
            if limit is not None and options.get(name) is None and not (name in OUTPUT and is_bounded):
                filled[name] = self._limit(name)
                is_bounded = is_bounded or name in OUTPUT
        return filled

    def _limit(self, name: str) -> Any:
        if name in OUTPUT:
            return min((limit for limit in (self.max_tokens, self.max_completion_tokens) if limit), default=None)
        return getattr(self, name)


def _size(value: Any) -> float:
    """Return what is compared: a number itself, and how many stop sequences there are."""
    if isinstance(value, str):
        return 1
    return len(value) if isinstance(value, list) else value
