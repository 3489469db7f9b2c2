"""What an answer may cost, and what it did cost."""

import pytest

from chatapp.providers.base import Prompt, Usage
from chatapp.providers.prices import (
    CAPPED_BYTES_PER_TOKEN,
    OUTPUT_TOKENS,
    Amount,
    Price,
    amount_of,
    estimate,
    tokens_of,
)

PRICE = Price(input=2, output=10, cached=0.5)


@pytest.mark.parametrize(
    ("usage", "price", "amount"),
    [
        (Usage(100, 20, 120), None, Amount(120)),
        (Usage(100, 20, 120), PRICE, Amount(120, 100 * 2 + 20 * 10)),
        (Usage(100, 20, 120, 60), PRICE, Amount(120, 40 * 2 + 30 + 200)),
        (Usage(100, 20, 120, 60), Price(input=2, output=10), Amount(120, 400)),
        (Usage(100, 20, 120, 999), PRICE, Amount(120, 50 + 200)),
        (Usage(100, 20, 150), PRICE, Amount(150, 200 + 500)),  # reasoning that is only in the total
        (Usage(100, 20, 0), PRICE, Amount(120, 400)),
        (Usage(1, 0, 1), Price(input=0.1, output=0), Amount(1, 1)),  # a part of a millionth counts
    ],
)
def test_tokens_are_turned_into_money(usage, price, amount):
    assert amount_of(usage, price) == amount


@pytest.mark.parametrize(("text", "least", "most"), [("word " * 300, 300, 520), ("안녕하세요 " * 100, 200, 560)])
def test_the_tokens_of_ordinary_text_are_not_underestimated(text, least, most):
    """`least`: as the tokenizer of current models counts them, or fewer."""
    assert least <= tokens_of([text]) <= most


@pytest.mark.parametrize(
    ("options", "output", "covers"),
    [
        ({}, OUTPUT_TOKENS, OUTPUT_TOKENS * 3),
        ({"max_tokens": 10}, 10, 10 * CAPPED_BYTES_PER_TOKEN),
        ({"max_completion_tokens": 10}, 10, 10 * CAPPED_BYTES_PER_TOKEN),
        ({"max_tokens": 1, "max_completion_tokens": 10}, 10, 10 * CAPPED_BYTES_PER_TOKEN),
        ({"max_tokens": None}, OUTPUT_TOKENS, OUTPUT_TOKENS * 3),
    ],
)
def test_what_is_reserved_is_the_prompt_and_the_longest_answer(options, output, covers):
    prompt = Prompt("m", [{"role": "user", "content": "123456"}], options)
    reserved = estimate(prompt, PRICE)
    assert reserved.amount == Amount(6 + output, 6 * 2 + output * 10)
    assert reserved.covers == covers
