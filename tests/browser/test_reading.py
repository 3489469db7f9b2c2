"""Scrolling, screens of every size, dark and light."""

from collections.abc import Callable

import pytest
from chat_page import ChatPage, script, unique
from playwright.sync_api import BrowserContext, WebSocketRoute, expect

pytestmark = pytest.mark.browser


def test_a_reader_who_scrolled_up_is_left_there_and_told_what_came(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 800, "height": 500})
    tab.open_new(model=script(text="x\n\n" * 23, rate=6))
    tab.ask(unique())
    thread = tab.get("thread")
    expect(tab.body).to_contain_text("x\n\n" * 11)
    assert thread.evaluate("(it) => it.scrollHeight - it.scrollTop - it.clientHeight") < 60
    thread.hover()
    tab.page.mouse.wheel(0, -100)
    latest = tab.get("latest")
    expect(latest).to_be_visible()
    place = thread.evaluate("(it) => it.scrollTop")
    expect(latest).not_to_have_attribute("data-count", "0")
    tab.wait_for_end()
    assert thread.evaluate("(it) => it.scrollTop") == place
    latest.click()
    expect(latest).to_have_count(0)
    assert thread.evaluate("(it) => it.scrollHeight - it.scrollTop - it.clientHeight") < 2


def test_a_long_conversation_loads_its_beginning_when_one_scrolls_up(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=2))
    for number in range(3):
        tab.ask(f"question {number}")
        expect(tab.get("message")).to_have_count(2 * number + 2)
        tab.wait_for_end()
    tab.page.route_web_socket("**/socket.io/**", with_small_pages)
    tab.page.set_viewport_size({"width": 800, "height": 400})
    tab.page.reload()
    expect(tab.answer).to_be_in_viewport()
    tab.get("thread").hover()
    tab.page.mouse.wheel(0, -2000)
    expect(tab.get("message").first).to_contain_text("question 0")
    expect(tab.get("message")).to_have_count(6)
    expect(tab.get("earlier")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
def test_nothing_scrolls_sideways(
    new_context: Callable[..., BrowserContext], url: str, width: int, scheme: str, locale: str
) -> None:
    context = new_context(viewport={"width": width, "height": 700}, color_scheme=scheme, locale=locale)
    tab = ChatPage(context.new_page(), url)
    tab.open()
    assert not tab.scrolls_sideways()
    tab.open_new(model=script(tokens=30, lang="ko"), title="아주 긴 제목을 가진 대화입니다 " * 6)
    tab.ask("https://example.com/" + "a" * 300)
    tab.wait_for_end()
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    assert not tab.scrolls_sideways()
    expect(tab.page.locator("html")).to_have_attribute("lang", locale[:2])


def test_on_a_phone_the_list_is_a_drawer(new_context: Callable[..., BrowserContext], url: str) -> None:
    context = new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    tab = ChatPage(context.new_page(), url)
    tab.open()
    conversation_id = tab.create(title="on the phone")
    link = tab.item(conversation_id).get_by_role("link")
    expect(link).not_to_be_visible()
    tab.get("menu").tap()
    expect(link).to_be_visible()
    link.tap()
    expect(link).not_to_be_visible()
    expect(tab.page).to_have_title("on the phone")


def with_small_pages(socket: WebSocketRoute) -> None:
    """Let the page ask for two messages at a time."""
    server = socket.connect_to_server()
    socket.on_message(
        lambda message: server.send(
            message.replace('{"conversation_id"', '{"limit":2,"conversation_id"')
            if any(name in message for name in ('"open_conversation"', '"load_messages"'))
            else message
        )
    )
