"""A code that another device shows: joining its owner, with what this device had or without it."""

import pytest

from chatapp.chat import conversations
from support.core import store_path
from unit.web.site import PASSWORD, Browser, Site, used

pytestmark = pytest.mark.usefixtures("dismissed")


def ids(owner):
    return {one["id"] for one in conversations.page(owner, archived=False, cursor=None)["conversations"]}


def begin(site, **body):
    """Return a browser with a session, its owner, and the owner's conversation."""
    browser = Browser()
    owner = browser.sign_in(site, **body)
    used(site)
    return browser, owner, store_path(1, owner=owner)[0]


def code_of(site, browser):
    return browser.call(site, "POST", "/api/session/code").json["code"]


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def desk(site):
    return begin(site)


@pytest.fixture
def phone(site):
    return begin(site)


def test_a_merge_brings_what_the_device_had_with_all_its_devices(site, desk, phone):
    (desk, owner, own), (phone, former, theirs) = desk, phone
    tablet = Browser()
    tablet.sign_in(site, code=code_of(site, phone))
    used(site)
    assert phone.sign_in(site, code=code_of(site, desk), merge=True) == owner
    assert (ids(owner), ids(former)) == ({own, theirs}, set())
    assert phone.owner(site) == tablet.owner(site) == desk.owner(site) == owner


def test_without_a_merge_the_device_joins_and_nothing_moves(site, desk, phone):
    (desk, owner, own), (phone, former, theirs) = desk, phone
    assert phone.sign_in(site, code=code_of(site, desk)) == owner
    assert (ids(owner), ids(former)) == ({own}, {theirs})


@pytest.mark.parametrize("merge", [True, False])
def test_a_code_works_once(site, desk, phone, merge):
    code = code_of(site, desk[0])
    assert phone[0].sign_in(site, code=code, merge=merge) == desk[1]
    assert Browser().sign_in(site, code=code, merge=merge) == 401


def test_a_wrong_code_merges_nothing(site, desk, phone):
    assert phone[0].sign_in(site, code="ABCD-EFGH", merge=True) == 401
    assert ids(phone[1]) == {phone[2]}
    assert phone[0].owner(site) == phone[1]


def test_the_code_of_ones_own_owner_merges_nothing(site, desk):
    browser, owner, own = desk
    assert browser.sign_in(site, code=code_of(site, browser), merge=True) == owner
    assert ids(owner) == {own}


def test_without_a_session_there_is_nothing_to_merge(site, desk):
    stranger = Browser()
    assert stranger.sign_in(site, code=code_of(site, desk[0]), merge=True) == desk[1]
    assert stranger.owner(site) == desk[1]


def test_a_device_that_was_signed_out_merges_nothing(site, desk, phone):
    copy = phone[0].copy()
    assert phone[0].call(site, "DELETE", "/api/session").status_code == 204
    assert copy.sign_in(site, code=code_of(site, desk[0]), merge=True) == desk[1]
    assert (ids(desk[1]), ids(phone[1])) == ({desk[2]}, {phone[2]})


def test_a_device_that_waits_for_the_password_may_merge_by_a_code():
    before = Site()
    phone, former, theirs = begin(before)
    site = Site(password=PASSWORD)
    desk, owner, own = begin(site, password=PASSWORD)
    assert phone.owner(site) == 401
    assert phone.sign_in(site, code=code_of(site, desk), merge=True) == owner
    assert (ids(owner), ids(former)) == ({own, theirs}, set())


def test_too_much_together_changes_nothing_and_the_code_can_still_be_used():
    site = Site(conversations_per_owner=1)
    desk, owner, own = begin(site)
    phone, former, theirs = begin(site)
    code = code_of(site, desk)
    assert phone.sign_in(site, code=code, merge=True) == 413
    assert phone.owner(site) == former
    assert (ids(owner), ids(former)) == ({own}, {theirs})
    assert phone.sign_in(site, code=code) == owner


def test_whether_a_device_brings_anything(site, desk):
    def brings(browser):
        with site.app.test_request_context(
            headers={"Cookie": "; ".join(f"{k}={v}" for k, v in browser.cookies.items())}
        ):
            return site.auth.brings_anything()

    assert brings(desk[0])
    assert not brings(Browser())
    empty = Browser()
    empty.sign_in(site)
    assert not brings(empty)
    copy = desk[0].copy()
    desk[0].call(site, "DELETE", "/api/session")
    assert not brings(copy), "signed out"
