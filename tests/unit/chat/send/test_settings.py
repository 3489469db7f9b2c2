"""The model, the options and the system prompt of a question, and the title of its conversation."""

from chatapp.chat import conversations, owner_settings
from chatapp.protocol.payloads import (
    ChangeSettings,
    CreateConversation,
    Options,
)
from support.core import OWNER, conversation, message
from unit.chat.send.commands import prompt_of


def test_a_new_conversation_has_the_owners_defaults(core):
    defaults = ChangeSettings(model="mine", system_prompt="Be kind.", options=Options(temperature=0.5))
    owner_settings.change(OWNER, defaults)
    result = core.send("Hello")
    stored = conversation(result.conversation_id)
    assert (stored.model, stored.system_prompt, stored.options) == ("mine", "Be kind.", {"temperature": 0.5})
    assert result.effects.job.model == "mine"
    assert prompt_of(result) == [("system", "Be kind."), ("user", "Hello")]
    assert result.effects.job.prompt.options == {"temperature": 0.5}


def test_settings_of_a_question_replace_the_defaults_even_if_empty(core):
    defaults = ChangeSettings(model="mine", system_prompt="Be kind.", options=Options(temperature=0.5))
    owner_settings.change(OWNER, defaults)
    result = core.send(model="other", system_prompt="", options=Options())
    stored = conversation(result.conversation_id)
    assert (stored.model, stored.system_prompt, stored.options) == ("other", None, None)
    assert prompt_of(result) == [("user", "Hello")]


def test_options_are_merged_from_provider_conversation_and_question(new_core):
    core = new_core(configured={"options": {"temperature": 0.1, "top_k": 1, "top_p": 0.1}, "system_prompt": "Default."})
    options = Options(temperature=0.2, top_k=2)
    created = conversations.create(OWNER, CreateConversation(options=options))
    result = core.send("Hello", created["id"], options=Options(temperature=0.3))
    assert result.effects.job.options == {"temperature": 0.3, "top_k": 2}
    assert result.effects.job.prompt.options == {"temperature": 0.3, "top_k": 2, "top_p": 0.1}
    assert prompt_of(result)[0] == ("system", "Default.")
    assert message(result.ack["assistant_message_id"]).options == {"temperature": 0.3, "top_k": 2}
    assert conversation(created["id"]).options == {"temperature": 0.2, "top_k": 2}, "the conversation keeps its own"


def test_a_question_uses_the_settings_of_its_conversation(core):
    created = conversations.create(OWNER, CreateConversation(model="its", system_prompt="Be brief."))
    owner_settings.change(OWNER, ChangeSettings(model="mine", system_prompt="Be kind."))
    result = core.send("Hello", created["id"])
    assert result.effects.job.model == "its"
    assert prompt_of(result) == [("system", "Be brief."), ("user", "Hello")]
    assert core.send("Hello", created["id"], parent_id=None, model="other").effects.job.model == "other"
    assert conversation(created["id"]).model == "its"


def test_max_turns_shortens_the_prompt(core, exchange):
    result = core.send("Second", exchange[0], options=Options(max_turns=1))
    assert prompt_of(result) == [("user", "Second")]
    assert result.effects.job.prompt.options == {}


def test_a_question_without_a_known_model_is_stored_without_a_prompt(core, monkeypatch):
    monkeypatch.setattr(core.registry, "_default", "")
    monkeypatch.setattr(core.registry, "default", lambda: "")
    job = core.send("Hello").effects.job
    assert (job.model, job.choice, job.prompt, job.shared_key) == ("", None, None, None)
    assert job.context.messages == [{"role": "user", "content": "Hello"}]


def test_the_title_is_the_first_words_of_the_question(core):
    result = core.exchange("  What is\nthe capital  of France? ")
    row = conversation(result.conversation_id)
    assert (row.title, row.titled_by) == ("What is the capital of France?", "words")
    core.send("And of Spain?", result.conversation_id)
    assert conversation(result.conversation_id).title == "What is the capital of France?"


def test_a_title_set_by_a_person_stays(core):
    created = conversations.create(OWNER, CreateConversation(title="Mine"))
    core.send("Hello", created["id"])
    row = conversation(created["id"])
    assert (row.title, row.titled_by) == ("Mine", "person")
