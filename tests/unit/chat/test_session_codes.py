"""One-time codes: each opens one session once, for five minutes, and only the newest."""

from types import SimpleNamespace

import pytest

from chatapp.chat import session_codes
from chatapp.storage.database import db
from chatapp.storage.tables import SessionCode
from support.core import OTHER, OWNER


@pytest.fixture(autouse=True)
def clock(database, monkeypatch):
    clock = SimpleNamespace(now=1_000_000.0)
    monkeypatch.setattr(session_codes, "now", lambda: clock.now)
    return clock


def create(owner):
    return session_codes.create(owner, f"session of {owner}"[:36])


def redeem(code):
    """Return the owner to whom a code leads."""
    redeemed = session_codes.redeem(code)
    return redeemed and redeemed.owner


def stored():
    with db.read() as session:
        return session.query(SessionCode).all()


def test_a_code_can_be_read_and_typed(clock):
    code, expires_at = create(OWNER)
    assert expires_at == clock.now + session_codes.CODE_SECONDS
    first, _, second = code.partition("-")
    assert (len(first), len(second)) == (4, 4)
    assert set(first + second) <= set(session_codes.CODE_ALPHABET)


@pytest.mark.parametrize("write", [str, str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_code_opens_its_owners_session_once(write):
    code, _ = create(OWNER)
    assert redeem(write(code)) == OWNER
    assert redeem(write(code)) is None


def test_a_code_tells_which_session_made_it():
    code, _ = create(OWNER)
    assert session_codes.redeem(code).session_id == f"session of {OWNER}"[:36]


def test_a_wrong_code_is_refused_and_leaves_the_right_one_valid():
    code, _ = create(OWNER)
    assert redeem("2222-2222") is None
    assert redeem(code) == OWNER


def test_only_the_newest_code_of_an_owner_is_valid():
    old, _ = create(OWNER)
    others, _ = create(OTHER)
    new, _ = create(OWNER)
    assert redeem(old) is None
    assert redeem(new) == OWNER
    assert redeem(others) == OTHER


def test_a_code_is_valid_until_it_expires(clock):
    code, expires_at = create(OWNER)
    clock.now = expires_at
    assert redeem(code) == OWNER
    code, expires_at = create(OWNER)
    clock.now = expires_at + 0.001
    assert redeem(code) is None
    assert stored() == []


def test_codes_are_not_stored_in_plain_text():
    code, _ = create(OWNER)
    (row,) = stored()
    assert code not in row.digest
    assert code.replace("-", "") not in row.digest


def test_expired_codes_are_deleted(clock):
    create(OWNER)
    clock.now += session_codes.CODE_SECONDS + 1
    create(OTHER)
    with db.write() as session:
        session_codes.delete_expired(session)
    assert [row.owner for row in stored()] == [OTHER]
