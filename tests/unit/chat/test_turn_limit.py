"""A conversation that has become too long keeps the turn limit with which its model could answer again."""

import pytest

from chatapp.protocol.payloads import Options, Regenerate
from chatapp.storage.database import db
from chatapp.storage.tables import CachedResponse, Conversation, Generation
from support.core import OWNER, conversation, message

TOO_LONG = {"code": "context_too_long", "message": "Too long."}
NOTICE = (
    "The conversation had become too long for the model. From now on at most {turns} of the newest turns are sent; "
    "the settings of the conversation can change that."
)


@pytest.fixture
def too_long(core):
    """A conversation of four questions; the last one's answer failed, since it was too long."""
    conversation_id = core.exchange("1").conversation_id
    for question in ("2", "3"):
        core.exchange(question, conversation_id)
    failed = core.send("4", conversation_id)
    core.finalize(failed, status="failed", error=TOO_LONG)
    return failed


def again(core, result, turns=2, **fields):
    """Ask again without the oldest turns."""
    return core.sender.regenerate(
        OWNER, Regenerate(message_id=result.ack["assistant_message_id"], options=Options(max_turns=turns), **fields)
    )


def options_of(result):
    return conversation(result.conversation_id).options


def set_options(result, options):
    with db.write() as session:
        session.get_one(Conversation, result.conversation_id).options = options


def notices_of(result):
    return message(result.ack["assistant_message_id"]).notices


def test_the_limit_that_worked_stays_and_the_answer_says_so(core, too_long):
    shorter = again(core, too_long)
    finalized = core.finalize(shorter, "Answer")
    assert options_of(shorter) == {"max_turns": 2}
    assert finalized.conversation["options"] == {"max_turns": 2}, "told to the open tabs"
    assert finalized.fact.payload["message"]["notices"] == [{"text": NOTICE, "values": {"turns": "2"}}]


def test_no_further_question_is_sent_with_more_turns(core, too_long):
    core.finalize(again(core, too_long), "Answer")
    asked = core.send("5", too_long.conversation_id)
    assert [one["content"] for one in asked.effects.job.prompt.messages] == ["4", "Answer", "5"]


def test_other_options_stay(core, too_long):
    set_options(too_long, {"temperature": 0.2, "max_turns": 3})
    core.finalize(again(core, too_long), "Answer")
    assert options_of(too_long) == {"temperature": 0.2, "max_turns": 2}


def test_a_lower_limit_stays(core, too_long):
    set_options(too_long, {"max_turns": 1})
    shorter = again(core, too_long)
    core.finalize(shorter, "Answer")
    assert (options_of(shorter), notices_of(shorter)) == ({"max_turns": 1}, None)


@pytest.mark.parametrize("status", ["failed", "stopped", "interrupted"])
def test_a_limit_that_has_not_worked_does_not_stay(core, too_long, status):
    shorter = again(core, too_long)
    core.finalize(shorter, "Half", status=status, error=TOO_LONG if status == "failed" else None)
    assert (options_of(shorter), notices_of(shorter)) == (None, None)


def test_of_two_limits_that_worked_the_lower_one_stays(core, too_long):
    shorter, shortest = again(core, too_long), again(core, too_long, 1)
    core.finalize(shortest, "Answer")
    core.finalize(shorter, "Answer")
    assert options_of(shorter) == {"max_turns": 1}
    assert notices_of(shorter) is None


def test_a_limit_that_a_command_sets_for_another_reason_counts_for_its_answer_only(core):
    failed = core.send("1")
    core.finalize(failed, status="failed", error={"code": "provider_error", "message": "It failed."})
    shorter = again(core, failed)
    core.finalize(shorter, "Answer")
    asked = core.send("2", failed.conversation_id, options=Options(max_turns=1))
    core.finalize(asked, "Answer")
    assert (options_of(shorter), notices_of(shorter), notices_of(asked)) == (None, None, None)


def test_the_limit_of_a_question_that_is_sent_again_stays_too(core, too_long):
    asked = core.send("4", too_long.conversation_id, options=Options(max_turns=2))
    core.finalize(asked, "Answer")
    assert options_of(asked) == {"max_turns": 2}
    later = core.send("5", too_long.conversation_id, options=Options(max_turns=1))
    core.finalize(later, "Answer")
    assert (options_of(later), notices_of(later)) == ({"max_turns": 2}, None), "that one was for another reason"


def test_a_refusal_of_another_question_counts_for_that_one_only(core, too_long):
    earlier = core.exchange("Other", too_long.conversation_id, parent_id=None)
    shorter = again(core, earlier)
    core.finalize(shorter, "Answer")
    assert (options_of(shorter), notices_of(shorter)) == (None, None)


def test_an_answer_from_the_cache_says_nothing_of_the_conversation_that_it_was_made_in(core, too_long):
    shorter = again(core, too_long)
    core.finalize(shorter, "Answer")
    with db.read() as session:
        key = session.get_one(Generation, shorter.ack["generation_id"]).cache_key
        stored = session.get_one(CachedResponse, key)
        assert (stored.content, stored.notices) == ("Answer", None)
