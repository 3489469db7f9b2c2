"""The queue of a conversation: what waits, for which answer, and what is sent when that one ends."""

import random

import pytest
from sqlalchemy import select

from chatapp.chat import conversations, messages, purge, question_queue
from chatapp.chat.storage_quota import message_size
from chatapp.errors import Busy, Conflict, NotFound, NotOffered, TooLarge, Unavailable
from chatapp.ids import new_id
from chatapp.protocol.payloads import ChangeConversation, ContinueGeneration, EditMessage, Options, Regenerate
from chatapp.protocol.queue_payloads import EditQueued, MoveQueued
from chatapp.providers.config_file import ListedModel
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation, Message, QueuedQuestion
from support.core import MODEL, OTHER, OWNER, conversation, generation, message, question


@pytest.fixture
def running(core):
    """The first answer of a conversation, which is being written."""
    return core.send("First")


@pytest.fixture
def queue(core, running):
    """Queue a question in that conversation; returns its object."""

    def add(content, **fields):
        result = core.send(content, running.conversation_id, queue=True, **fields)
        assert result.effects is None
        return result.ack["queued"]

    return add


def texts(result):
    """Return the texts that wait in a conversation."""
    with db.read() as session:
        return [row.content for row in question_queue.waiting(session, result.conversation_id)]


def queue_of(core, result):
    return messages.snapshot(OWNER, result.conversation_id, core.log, leaf_id=None, limit=100)["queue"]


def path(result):
    """Return (role, content, status) of the active path."""
    page = messages.page(OWNER, result.conversation_id, leaf_id=None, limit=100)
    return [(one["role"], one["content"], one["status"]) for one in page["messages"]]


def end(core, generation_id, status="complete"):
    class Result:
        ack = {"generation_id": generation_id}  # noqa: RUF012

    return core.finalize(Result, "Said.", status)


def leaf(result):
    return conversation(result.conversation_id).active_leaf_id


# --- Sending


def test_a_question_is_queued_while_the_answer_above_is_written(core, running, queue):
    queued = queue("Second", model="another", options={})
    assert queued["parent_id"] == running.ack["assistant_message_id"]
    assert (queued["content"], queued["model"], queued["revision"]) == ("Second", "another", 1)
    assert queue_of(core, running) == {"revision": 1, "questions": [queued]}
    assert path(running) == [("user", "First", "complete"), ("assistant", "", "running")]


def test_without_the_wish_to_queue_it_is_a_conflict_as_before(core, running):
    with pytest.raises(Conflict, match="still being written"):
        core.send("Second", running.conversation_id)


def test_a_question_is_sent_at_once_where_nothing_holds_it_up(core):
    exchange = core.exchange("First")
    assert core.send("Second", exchange.conversation_id, queue=True).effects
    assert core.send("New", queue=True).effects


def test_the_end_of_the_answer_sends_the_first_question_in_its_own_transaction(core, running, queue):
    second, third = queue("Second"), queue("Third")
    finalized = core.finalize(running, "One.")
    assert path(running) == [
        ("user", "First", "complete"),
        ("assistant", "One.", "complete"),
        ("user", "Second", "complete"),
        ("assistant", "", "running"),
    ]
    facts = [finalized.fact, *finalized.sent.facts]
    assert [fact.event for fact in facts] == ["generation_ended", "message_added", "message_added", "queue_changed"]
    revisions = [fact.payload["revision"] for fact in facts[:3]]
    assert revisions == list(range(revisions[0], revisions[0] + 3))
    assert facts[1].payload["message"]["client_message_id"] == second["client_message_id"]
    assert facts[3].payload["queue"]["questions"] == [{"id": third["id"], "parent_id": leaf(running), "revision": 1}]
    assert finalized.conversation["running"] == [finalized.sent.generation_id]


def test_the_options_of_a_queued_question_are_those_of_its_answer(core, running, queue):
    queued = queue("Second", options={"top_k": 3})
    assert queued["options"] == {"top_k": 3}
    edit = {"queued_id": queued["id"], "revision": 1, "content": "Better"}
    assert core.queue.edit(OWNER, EditQueued(**edit)).ack["queued"]["options"] == {"top_k": 3}
    change = core.queue.edit(OWNER, EditQueued(**{**edit, "revision": 2, "options": Options(top_k=4)}))
    assert (change.ack["queued"]["options"], change.ack["queued"]["revision"]) == ({"top_k": 4}, 3)
    core.finalize(running)
    assert message(leaf(running)).options == {"top_k": 4}


def test_an_edit_may_name_another_model_and_keeps_it_else(core, running, queue):
    queued = queue("Second", model="one")
    models = []
    for revision, named in ((1, {}), (2, {"model": "other"}), (3, {})):
        edit = EditQueued(queued_id=queued["id"], revision=revision, content=f"Second {revision}", **named)
        models.append(core.queue.edit(OWNER, edit).ack["queued"]["model"])
    assert models == ["one", "other", "other"]


def test_a_question_that_begins_anew_does_not_wait(core, running, queue):
    sent = core.send("Anew", running.conversation_id, parent_id=None, queue=True)
    assert message(sent.ack["message"]["id"]).parent_id is None


def test_each_answer_sends_one_question(core, running, queue):
    for content in ("Second", "Third"):
        queue(content)
    second = core.finalize(running).sent
    third = end(core, second.generation_id).sent
    assert end(core, third.generation_id).sent is None
    assert [content for role, content, _ in path(running) if role == "user"] == ["First", "Second", "Third"]
    assert texts(running) == []


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted"])
def test_the_queue_is_held_after_an_answer_that_is_not_complete(core, running, queue, status):
    queue("Second")
    assert core.finalize(running, "Part", status).sent is None
    assert texts(running) == ["Second"]


def test_it_goes_on_once_the_answer_is_continued_to_its_end(core, running, queue):
    queue("Second")
    core.finalize(running, "Part", "stopped")
    continued = core.sender.continue_(OWNER, ContinueGeneration(message_id=running.ack["assistant_message_id"]))
    assert core.finalize(continued, " and the rest").sent is not None


def test_what_is_queued_behind_a_held_question_waits_there_too(core, running, queue):
    queue("Second")
    core.finalize(running, "Part", "failed")
    queue("Third")
    assert texts(running) == ["Second", "Third"]


def test_a_question_that_is_sent_past_a_held_queue_takes_it_along(core, running, queue):
    queue("Second")
    core.finalize(running, "Part", "stopped")
    other = core.send("Rather this", running.conversation_id)
    assert [fact.event for fact in other.effects.facts][-1] == "queue_changed"
    assert queue_of(core, running)["questions"][0]["parent_id"] == other.ack["assistant_message_id"]
    assert core.finalize(other).sent is not None


def test_a_question_whose_place_was_followed_meanwhile_goes_to_the_end(core, running, queue):
    """The tab had not heard yet that the question before it was sent."""
    parent = running.ack["assistant_message_id"]
    queue("Second", parent_id=parent)
    core.finalize(running)
    assert queue("Third", parent_id=parent)["parent_id"] == leaf(running)


def test_two_questions_of_two_tabs_at_once_follow_each_other(core):
    exchange = core.exchange("First")
    place = {"parent_id": exchange.ack["assistant_message_id"], "queue": True}
    first = core.send("One", exchange.conversation_id, **place)
    second = core.send("Two", exchange.conversation_id, **place)
    assert second.ack["queued"]["parent_id"] == first.ack["assistant_message_id"]


def test_a_question_below_an_old_branch_stays_on_it(core):
    exchange = core.exchange("First")
    old = exchange.ack["assistant_message_id"]
    core.finalize(core.sender.regenerate(OWNER, Regenerate(message_id=old)))
    sent = core.send("Second", exchange.conversation_id, parent_id=old, queue=True)
    assert message(sent.ack["message"]["id"]).parent_id == old


def test_far_behind_the_end_a_question_begins_a_branch(new_core):
    core = new_core(queued_questions=1)
    exchange = core.exchange("First")
    old = exchange.ack["assistant_message_id"]
    for number in range(3):
        core.exchange(f"More {number}", exchange.conversation_id)
    sent = core.send("Late", exchange.conversation_id, parent_id=old, queue=True)
    assert message(sent.ack["message"]["id"]).parent_id == old


def test_the_questions_of_a_deleted_conversation_are_not_sent(core, running, queue):
    queue("Second")
    with db.write() as session:
        session.get_one(type(conversation(running.conversation_id)), running.conversation_id).deleted_at = 1.0
    assert core.finalize(running).sent is None


# --- Versions and branches


def test_another_version_of_the_answer_takes_the_queue_along(core, running, queue):
    queue("Second")
    core.finalize(running, "Part", "failed")
    again = core.sender.regenerate(OWNER, Regenerate(message_id=running.ack["assistant_message_id"]))
    assert core.finalize(again).sent is not None
    assert path(running)[-2][1] == "Second"


def test_an_edit_of_the_question_above_takes_the_queue_along(core, running, queue):
    queue("Second")
    request = EditMessage(message_id=running.ack["message"]["id"], client_message_id=new_id(), content="First, but so")
    edited = core.sender.edit(OWNER, request)
    assert core.finalize(running).sent is None, "the answer that was replaced"
    assert core.finalize(edited).sent is not None


def test_an_edit_further_up_leaves_the_queue_on_its_branch(core):
    first = core.exchange("First")
    second = core.send("Second", first.conversation_id)
    core.send("Third", first.conversation_id, queue=True)
    request = EditMessage(message_id=first.ack["message"]["id"], client_message_id=new_id(), content="First, but so")
    edited = core.sender.edit(OWNER, request)
    assert core.finalize(edited).sent is None
    assert core.finalize(second).sent is not None


def test_two_branches_have_two_queues(core, running):
    again = core.sender.regenerate(OWNER, Regenerate(message_id=running.ack["assistant_message_id"]))
    parents = [running.ack["assistant_message_id"], again.ack["assistant_message_id"]]
    for parent in parents:
        core.send(f"Below {parent}", running.conversation_id, parent_id=parent, queue=True)
    core.finalize(running)
    assert texts(running) == [f"Below {parents[1]}"]


# --- Idempotency, bounds


def test_a_repeated_command_is_queued_once_also_after_it_was_sent(core, running):
    request = question("Second", running.conversation_id, queue=True)
    first = core.sender.send(OWNER, request)
    assert core.sender.send(OWNER, request).ack == first.ack
    core.finalize(running)
    again = core.sender.send(OWNER, request)
    assert (again.ack, again.effects, again.facts) == (first.ack, None, ())
    assert [content for role, content, _ in path(running) if role == "user"] == ["First", "Second"]


def test_the_same_id_with_another_text_is_a_conflict(core, running):
    request = question("Second", running.conversation_id, queue=True)
    core.sender.send(OWNER, request)
    with pytest.raises(Conflict, match="client_message_id"):
        core.sender.send(OWNER, request.model_copy(update={"content": "Other"}))


def test_an_answer_that_ends_while_the_command_runs_lets_the_question_be_sent(core, running, before_write):
    before_write.append(lambda: core.finalize(running))
    assert core.send("Second", running.conversation_id, queue=True).effects
    assert texts(running) == []


def test_the_number_of_queued_questions_is_bounded(new_core):
    core = new_core(queued_questions=2)
    running = core.send("First")
    for content in ("Second", "Third"):
        core.send(content, running.conversation_id, queue=True)
    with pytest.raises(Busy, match="2 questions"):
        core.send("Fourth", running.conversation_id, queue=True)
    core.finalize(running)
    assert core.send("Fourth", running.conversation_id, queue=True).ack["queued"]


def test_the_length_of_queued_texts_is_bounded_together(core, running, queue, monkeypatch):
    monkeypatch.setattr(question_queue, "QUEUE_BYTES", 10)
    queue("One that is longer")
    with pytest.raises(TooLarge):
        queue("Two")
    (alone,) = queue_of(core, running)["questions"]
    core.queue.edit(OWNER, EditQueued(queued_id=alone["id"], revision=1, content="One that is long"))
    monkeypatch.setattr(question_queue, "QUEUE_BYTES", 16 + len("Two"))
    second = queue("Two")
    with pytest.raises(TooLarge):
        core.queue.edit(OWNER, EditQueued(queued_id=second["id"], revision=1, content="Two, longer"))


def test_queued_texts_count_for_the_owners_storage(core, running, queue):
    before = conversation(running.conversation_id).bytes
    second = queue("Second")
    assert conversation(running.conversation_id).bytes == before + message_size("Second")
    core.queue.edit(OWNER, EditQueued(queued_id=second["id"], revision=1, content="Second, longer"))
    assert conversation(running.conversation_id).bytes == before + message_size("Second, longer")
    core.queue.take_back(OWNER, second["id"])
    assert conversation(running.conversation_id).bytes == before
    queue("Third")
    core.finalize(running)
    assert conversation(running.conversation_id).bytes == before + message_size("Third") + message_size()


def test_above_the_storage_nothing_is_queued(new_core):
    core = new_core(storage_bytes_per_owner=3 * message_size("x" * 100))
    running = core.send("First")
    with pytest.raises(TooLarge):
        core.send("x" * 10_000, running.conversation_id, queue=True)


def test_a_queued_text_can_be_shortened_whatever_is_stored(new_core):
    core = new_core(storage_bytes_per_owner=5 * message_size("x" * 100))
    running = core.send("First")
    queued = core.send("x" * 200, running.conversation_id, queue=True).ack["queued"]
    with db.write() as session:
        session.get_one(Conversation, running.conversation_id).bytes = 10**6
    change = core.queue.edit(OWNER, EditQueued(queued_id=queued["id"], revision=1, content="Shorter"))
    assert change.ack["queued"]["content"] == "Shorter"
    with pytest.raises(TooLarge):
        core.queue.edit(OWNER, EditQueued(queued_id=queued["id"], revision=2, content="Longer again"))


def test_queueing_is_no_question_of_the_minute_yet(new_core):
    core = new_core(messages_per_minute=1)
    running = core.send("First")
    assert core.send("Second", running.conversation_id, queue=True).ack["queued"]


def test_a_draining_process_queues_nothing(core, running, queue):
    core.admission.is_draining = True
    with pytest.raises(Unavailable):
        queue("Second")


def test_what_the_operator_does_not_offer_is_refused_at_once(new_core):
    core = new_core(configured={"models": (ListedModel(id=MODEL),), "takes_others": False})
    running = core.send("First")
    with pytest.raises(NotOffered):
        core.send("Second", running.conversation_id, queue=True, model="other")


# --- The commands on queued questions


def test_an_edit_replaces_the_text_and_tells_it(core, running, queue):
    second = queue("Second")
    change = core.queue.edit(OWNER, EditQueued(queued_id=second["id"], revision=1, content="Better"))
    assert change.ack["queued"] == {**second, "content": "Better", "revision": 2}
    (fact,) = change.facts
    assert fact.payload["question"] == change.ack["queued"]
    assert fact.payload["queue"]["revision"] == 2


def test_the_later_of_two_edits_is_a_conflict_and_a_repeated_one_is_not(core, running, queue):
    second = queue("Second")
    request = EditQueued(queued_id=second["id"], revision=1, content="Better")
    first = core.queue.edit(OWNER, request)
    again = core.queue.edit(OWNER, request)
    assert (again.ack, again.facts) == (first.ack, ())
    with pytest.raises(Conflict, match="edited elsewhere"):
        core.queue.edit(OWNER, EditQueued(queued_id=second["id"], revision=1, content="Other"))
    assert texts(running) == ["Better"]


@pytest.mark.parametrize(
    ("moved", "before", "order"),
    [(2, 0, "CAB"), (0, None, "BCA"), (0, 2, "BAC"), (1, 1, "ABC"), (1, 2, "ABC"), (2, 1, "ACB")],
)
def test_questions_can_be_put_into_another_order(core, running, queue, moved, before, order):
    ids = [queue(name)["id"] for name in "ABC"]
    target = None if before is None else ids[before]
    change = core.queue.move(OWNER, MoveQueued(queued_id=ids[moved], before=target))
    assert "".join(texts(running)) == order
    assert [one["id"] for one in change.ack["queue"]["questions"]] == [ids["ABC".index(name)] for name in order]


def test_a_move_before_what_is_not_in_the_queue_is_refused(core, queue):
    second = queue("Second")
    with pytest.raises(NotFound):
        core.queue.move(OWNER, MoveQueued(queued_id=second["id"], before=new_id()))


def test_a_question_that_is_taken_back_is_not_sent(core, running, queue):
    second = queue("Second")
    queue("Third")
    assert core.queue.take_back(OWNER, second["id"]).ack["queued"] == second
    core.finalize(running)
    assert [content for role, content, _ in path(running) if role == "user"] == ["First", "Third"]


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted", "complete"])
def test_a_question_in_a_hurry_is_sent_next_however_the_answer_ends(core, running, queue, status):
    queue("Second")
    third = queue("Third")
    hurry = core.queue.hurry(OWNER, third["id"])
    assert hurry.stops == running.ack["generation_id"]
    assert hurry.sent is None
    assert core.finalize(running, "Part", status).sent is not None
    assert path(running)[-2][1] == "Third"
    assert texts(running) == ["Second"]


def test_a_held_question_in_a_hurry_is_sent_at_once(core, running, queue):
    queue("Second")
    third = queue("Third")
    core.finalize(running, "Part", "failed")
    hurry = core.queue.hurry(OWNER, third["id"])
    assert hurry.stops is None
    assert generation(hurry.sent.generation_id).status == "running"
    assert path(running)[-2][1] == "Third"


def test_a_question_that_is_put_back_in_the_order_is_in_no_hurry_any_more(core, running, queue):
    second, third = queue("Second"), queue("Third")
    core.queue.hurry(OWNER, third["id"])
    core.queue.move(OWNER, MoveQueued(queued_id=third["id"], before=None))
    core.queue.take_back(OWNER, second["id"])
    assert core.finalize(running, "Part", "stopped").sent is None
    assert texts(running) == ["Third"]


def every_command(core, queued_id):
    return [
        lambda owner: core.queue.edit(owner, EditQueued(queued_id=queued_id, revision=1, content="Mine")),
        lambda owner: core.queue.move(owner, MoveQueued(queued_id=queued_id, before=None)),
        lambda owner: core.queue.take_back(owner, queued_id),
        lambda owner: core.queue.hurry(owner, queued_id),
    ]


def test_no_command_finds_another_owners_question(core, running, queue):
    second = queue("Second")
    for command in every_command(core, second["id"]):
        with pytest.raises(NotFound):
            command(OTHER)
    assert queue_of(core, running) == {"revision": 1, "questions": [second]}


def test_no_command_finds_a_question_that_was_sent(core, running, queue):
    second = queue("Second")
    core.finalize(running)
    for command in every_command(core, second["id"]):
        with pytest.raises(NotFound, match="may have been sent"):
            command(OWNER)


def test_the_queues_revision_grows_by_one_with_each_change(core, running, queue):
    second, third = queue("Second"), queue("Third")
    facts = [
        *core.queue.edit(OWNER, EditQueued(queued_id=second["id"], revision=1, content="Better")).facts,
        *core.queue.move(OWNER, MoveQueued(queued_id=third["id"], before=second["id"])).facts,
        *core.queue.hurry(OWNER, second["id"]).facts,
        *core.finalize(running).sent.facts,
    ]
    revisions = [fact.payload["queue"]["revision"] for fact in facts if fact.event == "queue_changed"]
    assert revisions == [3, 4, 5, 6]
    assert queue_of(core, running)["revision"] == 6


# --- What else knows of them


def test_nothing_of_a_deleted_conversation_is_left(core, running, queue):
    queue("Second")
    core.finalize(running, "Part", "stopped")
    conversations.mark_deleted(OWNER, running.conversation_id)
    purge.purge_deleted(core.log, -1)
    with db.read() as session:
        for table in (QueuedQuestion, Message, Generation):
            assert session.scalars(select(table)).all() == []


def test_a_deletion_that_is_undone_brings_the_queue_back(core, running, queue):
    second = queue("Second")
    core.finalize(running, "Part", "stopped")
    conversations.mark_deleted(OWNER, running.conversation_id)
    conversations.change(OWNER, running.conversation_id, ChangeConversation(deleted=False))
    assert queue_of(core, running)["questions"] == [second]


@pytest.mark.parametrize("seed", range(5))
def test_a_random_series_of_commands_loses_no_question_and_sends_none_twice(core, running, seed):
    """Each text is in exactly one place: the queue, a message, or the hands of who took it back."""
    chance = random.Random(seed)
    taken, written = [], []
    current = running.ack["generation_id"]
    for number in range(50):
        action = chance.choice(["add", "add", "add", "move", "complete", "stopped", "hurry", "take", "edit", "again"])
        rows = queue_of(core, running)["questions"]
        row = chance.choice(rows) if rows else None
        if action == "add":
            written.append(f"Question {number}")
            result = core.send(written[-1], running.conversation_id, queue=True)
            current = result.ack["generation_id"] if result.effects else current
        elif action in ("complete", "stopped"):
            finalized = end(core, current, action)
            current = finalized.sent.generation_id if finalized and finalized.sent else current
        elif action == "again" and generation(current).status != "running":
            again = Regenerate(message_id=generation(current).message_id)
            current = core.sender.regenerate(OWNER, again).ack["generation_id"]
        elif row and action == "move":
            core.queue.move(OWNER, MoveQueued(queued_id=row["id"], before=chance.choice([None, rows[0]["id"]])))
        elif row and action == "edit":
            new = row["content"] + "!"
            written[written.index(row["content"])] = new
            core.queue.edit(OWNER, EditQueued(queued_id=row["id"], revision=row["revision"], content=new))
        elif row and action == "take":
            taken.append(core.queue.take_back(OWNER, row["id"]).ack["queued"]["content"])
        elif row and action == "hurry":
            hurry = core.queue.hurry(OWNER, row["id"])
            current = (hurry.sent or end(core, current, "stopped").sent).generation_id
        with db.read() as session:
            asked = [row.content for row in session.scalars(select(Message).where(Message.role == "user"))]
        assert sorted([*asked, *texts(running), *taken]) == sorted(["First", *written]), (number, action)
    assert taken
    assert len(asked) > 2
