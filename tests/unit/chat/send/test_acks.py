"""What the commands store and acknowledge, and the job that they start."""

from chatapp.protocol.payloads import (
    Options,
)
from support.core import MODEL, OWNER, WORKER, conversation, generation, message
from unit.chat.send.commands import added, continue_, counts, edit, events, prompt_of, regenerate


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
    assert prompt_of(result) == [("user", "First")]
    assert result.effects.job.prompt.partial == "Once upon"


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
