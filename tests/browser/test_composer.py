"""The composer: the key that sends, arrow keys, size and limits."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from browser.chat_page import ChatPage, script
from browser.ime import Ime

pytestmark = pytest.mark.browser

COVER_BY_KEYBOARD = """(height) => {
  Object.defineProperty(visualViewport, "height", { value: innerHeight - height, configurable: true })
  visualViewport.dispatchEvent(new Event("resize"))
}"""


def button_edges(tab: ChatPage) -> list[float]:
    """Return the upper and the lower edge of the send button, in pixels from the top of the window."""
    button_edges: list[float] = tab.get("send").evaluate(
        "(one) => [one.getBoundingClientRect().top, one.getBoundingClientRect().bottom]"
    )
    return button_edges


def paste(tab: ChatPage, text: str) -> None:
    """Paste text into the composer from the clipboard."""
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    tab.get("composer").press("Control+v")


def test_the_label_of_the_button_is_one_line_in_the_narrowest_window(korean: ChatPage) -> None:
    korean.page.set_viewport_size({"width": 320, "height": 640})
    korean.open()
    korean.get("composer").fill("질문")
    height = (
        "(it) => it.querySelector('span').getBoundingClientRect().height / parseFloat(getComputedStyle(it).fontSize)"
    )
    assert korean.get("send").evaluate(height) < 2


@pytest.mark.parametrize("enter_sends", [True, False])
def test_the_chosen_key_sends_from_the_composer_and_the_editor(tab: ChatPage, enter_sends: bool) -> None:
    if not enter_sends:
        tab.page.add_init_script("localStorage.setItem('chatapp.sendKey', 'mod+enter')")
    tab.open_new(model=script(tokens=3))
    box = tab.get("composer")
    box.focus()
    expect(tab.get("keys")).to_contain_text("Enter to send, Shift+Enter" if enter_sends else "Ctrl+Enter to send")
    expect(box).to_have_attribute("enterkeyhint", "send" if enter_sends else "enter")
    box.press_sequentially("one")
    box.press("Shift+Enter" if enter_sends else "Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("one\ntwo")
    box.press("Enter" if enter_sends else "Control+Enter")
    expect(box).to_have_value("")
    tab.wait_for_end()
    tab.question.get_by_test_id("edit").click()
    editor = tab.get("editor")
    expect(tab.get("editor-hint")).to_contain_text("Enter to send")
    editor.press("Shift+Enter" if enter_sends else "Enter")
    editor.press_sequentially("three")
    editor.press("Enter" if enter_sends else "Control+Enter")
    expect(tab.question.get_by_test_id("body")).to_have_text("one\ntwo\nthree")
    tab.wait_for_end()


def test_on_a_phone_enter_breaks_the_line_and_the_button_sends(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    phone = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = ChatPage(phone.new_page(), url).open_new(model=script(tokens=3))
    box = tab.get("composer")
    box.tap()
    expect(box).to_have_attribute("enterkeyhint", "enter")
    expect(tab.get("keys")).to_be_empty()
    box.press_sequentially("one")
    box.press("Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("one\ntwo")
    tab.get("send").tap()
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    tab.wait_for_end()
    assert tab.saved()[0]["content"] == "one\ntwo"
    assert box.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)") >= 16
    assert button_edges(tab)[1] - button_edges(tab)[0] >= 44


def test_the_composer_stays_above_an_on_screen_keyboard(tab: ChatPage) -> None:
    tab.open()
    assert_is_lifted(tab, keyboard=350)  # the box is in the middle of the empty page
    tab.open_new(model=script(tokens=2))
    tab.ask("question")
    tab.wait_for_end()
    assert_is_lifted(tab, keyboard=300)


def assert_is_lifted(tab: ChatPage, keyboard: int) -> None:
    lowest = tab.page.evaluate("innerHeight") - keyboard
    tab.page.evaluate(COVER_BY_KEYBOARD, keyboard)
    assert button_edges(tab)[1] <= lowest
    tab.page.evaluate(COVER_BY_KEYBOARD, 0)
    assert button_edges(tab)[1] > lowest


def test_arrow_keys_recall_earlier_questions(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=2))
    for question in ("첫 질문", "둘째 질문"):
        tab.ask(question)
        expect(tab.question.get_by_test_id("body")).to_have_text(question)
        tab.wait_for_end()
    box = tab.get("composer")
    box.press("ArrowUp")
    expect(box).to_have_value("둘째 질문")
    expect(tab.get("hint")).to_contain_text("1 of 2")
    box.press("ArrowUp")
    box.press("ArrowUp")
    expect(box).to_have_value("첫 질문")
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(box).to_have_value("")
    expect(tab.get("hint")).to_be_empty()
    box.press("ArrowUp")
    box.press("Escape")
    expect(box).to_have_value("")
    box.press("ArrowUp")
    box.press_sequentially(", 고침")
    box.press("ArrowUp")
    expect(box).to_have_value("둘째 질문, 고침")
    expect(tab.get("hint")).to_be_empty()
    box.press("Enter")
    expect(tab.question.get_by_test_id("body")).to_have_text("둘째 질문, 고침")
    tab.wait_for_end()


def test_arrow_keys_recall_nothing_within_a_text_or_a_composition(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=2))
    tab.ask("one\ntwo\nthree")
    tab.wait_for_end()
    box = tab.get("composer")
    box.fill("typed")
    box.press("ArrowUp")
    expect(box).to_have_value("typed")
    box.fill("")
    ime = Ime(tab.page)
    ime.compose("ㄱ")
    box.press("ArrowUp")
    expect(box).not_to_have_value("one\ntwo\nthree")
    box.fill("")
    box.press("ArrowUp")
    expect(box).to_have_value("one\ntwo\nthree")
    box.press("ArrowLeft")
    box.press("ArrowUp")
    assert box.evaluate("({ selectionStart }) => selectionStart") in range(4, 8), "in the second line"
    box.press("Tab")
    expect(tab.get("send")).to_be_focused()


def test_the_composer_grows_to_two_fifths_of_the_window_and_then_scrolls(tab: ChatPage) -> None:
    tab.open()
    box = tab.get("composer")
    one_line = box.evaluate("(box) => box.clientHeight")
    box.fill("\n".join("line" for _ in range(5)))
    assert box.evaluate("(box) => box.clientHeight") == pytest.approx(5 * one_line, abs=3)
    box.fill("")
    paste(tab, "한글과 글자들 " * 12_500)
    limit = 0.4 * tab.page.evaluate("innerHeight")
    assert box.evaluate("(box) => box.clientHeight") == pytest.approx(limit, abs=2)
    assert box.evaluate("(box) => box.scrollHeight") > limit
    assert not tab.scrolls_sideways()
    box.press("End")
    box.press_sequentially("끝")
    box.fill("")
    assert box.evaluate("(box) => box.clientHeight") == one_line


def test_a_message_of_the_greatest_length_is_sent_whole(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=2))
    text = "\n".join(["한글과 글자들, 그리고 English."] * 4167)[:100_000]
    paste(tab, text)
    expect(tab.get("composer")).to_have_value(text)
    tab.get("composer").press("Enter")
    tab.wait_for_end()
    expect(tab.get("composer")).to_have_value("")
    assert tab.saved()[0]["content"] == text


def test_too_long_a_message_is_refused_before_it_is_sent(tab: ChatPage) -> None:
    tab.open_new()
    long = "😀" * 100_001
    paste(tab, long)
    expect(tab.get("hint")).to_contain_text("100,001")
    tab.get("composer").press("Enter")
    expect(tab.get("hint")).to_contain_text("(limit 100,000)")
    assert tab.saved() == []
    assert tab.get("composer").input_value() == long


def test_too_long_a_message_can_be_cut_and_the_rest_comes_back(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=2))
    long = "😀" * 100_001
    paste(tab, long)
    tab.get("cut-to-fit").click()
    expect(tab.get("hint")).to_be_empty()
    assert tab.get("composer").input_value() == long[:-1]
    tab.page.keyboard.press("Control+z")
    expect(tab.get("hint")).to_contain_text("100,001")
    tab.get("cut-to-fit").click()
    tab.get("composer").press("Enter")
    tab.wait_for_end()
    assert tab.saved()[0]["content"] == long[:-1]
    expect(tab.question.get_by_test_id("fold")).to_have_text("Show all · 100,000 characters")


def direction(of: Locator) -> str:
    found: str = of.evaluate("(one) => getComputedStyle(one).direction")
    return found


def test_what_is_typed_runs_as_its_first_letter_says(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=4000, rate=40))
    box = tab.get("composer")
    assert direction(box) == "ltr", "the placeholder"
    for text, runs in (("שלום", "rtl"), ("12 مرحبا, and English", "rtl"), ("한국어 שלום", "ltr"), ("1 + 2", "ltr")):
        box.fill(text)
        assert direction(box) == runs, text
    box.fill("")
    box.press_sequentially("שלום")
    assert direction(box) == "rtl"
    box.press("Enter")
    tab.wait_for_text()
    tab.ask("مرحبا")
    assert direction(tab.page.locator(".queue__text")) == "rtl"
    tab.get("queue-edit").click()
    for name in ("queue-editor", "search"):
        assert direction(tab.get(name)) == ("rtl" if name == "queue-editor" else "ltr")
        tab.get(name).fill("عربي")
        assert direction(tab.get(name)) == "rtl"
    tab.get("queue-editor").press("Escape")
    tab.question.hover()
    tab.get("edit").click()
    assert direction(tab.get("editor")) == "rtl"
