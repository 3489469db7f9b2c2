"""Answers: streaming, stopping, failures, branches and edits."""

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, script, unique
from support.processes import Upstream
from support.waiting import eventually

pytestmark = pytest.mark.browser


def test_two_tabs_side_by_side_follow_one_answer(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=80, rate=40))
    second_tab.open(tab.page.url.removeprefix(tab.url))
    tab.ask(unique())
    second_tab.wait_for_text()
    expect(second_tab.get("stop")).to_be_visible()
    for one in (tab, second_tab):
        one.wait_for_end()
        assert one.text == tab.rendered(tab.saved()[-1]["content"]) != ""


def test_a_reload_halfway_shows_the_whole_answer(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=100, rate=40))
    tab.ask(unique())
    tab.wait_for_text()
    tab.page.reload()
    tab.wait_for_text()
    tab.wait_for_end()
    assert tab.text == tab.rendered(tab.saved()[-1]["content"])


def test_stop_ends_the_answer_in_every_tab_and_it_can_be_continued(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=60, rate=20, resume=1))
    second_tab.open(tab.page.url.removeprefix(tab.url))
    tab.ask(unique())
    second_tab.wait_for_text()
    second_tab.get("stop").click()
    for one in (tab, second_tab):
        one.wait_for_end("stopped")
        assert one.text == tab.rendered(tab.saved()[-1]["content"])
    before = tab.text
    tab.answer.get_by_test_id("continue").click()
    tab.wait_for_end()
    assert tab.text.startswith(before)
    assert len(tab.text) > len(before)
    assert tab.text == tab.rendered(tab.saved()[-1]["content"])


def test_escape_stops_the_answer(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=200, rate=20))
    tab.ask(unique())
    tab.wait_for_text()
    tab.get("composer").press("Escape")
    tab.wait_for_end("stopped")


def test_regenerate_adds_a_branch_and_arrows_switch_branches(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=5))
    tab.ask(unique())
    tab.wait_for_end()
    first = tab.answer.get_attribute("data-message-id")
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    second = tab.answer.get_attribute("data-message-id")
    assert second != first
    tab.ask(unique("under the second"))
    expect(tab.get("message")).to_have_count(4)
    tab.wait_for_end()
    tab.get("branch-prev").click()
    expect(tab.get("message")).to_have_count(2)
    expect(tab.answer).to_have_attribute("data-message-id", first or "")
    tab.get("branch-next").click()
    expect(tab.get("message")).to_have_count(4)
    expect(tab.get("branch-count")).to_have_text("2 / 2")


def test_an_edited_question_is_a_branch_of_its_own(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=5))
    tab.ask("before")
    tab.wait_for_end()
    tab.question.get_by_test_id("edit").click()
    expect(tab.get("editor")).to_have_value("before")
    tab.get("editor").fill("after")
    tab.get("editor").press("Enter")
    expect(tab.question.get_by_test_id("body")).to_have_text("after")
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    tab.get("branch-prev").click()
    expect(tab.question.get_by_test_id("body")).to_have_text("before")
    assert len(tab.page.get_by_test_id("message").all()) == 2


def test_an_edit_that_is_cancelled_changes_nothing(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask("as it was")
    tab.wait_for_end()
    tab.question.get_by_test_id("edit").click()
    tab.get("editor").fill("something else")
    tab.get("editor").press("Escape")
    expect(tab.question.get_by_test_id("body")).to_have_text("as it was")
    assert len(tab.saved()) == 2


def begin_edit(tab: ChatPage, text: str) -> None:
    """Open the editor of the newest question and fill it."""
    tab.question.get_by_test_id("edit").click()
    tab.get("editor").fill(text)


def test_an_unfinished_edit_is_restored_until_it_is_sent(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    path = tab.page.url.removeprefix(tab.url)
    begin_edit(tab, "half an edit")
    tab.page.reload()
    expect(tab.get("editor")).to_have_value("half an edit")
    tab.get("new-chat").click()
    expect(tab.get("editor")).to_have_count(0)
    tab.open(path)
    expect(tab.get("editor")).to_have_value("half an edit")
    tab.get("editor-save").click()
    expect(tab.question.get_by_test_id("body")).to_have_text("half an edit")
    tab.wait_for_end()
    tab.get("branch-prev").click()
    expect(tab.get("branch-count")).to_have_text("1 / 2")
    expect(tab.get("editor")).to_have_count(0)


def test_an_unfinished_edit_of_a_second_branch_survives_another_conversation(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    first = unique()
    tab.ask(first)
    tab.wait_for_end()
    begin_edit(tab, "the second branch")
    tab.get("editor-save").click()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    begin_edit(tab, "half an edit")
    other = tab.create(title="other")
    mine = tab.page.url.rpartition("/c/")[2]
    tab.item(other).click()
    expect(tab.get("editor")).to_have_count(0)
    tab.item(mine).click()
    expect(tab.get("editor")).to_have_value("half an edit")
    tab.get("editor-cancel").click()
    tab.page.reload()
    expect(tab.question.get_by_test_id("body")).to_have_text("the second branch")
    expect(tab.get("editor")).to_have_count(0)


def test_escape_closes_the_editor_and_edit_reopens_it_with_its_text(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    begin_edit(tab, "half an edit")
    tab.get("editor").press("Escape")
    expect(tab.get("editor")).to_have_count(0)
    tab.question.get_by_test_id("edit").click()
    expect(tab.get("editor")).to_have_value("half an edit")


def test_an_edit_sent_in_another_tab_closes_the_editor_here(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    begin_edit(tab, "half an edit")
    second_tab.open(tab.page.url.removeprefix(tab.url))
    expect(second_tab.get("editor")).to_have_value("half an edit")
    second_tab.get("editor").fill("a whole edit")
    tab.get("composer").focus()
    expect(tab.get("editor")).to_have_value("a whole edit")
    second_tab.get("editor-save").click()
    expect(tab.question.get_by_test_id("body")).to_have_text("a whole edit")
    tab.get("branch-prev").click()
    expect(tab.get("branch-count")).to_have_text("1 / 2")
    expect(tab.get("editor")).to_have_count(0)


def test_a_rate_limit_disables_regenerate_until_it_has_passed(tab: ChatPage) -> None:
    tab.open_new(model=script(status=429, retry_after=3, times=1, tokens=5))
    tab.ask(unique())
    tab.wait_for_end("failed")
    expect(tab.get("error")).to_have_attribute("data-code", "rate_limited")
    again = tab.answer.get_by_test_id("regenerate")
    expect(again).to_be_disabled()
    expect(again).to_be_enabled()
    again.click()
    expect(tab.get("error")).to_have_count(0)
    tab.wait_for_end()


def test_a_too_long_conversation_is_asked_again_without_its_oldest_turns(tab: ChatPage, upstream: Upstream) -> None:
    tab.open_new(model=script(tokens=5, context=80))
    tab.ask("a first question of some forty characters")
    tab.wait_for_end()
    question = unique("and a second one")
    tab.ask(question)
    tab.wait_for_end("failed")
    expect(tab.get("error")).to_have_attribute("data-code", "context_too_long")
    tab.get("shorten").click()
    # While the branch changes, the last answer is for a moment the one before, which is complete.
    _, last = eventually(lambda: upstream.calls(question)[:2] if len(upstream.calls(question)) > 1 else None)
    tab.wait_for_end()
    assert [message["role"] for message in last["messages"]] == ["user"]
    expect(tab.answer.get_by_test_id("remarks")).to_contain_text("at most 1 of the newest turns are sent")
    expect(tab.get("settings-button")).to_contain_text("Turns: 1")
    tab.ask(unique("a third one"))
    expect(tab.question).to_contain_text("a third one")
    tab.wait_for_end()
    expect(tab.answer.get_by_test_id("remarks")).to_have_count(0)


def test_a_too_long_first_question_offers_another_model(tab: ChatPage) -> None:
    tab.open_new(model=script(context=1))
    tab.ask(unique())
    tab.wait_for_end("failed")
    error = tab.get("error")
    expect(error).to_have_attribute("data-code", "context_too_long")
    expect(tab.get("shorten")).to_have_count(0)
    expect(error.locator("button").first).to_have_attribute("data-testid", "other-model")


def test_a_failed_answer_is_tried_again_with_another_model_at_once(tab: ChatPage) -> None:
    bad, good = script(status=401), script(tokens=3)
    models = [{"id": bad, "name": "Bad"}, {"id": "demo", "name": "Demo"}, {"id": good, "name": "Good"}]
    tab.page.route("**/api/models", lambda route: route.fulfill(json={"models": models, "default": good}))
    tab.open_new(model=bad)
    tab.ask(unique())
    tab.wait_for_end("failed")
    again = tab.get("other-model")
    expect(again).to_have_text("Try again with Good")
    expect(tab.get("choose-model")).to_be_visible()
    again.click()
    tab.wait_for_end()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    expect(tab.get("model")).to_have_attribute("data-model", good)  # The next question goes to it, too.


def test_an_answer_cut_off_by_the_model_server_says_so_once(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=20, fault="cut", at=5))
    tab.ask(unique())
    tab.wait_for_end("failed")
    error = tab.get("error")
    expect(error.locator("strong")).to_have_text("The connection to the model was lost before the answer was whole.")
    expect(error).to_contain_text("What you received is saved.")
    expect(tab.get("error-detail")).to_have_count(0)
