"""Typing in the composer: input methods, and text and focus while an answer runs."""

import pytest
from playwright.sync_api import Page, expect

from browser.chat_page import ChatPage, script, unique
from browser.ime import ORDERS, Ime

pytestmark = pytest.mark.browser

WATCH_COMPOSER = """() => {
  const box = document.getElementById("message")
  const seen = window.seen = { changes: 0, composed: "", ended: 0 }
  new MutationObserver((changes) => { seen.changes += changes.length })
    .observe(box, { attributes: true, childList: true, characterData: true, subtree: true })
  box.addEventListener("compositionupdate", ({ data }) => { seen.composed = data })
  box.addEventListener("compositionend", () => { seen.ended += 1 })
}"""


def test_stopping_by_escape_or_click_keeps_the_focus_in_the_composer(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=200, rate=30))
    tab.ask(unique())
    tab.wait_for_text()
    tab.get("composer").press("Escape")
    tab.wait_for_end("stopped")
    expect(tab.get("composer")).to_be_focused()
    tab.ask(unique())
    tab.wait_for_text()
    tab.get("stop").click()
    tab.wait_for_end("stopped")
    expect(tab.get("composer")).to_be_focused()


def test_the_focus_stays_on_the_button_when_stop_becomes_send(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=200, rate=30))
    tab.ask(unique())
    tab.wait_for_text()
    tab.get("stop").focus()
    tab.page.keyboard.press("Enter")
    tab.wait_for_end("stopped")
    expect(tab.get("send")).to_be_focused()
    expect(tab.get("send")).to_be_disabled()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("running", [True, False], ids=["while an answer runs", "idle"])
def test_an_enter_consumed_by_the_input_method_does_not_send(tab: ChatPage, order: str, running: bool) -> None:
    tab.open_new(model=script(tokens=400, rate=40) if running else script(tokens=3))
    tab.ask(unique())
    if running:
        tab.wait_for_text()
    else:
        tab.wait_for_end()
    ime = Ime(tab.page)
    tab.get("composer").focus()
    ime.compose("ㄱ", "그", "글")
    ime.end_by_enter("글", order)
    expect(tab.get("composer")).to_have_value("글")
    expect(tab.get("hint")).to_be_empty()
    expect(tab.get("message")).to_have_count(2)

    tab.page.keyboard.press("Enter")
    if running:
        expect(tab.page.locator(".queue__text")).to_have_text(["글"])
        tab.get("queue-send").click()
    expect(tab.question.get_by_test_id("body")).to_have_text("글")
    expect(tab.get("composer")).to_have_value("")
    expect(tab.get("message")).to_have_count(4)
    assert [message["content"] for message in tab.saved()].count("글") == 1


@pytest.mark.parametrize("order", ORDERS)
def test_enter_during_a_composition_sends_once_and_empties_the_composer(tab: ChatPage, order: str) -> None:
    tab.open_new(model=script(tokens=3))
    ime = Ime(tab.page)
    tab.get("composer").focus()
    ime.word("감", "사", "합", "니")
    ime.compose("ㄷ", "다")
    ime.enter("다", order)
    tab.wait_for_end()
    expect(tab.get("composer")).to_have_value("")
    expect(tab.get("message")).to_have_count(2)
    assert [message["content"] for message in tab.saved() if message["role"] == "user"] == ["감사합니다"]
    ime.word("또")
    expect(tab.get("composer")).to_have_value("또")


def test_no_hangul_is_lost_while_a_hundred_tokens_a_second_arrive(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=300, rate=100))
    tab.ask(unique())
    tab.wait_for_text()
    ime = Ime(tab.page)
    tab.get("composer").focus()
    tab.page.evaluate(WATCH_COMPOSER)
    text = "다람쥐 헌 쳇바퀴에 타고파"
    for syllable in text:
        ime.compose(syllable)
        ime.commit(syllable)
    expect(tab.answer).to_have_attribute("data-status", "running")
    tab.get("composer").press("Home")
    tab.page.keyboard.press("Shift+End")
    tab.page.keyboard.press("ArrowRight")
    ime.compose("ㅎ", "하", "한")
    tab.wait_for_end()
    expect(tab.get("composer")).to_have_value(text + "한")
    expect(tab.get("composer")).to_be_focused()
    seen = tab.page.evaluate("() => window.seen")
    assert seen == {"changes": 0, "composed": "한", "ended": len(text)}, "the last syllable is still open"
    ime.commit("한")
    expect(tab.get("composer")).to_have_value(text + "한")


def test_a_selection_in_the_composer_is_kept_while_tokens_arrive(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=100, rate=100))
    tab.ask(unique())
    tab.wait_for_text()
    tab.get("composer").fill("one two three")
    tab.get("composer").evaluate("(box) => box.setSelectionRange(4, 7)")
    tab.wait_for_end()
    selected = tab.get("composer").evaluate("(box) => [box.selectionStart, box.selectionEnd]")
    assert selected == [4, 7]


def test_text_typed_while_a_conversation_is_created_stays_in_the_composer(page: Page, url: str) -> None:
    tab = ChatPage(page, url).open()
    ime = Ime(page)
    tab.ask(unique())
    ime.word("다")
    ime.compose("ㅇ", "으", "음")
    tab.wait_for_end()
    expect(tab.get("composer")).to_have_value("다음")
    ime.commit("음")
    tab.page.reload()
    expect(tab.get("composer")).to_have_value("다음")
