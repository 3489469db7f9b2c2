"""What the terminal says of a complete answer."""

import json

import pytest

from chatapp.terminal.remarks import display_name, model_line, remarks
from support.paths import TESTS

NAMES = json.loads((TESTS / "js" / "data" / "model_names.json").read_text())


def said(**fields):
    return list(remarks({"finish_reason": "stop", "model": "gpt-4o", **fields}))


@pytest.mark.parametrize("model", NAMES)
def test_a_model_is_called_by_the_name_that_people_know(model):
    assert display_name(model) == NAMES[model]


@pytest.mark.parametrize(
    ("model", "name", "line"),
    [
        ("tiny", "tiny", "tiny"),
        ("home/tiny", "tiny", "home/tiny  (default)"),
        ("home/gpt-5", "GPT 5", "home/gpt-5  (GPT 5)"),
    ],
)
def test_a_list_has_what_can_be_chosen_and_the_names_that_the_operator_gave(model, name, line):
    assert model_line({"id": model, "name": name}, "home/tiny") == line


def test_nothing_is_said_of_an_answer_as_it_was_asked_for():
    assert said() == []
    assert said(answered_by="gpt-4o-2024-08-06") == []
    assert said(model="home/gpt-4o", answered_by="gpt-4o") == []
    assert said(model="/models/tiny.gguf", answered_by="tiny.gguf") == []


def test_another_model_than_the_one_asked_is_named_without_its_folders():
    assert said(answered_by="/home/kim/tiny.gguf") == ["tiny has answered."]


def test_an_answer_that_was_cut_off_is_told():
    assert said(finish_reason="length") == ["The answer was cut off: the limit of tokens was reached."]
    assert said(finish_reason="refusal") == ["The model declined to answer."]


def test_notices_are_told_with_their_values():
    notice = {"text": "The option {option} was left out {so}.", "values": {"option": "top_k"}}
    assert said(notices=[notice]) == ["The option top_k was left out {so}."]
