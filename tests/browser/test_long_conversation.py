"""Conversations of up to 2,000 messages: the end is shown at once, the rest on demand."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, script, unique
from browser.imported_conversations import ANSWER, import_conversation, import_long_conversation
from support.waiting import eventually

pytestmark = pytest.mark.browser

SHORT = "답변 {n}: 짧은 답입니다."
TOUCHED = """() => {
  globalThis.touched = new Set()
  new MutationObserver((records) => {
    for (const { target } of records) {
      const article = (target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement)?.closest("article")
      if (article) globalThis.touched.add(article.dataset.messageId)
    }
  }).observe(document.querySelector("[data-part=column]"), {
    subtree: true, childList: true, attributes: true, characterData: true,
  })
}"""
SCROLLED = """(thread, top) => new Promise((done) => {
  const isAtEnd = () => thread.scrollTop + thread.clientHeight >= thread.scrollHeight - 1
  const look = () => (thread.scrollTop > top + 2000 || isAtEnd() ? done() : requestAnimationFrame(look))
  look()
})"""
IN_SIGHT = """() => {
  const { top, bottom } = document.querySelector("[data-testid=thread]").getBoundingClientRect()
  const seen = (it) => it.getBoundingClientRect().bottom > top && it.getBoundingClientRect().top < bottom
  return [...document.querySelectorAll("article")].filter(seen).map((it) => it.hasAttribute("data-waiting"))
}"""
#: Whether the messages in sight are rendered, and fifty on either side of them, as they are once the page is idle.
RENDERED_AROUND = """() => {
  const { top, bottom } = document.querySelector("[data-testid=thread]").getBoundingClientRect()
  const articles = [...document.querySelectorAll("article")]
  const first = articles.findIndex((it) => it.getBoundingClientRect().bottom > top)
  const last = articles.findLastIndex((it) => it.getBoundingClientRect().top < bottom)
  return !articles.slice(Math.max(0, first - 50), last + 50).some((it) => it.hasAttribute("data-waiting"))
}"""


def test_the_end_is_shown_first_and_few_messages_are_loaded(tab: ChatPage) -> None:
    conversation_id = import_long_conversation(tab, 1000, answer=SHORT)
    tab.open(f"/c/{conversation_id}")
    expect(tab.answer).to_contain_text("답변 999")
    expect(tab.answer).to_be_in_viewport()
    expect(tab.get("message").nth(29)).to_be_attached()
    assert tab.get("message").count() <= 30 + 60 + 60  # Short messages: several pages of them fill the screens above.
    expect(tab.get("earlier")).to_be_attached()


def test_visible_messages_are_rendered_at_once_and_the_others_when_idle(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 900, "height": 600})
    conversation_id = import_long_conversation(tab, 15)
    tab.page.add_init_script("globalThis.idle = []; globalThis.requestIdleCallback = (act) => idle.push(act)")
    tab.open(f"/c/{conversation_id}")
    expect(tab.answer.locator(".under")).to_be_in_viewport()
    in_sight = tab.page.evaluate(IN_SIGHT)
    assert in_sight
    assert not any(in_sight)
    waiting = tab.page.locator("[data-waiting]")
    assert waiting.count() > 10
    # Unrendered messages have their text, which can be found and read.
    expect(waiting.first).to_contain_text("질문 0")
    for _ in range(200):
        if not tab.page.evaluate("() => { const act = idle.shift(); act?.(); return Boolean(act) }"):
            break
    expect(waiting).to_have_count(0)
    expect(tab.page.locator("article .under")).to_have_count(30)


def test_home_leads_to_the_first_message_and_end_to_the_last(tab: ChatPage) -> None:
    conversation_id = import_long_conversation(tab, 1000, answer=SHORT)
    tab.open(f"/c/{conversation_id}")
    expect(tab.answer).to_be_in_viewport()
    tab.get("thread").focus()
    tab.page.keyboard.press("Home")
    expect(tab.get("message")).to_have_count(2000)
    expect(tab.page.get_by_text("질문 0", exact=True)).to_be_in_viewport()
    tab.page.keyboard.press("End")
    expect(tab.answer).to_be_in_viewport()
    expect(tab.answer).to_contain_text("답변 999")


def test_messages_far_from_the_viewport_become_plain_text_again(tab: ChatPage) -> None:
    conversation_id = import_long_conversation(tab, 500, answer=SHORT)
    tab.open(f"/c/{conversation_id}")
    expect(tab.answer).to_be_in_viewport()
    thread = tab.get("thread")
    thread.focus()
    tab.page.keyboard.press("Home")
    expect(tab.get("message")).to_have_count(1000)
    thread.hover()
    for _ in range(10):
        top = thread.evaluate("(thread) => thread.scrollTop")
        tab.page.mouse.wheel(0, 4000)
        thread.evaluate(SCROLLED, top)
        tab.page.wait_for_function(RENDERED_AROUND)
    rendered = "article:not([data-waiting])"
    tab.page.wait_for_function(f"() => document.querySelectorAll('{rendered}').length <= 400")
    assert tab.page.locator(rendered).count() > 200
    expect(tab.get("message").first).to_have_attribute("data-waiting", "")
    expect(tab.page.get_by_text("질문 0", exact=True)).to_be_attached()  # Its text is still there.


def test_an_event_changes_only_the_message_that_it_is_about(tab: ChatPage) -> None:
    conversation_id = import_long_conversation(tab, 20, answer=SHORT)
    changed = {"model": script(tokens=30, rate=200)}
    reply = tab.page.request.patch(
        f"{tab.url}/api/conversations/{conversation_id}", data=changed, headers={"Origin": tab.url}
    )
    assert reply.ok, reply.text()
    tab.open(f"/c/{conversation_id}")
    expect(tab.answer).to_be_in_viewport()
    expect(tab.get("message")).to_have_count(40)  # Earlier messages load by themselves.
    expect(tab.page.locator("[data-waiting]")).to_have_count(0)
    old = set(tab.page.evaluate("() => [...document.querySelectorAll('article')].map((it) => it.dataset.messageId)"))
    tab.page.evaluate(TOUCHED)
    tab.ask(unique())
    expect(tab.get("message")).to_have_count(len(old) + 2)
    tab.wait_for_end()
    touched = set(tab.page.evaluate("() => [...globalThis.touched]"))
    assert tab.answer.get_attribute("data-message-id") in touched
    assert not touched & old


def test_a_search_hit_at_the_beginning_is_scrolled_into_view(tab: ChatPage) -> None:
    word = unique("청자색")
    tab.open()
    messages: list[dict[str, object]] = []
    for n in range(300):
        parent = f"a{n - 1}" if n else None
        content = ANSWER.format(n=n, filler=word if n == 3 else "")
        messages.append({"id": f"q{n}", "parent_id": parent, "role": "user", "content": "?", "created_at": 2.0 * n})
        reply = {"id": f"a{n}", "parent_id": f"q{n}", "role": "assistant", "content": content}
        messages.append({**reply, "created_at": 2.0 * n + 1})
    import_conversation(tab, messages, leaf="a299")
    tab.open()
    address = f"{tab.url}/api/conversations?q={quote(word)}"
    eventually(lambda: tab.page.request.get(address).json()["conversations"], what="it is found")
    tab.get("search").press_sequentially(word)
    expect(tab.get("result")).to_have_count(1)
    tab.get("search").press("Enter")
    expect(tab.page.locator("article", has_text=word).get_by_text(word)).to_be_in_viewport()
