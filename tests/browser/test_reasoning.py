"""Reasoning: how it is shown while it streams, and afterwards."""

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, script, unique

pytestmark = pytest.mark.browser

#: The height hidden below. Observers run in the order of their creation, so the page's own has scrolled before.
LEFT_BELOW = """(it) => new Promise((resolve) => {
  new ResizeObserver(() => resolve(it.scrollHeight - it.scrollTop - it.clientHeight)).observe(it.firstElementChild)
})"""


def test_reasoning_is_open_while_it_streams_and_folds_when_the_answer_starts(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=40, rate=20, reasoning=20))
    tab.ask(unique())
    reasoning = tab.answer.get_by_test_id("reasoning")
    expect(reasoning).to_have_attribute("open", "")
    expect(tab.get("stage")).to_have_attribute("data-stage", "thinking")
    tab.wait_for_text()
    expect(reasoning).not_to_have_attribute("open", "")
    tab.wait_for_end()
    assert "r1 " not in tab.text


def test_reasoning_shows_its_last_lines_while_it_streams_and_then_its_duration(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=60, rate=150, reasoning=400))
    tab.ask(unique())
    reasoning = tab.answer.get_by_test_id("reasoning")
    expect(reasoning).to_have_attribute("data-live", "true")
    window = reasoning.locator(".reasoning__window")
    expect(window).to_have_attribute("data-more", "")
    assert window.evaluate(LEFT_BELOW) < 24
    tab.wait_for_end()
    expect(reasoning).not_to_have_attribute("open", "")
    expect(reasoning.locator("summary")).to_contain_text("Thought for 2")


def test_reasoning_of_less_than_a_second_is_said_to_have_taken_a_moment(korean: ChatPage) -> None:
    korean.open_new(model=script(tokens=20, rate=100, reasoning=10))
    korean.ask(unique())
    korean.wait_for_end()
    expect(korean.answer.get_by_test_id("reasoning").locator("summary")).to_have_text("잠깐 생각함")


def test_reasoning_that_the_reader_opened_stays_open_when_the_answer_starts(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=30, rate=60, reasoning=300))
    tab.ask(unique())
    reasoning = tab.answer.get_by_test_id("reasoning")
    expect(reasoning).to_have_attribute("open", "")
    title = reasoning.locator("summary")
    title.click()
    expect(reasoning).not_to_have_attribute("open", "")
    title.click()
    tab.wait_for_end()
    expect(reasoning).to_have_attribute("open", "")


def test_reasoning_is_folded_after_a_reload(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=5, reasoning=5))
    tab.ask(unique())
    tab.wait_for_end()
    tab.page.reload()
    reasoning = tab.answer.get_by_test_id("reasoning")
    expect(reasoning).not_to_have_attribute("open", "")
    reasoning.locator("summary").click()
    expect(reasoning.get_by_test_id("reasoning-text")).to_contain_text("r1 r2")
