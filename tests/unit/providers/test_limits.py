"""What the operator's ceilings refuse, and what they add."""

import pytest

from chatapp.errors import ProviderError
from chatapp.protocol.payloads import Options
from chatapp.providers.limits import Limits

EFFORTS = {"reasoning_effort": ["low", "medium"]}


@pytest.mark.parametrize(
    ("limits", "options", "refused"),
    [
        ({}, {"max_tokens": 10_000_000, "temperature": 2}, None),
        ({"max_tokens": 500}, {"max_tokens": 500}, None),
        ({"max_tokens": 500}, {"max_tokens": 501}, "max_tokens"),
        ({"max_tokens": 500}, {"max_completion_tokens": 501}, "max_completion_tokens"),
        ({"max_completion_tokens": 500}, {"max_tokens": 501}, "max_tokens"),
        ({"max_tokens": 500, "max_completion_tokens": 400}, {"max_tokens": 450}, "max_tokens"),
        ({"temperature": 0.7}, {"temperature": 0.71}, "temperature"),
        ({"temperature": 0}, {"temperature": 0.1}, "temperature"),
        ({"temperature": 0}, {"temperature": 0}, None),
        ({"presence_penalty": -1}, {"presence_penalty": 0}, "presence_penalty"),
        ({"top_k": 40}, {"top_k": 41}, "top_k"),
        ({"seed": 9}, {"seed": 10}, "seed"),
        ({"max_turns": 5}, {"max_turns": 6}, "max_turns"),
        ({"stop": 1}, {"stop": "one"}, None),
        ({"stop": 1}, {"stop": ["one", "two"]}, "stop"),
        ({"stop": 0}, {"stop": "one"}, "stop"),
        (EFFORTS, {"reasoning_effort": "medium"}, None),
        (EFFORTS, {"reasoning_effort": "high"}, "reasoning_effort"),
        (EFFORTS, {"reasoning_effort": "HIGH"}, "reasoning_effort"),
        ({"temperature": 1}, {"top_p": 1}, None),
    ],
)
def test_a_value_above_its_ceiling_is_refused_by_name(limits, options, refused):
    if refused is None:
        Limits(**limits).check(options)
        return
    with pytest.raises(ProviderError, match=f"‘{refused}’") as caught:
        Limits(**limits).check(options)
    assert caught.value.code == "not_allowed"


@pytest.mark.parametrize(
    ("limit", "prompt", "said"),
    [
        (5, "12345", None),
        (5, "123456", "6 characters; this model takes at most 5"),
        (5, "가나다라마", None),
        (0, None, None),
        (0, "", None),
        (0, "x", "no system prompt of your own"),
        (None, "x" * 100_000, None),
    ],
)
def test_a_persons_system_prompt_has_a_ceiling_too(limit, prompt, said):
    limits = Limits(system_prompt=limit)
    if said is None:
        limits.check({}, prompt)
        return
    with pytest.raises(ProviderError, match=said):
        limits.check({}, prompt)


@pytest.mark.parametrize(
    ("limits", "options", "filled"),
    [
        ({}, {"seed": 1}, {"seed": 1}),
        ({"max_tokens": 500}, {}, {"max_tokens": 500}),
        ({"max_tokens": 500}, {"max_tokens": 5}, {"max_tokens": 5}),
        ({"max_tokens": 500}, {"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
        ({"max_completion_tokens": 500}, {}, {"max_completion_tokens": 500}),
        ({"max_tokens": 500, "max_completion_tokens": 400}, {}, {"max_tokens": 400}),
        ({"max_turns": 3}, {}, {"max_turns": 3}),
        ({"temperature": 0.7, "top_k": 3, "stop": 1}, {}, {}),
    ],
)
def test_only_what_would_have_no_bound_gets_its_ceiling(limits, options, filled):
    assert Limits(**limits).fill(options) == filled


def test_every_option_can_have_a_ceiling():
    assert Limits.model_fields.keys() == Options.model_fields.keys() | {"system_prompt"}


def test_a_models_ceilings_replace_its_providers_one_by_one():
    both = Limits(max_tokens=100, temperature=1) | Limits(max_tokens=200, top_k=3)
    assert both == Limits(max_tokens=200, temperature=1, top_k=3)
