"""Models by their names. The page and the terminal shorten them alike: the same table tests them."""

import json

import pytest

from chatapp.providers.model_names import ModelNames, display_name, for_chat, is_for_chat
from support.paths import TESTS

NAMES = json.loads((TESTS / "js" / "data" / "model_names.json").read_text())


@pytest.mark.parametrize("model", NAMES)
def test_a_model_is_called_by_the_name_that_people_know(model):
    assert display_name(model) == NAMES[model]


def test_files_of_one_name_in_different_folders_can_be_told_apart():
    models = ModelNames(["/a/model.gguf", "/b/other.gguf", "/b/model.gguf"])
    assert models.names == ["model (1)", "other", "model (2)"]
    assert [models.own_id(name) for name in models.names] == ["/a/model.gguf", "/b/other.gguf", "/b/model.gguf"]


def test_a_model_is_known_by_its_name_and_by_its_own_id():
    models = ModelNames(["/a/model.gguf", "/b/model.gguf", "meta/llama"])
    assert models.name_of("/b/model.gguf") == models.name_of("model (2)") == "model (2)"
    assert models.name_of("/c/other.gguf") == "other"
    assert models.own_id("/b/model.gguf") == "/b/model.gguf"
    assert models.own_id("meta/llama") == models.name_of("meta/llama") == "meta/llama"


@pytest.mark.parametrize(
    "model", ["/srv/images/llama.gguf", "/audio/tts/whisper-notes/qwen3.gguf", "image-lab/llama-3"]
)
def test_folders_and_owners_do_not_tell_what_a_model_is_for(model):
    assert is_for_chat(model)


@pytest.mark.parametrize(
    "model", ["text-embedding-3-small", "gpt-image-1", "/models/nomic-embed-text.gguf", "openai/whisper-large"]
)
def test_models_that_are_not_for_chat_are_told_by_their_names(model):
    assert not is_for_chat(model)


def test_a_server_with_nothing_else_offers_what_it_has():
    assert for_chat(["a-embed", "b"]) == ["b"]
    assert for_chat(["picture-to-image-chat"]) == ["picture-to-image-chat"]
    assert for_chat([]) == []
