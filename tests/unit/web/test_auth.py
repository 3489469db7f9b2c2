"""Who one is survives clocks, keys, TLS and restores; what is signed out stays so."""

import pytest

from chatapp.chat import sessions, shared_values
from chatapp.ids import new_id
from chatapp.storage.database import db
from support import signed_cookie
from support.signed_cookie import name_of
from unit.web.site import HTTPS, KEY, OTHER_KEY, PASSWORD, Browser, Site, used

pytestmark = pytest.mark.usefixtures("dismissed")


def test_a_cookie_holds_a_random_id_and_is_renewed_at_each_visit():
    site, browser = Site(), Browser()
    owner = browser.sign_in(site)
    ((name, value),) = browser.cookies.items()
    assert len(value) == 32
    assert owner not in value
    reply = browser.call(site, "GET", "/page")
    (line,) = reply.headers.getlist("Set-Cookie")
    assert reply.text == owner
    assert line.startswith(f"{name}={value};")
    assert {"Max-Age=34560000", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))
    assert Browser().sign_in(site) != owner


@pytest.mark.parametrize("key", [OTHER_KEY, "a key made anew after the file was lost"])
def test_a_lost_or_rotated_key_loses_nobody(key):
    browser = Browser()
    owner = browser.sign_in(Site())
    assert browser.owner(Site(key)) == owner
    assert browser.sign_in(Site(key)) == owner


def test_a_lost_key_does_not_sign_out_who_gave_the_password():
    browser = Browser()
    owner = browser.sign_in(Site(password=PASSWORD), password=PASSWORD)
    assert browser.owner(Site(OTHER_KEY, password=PASSWORD)) == owner


def test_two_databases_have_two_cookies():
    one, browser = Site(), Browser()
    owner = browser.sign_in(one)
    with db.write() as session:
        session.query(shared_values.SharedValue).filter_by(name="identity").update({"value": "of another database"})
    other = browser.sign_in(Site())
    assert other != owner
    assert len(browser.cookies) == 2


@pytest.mark.parametrize("seconds_ago", [0, 5, -2, -9 * 3600, 1000 * 86_400])
@pytest.mark.parametrize("way", ["call", "page"])
def test_a_signed_cookie_is_taken_over_whatever_its_date(seconds_ago, way):
    site, owner = Site(), new_id()
    browser = Browser(**{name_of(KEY): signed_cookie.make(KEY, owner, seconds_ago=seconds_ago)})
    if way == "page":
        assert browser.call(site, "GET", "/page").text == owner
    else:
        assert browser.sign_in(site) == owner
    assert browser.owner(site) == owner


def test_a_signed_cookie_does_not_authorise_calls_by_itself():
    browser = Browser(**{name_of(KEY): signed_cookie.make(KEY, new_id())})
    assert browser.owner(Site()) == 401


def test_a_signed_cookie_is_taken_over_by_the_fallback_keys():
    owner = new_id()
    browser = Browser(**{name_of(OTHER_KEY): signed_cookie.make(OTHER_KEY, owner)})
    assert browser.copy().sign_in(Site()) != owner
    assert browser.sign_in(Site(secret_key_fallbacks=f"{'x' * 16}, {OTHER_KEY}")) == owner


def test_a_signed_cookie_is_taken_over_when_tls_arrives():
    owner = new_id()
    browser = Browser(**{name_of(KEY): signed_cookie.make(KEY, owner)})
    assert browser.sign_in(Site(origins=HTTPS)) == owner
    secure = Browser(**{name_of(KEY, secure=True): signed_cookie.make(KEY, owner)})
    assert secure.sign_in(Site(origins=HTTPS)) == owner


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        signed_cookie.make(OTHER_KEY, new_id()),
        signed_cookie.make(KEY, "x"),
        signed_cookie.make(KEY, ["a list"]),
        signed_cookie.make(KEY, new_id())[:-3] + "xyz",
    ],
    ids=["nonsense", "another key", "no owner", "a list", "another signature"],
)
def test_a_forged_signed_cookie_is_nobodys(value):
    site, browser = Site(), Browser(**{name_of(KEY): value})
    owner = browser.sign_in(site)
    assert len(owner) == 36
    assert owner not in value
    assert sessions.devices_of(owner)[0].signed_digest is None


def test_a_signed_cookie_needs_the_present_password():
    site, owner = Site(password=PASSWORD), new_id()
    good = Browser(**{name_of(KEY): signed_cookie.make(KEY, owner, password=PASSWORD)})
    assert good.sign_in(site) == owner
    stale = Browser(**{name_of(KEY): signed_cookie.make(KEY, owner, password="an old one")})
    assert stale.sign_in(site) == 401
    assert stale.sign_in(site, password=PASSWORD) == owner


def test_parallel_requests_that_still_have_a_signed_cookie_all_lead_to_the_owner():
    site, owner = Site(), new_id()
    before = Browser(**{name_of(KEY): signed_cookie.make(KEY, owner)})
    tabs = [before.copy() for _ in range(3)]
    assert [tab.sign_in(site) for tab in tabs] == [owner] * 3
    assert tabs[0].owner(site) == owner
    used(site)
    assert before.copy().sign_in(site) == owner, "it was under way"
    assert [tab.owner(site) for tab in tabs] == [owner] * 3


def test_a_signed_cookie_is_taken_over_once(monkeypatch):
    site, owner = Site(), new_id()
    browser = Browser(**{name_of(KEY): signed_cookie.make(KEY, owner)})
    thief = browser.copy()
    assert browser.sign_in(site) == owner
    assert browser.owner(site) == owner
    used(site)
    monkeypatch.setattr(sessions, "GRACE_SECONDS", -1)
    assert thief.sign_in(site) != owner


def test_a_signed_cookie_does_not_lead_back_in_after_signing_out():
    site, owner = Site(), new_id()
    browser = Browser(**{name_of(KEY): signed_cookie.make(KEY, owner)})
    thief = browser.copy()
    assert browser.sign_in(site) == owner
    assert browser.call(site, "DELETE", "/api/session").status_code == 204
    assert browser.cookies == {}
    assert thief.sign_in(site) != owner


def test_a_signed_cookie_is_left_in_the_browser_for_a_way_back_to_an_earlier_version():
    """The earlier version runs on the copy of the database that was made before the upgrade."""
    owner = new_id()
    browser = Browser(**{name_of(KEY): signed_cookie.make(KEY, owner)})
    assert browser.sign_in(Site()) == owner
    assert signed_cookie.owner_in(KEY, browser.cookies[name_of(KEY)]) == owner
    # Upgraded again, the copy knows nothing of the session, and the signed cookie leads to the owner again.
    with db.write() as session:
        session.query(sessions.DeviceSession).delete()
    assert browser.sign_in(Site()) == owner


def test_a_signed_cookie_goes_when_another_owner_is_joined():
    site, owner = Site(), new_id()
    desk = Browser()
    desks = desk.sign_in(site)
    code = desk.call(site, "POST", "/api/session/code").json["code"]
    browser = Browser(**{name_of(KEY): signed_cookie.make(KEY, owner)})
    assert browser.sign_in(site, code=code) == desks
    assert name_of(KEY) not in browser.cookies


def test_the_plain_cookie_is_accepted_once_when_tls_arrives():
    plain, secure = Site(), Site(origins=HTTPS)
    browser = Browser()
    owner = browser.sign_in(plain)
    thief = browser.copy()
    assert browser.owner(secure) == 401
    assert browser.sign_in(secure) == owner
    (name,) = browser.cookies
    assert name.startswith("__Host-")
    assert browser.owner(secure) == owner
    used(secure)
    assert thief.sign_in(secure) == "signed_out"
    plain.registry.follow_changes()
    assert thief.owner(plain) == "signed_out"


def test_a_lost_response_to_the_plain_cookie_loses_nobody():
    plain, secure = Site(), Site(origins=HTTPS)
    browser = Browser()
    owner = browser.sign_in(plain)
    assert browser.copy().sign_in(secure) == owner
    used(secure)
    assert browser.sign_in(secure) == owner


def test_a_cookie_of_tls_is_nobodys_under_the_plain_name():
    secure, browser = Site(origins=HTTPS), Browser()
    owner = browser.sign_in(secure)
    ((name, value),) = browser.cookies.items()
    planted = Browser(**{name.removeprefix("__Host-"): value})
    assert planted.owner(secure) == 401
    assert planted.sign_in(secure) != owner


def test_another_password_asks_again_and_leads_to_the_same_owner():
    browser = Browser()
    owner = browser.sign_in(Site(password=PASSWORD), password=PASSWORD)
    changed = Site(password="another horse")
    assert browser.owner(changed) == 401
    assert browser.sign_in(changed) == 401
    old = browser.copy()
    assert browser.sign_in(changed, password="another horse") == owner
    assert browser.owner(changed) == owner
    used(changed)
    assert old.owner(changed) == "signed_out", "the id changes with the sign-in"


def test_a_wrong_password_is_no_way_in():
    site, browser = Site(password=PASSWORD), Browser()
    assert browser.sign_in(site, password="wrong") == 401
    assert browser.cookies == {}


def test_a_device_is_signed_out_and_no_other_session_takes_its_place_unasked():
    site, browser = Site(), Browser()
    owner = browser.sign_in(site)
    kept = browser.copy()
    assert browser.call(site, "DELETE", "/api/session").status_code == 204
    assert browser.cookies == {}
    assert kept.owner(site) == "signed_out"
    assert kept.sign_in(site) == "signed_out"
    assert kept.call(site, "GET", "/page").status_code == 401
    assert kept.cookies != {}, "its cookie is not replaced"
    assert browser.sign_in(site) != owner


def test_a_password_does_not_bring_a_signed_out_device_back_to_its_owner():
    site, browser = Site(password=PASSWORD), Browser()
    owner = browser.sign_in(site, password=PASSWORD)
    kept = browser.copy()
    browser.call(site, "DELETE", "/api/session")
    assert kept.sign_in(site, password=PASSWORD) != owner


def test_without_a_session_there_is_nothing_to_sign_out():
    assert Browser().call(Site(), "DELETE", "/api/session").status_code == 401


def joined(site, browser):
    """Return another browser of the same owner."""
    other = Browser()
    other.sign_in(site, code=browser.call(site, "POST", "/api/session/code").json["code"])
    other.owner(site)
    return other


def test_devices_are_listed_with_their_name_and_the_one_that_asks():
    site, desk = Site(), Browser()
    desk.sign_in(site)
    phone = joined(site, desk)
    used(site)
    listed = phone.call(site, "GET", "/api/sessions").json["sessions"]
    assert [(one["device"], one["current"]) for one in listed] == [
        ("Chrome on Android", True),
        ("Chrome on Android", False),
    ]
    assert set(listed[0]) == {"id", "device", "current", "created_at", "seen_at"}


def test_a_device_is_listed_from_its_first_use_on():
    site, desk, phone = Site(), Browser(), Browser()
    desk.sign_in(site)
    phone.sign_in(site, code=desk.call(site, "POST", "/api/session/code").json["code"])
    assert len(desk.call(site, "GET", "/api/sessions").json["sessions"]) == 1
    phone.owner(site)
    assert len(desk.call(site, "GET", "/api/sessions").json["sessions"]) == 2


def test_a_device_is_signed_out_by_another():
    site, desk = Site(), Browser()
    owner = desk.sign_in(site)
    phone = joined(site, desk)
    used(site)
    (other,) = [one for one in desk.call(site, "GET", "/api/sessions").json["sessions"] if not one["current"]]
    assert desk.call(site, "DELETE", f"/api/sessions/{other['id']}").status_code == 204
    assert (desk.owner(site), phone.owner(site)) == (owner, "signed_out")
    assert desk.call(site, "DELETE", f"/api/sessions/{other['id']}").status_code == 404


def test_a_device_that_ends_itself_loses_its_cookie():
    site, desk = Site(), Browser()
    desk.sign_in(site)
    (own,) = desk.call(site, "GET", "/api/sessions").json["sessions"]
    assert desk.call(site, "DELETE", f"/api/sessions/{own['id']}").status_code == 204
    assert desk.cookies == {}


def test_all_other_devices_are_signed_out_at_once():
    site, desk = Site(), Browser()
    owner = desk.sign_in(site)
    others = [joined(site, desk) for _ in range(3)]
    used(site)
    assert desk.call(site, "DELETE", "/api/sessions").json == {"ended": 3}
    assert desk.owner(site) == owner
    assert {other.owner(site) for other in others} == {"signed_out"}


def test_another_owners_device_is_not_found():
    site, desk, stranger = Site(), Browser(), Browser()
    desk.sign_in(site)
    stranger.sign_in(site)
    (theirs,) = desk.call(site, "GET", "/api/sessions").json["sessions"]
    assert stranger.call(site, "DELETE", f"/api/sessions/{theirs['id']}").status_code == 404
    assert len(desk.owner(site)) == 36


def test_the_tabs_of_the_former_owner_have_to_go_and_its_session_ends_once_the_new_one_is_used(dismissed):
    site, desk, phone = Site(), Browser(), Browser()
    owner, former = desk.sign_in(site), phone.sign_in(site)
    before = phone.copy()
    code = desk.call(site, "POST", "/api/session/code").json["code"]
    (session,) = sessions.devices_of(former)
    assert phone.sign_in(site, code=code) == owner
    assert dismissed == [session.id]
    assert before.owner(site) == former, "the response may have been lost"
    assert phone.owner(site) == owner
    used(site)
    assert before.owner(site) == "signed_out"


def test_a_code_of_ones_own_changes_nothing(dismissed):
    site, desk = Site(), Browser()
    owner = desk.sign_in(site)
    before = dict(desk.cookies)
    assert desk.sign_in(site, code=desk.call(site, "POST", "/api/session/code").json["code"]) == owner
    assert (desk.cookies, dismissed) == (before, [])


@pytest.mark.parametrize("ends", ["itself", "another device", "all others"])
def test_a_code_made_by_a_device_is_worthless_once_that_device_is_signed_out(ends):
    """Whoever took a device must not be able to come back by a code that it made before."""
    site, desk = Site(), Browser()
    desk.sign_in(site)
    phone = joined(site, desk)
    used(site)
    code = phone.call(site, "POST", "/api/session/code").json["code"]
    (other,) = [one for one in desk.call(site, "GET", "/api/sessions").json["sessions"] if not one["current"]]
    if ends == "itself":
        phone.call(site, "DELETE", "/api/session")
    else:
        desk.call(site, "DELETE", "/api/sessions" + (f"/{other['id']}" if ends == "another device" else ""))
    assert Browser().sign_in(site, code=code) == 401
    assert Browser().sign_in(site, code=desk.call(site, "POST", "/api/session/code").json["code"]) == desk.owner(site)


def test_a_code_is_worthless_after_its_device_was_signed_out_in_another_process():
    site, here, desk = Site(), Site(), Browser()
    desk.sign_in(site)
    code = desk.call(here, "POST", "/api/session/code").json["code"]
    desk.call(site, "DELETE", "/api/session")
    assert Browser().sign_in(here, code=code) == 401


def test_a_code_made_before_another_password_was_set_is_worthless():
    before, desk = Site(password=PASSWORD), Browser()
    desk.sign_in(before, password=PASSWORD)
    code = desk.call(before, "POST", "/api/session/code").json["code"]
    assert Browser().sign_in(Site(password="another horse"), code=code) == 401


def test_who_only_renews_gets_no_session_of_another_owner_and_no_new_one():
    site, browser, other = Site(), Browser(), Browser()
    owner, others = browser.sign_in(site), other.sign_in(site)
    before = dict(browser.cookies)
    assert browser.sign_in(site, owner=owner) == owner
    assert browser.sign_in(site, owner=others) == 401
    assert browser.cookies == before
    nobody = Browser()
    assert nobody.sign_in(site, owner=owner) == 401
    assert nobody.cookies == {}
    assert Browser().sign_in(Site(password=PASSWORD), owner=owner) == 401, "the page asks for the password"


def device_cookies(browser):
    return {name: value for name, value in browser.cookies.items() if name.startswith("chatapp_device_")}


def test_a_device_keeps_its_cookie_over_sign_out_and_is_known_by_it():
    site, browser = Site(password=PASSWORD), Browser()
    browser.sign_in(site, password=PASSWORD)
    ((name, value),) = device_cookies(browser).items()
    assert browser.call(site, "DELETE", "/api/session").status_code == 204
    assert browser.cookies == {name: value}, "the session is gone, and the cookie opens nothing"
    assert browser.owner(site) == 401
    strangers = Browser()
    while strangers.sign_in(site, password="a guess") == 401:
        pass
    assert Browser().sign_in(site, password=PASSWORD) == 429, "all come from one address here"
    assert Browser(**{name: f"{value[:-1]}x"}).sign_in(site, password=PASSWORD) == 429, "it is forged"
    assert isinstance(browser.sign_in(site, password=PASSWORD), str)
    assert device_cookies(browser) == {name: value}, "it stays the same device"


def test_a_device_of_before_device_cookies_is_known_by_its_session():
    site, browser = Site(password=PASSWORD), Browser()
    owner = browser.sign_in(site, password=PASSWORD)
    for name in device_cookies(browser):
        del browser.cookies[name]
    changed = Site(password="another horse")
    while Browser().sign_in(changed, password="a guess") == 401:
        pass
    assert browser.sign_in(changed, password="another horse") == owner


def test_guessed_passwords_do_not_lock_out_codes():
    site, browser = Site(password=PASSWORD), Browser()
    owner = browser.sign_in(site, password=PASSWORD)
    while Browser().sign_in(site, password="a guess") == 401:
        pass
    code = browser.call(site, "POST", "/api/session/code").json["code"]
    assert Browser().sign_in(site, code=code) == owner


def test_without_a_password_there_is_no_device_cookie():
    browser = Browser()
    browser.sign_in(Site())
    assert device_cookies(browser) == {}
