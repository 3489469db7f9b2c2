"""The message box: Enter, Hangul, limits."""

import pytest
from chat_page import ChatPage, script, unique
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_enter_while_an_answer_runs_keeps_the_text_and_says_why(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=200, rate=30))
    tab.ask(unique())
    tab.wait_for_text()
    tab.ask("the next question")
    expect(tab.get("composer")).to_have_value("the next question")
    expect(tab.get("hint")).not_to_be_empty()
    tab.get("stop").click()
    tab.wait_for_end("stopped")
    tab.get("composer").press("Enter")
    expect(tab.get("composer")).to_have_value("")
    expect(tab.question.get_by_test_id("body")).to_have_text("the next question")
    tab.get("stop").click()


@pytest.mark.parametrize("order", ["chrome", "safari"])
@pytest.mark.parametrize("running", [True, False], ids=["while an answer runs", "at rest"])
def test_the_enter_that_ends_a_hangul_syllable_sends_nothing(tab: ChatPage, order: str, running: bool) -> None:
    """Chrome tells of the key within the composition, Safari after it; both with key code 229."""
    tab.open_new(model=script(tokens=400, rate=40) if running else script(tokens=3))
    tab.ask(unique())
    if running:
        tab.wait_for_text()
    else:
        tab.wait_for_end()
    keyboard = tab.page.context.new_cdp_session(tab.page)
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    tab.get("composer").focus()
    for syllable in ("ㄱ", "그", "글"):
        keyboard.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
    if order == "chrome":
        keyboard.send("Input.dispatchKeyEvent", enter)
        keyboard.send("Input.insertText", {"text": "글"})
    else:
        keyboard.send("Input.insertText", {"text": "글"})
        keyboard.send("Input.dispatchKeyEvent", enter)
    expect(tab.get("composer")).to_have_value("글")
    expect(tab.get("hint")).to_be_empty()
    expect(tab.get("message")).to_have_count(2)

    tab.page.keyboard.press("Enter")
    if running:
        expect(tab.get("hint")).not_to_be_empty()
        tab.get("stop").click()
        tab.wait_for_end("stopped")
        tab.get("composer").press("Enter")
    expect(tab.question.get_by_test_id("body")).to_have_text("글")
    expect(tab.get("composer")).to_have_value("")
    expect(tab.get("message")).to_have_count(4)
    assert [message["content"] for message in tab.saved()].count("글") == 1


def test_typing_hangul_goes_on_undisturbed_while_an_answer_streams(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=60, rate=60))
    tab.ask(unique())
    tab.wait_for_text()
    keyboard = tab.page.context.new_cdp_session(tab.page)
    tab.get("composer").focus()
    for word in ("안", "녕", "하", "세", "요"):
        keyboard.send("Input.imeSetComposition", {"text": word, "selectionStart": 1, "selectionEnd": 1})
        keyboard.send("Input.insertText", {"text": word})
    tab.wait_for_end()
    expect(tab.get("composer")).to_have_value("안녕하세요")
    expect(tab.get("composer")).to_be_focused()


def test_too_long_a_message_is_refused_before_it_is_sent(tab: ChatPage) -> None:
    tab.open_new()
    long = "😀" * 100_001
    tab.get("composer").fill(long)
    tab.get("composer").press("Enter")
    expect(tab.get("hint")).to_contain_text("100,001")
    assert tab.saved() == []
    assert tab.get("composer").input_value() == long
