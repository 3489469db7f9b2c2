"""A conversation that changes while a command is prepared."""

import pytest

from chatapp.chat import conversations, owner_settings, prompt_context, send
from chatapp.errors import Conflict, NotFound
from chatapp.protocol.payloads import (
    ChangeConversation,
    ChangeSettings,
    Options,
)
from support.core import OWNER, conversation, generation, message
from unit.chat.send.commands import continue_, counts, edit, events, prompt_of, regenerate


def patch(conversation_id, **fields):
    conversations.change(OWNER, conversation_id, ChangeConversation(**fields))


def test_a_system_prompt_changed_meanwhile_is_used(core, exchange, before_write):
    before_write.append(lambda: patch(exchange[0], system_prompt="Be brief."))
    result = core.send("Second", exchange[0])
    assert prompt_of(result)[0] == ("system", "Be brief.")
    assert result.effects.job.context.system_prompt == "Be brief."


def test_a_model_changed_meanwhile_is_used(core, exchange, before_write):
    before_write.append(lambda: patch(exchange[0], model="newer"))
    result = core.send("Second", exchange[0])
    assert (result.effects.job.model, result.effects.job.prompt.model) == ("newer", "newer")
    assert message(result.ack["assistant_message_id"]).model == "newer"
    assert generation(result.ack["generation_id"]).model == "newer"


def test_options_changed_meanwhile_are_used(core, exchange, before_write):
    before_write.append(lambda: patch(exchange[0], options=Options(top_k=7)))
    result = core.send("Second", exchange[0])
    assert result.effects.job.prompt.options == {"top_k": 7}
    assert message(result.ack["assistant_message_id"]).options == {"top_k": 7}


def test_defaults_changed_meanwhile_are_used_for_a_new_conversation(core, before_write):
    before_write.append(lambda: owner_settings.change(OWNER, ChangeSettings(system_prompt="Be kind.")))
    result = core.send("Hello")
    assert prompt_of(result)[0] == ("system", "Be kind.")
    assert conversation(result.conversation_id).system_prompt == "Be kind."


def test_a_question_follows_the_branch_selected_meanwhile(core, exchange, before_write):
    conversation_id, _, answer_id = exchange
    other = core.sender.regenerate(OWNER, regenerate(answer_id))
    core.finalize(other, "Another answer")
    before_write.append(lambda: conversations.select_branch(OWNER, conversation_id, answer_id))
    result = core.send("Second", conversation_id)
    assert result.ack["message"]["parent_id"] == answer_id
    assert prompt_of(result) == [("user", "First"), ("assistant", "You said: First"), ("user", "Second")]


def test_an_exchange_added_meanwhile_is_in_the_prompt(core, exchange, before_write):
    before_write.append(lambda: core.exchange("Meanwhile", exchange[0]))
    result = core.send("Second", exchange[0])
    assert prompt_of(result)[-3:] == [
        ("user", "Meanwhile"),
        ("assistant", "You said: Meanwhile"),
        ("user", "Second"),
    ]
    revision = conversation(exchange[0]).revision
    assert events(result)[-1] == ("generation_started", revision)


def test_an_unanswered_question_added_meanwhile_is_a_conflict(core, exchange, before_write):
    before_write.append(lambda: core.send("Meanwhile", exchange[0]))
    with pytest.raises(Conflict, match="still being written"):
        core.send("Second", exchange[0])


def test_text_added_meanwhile_to_an_answer_above_is_in_the_prompt(core, stopped, before_write):
    """The path stays the same, but its text changes."""
    conversation_id = message(stopped).conversation_id
    second = core.exchange("Second", conversation_id)
    continuation = core.sender.continue_(OWNER, continue_(stopped))
    before_write.append(lambda: core.finalize(continuation, " a time"))
    result = core.sender.edit(OWNER, edit(second.ack["message"]["id"], "Edited"))
    assert prompt_of(result) == [("user", "First"), ("assistant", "Once upon a time"), ("user", "Edited")]


def test_a_continuation_started_meanwhile_is_returned(core, stopped, before_write):
    others = []
    before_write.append(lambda: others.append(core.sender.continue_(OWNER, continue_(stopped))))
    result = core.sender.continue_(OWNER, continue_(stopped))
    assert (result.ack, result.effects) == (others[0].ack, None)
    assert others[0].effects


def test_continue_follows_text_added_meanwhile(core, stopped, before_write):
    def other():
        core.finalize(core.sender.continue_(OWNER, continue_(stopped)), " a", "stopped")

    before_write.append(other)
    result = core.sender.continue_(OWNER, continue_(stopped))
    assert result.effects.job.prompt.partial == "Once upon a"


def test_a_conversation_deleted_meanwhile_is_not_found(core, exchange, before_write):
    before_write.append(lambda: conversations.mark_deleted(OWNER, exchange[0]))
    with pytest.raises(NotFound):
        core.send("Second", exchange[0])


def test_a_default_model_changed_meanwhile_is_used(core, before_write, monkeypatch):
    def change():
        for name in ("_default", "_own_default"):
            monkeypatch.setattr(core.registry, name, "newer")

    before_write.append(change)
    assert core.send().effects.job.prompt.model == "newer"


def test_changes_that_do_not_affect_the_prompt_do_not_rebuild_it(core, exchange, before_write, monkeypatch):
    built = []
    build = prompt_context.read
    monkeypatch.setattr(prompt_context, "read", lambda *args, **kw: built.append(1) or build(*args, **kw))
    before_write.append(lambda: patch(exchange[0], title="A title", pinned=True))
    assert core.send("Second", exchange[0]).effects
    assert len(built) == 1


def test_a_command_is_prepared_again_a_limited_number_of_times(core, exchange, before_write):
    before = counts()
    before_write.extend(
        lambda number=number: patch(exchange[0], system_prompt=f"Version {number}") for number in range(send.TRIES)
    )
    with pytest.raises(Conflict, match="Try again"):
        core.send("Second", exchange[0])
    assert counts() == before


def test_a_command_that_is_prepared_again_is_counted_once(new_core, before_write):
    core = new_core(messages_per_minute=2)
    first = core.exchange()
    before_write.extend(
        lambda number=number: patch(first.conversation_id, system_prompt=f"Version {number}")
        for number in range(send.TRIES - 1)
    )
    result = core.send("Second", first.conversation_id)
    assert prompt_of(result)[0] == ("system", f"Version {send.TRIES - 2}")
