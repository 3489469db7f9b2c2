"""Devices: who is signed in, signing out here and there, and what a page shows and keeps afterwards."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, script
from browser.conftest import PASSWORD, Watch
from browser.test_codes import phone
from support.processes import Server
from support.waiting import eventually

pytestmark = pytest.mark.browser

__all__ = ["phone"]

OURS = """() => [localStorage, sessionStorage].flatMap((storage) => Object.keys(storage))
  .filter((key) => key.startsWith("chatapp.") && key !== "chatapp.tab")"""
REFUSED = ("401", "WebSocket", "ERR_")


@pytest.fixture
def joined_phone(tab: ChatPage, phone: ChatPage) -> ChatPage:
    """Another browser of the same owner, with the page open."""
    tab.open()
    headers = {"Origin": tab.url}
    code = tab.page.request.post(f"{tab.url}/api/session/code", data={}, headers=headers).json()["code"]
    assert phone.page.request.post(f"{tab.url}/api/session", data={"code": code}, headers=headers).ok
    phone.open()
    return phone


def choose(tab: ChatPage, entry: str) -> None:
    """Choose an entry of the menu by the keyboard."""
    tab.get("more").focus()
    tab.page.keyboard.press("Enter")
    tab.get(f"menu-{entry}").focus()
    tab.page.keyboard.press("Enter")


def expect_signed_out(tab: ChatPage) -> None:
    expect(tab.get("go-on")).to_be_visible()
    assert tab.page.url == f"{tab.url}/signed-out"
    tab.page.wait_for_function("() => document.documentElement.dataset.forgotten === 'yes'")
    assert tab.page.evaluate(OURS) == []


def test_signing_out_closes_the_other_tabs_and_leaves_nothing_in_the_browser(
    tab: ChatPage, second_tab: ChatPage, joined_phone: ChatPage
) -> None:
    conversation_id = tab.create(title="stays on the phone", model=script(tokens=3))
    tab.item(conversation_id).click()
    tab.get("composer").fill("half a thought")
    second_tab.open()
    second_tab.get("composer").fill("another one")
    choose(tab, "signOut")
    expect(tab.get("sign-out-last")).to_be_hidden()
    tab.get("sign-out").click()
    for left in (tab, second_tab):
        expect_signed_out(left)
    expect(joined_phone.item(conversation_id)).to_be_attached()
    tab.get("go-on").click()
    expect(tab.get("welcome")).to_be_visible()
    expect(tab.get("composer")).to_have_value("")
    expect(tab.get("conversation")).to_have_count(0)


def test_a_device_is_signed_out_from_another_one(tab: ChatPage, joined_phone: ChatPage, watch: Watch) -> None:
    watch.expect(*REFUSED)
    joined_phone.get("composer").fill("on the phone")
    choose(tab, "devices")
    expect(tab.get("device")).to_have_count(2)
    expect(tab.get("device").first).to_contain_text("This device")
    tab.get("device-end").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.get("device")).to_have_count(1)
    expect(tab.get("devices-news")).to_contain_text("Signed out:")
    expect(tab.get("devices").get_by_test_id("dialog-close")).to_be_focused()
    expect_signed_out(joined_phone)
    tab.page.keyboard.press("Escape")
    expect(tab.get("devices")).to_be_hidden()
    expect(tab.get("more")).to_be_focused()


def test_all_other_devices_are_signed_out_at_once(tab: ChatPage, joined_phone: ChatPage, watch: Watch) -> None:
    watch.expect(*REFUSED)
    choose(tab, "devices")
    tab.get("devices-end-others").click()
    expect(tab.get("devices-end-others")).to_be_hidden()
    expect_signed_out(joined_phone)
    tab.page.reload()
    expect(tab.get("model")).to_be_enabled()


def test_the_last_device_is_warned_before_its_conversations_are_left_behind(tab: ChatPage) -> None:
    tab.open()
    tab.create(title="to be left behind")
    choose(tab, "signOut")
    expect(tab.get("sign-out-cancel")).to_be_focused()
    expect(tab.get("sign-out-last")).to_be_visible()
    tab.get("sign-out").click()
    assert tab.get("sign-out-agree").evaluate("(it) => it.validity.valueMissing")
    tab.get("sign-out-cancel").click()
    expect(tab.get("sign-out-dialog")).to_be_hidden()
    choose(tab, "signOut")
    tab.get("sign-out-agree").check()
    tab.get("sign-out").click()
    expect_signed_out(tab)


def test_who_has_nothing_is_not_warned(tab: ChatPage) -> None:
    tab.open()
    choose(tab, "signOut")
    expect(tab.get("sign-out-last")).to_be_hidden()
    tab.get("sign-out").click()
    expect_signed_out(tab)


def test_who_is_signed_in_does_not_get_to_the_page_that_forgets(tab: ChatPage) -> None:
    tab.open()
    tab.get("composer").fill("not to be lost")
    tab.page.goto(f"{tab.url}/signed-out")
    expect(tab.get("composer")).to_have_value("not to be lost")


def test_a_device_that_was_signed_out_while_it_was_closed_is_told_once(
    tab: ChatPage, joined_phone: ChatPage, watch: Watch
) -> None:
    watch.expect(*REFUSED)
    address = tab.create(title="seen on the phone")
    joined_phone.page.goto("about:blank")
    choose(tab, "devices")
    tab.get("device-end").click()
    expect(tab.get("device")).to_have_count(1)
    joined_phone.page.goto(f"{tab.url}/c/{address}")
    expect_signed_out(joined_phone)
    joined_phone.page.goto(tab.url)
    expect(joined_phone.get("welcome")).to_be_visible()


def test_signing_out_forgets_the_page_that_opens_without_a_network(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(service_workers="allow").new_page(), url).open()
    assert tab.wait_until_cached()
    choose(tab, "signOut")
    expect(tab.get("sign-out-last")).to_be_hidden()
    tab.get("sign-out").click()
    expect_signed_out(tab)
    gone = "async () => (await caches.keys()).length + (await navigator.serviceWorker.getRegistrations()).length === 0"
    eventually(lambda: tab.page.evaluate(gone), what="the copy of the page to be gone")
    tab.get("go-on").click()
    expect(tab.get("welcome")).to_be_visible()
    assert tab.wait_until_cached(), "it is kept again for who is signed in now"


def test_with_a_password_the_way_back_asks_for_it(
    guarded_server: Server, new_context: Callable[..., BrowserContext], watch: Watch
) -> None:
    watch.expect(*REFUSED)
    tab = ChatPage(new_context(locale="ko-KR").new_page(), f"http://127.0.0.1:{guarded_server.port}")
    tab.page.goto(tab.url)
    tab.get("password").fill(PASSWORD)
    tab.get("sign-in").click()
    expect(tab.get("model")).to_be_enabled()
    choose(tab, "signOut")
    expect(tab.get("sign-out-last")).to_be_hidden()
    tab.get("sign-out").click()
    expect(tab.get("go-on")).to_have_text("로그인")
    tab.get("go-on").click()
    expect(tab.get("password")).to_be_focused()
