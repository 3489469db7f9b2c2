"""Keyboard shortcuts, also with Hangul switched on, and the sheet that lists them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, script, unique
from browser.ime import Ime

pytestmark = pytest.mark.browser


def press_in_hangul(tab: ChatPage, key: str, code: str, *, modifiers: int) -> None:
    """Press a key as browsers report it with Hangul switched on; in `modifiers`, 2 is Ctrl and 8 is Shift."""
    keyboard = tab.page.context.new_cdp_session(tab.page)
    event = {"key": key, "code": code, "modifiers": modifiers, "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})


def test_a_shortcut_begins_a_new_chat_also_with_hangul_switched_on(tab: ChatPage) -> None:
    tab.open_new(title="open before")
    expect(tab.page).to_have_title("open before")
    tab.page.keyboard.press("Control+Shift+O")
    expect(tab.get("welcome")).to_be_visible()
    expect(tab.get("composer")).to_be_focused()
    tab.page.go_back()
    expect(tab.page).to_have_title("open before")
    press_in_hangul(tab, "ㅒ", "KeyO", modifiers=10)
    expect(tab.get("welcome")).to_be_visible()


def test_a_shortcut_copies_the_last_answer(new_context: Callable[..., BrowserContext], url: str) -> None:
    tab = ChatPage(new_context(permissions=["clipboard-read", "clipboard-write"]).new_page(), url)
    tab.open_new(model=script(tokens=6))
    tab.ask(unique())
    tab.wait_for_end()
    tab.page.keyboard.press("Control+Shift+C")
    expect(tab.get("toast")).to_have_text("The last answer was copied.")
    assert tab.page.evaluate("() => navigator.clipboard.readText()") == tab.saved()[-1]["content"]


def test_shift_escape_focuses_the_composer_without_stopping_the_answer(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=400, rate=10))
    tab.ask(unique())
    tab.wait_for_text()
    tab.get("search").focus()
    tab.page.keyboard.press("Shift+Escape")
    expect(tab.get("composer")).to_be_focused()
    expect(tab.answer).to_have_attribute("data-status", "running")
    tab.get("thread").focus()
    tab.page.keyboard.press("Escape")
    tab.wait_for_end("stopped")


def test_an_escape_that_ends_a_composition_does_not_stop_the_answer(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=400, rate=10))
    tab.ask(unique())
    tab.wait_for_text()
    press_in_hangul(tab, "Escape", "Escape", modifiers=0)
    tab.page.keyboard.press("Control+/")
    expect(tab.get("shortcuts")).to_be_visible()
    expect(tab.answer).to_have_attribute("data-status", "running")
    tab.page.keyboard.press("Escape")
    expect(tab.get("shortcuts")).to_be_hidden()
    expect(tab.answer).to_have_attribute("data-status", "running")
    expect(tab.get("composer")).to_be_focused()


def test_the_sheet_lists_every_shortcut_and_returns_the_focus_to_the_page_menu(tab: ChatPage) -> None:
    tab.open()
    tab.get("more").click()
    tab.get("menu-shortcuts").click()
    expect(tab.get("shortcuts")).to_be_visible()
    rows = tab.get("shortcut")
    names = rows.evaluate_all("(all) => all.map(({ dataset }) => dataset.name)")
    assert {"newChat", "search", "shortcuts", "stopAnswer", "focusBox", "copyLast", "recall"} <= set(names)
    expect(tab.page.locator("[data-testid=shortcut][data-name=newChat] kbd")).to_have_text(["Ctrl", "Shift", "O"])
    assert rows.locator("dd:empty").count() == 0
    tab.get("shortcuts").get_by_test_id("dialog-close").click()
    expect(tab.get("more")).to_be_focused()


def test_page_keys_scroll_the_thread_from_the_composer_and_without_a_focus(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 900, "height": 500})
    tab.open_new(model=script(tokens=900, rate=3000))
    tab.ask("a question")
    tab.wait_for_end()
    thread = tab.get("thread")

    def top() -> float:
        return thread.evaluate("(it) => it.scrollTop")

    end = top()
    assert end > 500
    expect(tab.get("composer")).to_be_focused()
    tab.page.keyboard.press("PageUp")
    expect(tab.get("latest")).to_be_visible()
    assert 0 < top() < end
    tab.page.evaluate("() => document.activeElement.blur()")
    tab.page.keyboard.press("Home")
    tab.page.wait_for_function("() => document.querySelector('[data-testid=thread]').scrollTop === 0")
    tab.page.keyboard.press("End")
    expect(tab.get("latest")).to_have_count(0)
    thread.focus()
    tab.page.keyboard.press("Home")
    tab.page.wait_for_function("() => document.querySelector('[data-testid=thread]').scrollTop === 0")


def test_typing_outside_a_field_goes_into_the_composer(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=6))
    tab.ask(unique())
    tab.wait_for_end()
    box = tab.get("composer")
    tab.page.evaluate("() => document.activeElement.blur()")
    tab.page.keyboard.type("How are you?")
    expect(box).to_have_value("How are you?")
    tab.answer.get_by_test_id("copy").focus()
    press_in_hangul(tab, "Process", "KeyR", modifiers=0)
    expect(box).to_be_focused()
    Ime(tab.page).word("글")
    expect(box).to_have_value("How are you?글")
    tab.answer.get_by_test_id("details").click()
    tab.page.keyboard.type("x")
    expect(tab.get("details-sheet")).to_be_visible()
    tab.page.keyboard.press("Escape")
    tab.get("thread").focus()
    tab.page.keyboard.press("Space")
    expect(box).to_have_value("How are you?글")
    expect(tab.get("thread")).to_be_focused()


def test_shortcuts_do_nothing_while_a_dialog_is_open(tab: ChatPage) -> None:
    tab.open_new(title="stays open")
    tab.page.keyboard.press("Control+/")
    expect(tab.get("shortcuts")).to_be_visible()
    tab.page.keyboard.press("Control+Shift+O")
    tab.page.keyboard.press("Control+k")
    expect(tab.get("shortcuts")).to_be_visible()
    expect(tab.page).to_have_title("stays open")
