"""Unsent messages: kept when their tab closes, when they are refused, and when their conversation is deleted."""

import uuid

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, script, unique
from browser.cut_tab import CutTab

pytestmark = pytest.mark.browser

STORE_UNSENT = """(entry) => localStorage.setItem(`chatapp.outbox.${entry.id}`, JSON.stringify({
  number: 1, command: "send_message", replaces: null, state: "sending", error: null, after: null, at: Date.now(),
  ...entry,
}))"""
# One tab delivers at a time. Holding the lock stands for another tab that is slow.
HOLD_DELIVERY_LOCK = """() => new Promise((ready) => {
  const place = location.pathname.split("/").at(-1)
  navigator.locks.request(`chatapp.outbox ${place}`, () => new Promise((done) => {
    globalThis.release = done
    ready()
  }))
})"""


def leave_unsent(tab: ChatPage, conversation_id: str, content: str, **fields: object) -> None:
    """Store an unsent message in the browser, as a closed tab leaves it."""
    name = str(uuid.uuid4())
    payload = {"conversation_id": conversation_id, "content": content, "client_message_id": name}
    tab.page.evaluate(STORE_UNSENT, {"id": name, "place": conversation_id, "payload": payload, **fields})


def test_unsent_messages_survive_a_reload_and_the_end_of_their_tab(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open_new(model=script(tokens=3))
    conversation_id = tab.id
    tab.gate.lets_websockets_pass = False
    tab.gate.cut()
    tab.gate.mend()
    questions = [unique("one"), unique("two")]
    for question in questions:
        tab.ask(question)
    tab.page.reload()
    expect(tab.get("message")).to_have_count(2)
    assert [text.strip() for text in tab.get("body").all_text_contents()] == questions
    other = tab.another()
    tab.page.close()
    other.page.goto(f"{tab.url}/c/{conversation_id}")
    expect(other.get("message")).to_have_count(2)
    assert other.stored_questions(conversation_id) == []
    tab.gate.lets_websockets_pass = True
    expect(other.get("message")).to_have_count(4)
    other.wait_for_end()
    assert other.stored_questions(conversation_id) == questions


def test_the_next_tab_sends_the_new_chat_of_a_closed_tab(cut_tab: CutTab) -> None:
    tab = cut_tab
    tab.open()
    tab.gate.lets_websockets_pass = False
    tab.gate.cut()
    tab.gate.mend()
    question = unique("from the closed tab")
    tab.ask(question)
    expect(tab.question).to_have_attribute("data-status", "sending")
    other = tab.another()
    tab.page.close()
    other.page.goto(tab.url)
    expect(other.question.get_by_test_id("body")).to_have_text(question)
    tab.gate.lets_websockets_pass = True
    other.wait_for_end()
    assert other.stored_questions(other.id) == [question]
    expect(other.get("conversation")).to_have_count(1)


def test_a_rate_limited_message_can_be_sent_again_after_the_limit(tab: ChatPage) -> None:
    conversation_id = tab.open_new(model=script(tokens=3)).page.url.rpartition("/c/")[2]
    error = {"code": "rate_limited", "message": "", "retry_after": 2}
    leave_unsent(tab, conversation_id, unique(), state="failed", error=error)
    tab.page.reload()
    expect(tab.get("send-again")).to_be_disabled()
    expect(tab.get("announcer")).to_have_text("This message was not sent.")
    expect(tab.get("send-again")).to_have_text("Send again")
    tab.get("send-again").click()
    tab.wait_for_end()


def test_a_message_to_a_deleted_conversation_can_be_sent_again(tab: ChatPage) -> None:
    conversation_id = tab.open_new(model=script(tokens=3)).page.url.rpartition("/c/")[2]
    question = unique("to a conversation that is gone")
    headers = {"Origin": tab.url, "Content-Type": "application/json"}
    reply = tab.page.request.delete(f"{tab.url}/api/conversations/{conversation_id}", headers=headers)
    assert reply.status == 204
    leave_unsent(tab, conversation_id, question)
    tab.open()
    expect(tab.question.get_by_test_id("body")).to_have_text(question)
    expect(tab.question).to_have_attribute("data-status", "unsent")
    tab.get("send-again").click()
    tab.wait_for_end()
    assert tab.saved()[0]["content"] == question


def test_a_message_that_failed_in_another_conversation_is_reported_with_a_way_to_it(tab: ChatPage) -> None:
    conversation_id = tab.open_new(model=script(tokens=3)).page.url.rpartition("/c/")[2]
    other = tab.create(title="other")
    tab.item(conversation_id).click()
    tab.page.evaluate(HOLD_DELIVERY_LOCK)
    question = unique("to a conversation that is gone")
    tab.ask(question)
    tab.item(other).click()
    headers = {"Origin": tab.url, "Content-Type": "application/json"}
    assert tab.page.request.delete(f"{tab.url}/api/conversations/{conversation_id}", headers=headers).status == 204
    tab.page.evaluate("release()")
    tab.get("toast-deed").click()
    expect(tab.question.get_by_test_id("body")).to_have_text(question)
    expect(tab.question).to_have_attribute("data-status", "unsent")
