"""Owners as the operator sees them, and one who gets what another had."""

import pytest
from sqlalchemy import update

from chatapp.chat import conversations, owner_settings, owners, presets, sessions, shared_values
from chatapp.chat.owners import MergeRefused
from chatapp.chat.sessions import Device
from chatapp.chat.storage_quota import Quota
from chatapp.ids import new_id, now
from chatapp.protocol.payloads import ChangeConversation, ChangeSettings, PutPreset
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation
from support.core import OTHER, OWNER, generation, store_path


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
    put_preset(OTHER, shared, "of the other")
    put_preset(OTHER, new_id(), "only there")
    put_preset(OWNER, shared, "own")
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


def test_nobody_is_merged_while_an_answer_is_being_written(core):
    result = core.send()
    store_path(1, owner=OTHER)
    with pytest.raises(MergeRefused, match="is being written"):
        owners.merge(db, OWNER, OTHER)
    core.finalize(result, "the answer")
    owners.merge(db, OWNER, OTHER)
    assert generation(result.ack["generation_id"]).owner == OTHER


@pytest.mark.parametrize(("rows", "size", "writes"), [(100, 10**6, 2), (2, 10**6, 4), (100, 1, 6)])
def test_conversations_are_moved_in_slices(monkeypatch, rows, size, writes):
    """The last write moves devices and settings."""
    monkeypatch.setattr(owners, "SLICE_ROWS", rows)
    monkeypatch.setattr(owners, "SLICE_BYTES", size)
    monkeypatch.setattr(owners, "PAUSE_SECONDS", 0)
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


def test_what_was_interrupted_is_completed_by_another_call(monkeypatch):
    monkeypatch.setattr(owners, "SLICE_ROWS", 1)
    theirs = {store_path(1, owner=OTHER)[0] for _ in range(3)}
    device = begin(OTHER)
    begin(OWNER)
    with monkeypatch.context() as interrupted:
        interrupted.setattr(owners.concurrency, "sleep", lambda _seconds: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            owners.merge(db, OTHER, OWNER)
    assert listed() == {OWNER: (1, 1), OTHER: (2, 1)}
    assert owners.merge(db, OTHER, OWNER) == 2
    assert ids(OWNER) == theirs
    assert sessions.find(device.digest).owner == OWNER


def test_a_conversation_begun_meanwhile_is_moved_too(monkeypatch):
    first = store_path(1, owner=OTHER)[0]
    begin(OWNER)
    late = []

    def begin_another(_seconds):
        if not late:
            late.append(store_path(1, owner=OTHER)[0])

    monkeypatch.setattr(owners.concurrency, "sleep", begin_another)
    assert owners.merge(db, OTHER, OWNER) == 2
    assert ids(OWNER) == {first, *late}


def test_deleted_conversations_can_be_restored_by_who_got_them():
    conversation_id = store_path(1, owner=OTHER)[0]
    begin(OWNER)
    conversations.mark_deleted(OTHER, conversation_id)
    assert owners.merge(db, OTHER, OWNER) == 0
    conversations.change(OWNER, conversation_id, ChangeConversation(deleted=False), Quota(10, 10**9, 0))
    assert ids(OWNER) == {conversation_id}
