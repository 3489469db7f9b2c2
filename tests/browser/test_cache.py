"""Cached answers: how the page marks them, and how they are cleared."""

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, script, unique

pytestmark = pytest.mark.browser


def ask_in_new_conversation(tab: ChatPage, model: str, question: str) -> None:
    """Ask in a new conversation, and wait for the answer."""
    tab.open_new(model=model)
    tab.ask(question)
    tab.wait_for_end()


def test_a_cached_answer_says_so_and_regenerate_asks_the_model(tab: ChatPage) -> None:
    model, question = script(tokens=8), unique()
    ask_in_new_conversation(tab, model, question)
    expect(tab.get("cached")).to_have_count(0)
    first = tab.text
    ask_in_new_conversation(tab, model, question)
    expect(tab.get("cached")).to_have_text("Saved answer · just now")
    assert tab.text == first
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    expect(tab.get("cached")).to_have_count(0)


def test_cached_answers_are_cleared_from_the_page_menu(tab: ChatPage) -> None:
    model, question = script(tokens=8), unique()
    ask_in_new_conversation(tab, model, question)
    ask_in_new_conversation(tab, model, question)
    expect(tab.get("cached")).to_be_visible()
    tab.get("more").click()
    tab.get("menu-forget").click()
    expect(tab.get("toast")).to_contain_text("1 saved answer was cleared.")
    ask_in_new_conversation(tab, model, question)
    expect(tab.get("cached")).to_have_count(0)
    expect(tab.get("message")).to_have_count(2)
