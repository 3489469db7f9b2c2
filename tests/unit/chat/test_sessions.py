"""Sessions as rows: begun, used, replaced and ended; and what a signed cookie of an earlier version leads to."""

from types import SimpleNamespace

import pytest

from chatapp.chat import sessions, shared_values
from chatapp.chat.sessions import DAY, GRACE_SECONDS, Device
from chatapp.errors import NotFound
from chatapp.ids import new_id
from support.core import OTHER, OWNER

PHONE = Device("Chrome", "Android")
SIGNED = sessions.digest_of("a signed cookie")


@pytest.fixture(autouse=True)
def clock(database, monkeypatch):
    clock = SimpleNamespace(now=1_000_000_000.0)
    monkeypatch.setattr(sessions, "now", lambda: clock.now)
    return clock


def begin(owner=OWNER, **fields):
    return sessions.add(owner, digest=sessions.digest_of(new_id()), device=PHONE, proof="", is_secure=False, **fields)


def use(clock, *rows):
    sessions.note_uses({row.id: clock.now for row in rows})


def revision():
    return shared_values.read()[shared_values.SESSIONS_REVISION]


def ended(row):
    return sessions.find(row.digest).ended_at


def test_the_store_holds_no_cookie():
    row = sessions.add(OWNER, digest=sessions.digest_of("the cookie"), device=PHONE, proof="", is_secure=False)
    kept = sessions.find(sessions.digest_of("the cookie"))
    assert kept.id == row.id
    assert "the cookie" not in {str(value) for value in vars(kept).values()}
    assert sessions.find(sessions.digest_of("another")) is None


def test_the_devices_of_an_owner_are_those_not_signed_out_the_newest_use_first(clock):
    first, second, gone, theirs = begin(), begin(), begin(), begin(OTHER)
    for row in (gone, first, second, theirs):
        use(clock, row)
        clock.now += 60
    sessions.end(OWNER, gone.id)
    assert [row.id for row in sessions.devices_of(OWNER)] == [second.id, first.id]


@pytest.mark.parametrize("whose", ["nobody's", "another's", "ended"])
def test_only_a_present_device_of_the_owner_can_be_signed_out(whose):
    theirs, gone = begin(OTHER), begin()
    sessions.end(OWNER, gone.id)
    before = revision()
    with pytest.raises(NotFound):
        sessions.end(OWNER, {"nobody's": new_id(), "another's": theirs.id, "ended": gone.id}[whose])
    assert ended(theirs) is None
    assert revision() == before


def test_every_end_is_told_to_all_workers():
    one, two = begin(), begin()
    told = [revision()]
    sessions.end(OWNER, one.id)
    told.append(revision())
    sessions.end_others(OWNER, two.id)
    assert told == ["0", "1"]
    begin()
    sessions.end_others(OWNER, two.id)
    assert revision() == "2"


def test_signing_out_everywhere_else_keeps_this_device_and_other_owners(clock):
    here, there, theirs = begin(), begin(), begin(OTHER)
    use(clock, here, there, theirs)
    assert sessions.end_others(OWNER, here.id) == 1
    assert [ended(row) is None for row in (here, there, theirs)] == [True, False, True]


def test_a_session_ends_only_once_the_one_in_its_place_is_used(clock):
    old = begin()
    new = begin(replaces=old.id)
    assert ended(old) is None
    use(clock, new)
    assert ended(old) == clock.now
    told = revision()
    clock.now += 60
    use(clock, new)
    assert (ended(old), revision()) == (clock.now - 60, told), "once"


def test_a_use_noted_by_a_slow_clock_makes_no_session_older(clock):
    row = begin()
    use(clock, row)
    sessions.note_uses({row.id: clock.now - 30_000 * 3600})
    assert sessions.find(row.digest).seen_at == clock.now


def test_a_signed_cookie_leads_to_its_owner_until_the_session_made_of_it_has_been_used(clock):
    assert sessions.owner_of_signed(OWNER, SIGNED) == OWNER
    lost = begin(signed_digest=SIGNED)
    clock.now += 7 * DAY
    assert sessions.owner_of_signed(OWNER, SIGNED) == OWNER, f"the response with {lost.id} may have been lost"
    use(clock, begin(signed_digest=SIGNED))
    assert sessions.owner_of_signed(OWNER, SIGNED) == OWNER, "requests were under way"
    clock.now += GRACE_SECONDS + 1
    assert sessions.owner_of_signed(OWNER, SIGNED) is None
    assert sessions.owner_of_signed(OWNER, sessions.digest_of("of another device")) == OWNER


def test_a_signed_cookie_is_worth_nothing_however_long_its_successor_is_in_use(clock):
    row = begin(signed_digest=SIGNED)
    for _ in range(3):
        clock.now += GRACE_SECONDS - 1
        use(clock, row)
    assert sessions.owner_of_signed(OWNER, SIGNED) is None


def test_a_signed_cookie_does_not_lead_back_in_after_signing_out(clock):
    row = begin(signed_digest=SIGNED)
    use(clock, row)
    sessions.end(OWNER, row.id)
    assert sessions.owner_of_signed(OWNER, SIGNED) is None
    clock.now += 10_000 * DAY
    sessions.delete_expired(400)
    assert sessions.owner_of_signed(OWNER, SIGNED) is None


def test_signing_out_everywhere_else_covers_devices_that_have_not_come_back_yet(clock):
    here = begin(signed_digest=SIGNED)
    use(clock, here)
    sessions.end_others(OWNER, here.id)
    assert sessions.owner_of_signed(OWNER, sessions.digest_of("of another device")) is None
    assert sessions.owner_of_signed(OTHER, sessions.digest_of("of another owner")) == OTHER


@pytest.mark.parametrize(
    ("days", "seen", "is_kept"),
    [(0.5, False, True), (1.5, False, False), (429, True, True), (431, True, False)],
)
def test_rows_that_nobody_can_use_any_more_are_deleted(clock, days, seen, is_kept):
    row = begin()
    if seen:
        use(clock, row)
    clock.now += days * DAY
    sessions.delete_expired(30)
    assert (sessions.find(row.digest) is not None) == is_kept


def test_an_ended_row_is_kept_for_a_while_so_that_its_device_can_be_told(clock):
    row = begin()
    use(clock, row)
    sessions.end(OWNER, row.id)
    clock.now += 29 * DAY
    sessions.delete_expired(400)
    assert sessions.find(row.digest) is not None
    clock.now += 2 * DAY
    sessions.delete_expired(400)
    assert sessions.find(row.digest) is None
