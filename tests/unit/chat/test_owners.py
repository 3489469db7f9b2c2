"""Owners as the operator sees them, and one who gets what another had."""

import pytest
from sqlalchemy import select, update

from chatapp.chat import (
    budgets,
    conversations,
    messages,
    owner_merge,
    owner_settings,
    owners,
    presets,
    session_codes,
    sessions,
    shared_values,
)
from chatapp.chat.budgets import Spender
from chatapp.chat.owners import MergeRefused
from chatapp.chat.sessions import Device
from chatapp.chat.storage_quota import Quota
from chatapp.errors import TooLarge
from chatapp.ids import new_id, now
from chatapp.protocol.payloads import ChangeConversation, ChangeSettings, PutPreset
from chatapp.providers.prices import Amount
from chatapp.storage.database import db
from chatapp.storage.tables import Base, Conversation, Reservation, Spending
from support.core import OTHER, OWNER, generation, question, store_path

THIRD = new_id()


@pytest.fixture(autouse=True)
def stored(database):
    return database


def begin(owner, *, used=True):
    row = sessions.add(owner, digest=sessions.digest_of(new_id()), device=Device("", ""), proof="", is_secure=False)
    if used:
        sessions.note_uses({row.id: now()})
    return row


def put_preset(owner, preset_id, name):
    presets.put(owner, preset_id, PutPreset(name=name, model=None, system_prompt=None, options=None))


def complete():
    """Do what the server does all the time. Returns the number of conversations."""
    return sum(len(moved) for owner, _ in owner_merge.unfinished(db) for moved in owner_merge.move_rest(db, owner))


def listed():
    return {one.owner: (one.conversations, one.devices) for one in owners.all_of(db)}


def ids(owner):
    return {one["id"] for one in conversations.page(owner, archived=False, cursor=None)["conversations"]}


def test_owners_are_listed_with_what_they_have_the_one_used_last_first():
    assert owners.all_of(db) == []
    store_path(1, owner=OTHER)
    store_path(1)
    store_path(2)
    begin(OWNER)
    begin(OWNER, used=False)
    sessions.end(OWNER, begin(OWNER).id)
    assert listed() == {OWNER: (2, 1), OTHER: (1, 0)}
    first = owners.all_of(db)[0]
    assert (first.owner, first.newest_title) == (OWNER, "Path")
    assert first.used_at == pytest.approx(now(), abs=60)


def test_one_gets_all_that_another_had():
    theirs, own = store_path(1, owner=OTHER)[0], store_path(1)[0]
    shared = new_id()
    put_preset(OTHER, shared, "only there")
    put_preset(OWNER, new_id(), "own")
    owner_settings.change(OTHER, ChangeSettings(model="theirs"))
    device = begin(OTHER)
    assert owners.merge(db, OTHER, OWNER) == 1
    assert ids(OWNER) == {theirs, own}
    assert ids(OTHER) == set()
    assert sorted(one["name"] for one in presets.all_of(OWNER)) == ["only there", "own"]
    assert owner_settings.get(OWNER)["model"] == "theirs"
    assert listed() == {OWNER: (2, 1)}
    assert sessions.find(device.digest).owner == OWNER


def test_own_defaults_are_kept():
    for owner, model in ((OTHER, "theirs"), (OWNER, "own")):
        store_path(1, owner=owner)
        owner_settings.change(owner, ChangeSettings(model=model))
    owners.merge(db, OTHER, OWNER)
    assert owner_settings.get(OWNER)["model"] == "own"
    assert owner_settings.get(OTHER)["model"] is None


def test_a_running_server_is_told_and_does_not_know_the_devices_any_more():
    store_path(1, owner=OTHER)
    store_path(1)
    device = begin(OTHER)
    before = shared_values.read()[shared_values.SESSIONS_REVISION]
    owners.merge(db, OTHER, OWNER)
    assert shared_values.read()[shared_values.SESSIONS_REVISION] != before
    assert sessions.find_all([device.id]) == []


def test_a_signed_cookie_of_who_was_merged_leads_to_the_other_also_there_and_back():
    for owner in (OTHER, OWNER):
        store_path(1, owner=owner)
    signed = sessions.digest_of("a signed cookie")
    owners.merge(db, OTHER, OWNER)
    assert [sessions.owner_of_signed(owner, signed) for owner in (OTHER, OWNER)] == [OWNER, OWNER]
    begin(OTHER)
    owners.merge(db, OWNER, OTHER)
    assert [sessions.owner_of_signed(owner, signed) for owner in (OTHER, OWNER)] == [OTHER, OTHER]


@pytest.mark.parametrize("pair", [(OTHER, OWNER), (OWNER, OTHER), (OWNER, OWNER)])
def test_who_does_not_exist_is_not_merged(pair):
    store_path(1)
    with pytest.raises(MergeRefused):
        owners.merge(db, *pair)
    assert listed() == {OWNER: (1, 0)}


def test_an_answer_that_is_being_written_goes_along_and_ends_for_who_gets_it(core):
    result = core.send()
    store_path(1, owner=OTHER)
    assert owners.merge(db, OWNER, OTHER) == 1
    assert generation(result.ack["generation_id"]).owner == OTHER
    finalized = core.finalize(result, "the answer")
    assert finalized.owner == OTHER
    assert (
        messages.snapshot(OTHER, result.conversation_id, core.log, leaf_id=None, limit=9)["messages"][-1]["content"]
        == "the answer"
    )


@pytest.mark.parametrize(("rows", "size", "writes"), [(100, 10**6, 3), (2, 10**6, 5), (100, 1, 7)])
def test_conversations_are_moved_in_slices(monkeypatch, rows, size, writes):
    """The first write and the last move devices and settings."""
    monkeypatch.setattr(owner_merge, "SLICE_ROWS", rows)
    monkeypatch.setattr(owner_merge, "SLICE_BYTES", size)
    monkeypatch.setattr(owner_merge, "PAUSE_SECONDS", 0)
    theirs = {store_path(1, owner=OTHER)[0] for _ in range(5)}
    begin(OWNER)
    with db.write() as session:
        session.execute(update(Conversation).values(bytes=10))
    count, write = 0, db.write

    def count_writes():
        nonlocal count
        count += 1
        return write()

    monkeypatch.setattr(db, "write", count_writes)
    assert owners.merge(db, OTHER, OWNER) == 5
    assert (ids(OWNER), ids(OTHER), count) == (theirs, set(), writes)


def test_what_was_interrupted_is_completed_later(monkeypatch):
    """From the first write on nobody is the former owner any more."""
    monkeypatch.setattr(owner_merge, "SLICE_ROWS", 1)
    theirs = {store_path(1, owner=OTHER)[0] for _ in range(3)}
    device = begin(OTHER)
    begin(OWNER)
    with monkeypatch.context() as interrupted:
        interrupted.setattr(owner_merge.concurrency, "sleep", lambda _seconds: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            owners.merge(db, OTHER, OWNER)
    assert listed() == {OWNER: (1, 2), OTHER: (2, 0)}
    assert sessions.find(device.digest).owner == OWNER
    assert owner_merge.unfinished(db) == [(OTHER, OWNER)]
    assert complete() == 2
    assert ids(OWNER) == theirs
    assert owner_merge.unfinished(db) == []


@pytest.mark.parametrize("slices", [1, 3])
def test_a_merge_that_is_undone_while_it_moves_ends_and_removes_nothing(monkeypatch, slices):
    """The server moves one owner's conversations while the operator gives all back."""
    monkeypatch.setattr(owner_merge, "SLICE_ROWS", 1)
    theirs, own = {store_path(1, owner=OTHER)[0] for _ in range(3)}, store_path(1)[0]
    put_preset(OTHER, new_id(), "theirs")
    owner_settings.change(OTHER, ChangeSettings(model="theirs"))
    with db.write() as session:
        owner_merge.begin(session, OTHER, OWNER)
    moving = owner_merge.move_rest(db, OTHER)
    for _ in range(slices):
        next(moving)
    begin(OTHER)
    owners.merge(db, OWNER, OTHER)
    assert list(moving) == []
    assert ids(OTHER) == {*theirs, own}
    assert [one["name"] for one in presets.all_of(OTHER)] == ["theirs"]
    assert owner_settings.get(OTHER)["model"] == "theirs"


def test_what_a_request_that_was_under_way_stores_afterwards_is_moved_too():
    """Through a chain of merges, too."""
    for owner in (OTHER, OWNER, THIRD):
        store_path(1, owner=owner)
        begin(owner)
    owners.merge(db, OTHER, OWNER)
    owners.merge(db, OWNER, THIRD)
    assert sorted(owner_merge.former_owners(db, THIRD)) == sorted([OTHER, OWNER])
    late = store_path(1, owner=OTHER)[0]
    device = begin(OTHER)
    put_preset(OTHER, new_id(), "late")
    assert complete() == 1
    assert late in ids(THIRD)
    assert sessions.find(device.digest).owner == THIRD
    assert [one["name"] for one in presets.all_of(THIRD)] == ["late"]


def test_a_command_without_an_ack_is_not_executed_again_for_who_gets_it(core):
    begin(OTHER)
    asked = question()
    result = core.sender.send(OWNER, asked)
    core.finalize(result, "the answer")
    owners.merge(db, OWNER, OTHER)
    again = core.sender.send(OTHER, asked)
    assert again.ack == result.ack
    assert again.effects is None


def test_both_together_stay_within_the_bounds_of_one():
    for owner in (OTHER, OWNER):
        store_path(1, owner=owner)
        store_path(1, owner=owner)
    with db.write() as session:
        session.execute(update(Conversation).values(bytes=30))
    device = begin(OTHER)
    with pytest.raises(TooLarge, match="3 conversations at most"), db.write() as session:
        owner_merge.begin(session, OTHER, OWNER, Quota(3, 10**9, 0))
    with pytest.raises(TooLarge, match="100 bytes of text"), db.write() as session:
        owner_merge.begin(session, OTHER, OWNER, Quota(10, 100, 0))
    assert sessions.find(device.digest).owner == OTHER
    assert owner_merge.unfinished(db) == []
    for number in range(presets.MAX_PRESETS):
        put_preset((OTHER, OWNER)[number % 2], new_id(), f"preset {number}")
    put_preset(OTHER, new_id(), "one too many")
    with pytest.raises(MergeRefused, match="at most 100 presets"):
        owners.merge(db, OTHER, OWNER)
    assert len(presets.all_of(OTHER)) == presets.MAX_PRESETS / 2 + 1


def test_an_owner_is_not_merged_into_itself():
    store_path(1)
    with pytest.raises(ValueError, match="itself"), db.write() as session:
        owner_merge.begin(session, OWNER, OWNER)


def test_the_code_of_who_was_merged_is_gone():
    code, _ = session_codes.create(OTHER, begin(OTHER).id)
    begin(OWNER)
    owners.merge(db, OTHER, OWNER)
    assert session_codes.find(code) is None


def test_presets_that_are_the_same_become_one_and_others_are_both_kept():
    begin(OWNER)
    shared = new_id()
    put_preset(OTHER, shared, "of the other")
    put_preset(OTHER, new_id(), "the same")
    put_preset(OWNER, shared, "own")
    put_preset(OWNER, new_id(), "the same")
    owners.merge(db, OTHER, OWNER)
    assert sorted(one["name"] for one in presets.all_of(OWNER)) == ["of the other", "own", "the same"]


def test_what_was_spent_today_is_spent_by_both():
    begin(OWNER)
    day = budgets._day(now())
    with db.write() as session:
        for owner, tokens in ((OTHER, 30), (OWNER, 12)):
            budgets.spend(session, day, Spender(owner, "an address", "a model"), Amount(tokens, 0))
        session.add(
            Reservation(
                id=new_id(),
                owner=OTHER,
                address="",
                model="",
                is_answer=True,
                day=day,
                tokens=5,
                money=0,
                created_at=now(),
            )
        )
    store_path(1, owner=OTHER)
    owners.merge(db, OTHER, OWNER)
    with db.read() as session:
        spent = dict(session.execute(select(Spending.key, Spending.tokens)).all())
        assert session.scalars(select(Reservation.owner)).one() == OWNER
    assert spent[f"session:{OWNER}"] == 42
    assert f"session:{OTHER}" not in spent


def test_every_table_with_an_owner_is_moved():
    """A table that is new has to be thought of in owner_merge.py, and added here."""
    owned = {table.name for table in Base.metadata.tables.values() if "owner" in table.c}
    assert owned == {
        "conversations", "generations", "cached_responses", "client_requests", "owner_settings", "presets",
        "session_codes", "reservations", "sessions", "owners",
    }  # fmt: skip


def test_deleted_conversations_can_be_restored_by_who_got_them():
    conversation_id = store_path(1, owner=OTHER)[0]
    begin(OWNER)
    conversations.mark_deleted(OTHER, conversation_id)
    assert owners.merge(db, OTHER, OWNER) == 0
    conversations.change(OWNER, conversation_id, ChangeConversation(deleted=False), Quota(10, 10**9, 0))
    assert ids(OWNER) == {conversation_id}
