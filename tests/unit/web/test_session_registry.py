"""The sessions that a process knows: judged in memory, by no clock that can be set; told of ends by other processes."""

from types import SimpleNamespace

import pytest

from chatapp.chat import sessions, shared_values
from chatapp.chat.sessions import DAY, Device
from chatapp.config import Settings
from chatapp.errors import Unavailable
from chatapp.ids import new_id
from chatapp.realtime import socketio_server
from chatapp.storage.database import db
from chatapp.web import session_registry
from chatapp.web.session_registry import SessionRegistry, State
from support.core import OWNER


@pytest.fixture(autouse=True)
def clock(database, monkeypatch):
    """A wall clock that can be set, and a monotonic one that cannot."""
    clock = SimpleNamespace(wall=1_000_000_000.0, monotonic=1000.0)

    def wait(seconds):
        clock.wall += seconds
        clock.monotonic += seconds

    clock.wait = wait
    for module in (sessions, session_registry):
        monkeypatch.setattr(module, "now", lambda: clock.wall)
    monkeypatch.setattr(session_registry, "time", SimpleNamespace(monotonic=lambda: clock.monotonic))
    return clock


@pytest.fixture
def tabs(monkeypatch):
    """The ids of the sessions that have tabs in this process; who is disconnected leaves."""
    tabs = []
    monkeypatch.setattr(socketio_server, "connected_devices", lambda: list(tabs))
    monkeypatch.setattr(socketio_server, "disconnect_device", lambda one: one in tabs and tabs.remove(one))
    return tabs


def registry(**settings):
    return SessionRegistry(Settings(_env_file=None, **settings))


def begin(made_by, **fields):
    """Begin a session as the registry's process would; return its cookie."""
    cookie = new_id()
    sessions.add(
        OWNER,
        digest=sessions.digest_of(cookie),
        device=Device("", ""),
        proof=made_by.proof,
        is_secure=False,
        **fields,
    )
    return cookie


def state(registry, cookie):
    return registry.state_of(registry.find(cookie))


def use(registry, cookie):
    registry.use(registry.find(cookie))


def seen_at(cookie):
    return sessions.find(sessions.digest_of(cookie)).seen_at


class Writes:
    """Counts transactions that write."""

    def __init__(self, monkeypatch):
        self.count, write = 0, db.write

        def counted():
            self.count += 1
            return write()

        monkeypatch.setattr(db, "write", counted)


def test_an_unknown_cookie_has_no_session():
    assert registry().find("nobody's") is None


@pytest.mark.parametrize("hours", [-30_000, -9, -1, 1, 9])
@pytest.mark.parametrize("is_known", [True, False])
def test_a_clock_that_is_set_changes_nothing(clock, hours, is_known):
    here = registry()
    cookie = begin(here)
    if is_known:
        use(here, cookie)
        here.store_uses()
    clock.wall += hours * 3600
    assert state(here, cookie) is State.LIVE
    assert state(registry(), cookie) is State.LIVE, "after a restart"
    use(here, cookie)
    here.store_uses()
    clock.wall -= hours * 3600
    assert state(registry(), cookie) is State.LIVE


def test_a_session_in_use_outlives_a_clock_set_forward_even_with_a_short_idle_limit(clock):
    here = registry(session_idle_days=1 / 24)
    cookie = begin(here)
    use(here, cookie)
    clock.wall += 9 * 3600
    assert state(here, cookie) is State.LIVE


@pytest.mark.parametrize(
    ("settings", "ends_after"),
    [
        ({}, 400),
        ({"session_idle_days": 2}, 2),
        ({"session_days": 3}, 3),
        ({"session_idle_days": 9, "session_days": 3}, 3),
    ],
)
def test_a_session_ends_by_its_idle_and_its_absolute_limit(clock, settings, ends_after):
    here = registry(**settings)
    cookie = begin(here)
    assert state(here, cookie) is State.LIVE
    clock.wait((ends_after - 0.01) * DAY)
    assert (state(here, cookie), state(registry(**settings), cookie)) == (State.LIVE, State.LIVE)
    clock.wait(0.02 * DAY)
    assert (state(here, cookie), state(registry(**settings), cookie)) == (State.ENDED, State.ENDED)


def test_a_session_begun_by_a_fast_clock_is_as_old_as_the_first_look_at_it(clock):
    cookie = begin(registry())
    clock.wall -= 9 * 3600
    here = registry(session_days=3)
    assert state(here, cookie) is State.LIVE
    clock.wait(3.01 * DAY)
    assert state(here, cookie) is State.ENDED


def test_use_keeps_a_session_from_its_idle_limit_but_not_from_the_absolute_one(clock):
    here = registry(session_idle_days=2, session_days=5)
    cookie = begin(here)
    for _ in range(4):
        clock.wait(DAY)
        use(here, cookie)
        assert state(here, cookie) is State.LIVE
    clock.wait(1.1 * DAY)
    assert state(here, cookie) is State.ENDED


def test_with_a_password_an_expired_session_waits_for_it(clock):
    here = registry(password="correct horse", session_idle_days=2)
    cookie = begin(here)
    clock.wait(3 * DAY)
    assert state(here, cookie) is State.LOCKED


def test_a_use_is_written_once_a_minute_and_the_first_one_soon(clock, monkeypatch):
    here = registry()
    cookie = begin(here)
    writes = Writes(monkeypatch)
    for _ in range(50):
        use(here, cookie)
    assert writes.count == 0, "nothing is written by a request"
    assert here._store_at <= clock.monotonic
    here.store_uses()
    assert (writes.count, seen_at(cookie)) == (1, clock.wall)
    for _ in range(59):
        clock.wait(1)
        use(here, cookie)
    assert here._uses == {}
    clock.wait(1)
    use(here, cookie)
    assert here._store_at == clock.monotonic + session_registry.STORE_SECONDS, "with those of other sessions"
    clock.wait(20)
    here.store_uses()
    assert seen_at(cookie) == clock.wall - 20


def test_a_use_that_could_not_be_stored_is_stored_later(monkeypatch, clock):
    here = registry()
    cookie = begin(here)
    use(here, cookie)
    with monkeypatch.context() as broken:
        broken.setattr(sessions, "note_uses", lambda _uses: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            here.store_uses()
    here.store_uses()
    assert seen_at(cookie) == clock.wall


class StopLoop(BaseException):
    """Ends the endless loop of a registry."""


@pytest.mark.parametrize(
    ("failure", "logged"), [(Unavailable("locked"), "WARNING"), (OSError("full"), "WARNING"), (ValueError(), "ERROR")]
)
def test_the_registry_goes_on_after_a_failure(monkeypatch, caplog, failure, logged):
    here, looks, pauses = registry(), iter([failure, None]), iter([None, StopLoop])
    done = []

    def tend():
        if error := next(looks):
            raise error
        done.append("tended")

    def sleep(_seconds):
        if stop := next(pauses):
            raise stop

    monkeypatch.setattr(here, "tend", tend)
    monkeypatch.setattr(session_registry.concurrency, "sleep", sleep)
    with pytest.raises(StopLoop):
        here.run()
    assert done == ["tended"]
    assert [record.levelname for record in caplog.records] == [logged]


def test_an_end_in_another_process_reaches_this_one_and_its_tabs(tabs):
    here = registry()
    cookies = begin(here), begin(here)
    ids = [here.find(cookie).id for cookie in cookies]
    tabs.extend(ids)
    here.follow_changes()
    assert tabs == ids
    sessions.end(OWNER, ids[0])
    here.follow_changes()
    assert tabs == ids[1:]
    assert [state(here, cookie) for cookie in cookies] == [State.ENDED, State.LIVE]
    assert [here.is_live(session_id) for session_id in ids] == [False, True]


def test_a_tab_whose_session_is_gone_from_the_database_is_disconnected(tabs):
    here = registry()
    tabs.append(new_id())
    with db.write() as session:
        shared_values.note_session_change(session)
    here.follow_changes()
    assert tabs == []


def test_what_lasts_is_told_of_the_end_of_its_session_until_it_ends_itself(tabs):
    here = registry()
    one, other = begin(here), begin(here)
    told = []
    stops = [
        here.at_end(here.find(cookie).id, lambda name=name: told.append(name))
        for cookie, name in ((one, "first"), (one, "second"), (one, "over"), (other, "other"))
    ]
    stops[2]()
    here.follow_changes()
    assert told == []
    sessions.end(OWNER, here.find(one).id)
    here.follow_changes()
    assert told == ["first", "second"]
    for stop in stops[:2] + stops[3:]:
        stop()
    assert here._at_end == {}


def test_what_begins_when_its_session_has_just_ended_is_told_at_once(tabs):
    here = registry()
    known = here.find(begin(here))
    sessions.end(OWNER, known.id)
    here.follow_changes()
    told = []
    here.at_end(known.id, lambda: told.append("ended"))
    assert told == ["ended"]


def test_what_lasts_is_told_when_its_session_expires(clock, tabs):
    here = registry(session_days=1)
    known = here.find(begin(here))
    told = []
    here.at_end(known.id, lambda: told.append("ended"))
    clock.wait(1.01 * DAY)
    here._dismiss_dead()
    assert told == ["ended"]


def test_another_password_in_the_newest_worker_locks_the_sessions_of_the_old_one(tabs):
    old = registry(password="correct horse")
    shared_values.set_password_proof(old.proof)
    old.follow_changes()
    cookie = begin(old)
    tabs.append(old.find(cookie).id)
    new = registry(password="another horse")
    shared_values.set_password_proof(new.proof)
    assert state(new, cookie) is State.LOCKED
    old.follow_changes()
    assert state(old, cookie) is State.LOCKED
    assert tabs == []


def test_the_same_password_with_another_key_or_after_a_restart_signs_nobody_out():
    first, second = registry(password="correct horse"), registry(password="correct horse", secret_key="k" * 16)
    cookie = begin(first)
    assert state(second, cookie) is State.LIVE
    assert first.proof != ""
    assert "correct horse" not in first.proof


def test_no_password_asks_for_no_proof():
    cookie = begin(registry(password="correct horse"))
    assert state(registry(), cookie) is State.LIVE
    assert state(registry(password="correct horse"), begin(registry())) is State.LOCKED


def test_what_is_known_is_bounded(monkeypatch):
    monkeypatch.setattr(session_registry, "MAX_KNOWN", 3)
    here = registry()
    cookies = [begin(here) for _ in range(5)]
    for cookie in cookies:
        here.find(cookie)
    assert len(here._by_digest) == len(here._by_id) == 3
    assert all(state(here, cookie) is State.LIVE for cookie in cookies)
