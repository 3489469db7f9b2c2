"""Retried commands: the stored ack, or a conflict."""

import pytest

from chatapp.errors import Busy, Conflict
from chatapp.ids import new_id
from support.core import OTHER, OWNER, question
from unit.chat.send.commands import commands, counts, regenerate


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
