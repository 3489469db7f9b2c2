"""One-time codes: joining a session from another browser, and signing in."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.chat_page import ChatPage
from browser.conftest import PASSWORD, Watch
from support.processes import Server

pytestmark = pytest.mark.browser

#: In the page, as its host's name is known to the browser only.
CREATE = """async () => {
  const body = JSON.stringify({ title: "from the desk" })
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body }
  return (await (await fetch("/api/conversations", request)).json()).conversation.id
}"""


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
    expect(phone.get("join-own")).to_be_hidden()
    with phone.page.expect_navigation():
        phone.get("join-use").tap()
    expect(phone.item(conversation_id)).to_be_attached()
    expect(phone.get("toast")).to_have_text("Connected")


def test_the_dialog_shows_and_copies_the_code_the_command_and_the_address(tab: ChatPage) -> None:
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open()
    code = create_code(tab)
    line = f"python -m chatapp chat --server {tab.url} --code {code}"
    expect(tab.get("connect")).to_contain_text(line)
    expect(tab.get("connect")).to_contain_text(f"{tab.url}/join")
    # Nobody else can open this address, so there is nothing to scan, but what to do about it.
    expect(tab.get("qr")).to_have_count(0)
    expect(tab.get("only-here")).to_contain_text("CHATAPP_ORIGINS=http://192.168.0.10:")
    expect(tab.get("copy-code")).to_be_focused()
    for button, text in (("copy-code", code), ("copy-line", line), ("copy-address", f"{tab.url}/join")):
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


def test_conversations_drafts_and_open_tabs_come_along_unless_that_is_not_wanted(
    tab: ChatPage, phone: ChatPage
) -> None:
    tab.open()
    desk = tab.create(title="from the desk")
    phone.open()
    own = phone.create(title="on the phone")
    other_tab = ChatPage(phone.page.context.new_page(), phone.url).open(f"/c/{own}")
    other_tab.get("composer").fill("half a thought")
    enter_code(phone, create_code(tab))
    expect(phone.get("join-merge")).to_be_checked()
    expect(phone.get("join-leaves")).to_be_hidden()
    phone.get("join-merge").uncheck()
    expect(phone.get("join-leaves")).to_be_visible()
    phone.get("join-merge").check()
    with phone.page.expect_navigation():
        phone.get("join-use").tap()
    for one in (phone, tab):
        expect(one.item(desk)).to_be_attached()
        expect(one.item(own)).to_be_attached()
    expect(other_tab.item(desk)).to_be_attached()
    assert other_tab.owner == tab.owner
    assert other_tab.page.url.endswith(own)
    expect(other_tab.get("composer")).to_have_value("half a thought")


def test_what_is_left_behind_is_not_shown_any_more(tab: ChatPage, phone: ChatPage) -> None:
    tab.open()
    desk = tab.create(title="from the desk")
    phone.open()
    own = phone.create(title="on the phone")
    enter_code(phone, create_code(tab))
    phone.get("join-merge").uncheck()
    with phone.page.expect_navigation():
        phone.get("join-use").tap()
    expect(phone.item(desk)).to_be_attached()
    expect(phone.item(own)).to_have_count(0)


@pytest.fixture
def named(new_server: Callable[..., Server]) -> Callable[..., ChatPage]:
    """Return a page of a server that other devices can reach, as far as the page can tell."""
    server = new_server(start=False)
    server.env["CHATAPP_ORIGINS"] = url = f"http://chat.localhost:{server.port}"
    server.start()

    def make(context: BrowserContext) -> ChatPage:
        return ChatPage(context.new_page(), url)

    return make


def link_of(tab: ChatPage) -> str:
    """Open the dialog and copy its link."""
    create_code(tab)
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.get("copy-link").click()
    expect(tab.get("copy-link")).to_contain_text("Copied")
    return str(tab.page.evaluate("() => navigator.clipboard.readText()"))


def test_a_scanned_link_lands_in_the_open_conversation_and_leaves_its_code_nowhere(
    named: Callable[..., ChatPage], new_context: Callable[..., BrowserContext], watch: Watch
) -> None:
    desk = named(new_context())
    conversation_id = desk.open().page.evaluate(CREATE)
    desk.open(f"/c/{conversation_id}")
    link = link_of(desk)
    expect(desk.get("qr")).to_be_visible()
    expect(desk.get("only-here")).to_have_count(0)
    code = desk.get("code").inner_text()
    assert link == f"{desk.url}/join#{code}/{conversation_id}"

    phone = named(new_context(viewport={"width": 390, "height": 800}, locale="ko-KR"))
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
    phone.page.goto(link)
    expect(phone.page).to_have_url(f"{desk.url}/c/{conversation_id}")
    expect(phone.get("toast")).to_have_text("연결되었습니다")
    expect(phone.page).to_have_title("from the desk")
    assert phone.page.evaluate("() => history.length") <= 2
    phone.page.reload()
    expect(phone.get("model")).to_be_enabled()
    expect(phone.get("toast")).to_have_count(0)
    # The browser's own record of the request's address has the fragment; what it sends does not.
    assert not any(code in one for one in asked if "/join" not in one)
    assert code not in str(
        phone.page.evaluate("() => [document.referrer, performance.getEntries().map((e) => e.name)]")
    )

    # The code has been used: a second phone is told so, and can enter another one.
    watch.expect("401")
    other = named(new_context())
    other.page.goto(link)
    expect(other.get("join-problem")).to_contain_text("This link no longer works")
    expect(other.page).to_have_url(f"{desk.url}/join")
    desk.get("new-code").click()
    expect(desk.get("code")).not_to_have_text(code)
    other.get("join-code").fill(desk.get("code").inner_text())
    other.get("join-use").click()
    expect(other.item(conversation_id)).to_be_attached()


def test_a_link_asks_before_a_device_with_conversations_joins(tab: ChatPage, phone: ChatPage) -> None:
    tab.open()
    desk = tab.create(title="from the desk")
    phone.open()
    own = phone.create(title="on the phone")
    phone.page.goto(f"{tab.url}/join#{create_code(tab)}")
    expect(phone.get("join-use")).to_be_visible()
    assert phone.page.url == f"{phone.url}/join"
    expect(phone.get("join-page")).to_contain_text("Continue only if you made this code yourself.")
    expect(phone.get("join-code")).to_be_hidden()
    expect(phone.get("join-merge")).to_be_checked()
    phone.get("join-use").tap()
    for conversation_id in (desk, own):
        expect(phone.item(conversation_id)).to_be_attached()
        expect(tab.item(conversation_id)).to_be_attached()


def test_a_wrong_code_is_refused_and_can_be_corrected(tab: ChatPage, phone: ChatPage, watch: Watch) -> None:
    watch.expect("401")
    tab.open()
    code = create_code(tab)
    phone.open()
    enter_code(phone, "AAAA-AAAA")
    phone.get("join-use").tap()
    expect(phone.get("join-problem")).to_have_text("The code is wrong, already used, or expired.")
    expect(phone.get("join-use")).to_be_enabled()
    phone.get("join-code").fill(code)
    with phone.page.expect_navigation():
        phone.get("join-use").tap()
    expect(phone.get("welcome")).to_be_visible()


def test_a_code_signs_in_instead_of_the_password(
    guarded_server: Server, new_context: Callable[..., BrowserContext], page: Page, watch: Watch
) -> None:
    watch.expect("401")
    tab = ChatPage(page, f"http://127.0.0.1:{guarded_server.port}")
    page.goto(tab.url)
    tab.get("password").fill(PASSWORD)
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
