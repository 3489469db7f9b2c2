"""Answers on pages that a translator or an extension changes while they come."""

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, script, unique

pytestmark = pytest.mark.browser

#: As much as the name of a model holds.
ANSWER = "**a** `b`\n\n- c\n- d\n\n```js\nlet e\nlet f\n```\n\n|g|\n|-|\n|h|\n\n$x$ the last words"

#: The text of the newest answer without the captions of its blocks.
TEXT = """(body) => {
  const copy = body.cloneNode(true)
  for (const one of copy.querySelectorAll("figcaption")) one.remove()
  return copy.textContent
}"""

#: Wraps every text on the page, again and again, as Chromium's and Google's translators do.
TRANSLATOR = """() => {
  const translate = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const texts = []
    while (walker.nextNode()) texts.push(walker.currentNode)
    for (const text of texts) {
      if (!text.data.trim() || text.parentElement.closest("font, script, style, textarea, select")) continue
      const font = document.createElement("font")
      text.replaceWith(font)
      font.append(text.data)
      window.translated = (window.translated ?? 0) + 1
    }
  }
  new MutationObserver(translate).observe(document.body, { childList: true, characterData: true, subtree: true })
  translate()
}"""

#: Removes something of the running answer with each fifth of its changes: texts, lines, rows, blocks; texts beside it.
REMOVER = """() => {
  let at = 0
  const remove = () => {
    const answer = document.querySelector("[data-testid=message][data-status=running]")
    const nodes = [...(answer?.querySelectorAll("*") ?? [])].flatMap((one) => [one, ...one.childNodes])
    const isInBody = (one) => one.nodeName !== "#comment" && one.parentElement.closest("[data-testid=body]")
    const some = nodes.filter((one) => one.nodeType === Node.TEXT_NODE || isInBody(one))
    if (some.length === 0 || (at += 1) % 5 > 0) return
    some[(at * 7919) % some.length].remove()
    window.removed = (window.removed ?? 0) + 1
  }
  new MutationObserver(remove).observe(document.body, { childList: true, characterData: true, subtree: true })
}"""


def read_answer(tab: ChatPage, changer: str) -> str:
    """Return the text of an answer that comes while others change the page."""
    tab.open_new(model=script(text=ANSWER, piece=1, rate=60))
    tab.page.evaluate(changer)
    tab.ask(unique())
    tab.wait_for_end()
    expect(tab.answer.get_by_test_id("figures")).to_be_visible()
    expect(tab.body).to_have_attribute("aria-busy", "false")
    text: str = tab.body.evaluate(TEXT)
    return text


def read_undisturbed(tab: ChatPage) -> str:
    tab.page.reload()
    expect(tab.body).to_have_attribute("aria-busy", "false")
    text: str = tab.body.evaluate(TEXT)
    return text


def test_an_answer_comes_whole_while_a_translator_works(tab: ChatPage) -> None:
    text = read_answer(tab, TRANSLATOR)
    assert tab.page.evaluate("() => window.translated") > 50
    assert tab.body.locator("font").count() > 5
    assert text == read_undisturbed(tab)


def test_an_answer_comes_whole_while_an_extension_removes_parts(tab: ChatPage) -> None:
    text = read_answer(tab, REMOVER)
    assert tab.page.evaluate("() => window.removed") > 5
    assert text == read_undisturbed(tab)
