"""Toasts, and the page's title while its tab is in the background."""

import pytest
from playwright.sync_api import Page, expect

from browser.chat_page import ChatPage, script, unique

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_a_toast_covers_neither_the_question_nor_the_composer(korean: ChatPage, size: tuple[int, int]) -> None:
    korean.page.set_viewport_size({"width": size[0], "height": size[1]})
    korean.open_new(model=script(tokens=3))
    korean.ask(unique())
    korean.wait_for_end()
    korean.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    korean.answer.get_by_test_id("copy").click()
    toast = korean.get("toast")
    expect(toast).to_be_visible()
    below = toast.evaluate("(it) => it.getBoundingClientRect().bottom")
    assert below <= korean.question.get_by_test_id("body").evaluate("(it) => it.getBoundingClientRect().top")
    assert below <= korean.get("composer").evaluate("(it) => it.getBoundingClientRect().top")


def test_a_second_toast_takes_the_place_of_the_first_which_comes_back(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    for title in ("one", "two"):
        tab.choose(tab.create(title=title), "remove")
    toasts = tab.get("toast")
    expect(toasts).to_have_count(2)
    expect(toasts.first).not_to_be_visible()
    below = toasts.last.evaluate("(it) => it.getBoundingClientRect().bottom")
    assert below <= tab.question.get_by_test_id("body").evaluate("(it) => it.getBoundingClientRect().top")
    toasts.last.get_by_role("button").last.click()
    expect(toasts).to_have_count(1)
    toasts.get_by_test_id("toast-deed").click()
    expect(tab.page.get_by_role("link", name="one")).to_be_visible()


def test_a_toast_that_is_dismissed_by_keyboard_gives_the_focus_back(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    tab.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    copy = tab.answer.get_by_test_id("copy")
    copy.focus()
    tab.page.keyboard.press("Enter")
    tab.get("toast").get_by_role("button").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.get("toast")).to_have_count(0)
    expect(copy).to_be_focused()


def test_the_title_marks_an_answer_that_ended_in_a_background_tab(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=30, rate=60), title="a long talk")
    expect(tab.page).to_have_title("a long talk")
    tab.ask(unique())
    tab.wait_for_text()
    set_hidden(tab.page, hidden=True)
    tab.wait_for_end()
    expect(tab.page).to_have_title("✓ Answered · a long talk")
    set_hidden(tab.page, hidden=False)
    expect(tab.page).to_have_title("a long talk")


def set_hidden(page: Page, *, hidden: bool) -> None:
    """Move the tab to the background or to the front, as far as the page can tell."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden })
            document.dispatchEvent(new Event("visibilitychange"))
        }""",
        hidden,
    )
