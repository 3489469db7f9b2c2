"""Tokens and money of an answer: estimated before it is asked for, counted when it ends."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from chatapp.providers.base import Prompt, Usage
from chatapp.providers.conversation import texts_of
from chatapp.providers.limits import OUTPUT
from chatapp.providers.section import Section

#: Of ordinary text, the tokens of current models have 3 to 5 bytes; the smaller one makes the estimate the safer one.
BYTES_PER_TOKEN = 3
#: What a message costs beside its text.
MESSAGE_TOKENS = 4
#: Reserved at a time for the output of an answer whose length has no bound.
OUTPUT_TOKENS = 4096
#: The bytes of text that a reserve of so many tokens covers, if the model itself ends the answer there.
CAPPED_BYTES_PER_TOKEN = 8

Rate = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Price(Section):
    """Prices per million tokens. `cached`: of input that the provider had cached; `input` without it."""

    input: Rate
    output: Rate
    cached: Rate | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """Tokens, and money in millionths of the currency that the prices are in."""

    tokens: int = 0
    money: int = 0

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.tokens - other.tokens, self.money - other.money)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is reserved for an answer. `covers`: the bytes of its text that this is enough for."""

    amount: Amount
    covers: int


def amount_of(usage: Usage, price: Price | None) -> Amount:
    """Return what so many tokens come to."""
    tokens = max(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
    if price is None:
        return Amount(tokens)
    cached = min(usage.cached_tokens, usage.prompt_tokens)
    rate = price.input if price.cached is None else price.cached
    # A total may hold tokens that neither of the two counts, such as those of reasoning.
    output = tokens - usage.prompt_tokens
    money = (usage.prompt_tokens - cached) * price.input + cached * rate + output * price.output
    return Amount(tokens, math.ceil(money))


def estimate(prompt: Prompt, price: Price | None) -> Estimate:
    """Return what to reserve for a prompt: its own tokens, and the most that it may be answered with."""
    caps = [prompt.options[name] for name in OUTPUT if prompt.options.get(name)]
    output = max(caps, default=OUTPUT_TOKENS)  # of two names of one cap, the model may obey either
    usage = counted(prompt, output)
    return Estimate(amount_of(usage, price), output * (CAPPED_BYTES_PER_TOKEN if caps else BYTES_PER_TOKEN))


def more_output(price: Price | None) -> Estimate:
    """Return what to reserve for an answer that has outgrown its estimate."""
    return Estimate(amount_of(Usage(0, OUTPUT_TOKENS, OUTPUT_TOKENS), price), OUTPUT_TOKENS * BYTES_PER_TOKEN)


def counted(prompt: Prompt, output: int) -> Usage:
    """Return the usage of a prompt, by the length of its text, and of so many tokens of output."""
    partial = [prompt.partial] if prompt.partial else []
    tokens = tokens_of([*(text for message in prompt.messages for text in texts_of(message)), *partial])
    return Usage(tokens, output, tokens + output)


def tokens_of(texts: Iterable[str]) -> int:
    """Estimate the tokens of some messages."""
    return sum(MESSAGE_TOKENS + tokens_of_bytes(len(text.encode())) for text in texts)


def tokens_of_bytes(count: int) -> int:
    """Estimate the tokens of so many bytes of text."""
    return math.ceil(count / BYTES_PER_TOKEN)
