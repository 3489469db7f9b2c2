"""One-time codes: joining a session from another browser, and signing in."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.chat_page import ChatPage
from browser.conftest import Watch
from support.processes import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext], url: str) -> ChatPage:
    """Another browser, with a session of its own."""
    context = new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    return ChatPage(context.new_page(), url)


def create_code(tab: ChatPage) -> str:
    """Create a code in the dialog, which stays open; return the code."""
    tab.get("more").click()
    tab.get("menu-connect").click()
    expect(tab.get("code-left")).to_be_visible()
    return tab.get("code").inner_text()


def enter_code(tab: ChatPage, code: str) -> None:
    """Open the dialog to enter a code on a phone, and fill in the code."""
    if not tab.get("more").is_visible():
        tab.get("menu").tap()
    tab.get("more").tap()
    tab.get("menu-join").tap()
    expect(tab.get("join-code")).to_be_focused()
    tab.get("join-code").fill(code)


def test_a_code_lets_another_browser_join_the_session(tab: ChatPage, phone: ChatPage) -> None:
    tab.open()
    conversation_id = tab.create(title="from the desk")
    code = create_code(tab)
    phone.open()
    enter_code(phone, code.lower().replace("-", " "))
    expect(phone.get("join-leave")).to_be_hidden()
    with phone.page.expect_navigation():
        phone.get("join-use").tap()
    expect(phone.item(conversation_id)).to_be_attached()


def test_the_dialog_shows_and_copies_the_code_the_command_and_the_address(tab: ChatPage) -> None:
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open()
    code = create_code(tab)
    line = f"python -m chatapp chat --server {tab.url} --code {code}"
    expect(tab.get("connect")).to_contain_text(line)
    expect(tab.get("connect")).to_contain_text(f"{tab.url}/")
    expect(tab.get("copy-code")).to_be_focused()
    for button, text in (("copy-code", code), ("copy-line", line), ("copy-address", f"{tab.url}/")):
        tab.get(button).click()
        expect(tab.get(button)).to_have_attribute("title", "Copied")
        assert tab.page.evaluate("() => navigator.clipboard.readText()") == text
    tab.get("new-code").click()
    expect(tab.get("code")).not_to_have_text(code)
    tab.page.keyboard.press("Escape")
    expect(tab.get("connect")).to_be_hidden()
    expect(tab.get("more")).to_be_focused()


def test_an_expired_code_can_be_replaced_by_a_new_one(tab: ChatPage) -> None:
    tab.open()
    code = create_code(tab)
    # Set the clock six minutes ahead.
    tab.page.evaluate("() => { const real = Date.now; Date.now = () => real() + 360_000 }")
    expect(tab.get("connect")).to_contain_text("This code has expired.")
    expect(tab.get("copy-code")).to_have_count(0)
    tab.page.evaluate("() => { const ahead = Date.now; Date.now = () => ahead() - 360_000 }")
    tab.get("new-code").click()
    expect(tab.get("code-left")).to_be_visible()
    expect(tab.get("code")).not_to_have_text(code)


def test_joining_asks_for_consent_to_leave_own_conversations_behind(tab: ChatPage, phone: ChatPage) -> None:
    tab.open()
    desk = tab.create(title="from the desk")
    phone.open()
    own = phone.create(title="on the phone")
    other_tab = ChatPage(phone.page.context.new_page(), phone.url).open(f"/c/{own}")
    enter_code(phone, create_code(tab))
    expect(phone.get("join-leave")).to_be_visible()
    phone.get("join-use").tap()
    # The checkbox is required: without it, the browser does not submit the form.
    assert phone.get("join-agree").evaluate("(it) => it.validity.valueMissing")
    expect(phone.get("join")).to_be_visible()
    with phone.page.expect_navigation():
        phone.get("join-agree").check()
        phone.get("join-use").tap()
    expect(phone.item(desk)).to_be_attached()
    expect(phone.item(own)).to_have_count(0)
    expect(other_tab.item(desk)).to_be_attached()
    expect(other_tab.get("welcome")).to_be_visible()


def test_a_wrong_code_is_refused_and_can_be_corrected(tab: ChatPage, phone: ChatPage, watch: Watch) -> None:
    watch.expect("401")
    tab.open()
    code = create_code(tab)
    phone.open()
    enter_code(phone, "AAAA-AAAA")
    expect(phone.get("join-leave")).to_be_hidden()  # until the list has come, leaving it must be agreed to
    phone.get("join-use").tap()
    expect(phone.get("join-problem")).to_have_text("The code is wrong, already used, or expired.")
    expect(phone.get("join-use")).to_be_enabled()
    phone.get("join-code").fill(code)
    with phone.page.expect_navigation():
        phone.get("join-use").tap()
    expect(phone.get("welcome")).to_be_visible()


def test_a_code_signs_in_instead_of_the_password(
    new_server: Callable[..., Server], new_context: Callable[..., BrowserContext], page: Page, watch: Watch
) -> None:
    watch.expect("401")
    server = new_server(CHATAPP_PASSWORD="correct horse battery")
    tab = ChatPage(page, f"http://127.0.0.1:{server.port}")
    page.goto(tab.url)
    tab.get("password").fill("correct horse battery")
    tab.get("sign-in").click()
    expect(tab.get("model")).to_be_enabled()
    code = create_code(tab)

    other = ChatPage(new_context(locale="ko-KR").new_page(), tab.url)
    other.page.goto(other.url)
    other.get("other-way").click()
    expect(other.get("code")).to_be_focused()
    expect(other.get("password")).to_be_hidden()
    other.get("code").fill("AAAA-AAAA")
    other.get("sign-in").click()
    expect(other.get("problem")).to_have_text("코드가 틀렸거나, 이미 쓰였거나, 시간이 지났습니다.")
    other.get("code").fill(code)
    other.get("sign-in").click()
    expect(other.get("welcome")).to_be_visible()
