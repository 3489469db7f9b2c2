"""The page as a whole: first use, addresses, models, drafts, the password."""

import pytest
from playwright.sync_api import Page, expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import PASSWORD, Watch
from support.processes import Server

pytestmark = pytest.mark.browser


def test_a_question_on_the_empty_page_begins_a_conversation(tab: ChatPage) -> None:
    tab.open()
    expect(tab.get("welcome")).to_be_visible()
    question = unique("첫 질문")
    tab.ask(question)
    tab.wait_for_end()
    assert "/c/" in tab.page.url
    asked, answered = tab.saved()
    assert (asked["content"], tab.rendered(answered["content"])) == (question, tab.text)
    expect(tab.page).to_have_title(question)
    expect(tab.page.locator("[data-testid=conversation]")).to_have_count(1)


def test_a_click_on_an_example_begins_a_question_in_the_box(tab: ChatPage) -> None:
    tab.open()
    tab.get("composer").fill("what I have already")
    example = tab.get("example").first
    words = example.get_by_test_id("example-question").inner_text()
    example.click()
    expect(tab.get("composer")).to_be_focused()
    expect(tab.get("composer")).to_have_value(f"{words}\n\nwhat I have already")


def test_deep_links_and_back_and_forward_show_the_conversation_of_the_address(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3), title="one")
    tab.ask("first conversation")
    tab.wait_for_end()
    first = tab.page.url
    tab.open_new(model=script(tokens=3), title="two")
    tab.ask("second conversation")
    tab.wait_for_end()
    tab.page.goto(first)
    expect(tab.question.get_by_test_id("body")).to_have_text("first conversation")
    tab.get("new-chat").click()
    expect(tab.get("welcome")).to_be_visible()
    tab.page.go_back()
    expect(tab.question.get_by_test_id("body")).to_have_text("first conversation")
    expect(tab.page).to_have_title("one")
    tab.page.go_forward()
    expect(tab.get("welcome")).to_be_visible()


def test_an_unknown_conversation_leads_to_the_empty_page(tab: ChatPage) -> None:
    tab.open("/c/0198c0de-0000-7000-8000-000000000000")
    expect(tab.get("toast")).to_be_visible()
    expect(tab.get("welcome")).to_be_visible()


def test_the_model_is_remembered_by_the_conversation(tab: ChatPage) -> None:
    model = script(tokens=3)
    tab.open_new(model=model)
    expect(tab.get("model")).to_have_attribute("data-model", model)
    tab.get("model").click()
    other = tab.get("models-option").nth(1).get_attribute("data-id") or ""
    assert other != model
    tab.model_option(other).click()
    tab.page.reload()
    expect(tab.get("model")).to_have_attribute("data-model", other)


def test_a_draft_is_kept_by_its_conversation(tab: ChatPage) -> None:
    tab.open_new(title="drafted")
    tab.get("composer").fill("half a thought")
    tab.get("new-chat").click()
    expect(tab.get("composer")).to_have_value("")
    tab.page.go_back()
    expect(tab.get("composer")).to_have_value("half a thought")


def test_a_password_is_asked_for_and_a_wrong_one_is_reported(guarded_server: Server, page: Page, watch: Watch) -> None:
    watch.expect("401")
    tab = ChatPage(page, f"http://127.0.0.1:{guarded_server.port}")
    page.goto(f"{tab.url}/")
    tab.get("password").fill("wrong")
    tab.get("sign-in").click()
    expect(tab.get("problem")).to_have_text("The password is wrong.")
    tab.get("password").fill(PASSWORD)
    tab.get("sign-in").click()
    expect(tab.get("welcome")).to_be_visible()
    expect(tab.get("model")).to_be_enabled()
