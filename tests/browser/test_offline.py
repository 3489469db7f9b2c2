"""Sending while the connection is down: kept in any case, sent once, in order."""

import pytest
from playwright.sync_api import expect

from browser.chat_page import script, unique
from browser.cut_tab import CutTab

pytestmark = pytest.mark.browser


def test_queued_messages_are_sent_in_order_and_once(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=4, rate=20))
    tab.ask("before")
    tab.wait_for_end()
    tab.cut()
    questions = ["하나", "둘", "셋"]
    for question in questions:
        tab.ask(question)
        expect(tab.get("composer")).to_have_value("")
        expect(tab.question.get_by_test_id("body")).to_have_text(question)
    assert tab.stages == ["offline", "behind", "behind"]
    expect(tab.get("announcer")).to_have_text("Will be sent after the message before it.")
    tab.get("composer").fill("still typing")
    assert tab.stored_questions(tab.id) == ["before"]
    tab.mend()
    expect(tab.get("message")).to_have_count(8)
    tab.wait_for_end()
    expect(tab.page.locator(".pending")).to_have_count(0)
    assert tab.stored_questions(tab.id) == ["before", *questions]
    expect(tab.get("composer")).to_have_value("still typing")


def test_a_new_chat_begun_offline_is_one_conversation(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open()
    tab.cut()
    first, second = unique("first"), unique("second")
    tab.ask(first)
    tab.ask(second)
    expect(tab.question.get_by_test_id("body")).to_have_text(second)
    tab.mend()
    expect(tab.get("message")).to_have_count(4)
    tab.wait_for_end()
    assert tab.stored_questions(tab.id) == [first, second]
    expect(tab.get("conversation")).to_have_count(1)


def test_messages_queued_in_several_tabs_are_sent_once(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=3))
    other = tab.another()
    other.open(f"/c/{tab.id}")
    tab.cut()
    tab.ask("from the first tab")
    expect(other.question.get_by_test_id("body")).to_have_text("from the first tab")
    other.ask("from the second tab")
    expect(tab.question.get_by_test_id("body")).to_have_text("from the second tab")
    tab.mend()
    for one in (tab, other):
        expect(one.get("message")).to_have_count(4)
        one.wait_for_end()
        expect(one.page.locator(".pending")).to_have_count(0)
    assert tab.stored_questions(tab.id) == ["from the first tab", "from the second tab"]


def test_a_queued_message_can_be_taken_back_and_the_rest_is_sent(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=3))
    tab.cut()
    tab.ask("말을 바꿀 질문")
    tab.ask("그다음 질문")
    tab.get("put-back").first.click()
    expect(tab.get("composer")).to_have_value("말을 바꿀 질문")
    expect(tab.get("composer")).to_be_focused()
    expect(tab.get("message")).to_have_count(1)
    tab.mend()
    expect(tab.get("message")).to_have_count(2)
    tab.wait_for_end()
    assert tab.stored_questions(tab.id) == ["그다음 질문"]


def test_an_edit_above_a_queued_message_is_refused_and_kept(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=3))
    tab.ask("before")
    tab.wait_for_end()
    tab.cut()
    tab.ask("what waits")
    first = tab.get("message").first
    first.get_by_test_id("edit").click()
    tab.get("editor").fill("an edit")
    tab.get("editor").press("Enter")
    expect(tab.get("editor-hint")).to_contain_text("an unsent message")
    expect(tab.get("editor")).to_have_value("an edit")
    expect(tab.get("editor")).to_be_focused()
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("toast").filter(has_text="an unsent message")).to_be_visible()
    tab.mend()
    expect(tab.page.locator(".pending")).to_have_count(0)
    tab.get("editor-save").click()
    expect(tab.get("message")).to_have_count(2)
    tab.wait_for_end()
    assert tab.stored_questions(tab.id) == ["an edit"]


def test_a_message_is_sent_once_if_the_connection_breaks_before_its_ack(cut_tab: CutTab) -> None:
    """The server has stored the message, but the page has no ack."""
    tab = cut_tab

    def swallow(route: object) -> None:
        server = route.connect_to_server()  # type: ignore[attr-defined]
        state = {"cut": False}

        def out(message: str | bytes) -> None:
            server.send(message)
            if '"send_message"' in str(message) and not swallowed:
                swallowed.append(True)
                state["cut"] = True
                tab.gate.cut()

        route.on_message(out)  # type: ignore[attr-defined]
        server.on_message(lambda message: None if state["cut"] else route.send(message))  # type: ignore[attr-defined]

    swallowed: list[bool] = []
    tab.page.route_web_socket("**/socket.io/**", swallow)
    tab.open_new(model=script(tokens=3))
    tab.ask("only once")
    while not swallowed:
        tab.page.wait_for_timeout(20)  # Playwright serves the routes above while it waits
    expect(tab.get("connection-state")).to_be_visible()
    tab.mend()
    tab.wait_for_end()
    expect(tab.get("message")).to_have_count(2)
    expect(tab.page.locator(".pending")).to_have_count(0)
    assert tab.stored_questions(tab.id) == ["only once"]


def test_a_new_chat_is_empty_while_another_is_being_sent(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open()
    tab.cut()
    first, second = unique("first"), unique("second")
    tab.ask(first)
    tab.get("new-chat").click()
    expect(tab.get("toast").filter(has_text="will be sent automatically")).to_be_visible()
    expect(tab.get("welcome")).to_be_visible()
    tab.ask(second)
    expect(tab.get("message")).to_have_count(1)
    tab.get("composer").fill("still typing")
    tab.mend()
    expect(tab.get("message")).to_have_count(2)
    tab.wait_for_end()
    assert tab.stored_questions(tab.id) == [second]
    expect(tab.get("composer")).to_have_value("still typing")
    expect(tab.get("conversation")).to_have_count(2)


def test_settings_of_a_queued_new_chat_do_not_apply_to_the_next(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open()
    other = tab.create(title="other")
    tab.page.reload()
    tab.get("settings-button").click()
    tab.get("setting-system_prompt").fill("Be brief.")
    tab.page.keyboard.press("Escape")
    tab.cut()
    tab.ask(unique())
    tab.item(other).click()
    tab.page.go_back()
    expect(tab.question).to_have_attribute("data-status", "sending")
    tab.get("settings-button").click()
    expect(tab.get("setting-system_prompt")).to_have_value("")
    tab.page.keyboard.press("Escape")
    tab.mend()
    expect(tab.get("conversation")).to_have_count(2)
