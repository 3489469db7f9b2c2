"""Drafts: kept over reloads, and shared by the browser's tabs."""

import pytest
from playwright.sync_api import expect

from browser.chat_page import ChatPage, script, unique
from browser.ime import Ime

pytestmark = pytest.mark.browser

FULL = """() => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") } }"""
FILL = """() => {
  for (let n = 2 ** 20, key = 0; n >= 1; n /= 2) {
    try {
      for (;;) localStorage.setItem(`filler.${++key}`, "x".repeat(n))
    } catch {} // Then a smaller one.
  }
}"""
FORBIDDEN = """() => {
  const get = () => { throw new DOMException("forbidden", "SecurityError") }
  Object.defineProperty(window, "localStorage", { get })
}"""


def open_same(tab: ChatPage, second_tab: ChatPage) -> ChatPage:
    """Open the first tab's conversation in the second tab."""
    return second_tab.open(tab.page.url.removeprefix(tab.url))


def blur(tab: ChatPage) -> None:
    """Take the focus from the composer."""
    tab.get("composer").evaluate("(box) => box.blur()")


def test_each_conversation_has_a_draft_of_its_own_and_so_has_the_new_one(tab: ChatPage) -> None:
    tab.open()
    tab.get("composer").fill("for the new one")
    first, second = tab.create(title="first"), tab.create(title="second")
    tab.item(first).click()
    expect(tab.get("composer")).to_have_value("")
    tab.get("composer").fill("첫째")
    tab.item(second).click()
    tab.get("composer").fill("둘째")
    tab.page.reload()
    expect(tab.get("composer")).to_have_value("둘째")
    tab.item(first).click()
    expect(tab.get("composer")).to_have_value("첫째")
    tab.get("new-chat").click()
    expect(tab.get("composer")).to_have_value("for the new one")


def test_another_tab_follows_typing_and_sending(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    open_same(tab, second_tab)
    tab.get("composer").press_sequentially("half a thought")
    blur(second_tab)
    expect(second_tab.get("composer")).to_have_value("half a thought")
    blur(tab)
    second_tab.get("composer").press_sequentially(", and the rest")
    expect(tab.get("composer")).to_have_value("half a thought, and the rest")
    second_tab.get("composer").press("Enter")
    expect(second_tab.get("composer")).to_have_value("")
    expect(tab.get("composer")).to_have_value("")
    tab.wait_for_end()
    tab.page.reload()
    expect(tab.question).to_be_visible()
    expect(tab.get("composer")).to_have_value("")


def test_the_draft_of_the_new_conversation_is_shared_too(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open()
    second_tab.open()
    question = unique()
    tab.get("composer").press_sequentially(question)
    expect(second_tab.get("composer")).to_have_value(question)
    tab.get("composer").press("Enter")
    expect(second_tab.get("composer")).to_have_value("")
    expect(second_tab.get("welcome")).to_be_visible()
    tab.wait_for_end()


def delete(tab: ChatPage, conversation_id: str) -> None:
    """Delete a conversation, as another client of the session would."""
    headers = {"Origin": tab.url, "Content-Type": "application/json"}
    reply = tab.page.request.delete(f"{tab.url}/api/conversations/{conversation_id}", headers=headers)
    assert reply.status == 204


def test_the_draft_of_a_deleted_conversation_moves_to_the_new_chat(tab: ChatPage) -> None:
    tab.open()
    tab.get("composer").fill("for the new one")
    conversation_id = tab.create(title="soon gone")
    tab.open(f"/c/{conversation_id}")
    ime = Ime(tab.page)
    tab.get("composer").press_sequentially("half a ")
    ime.compose("ㅅ", "새", "생")
    delete(tab, conversation_id)
    expect(tab.get("toast")).to_be_visible()
    expect(tab.get("composer")).to_have_value("for the new one\nhalf a 생")
    expect(tab.get("composer")).to_be_focused()
    ime.compose("ㄱ", "가")
    ime.commit("각")
    expect(tab.get("composer")).to_have_value("for the new one\nhalf a 생각")


def test_deleting_the_open_conversation_leaves_the_focus_in_the_search(tab: ChatPage) -> None:
    conversation_id = tab.open_new().page.url.rpartition("/c/")[2]
    tab.get("composer").fill("half a thought")
    tab.get("search").press_sequentially("some")
    delete(tab, conversation_id)
    expect(tab.get("composer")).to_have_value("half a thought")
    tab.page.keyboard.type("thing")
    expect(tab.get("search")).to_have_value("something")


def test_a_composition_stays_in_the_conversation_where_it_began(tab: ChatPage) -> None:
    tab.open()
    first, second = tab.create(title="first"), tab.create(title="second")
    tab.item(first).click()
    tab.item(second).click()
    expect(tab.page).to_have_url(f"{tab.url}/c/{second}")
    ime = Ime(tab.page)
    tab.get("composer").focus()
    ime.compose("ㅎ", "하", "한")
    tab.page.evaluate("history.back()")
    expect(tab.page).to_have_url(f"{tab.url}/c/{first}")
    expect(tab.get("composer")).to_have_value("")
    ime.compose("ㄱ", "그", "글")
    ime.commit("글")
    expect(tab.get("composer")).to_have_value("글")
    tab.item(second).click()
    expect(tab.get("composer")).to_have_value("한")


#: Delay the broadcast of a draft until the other tabs have one of their own.
DELAY_BROADCAST = """() => {
  const later = globalThis.setTimeout
  globalThis.setTimeout = (act, wait, ...more) => later(act, wait === 100 ? 5000 : wait, ...more)
}"""


def test_another_tab_does_not_interrupt_a_composition(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new()
    open_same(tab, second_tab)
    ime = Ime(tab.page)
    second_tab.page.evaluate(DELAY_BROADCAST)
    second_tab.get("composer").press_sequentially("something else")
    tab.get("composer").focus()
    ime.compose("ㅎ", "하", "한")
    second_tab.page.reload()  # Unloading broadcasts the draft at once.
    expect(second_tab.get("composer")).to_have_value("something else")
    expect(tab.get("composer")).to_have_value("한")
    ime.compose("한")
    ime.commit("한")
    ime.word("글")
    expect(tab.get("composer")).to_have_value("한글")


def test_two_tabs_with_different_drafts_keep_their_own(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    open_same(tab, second_tab)
    tab.page.evaluate(DELAY_BROADCAST)
    with tab.page.expect_event("console", lambda said: said.text == "heard"):
        tab.page.evaluate(
            "(name) => { new BroadcastChannel(name).onmessage = () => console.log('heard') }",
            f"chatapp.drafts {tab.owner}",
        )
        tab.get("composer").fill("하나")
        second_tab.get("composer").fill("다른 하나")
    for _ in range(2):
        expect(tab.get("composer")).to_have_value("하나")
        expect(second_tab.get("composer")).to_have_value("다른 하나")
        tab.page.reload()
        second_tab.page.reload()
    tab.get("composer").press("Enter")
    tab.wait_for_end()
    expect(second_tab.question).to_be_visible()
    expect(second_tab.get("composer")).to_have_value("다른 하나")
    second_tab.page.close()
    tab.page.reload()
    expect(tab.get("composer")).to_have_value("다른 하나")


@pytest.mark.parametrize("trouble", [FULL, FORBIDDEN], ids=["full", "forbidden"])
def test_drafts_and_sending_work_without_local_storage(tab: ChatPage, trouble: str) -> None:
    tab.page.add_init_script(f"({trouble})()")
    conversation_id = tab.open_new(model=script(tokens=3)).page.url.rpartition("/")[2]
    other = tab.create(title="other")
    tab.get("composer").fill("half a thought")
    tab.item(other).click()
    expect(tab.get("composer")).to_have_value("")
    tab.item(conversation_id).click()
    expect(tab.get("composer")).to_have_value("half a thought")
    tab.get("composer").press("Enter")
    tab.wait_for_end()
    assert tab.saved()[0]["content"] == "half a thought"


def test_a_draft_that_cannot_be_stored_is_reported_and_an_older_one_is_not_restored(tab: ChatPage) -> None:
    tab.open_new()
    tab.get("composer").fill("an older thought")
    blur(tab)
    tab.page.wait_for_function("() => Object.values(localStorage).some((one) => one.includes('an older thought'))")
    tab.page.evaluate(FILL)
    tab.get("composer").fill("a newer thought " * 100)
    expect(tab.get("toast")).to_contain_text("storage is full")
    tab.page.reload()
    expect(tab.get("model")).to_be_enabled()
    expect(tab.get("composer")).to_have_value("")


def test_a_long_draft_survives_an_immediate_reload(tab: ChatPage) -> None:
    tab.open_new()
    text = "가나다라 " * 19_000
    tab.get("composer").fill(text)
    tab.page.reload()
    expect(tab.get("composer")).to_have_value(text)
