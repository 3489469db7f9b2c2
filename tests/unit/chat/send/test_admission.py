"""Limits of concurrent answers and of questions per minute, and draining."""

import pytest

from chatapp.errors import Busy, NotFound, RateLimited, Unavailable
from chatapp.ids import new_id
from support.core import OTHER, OWNER, question
from unit.chat.send.commands import commands, continue_, counts


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
