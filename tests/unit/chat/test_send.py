"""The commands that ask for an answer: what they store, what they acknowledge, and what they refuse."""

import pytest
from sqlalchemy import event, func, select

from chatapp.chat import answer_cache, conversations, owner_settings, prompt_context, send
from chatapp.errors import Busy, Conflict, Invalid, NotFound, RateLimited, Unavailable
from chatapp.ids import new_id
from chatapp.protocol.payloads import (
    ChangeConversation,
    ChangeSettings,
    ContinueGeneration,
    CreateConversation,
    EditMessage,
    Options,
    Regenerate,
)
from chatapp.providers.base import CONTINUE
from chatapp.providers.registry import ModelChoice
from chatapp.server import metrics
from chatapp.storage.database import db
from chatapp.storage.tables import ClientRequest, Conversation, Generation, Message
from support.core import MODEL, OTHER, OWNER, WORKER, conversation, generation, message, question, store_path

TABLES = (Conversation, Message, Generation, ClientRequest)


def edit(message_id, content="Edited", **fields):
    return EditMessage(**{"message_id": message_id, "client_message_id": new_id(), "content": content, **fields})


def regenerate(message_id, **fields):
    return Regenerate(message_id=message_id, **fields)


def continue_(message_id):
    return ContinueGeneration(message_id=message_id)


def prompt_of(result):
    """Return the messages of the prompt, as `[(role, content)]`."""
    return [(part["role"], part["content"]) for part in result.effects.job.prompt.messages]


def counts():
    with db.read() as session:
        return [session.scalars(select(func.count()).select_from(table)).one() for table in TABLES]


def events(result):
    return [(fact.event, fact.payload["revision"]) for fact in result.effects.facts]


def added(result):
    return [fact.payload["message"] for fact in result.effects.facts if fact.event == "message_added"]


@pytest.fixture
def exchange(core):
    """A complete exchange: its conversation, question and answer."""
    ack = core.exchange("First").ack
    return ack["conversation"]["id"], ack["message"]["id"], ack["assistant_message_id"]


@pytest.fixture
def stopped(core):
    """A stopped answer that has some text."""
    result = core.send("First")
    core.finalize(result, "Once upon", "stopped")
    return result.ack["assistant_message_id"]


# --- Acks and effects


def test_a_new_conversation_gets_a_question_an_answer_and_a_generation(core):
    result = core.send("Hello there", model="other")
    assert events(result) == [("message_added", 1), ("message_added", 2), ("generation_started", 3)]
    asking, answer = added(result)
    assert (asking["role"], asking["content"], asking["status"]) == ("user", "Hello there", "complete")
    assert (answer["role"], answer["content"], answer["status"]) == ("assistant", "", "running")
    assert (asking["parent_id"], answer["parent_id"]) == (None, asking["id"])
    assert result.effects.is_new_conversation
    assert result.conversation_id == result.effects.conversation["id"]
    assert result.effects.conversation["active_leaf_id"] == answer["id"]
    assert result.effects.conversation["revision"] == 3
    assert result.effects.conversation["running"] == [answer["generation_id"]]
    assert result.ack == {
        "conversation": result.effects.conversation,
        "message": asking,
        "generation_id": answer["generation_id"],
        "assistant_message_id": answer["id"],
    }
    assert result.effects.facts[-1].payload == {
        "conversation_id": result.conversation_id,
        "revision": 3,
        "generation_id": answer["generation_id"],
        "message_id": answer["id"],
        "model": "other",
        "cached": False,
    }


def test_the_generation_runs_in_this_worker_until_it_ends(core):
    row = generation(core.send(model="other").ack["generation_id"])
    assert (row.owner, row.worker, row.status, row.kind, row.model) == (OWNER, WORKER, "running", "answer", "other")
    assert row.log_kept
    assert not row.stop_requested


def test_the_job_holds_the_stored_ids_and_the_prompt(core):
    result = core.send("Hello")
    job = result.effects.job
    assert (job.generation_id, job.message_id) == (result.ack["generation_id"], result.ack["assistant_message_id"])
    assert (job.conversation_id, job.owner, job.model) == (result.conversation_id, OWNER, MODEL)
    assert prompt_of(result) == [("user", "Hello")]
    assert job.prompt.model == MODEL


def test_the_prompt_names_the_conversation(core):
    result = core.send()
    stream = core.run(result)
    assert stream.prompt.conversation_id == result.conversation_id


def test_a_second_question_follows_the_answer(core, exchange):
    conversation_id, _, answer_id = exchange
    revision = conversation(conversation_id).revision
    result = core.send("Second", conversation_id)
    assert events(result) == [
        ("message_added", revision + 1),
        ("message_added", revision + 2),
        ("generation_started", revision + 3),
    ]
    assert result.ack["message"]["parent_id"] == answer_id
    assert not result.effects.is_new_conversation
    assert prompt_of(result) == [("user", "First"), ("assistant", "You said: First"), ("user", "Second")]


def test_an_edit_is_a_branch_beside_the_question(core, exchange):
    conversation_id, question_id, _ = exchange
    revision = conversation(conversation_id).revision
    result = core.sender.edit(OWNER, edit(question_id, "Edited"))
    assert [name for name, _ in events(result)] == ["message_added", "message_added", "generation_started"]
    assert events(result)[0][1] == revision + 1
    assert added(result)[0]["sibling_ids"] == [question_id, result.ack["message"]["id"]]
    assert prompt_of(result) == [("user", "Edited")]
    assert conversation(conversation_id).active_leaf_id == result.ack["assistant_message_id"]


def test_the_prompt_of_an_edit_holds_the_path_above_it(core, exchange):
    second = core.exchange("Second", exchange[0]).ack
    result = core.sender.edit(OWNER, edit(second["message"]["id"], "Edited"))
    assert result.ack["message"]["parent_id"] == exchange[2]
    assert prompt_of(result) == [("user", "First"), ("assistant", "You said: First"), ("user", "Edited")]


def test_regenerate_is_a_branch_beside_the_answer(core, exchange):
    conversation_id, _, answer_id = exchange
    revision = conversation(conversation_id).revision
    result = core.sender.regenerate(OWNER, regenerate(answer_id))
    assert events(result) == [("message_added", revision + 1), ("generation_started", revision + 2)]
    (answer,) = added(result)
    assert answer["sibling_ids"] == [answer_id, answer["id"]]
    assert result.ack == {"generation_id": answer["generation_id"], "assistant_message_id": answer["id"]}
    assert prompt_of(result) == [("user", "First")]
    assert conversation(conversation_id).active_leaf_id == answer["id"]


def test_regenerate_uses_the_first_answers_model_and_options(core):
    first = core.exchange(model="other", options=Options(temperature=1.5))
    result = core.sender.regenerate(OWNER, regenerate(first.ack["assistant_message_id"]))
    assert (result.effects.job.model, result.effects.job.options) == ("other", {"temperature": 1.5})


def test_regenerate_takes_another_model_and_other_options(core):
    first = core.exchange(model="other", options=Options(temperature=1.5))
    request = regenerate(first.ack["assistant_message_id"], model="third", options=Options(top_p=0.5))
    result = core.sender.regenerate(OWNER, request)
    assert (result.effects.job.model, result.effects.job.options) == ("third", {"top_p": 0.5})
    stored = message(result.ack["assistant_message_id"])
    assert (stored.model, stored.options) == ("third", {"top_p": 0.5})


def test_continue_runs_the_same_message_again(core, stopped):
    before = message(stopped)
    revision = conversation(before.conversation_id).revision
    result = core.sender.continue_(OWNER, continue_(stopped))
    assert events(result) == [("generation_started", revision + 1)]
    assert result.ack == {"generation_id": result.effects.job.generation_id, "assistant_message_id": stopped}
    after = message(stopped)
    assert (after.status, after.generation_id) == ("running", result.ack["generation_id"])
    assert after.generation_id != before.generation_id
    assert after.content == "Once upon"
    assert generation(after.generation_id).kind == "continue"


def test_continue_asks_for_the_rest_of_the_answer(core, stopped):
    result = core.sender.continue_(OWNER, continue_(stopped))
    assert prompt_of(result) == [("user", "First"), ("assistant", "Once upon"), ("user", CONTINUE)]


def test_continue_clears_the_error_and_the_finish_reason(core):
    result = core.send()
    core.finalize(result, "Once", "failed", error={"code": "internal", "message": "It failed."}, finish_reason="length")
    core.sender.continue_(OWNER, continue_(result.ack["assistant_message_id"]))
    stored = message(result.ack["assistant_message_id"])
    assert (stored.error, stored.finish_reason) == (None, None)


def test_continue_uses_the_answers_model_and_options(core):
    first = core.send(model="other", options=Options(temperature=1.5))
    core.finalize(first, "Once", "stopped")
    result = core.sender.continue_(OWNER, continue_(first.ack["assistant_message_id"]))
    assert (result.effects.job.model, result.effects.job.options) == ("other", {"temperature": 1.5})


def test_continue_keeps_the_active_leaf(core, stopped):
    conversation_id = message(stopped).conversation_id
    core.exchange("Second", conversation_id)
    leaf = conversation(conversation_id).active_leaf_id
    core.sender.continue_(OWNER, continue_(stopped))
    assert conversation(conversation_id).active_leaf_id == leaf


def test_continue_during_a_continuation_returns_the_running_one(core, stopped):
    first = core.sender.continue_(OWNER, continue_(stopped))
    before = counts()
    again = core.sender.continue_(OWNER, continue_(stopped))
    assert (again.ack, again.effects) == (first.ack, None)
    assert counts() == before


# --- Retried commands


def commands(core, exchange):
    """Return each command that has a client's id, as a function of that id."""
    conversation_id, question_id, answer_id = exchange
    return {
        "send": lambda used, **other: core.sender.send(
            OWNER, question(**{"conversation_id": conversation_id, "client_message_id": used, **other})
        ),
        "edit": lambda used, **other: core.sender.edit(OWNER, edit(question_id, client_message_id=used, **other)),
        "regenerate": lambda used, **other: core.sender.regenerate(
            OWNER, regenerate(answer_id, client_message_id=used, **other)
        ),
    }


@pytest.mark.parametrize("name", ["send", "edit", "regenerate"])
def test_a_retried_command_returns_the_stored_ack_and_has_no_effects(core, exchange, name):
    used, command = new_id(), commands(core, exchange)[name]
    first = command(used)
    core.finalize(first, "Done")
    before = counts()
    again = command(used)
    assert (again.ack, again.conversation_id) == (first.ack, first.conversation_id)
    assert again.effects is None
    assert counts() == before


@pytest.mark.parametrize("name", ["send", "edit", "regenerate"])
def test_an_id_used_for_another_payload_is_a_conflict(core, exchange, name):
    used, command = new_id(), commands(core, exchange)[name]
    core.finalize(command(used), "Done")
    before = counts()
    with pytest.raises(Conflict, match="was used for another message"):
        command(used, model="other")
    assert counts() == before


def test_an_id_used_for_another_command_is_a_conflict(core, exchange):
    used = new_id()
    all_commands = commands(core, exchange)
    core.finalize(all_commands["send"](used), "Done")
    for name in ("edit", "regenerate"):
        with pytest.raises(Conflict, match="was used for another message"):
            all_commands[name](used)


def test_client_ids_are_per_owner(core):
    request = question()
    acks = [core.sender.send(owner, request).ack for owner in (OWNER, OTHER)]
    assert acks[0]["conversation"]["id"] != acks[1]["conversation"]["id"]


def test_regenerate_without_an_id_runs_each_time(core, exchange):
    results = [core.sender.regenerate(OWNER, regenerate(exchange[2])) for _ in range(2)]
    assert all(result.effects for result in results)
    assert len({result.ack["assistant_message_id"] for result in results}) == 2


def test_a_refused_command_can_be_sent_again(core, new_core):
    core = new_core(generations_per_owner=1)
    running, request = core.send(), question("Second")
    with pytest.raises(Busy):
        core.sender.send(OWNER, request)
    core.finalize(running)
    assert core.sender.send(OWNER, request).effects


def test_a_retry_during_the_first_try_returns_its_ack(core, before_write):
    request, acks = question(), []
    before_write.append(lambda: acks.append(core.sender.send(OWNER, request).ack))
    result = core.sender.send(OWNER, request)
    assert ([result.ack], result.effects) == (acks, None)
    assert counts() == [1, 2, 1, 1]


# --- Refusals


@pytest.mark.parametrize("owner", [OWNER, OTHER], ids=["missing", "another owner's"])
def test_missing_and_other_owners_objects_are_not_found(core, exchange, owner):
    conversation_id, question_id, answer_id = (new_id(),) * 3 if owner == OWNER else exchange
    before = counts()
    with pytest.raises(NotFound, match="no such conversation"):
        core.sender.send(owner, question("Hello", conversation_id))
    for command, request in (
        (core.sender.edit, edit(question_id)),
        (core.sender.regenerate, regenerate(answer_id)),
        (core.sender.continue_, continue_(answer_id)),
    ):
        with pytest.raises(NotFound, match="no such message"):
            command(owner, request)
    assert counts() == before


def test_a_deleted_conversation_takes_no_questions(core, exchange):
    conversations.mark_deleted(OWNER, exchange[0])
    with pytest.raises(NotFound):
        core.send("Second", exchange[0])
    with pytest.raises(NotFound):
        core.sender.regenerate(OWNER, regenerate(exchange[2]))


def test_a_command_for_the_wrong_kind_of_message_is_invalid(core, exchange):
    _, question_id, answer_id = exchange
    with pytest.raises(Invalid, match="must be a user's"):
        core.sender.edit(OWNER, edit(answer_id))
    for command, request in (
        (core.sender.regenerate, regenerate(question_id)),
        (core.sender.continue_, continue_(question_id)),
    ):
        with pytest.raises(Invalid, match="must be an assistant's"):
            command(OWNER, request)


def test_only_a_new_conversation_takes_a_system_prompt(core, exchange):
    with pytest.raises(Invalid, match="new conversations only"):
        core.send("Second", exchange[0], system_prompt="Be brief.")


def test_a_complete_answer_cannot_be_continued(core, exchange):
    with pytest.raises(Conflict, match="nothing to continue"):
        core.sender.continue_(OWNER, continue_(exchange[2]))


def test_an_answer_on_its_first_run_cannot_be_continued(core):
    with pytest.raises(Conflict, match="still being written"):
        core.sender.continue_(OWNER, continue_(core.send().ack["assistant_message_id"]))


# --- Parents


def test_a_question_can_follow_an_earlier_answer(core, exchange):
    conversation_id, _, answer_id = exchange
    core.exchange("Second", conversation_id)
    result = core.send("Instead", conversation_id, parent_id=answer_id)
    assert result.ack["message"]["parent_id"] == answer_id
    assert len(result.ack["message"]["sibling_ids"]) == 2
    assert prompt_of(result)[-2:] == [("assistant", "You said: First"), ("user", "Instead")]


def test_a_question_with_parent_null_is_a_new_root(core, exchange):
    conversation_id, question_id, _ = exchange
    result = core.send("Anew", conversation_id, parent_id=None)
    assert result.ack["message"]["parent_id"] is None
    assert result.ack["message"]["sibling_ids"] == [question_id, result.ack["message"]["id"]]
    assert prompt_of(result) == [("user", "Anew")]


def test_the_parent_must_be_a_message_of_the_conversation(core, exchange):
    other = core.exchange("Elsewhere").ack
    for parent_id in (new_id(), other["assistant_message_id"]):
        with pytest.raises(NotFound, match="parent_id"):
            core.send("Second", exchange[0], parent_id=parent_id)
    with pytest.raises(NotFound, match="parent_id"):
        core.send("First", None, parent_id=exchange[2])


def test_a_question_cannot_follow_a_question(core, exchange):
    with pytest.raises(Conflict, match="only follow an answer"):
        core.send("Second", exchange[0], parent_id=exchange[1])


def test_a_question_cannot_follow_a_running_answer(core):
    running = core.send()
    for parent in ({}, {"parent_id": running.ack["assistant_message_id"]}):
        with pytest.raises(Conflict, match="answer above is still being written"):
            core.send("Second", running.conversation_id, **parent)


def test_a_conversation_without_messages_takes_a_first_question(core):
    empty = conversations.create(OWNER, CreateConversation())
    result = core.send("Hello", empty["id"])
    assert result.ack["message"]["parent_id"] is None
    assert not result.effects.is_new_conversation


# --- Bounds and admission


def test_the_number_of_concurrent_answers_per_owner_is_limited(new_core):
    core = new_core(generations_per_owner=2)
    running = [core.send() for _ in range(2)]
    before = counts()
    with pytest.raises(Busy, match="2 answers"):
        core.send()
    assert counts() == before
    assert core.sender.send(OTHER, question()).effects, "another owner has a bound of their own"
    core.finalize(running[0])
    assert core.send().effects


@pytest.mark.parametrize("name", ["edit", "regenerate"])
def test_the_limit_of_concurrent_answers_holds_for_every_command(new_core, name):
    core = new_core(generations_per_owner=1)
    ack = core.exchange().ack
    exchange = ack["conversation"]["id"], ack["message"]["id"], ack["assistant_message_id"]
    core.send()
    with pytest.raises(Busy):
        commands(core, exchange)[name](new_id())


def test_a_draining_process_refuses_questions_but_answers_retries(core, exchange):
    used, command = new_id(), commands(core, exchange)["send"]
    first = command(used)
    core.admission.is_draining = True
    before = counts()
    with pytest.raises(Unavailable):
        core.send()
    assert counts() == before
    assert command(used).ack == first.ack


def test_too_many_questions_in_a_minute_are_refused(new_core):
    core = new_core(messages_per_minute=2)
    for _ in range(2):
        core.send()
    with pytest.raises(RateLimited):
        core.send()
    assert core.sender.send(OTHER, question()).effects


def test_retries_and_refused_commands_are_not_counted(new_core):
    core = new_core(messages_per_minute=2)
    request = question()
    core.sender.send(OWNER, request)
    for _ in range(5):
        assert core.sender.send(OWNER, request).effects is None
        with pytest.raises(NotFound):
            core.send("Hello", new_id())
    assert core.send().effects


def test_a_repeated_continue_is_not_counted(new_core):
    core = new_core(messages_per_minute=2)
    first = core.send()
    core.finalize(first, "Once", "stopped")
    for _ in range(5):
        core.sender.continue_(OWNER, continue_(first.ack["assistant_message_id"]))


# --- Models, options and system prompts


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


# --- Titles


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


# --- The cache


def cached_questions(answer):
    return metrics.registry.get_sample_value("chatapp_cache_questions_total", {"answer": answer}) or 0


def test_a_new_question_can_be_shared_and_cached(core):
    result = core.send()
    job = result.effects.job
    assert job.cached is None
    assert job.shared_key
    assert job.shared_key == generation(job.generation_id).cache_key


def test_a_repeated_question_gets_the_cached_answer(core):
    first = core.exchange("Hello")
    hits = cached_questions("hit")
    result = core.send("Hello")
    job = result.effects.job
    assert list(job.cached.chunks()) == ["You said: Hello"]
    assert job.cached_key == generation(first.ack["generation_id"]).cache_key
    assert job.shared_key is None
    assert generation(job.generation_id).cache_key is None, "an answer from the cache is not cached again"
    assert result.effects.facts[-1].payload["cached"] is True
    answer = message(job.message_id)
    assert answer.cached
    assert answer.cached_at == job.cached.made_at
    assert cached_questions("hit") == hits + 1


def test_regenerate_bypasses_the_cache_and_replaces_the_cached_answer(core):
    first = core.exchange("Hello")
    bypasses = cached_questions("bypass")
    result = core.sender.regenerate(OWNER, regenerate(first.ack["assistant_message_id"]))
    job = result.effects.job
    assert (job.cached, job.shared_key) == (None, None)
    assert generation(job.generation_id).cache_key == generation(first.ack["generation_id"]).cache_key
    assert cached_questions("bypass") == bypasses + 1
    core.finalize(result, "Another answer")
    assert list(core.send("Hello").effects.job.cached.chunks()) == ["Another answer"]


def test_a_continued_answer_is_neither_cached_nor_shared(core, stopped):
    job = core.sender.continue_(OWNER, continue_(stopped)).effects.job
    assert (job.cached, job.cached_key, job.shared_key) == (None, None, None)
    assert generation(job.generation_id).cache_key is None


def test_a_cached_answer_is_no_longer_marked_as_cached_once_continued(core):
    core.exchange("Hello")
    result = core.send("Hello")
    core.finalize(result, "You said", "stopped")
    assert message(result.ack["assistant_message_id"]).cached
    core.sender.continue_(OWNER, continue_(result.ack["assistant_message_id"]))
    answer = message(result.ack["assistant_message_id"])
    assert (answer.cached, answer.cached_at) == (False, None)


def test_an_expired_answer_is_not_used(new_core):
    core = new_core(cache_seconds=1e-6)
    core.exchange("Hello")
    assert core.send("Hello").effects.job.cached is None


@pytest.mark.parametrize(
    ("setup", "options", "is_cached"),
    [
        ({}, None, True),
        ({"cache": "off"}, None, False),
        ({"configured": {"is_cached": False}}, None, False),
        ({}, {"temperature": 1.0}, True),
        ({"cache_varied": False}, {"temperature": 1.0}, False),
        ({"cache_varied": False}, {"temperature": 1.0, "seed": 7}, True),
        ({"cache_varied": False}, None, True),
    ],
)
def test_settings_decide_which_answers_are_cached(new_core, setup, options, is_cached):
    core = new_core(**setup)
    fields = {} if options is None else {"options": Options(**options)}
    core.exchange("Hello", **fields)
    job = core.send("Hello", **fields).effects.job
    assert (job.cached is not None) is is_cached
    assert job.shared_key is None


@pytest.mark.parametrize(("scope", "is_shared"), [("owner", False), ("shared", True)])
def test_the_cache_is_per_owner_unless_it_is_shared(new_core, scope, is_shared):
    core = new_core(cache=scope)
    core.exchange("Hello")
    assert (core.sender.send(OTHER, question("Hello")).effects.job.cached is not None) is is_shared


def test_a_cached_first_answer_sets_its_title(core):
    first = core.exchange("Hello")
    with db.write() as session:
        answer_cache.store_title(session, generation(first.ack["generation_id"]).cache_key, "Greetings")
    result = core.send("Hello")
    assert result.effects.conversation["title"] == "Greetings"
    assert conversation(result.conversation_id).titled_by == "model"


def test_a_cached_later_answer_sets_no_title(core):
    first = core.exchange("Hello")
    second = core.exchange("Second", first.conversation_id)
    with db.write() as session:
        answer_cache.store_title(session, generation(second.ack["generation_id"]).cache_key, "Another title")
    again = core.exchange("Hello")
    result = core.send("Second", again.conversation_id)
    assert result.effects.job.cached
    assert result.effects.conversation["title"] == "Hello"


# --- A conversation that changes while a command is prepared


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
    assert ("assistant", "Once upon a") in prompt_of(result)


def test_a_conversation_deleted_meanwhile_is_not_found(core, exchange, before_write):
    before_write.append(lambda: conversations.mark_deleted(OWNER, exchange[0]))
    with pytest.raises(NotFound):
        core.send("Second", exchange[0])


def test_a_default_model_changed_meanwhile_is_used(core, before_write, monkeypatch):
    before_write.append(lambda: monkeypatch.setattr(core.registry, "_default", "newer"))
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


# --- Under the write lock


class WriteLock:
    """Records the statements of writing transactions and counts SQLite's steps in them; `is_held` while one runs."""

    def __init__(self):
        self.is_held = False
        self.statements = []
        self.steps = 0

    def begin(self, connection):
        self.is_held = bool(connection.get_execution_options().get("chatapp_write"))
        connection.connection.driver_connection.set_progress_handler(self._step if self.is_held else None, 1)

    def end(self, _connection):
        self.is_held = False

    def execute(self, _connection, _cursor, statement, *_rest):
        if self.is_held:
            self.statements.append(statement)

    def record(self, act):
        """Return the statements that an action runs under the lock, and the steps of SQLite that they take."""
        self.statements, self.steps = [], 0
        act()
        return list(self.statements), self.steps

    def _step(self):
        self.steps += 1
        return 0


@pytest.fixture
def write_lock(database):
    lock = WriteLock()
    listeners = {"begin": lock.begin, "commit": lock.end, "rollback": lock.end, "before_cursor_execute": lock.execute}
    for name, listener in listeners.items():
        event.listen(database.engine, name, listener)
    yield lock
    for name, listener in listeners.items():
        event.remove(database.engine, name, listener)


PATH_COMMANDS = {
    "send": ("complete", lambda core, ids: core.send("More", ids[0])),
    "edit": ("complete", lambda core, ids: core.sender.edit(OWNER, edit(ids[-2]))),
    "regenerate": ("complete", lambda core, ids: core.sender.regenerate(OWNER, regenerate(ids[-1]))),
    "continue": ("stopped", lambda core, ids: core.sender.continue_(OWNER, continue_(ids[-1]))),
}


@pytest.mark.parametrize("name", PATH_COMMANDS)
def test_work_under_the_write_lock_does_not_grow_with_the_conversation(core, write_lock, monkeypatch, name):
    status, command = PATH_COMMANDS[name]
    calls = set()

    def watch(owner, function):
        watched = getattr(owner, function)

        def call(*args, **kw):
            calls.add((function, write_lock.is_held))
            return watched(*args, **kw)

        monkeypatch.setattr(owner, function, call)

    watch(prompt_context, "read")
    watch(ModelChoice, "prompt")
    watch(answer_cache, "key_of")
    command(core, store_path(2, status))  # warm up what is done once per process
    short, long = store_path(2, status), store_path(150, status)
    statements, steps = write_lock.record(lambda: command(core, short))
    longer_statements, more_steps = write_lock.record(lambda: command(core, long))
    assert longer_statements == statements
    assert more_steps == pytest.approx(steps, rel=0.1)
    assert calls <= {("read", False), ("prompt", False), ("key_of", False)}
    assert len(calls) >= 2


@pytest.mark.parametrize("name", PATH_COMMANDS)
def test_no_statement_under_the_write_lock_walks_the_path(core, write_lock, name):
    status, command = PATH_COMMANDS[name]
    path = store_path(3, status)
    statements, _ = write_lock.record(lambda: command(core, path))
    assert statements
    assert not any("RECURSIVE" in statement for statement in statements)
