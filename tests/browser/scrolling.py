"""Scrolling the thread, and measuring positions in it."""

from playwright.sync_api import Locator, expect

from browser.chat_page import ChatPage
from browser.imported_conversations import import_long_conversation

REST = "(it) => it.scrollHeight - it.scrollTop - it.clientHeight"
TOP = "(it) => it.getBoundingClientRect().top"
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"

#: Whether no wheel moves an element any more: the browser scrolls smoothly, over many frames.
IS_STILL = """(it) => new Promise((done) => {
  const { scrollTop } = it
  const look = (frames) => {
    if (it.scrollTop !== scrollTop || frames === 0) done(it.scrollTop === scrollTop)
    else requestAnimationFrame(() => look(frames - 1))
  }
  look(8)
})"""


def wait_for_layout(tab: ChatPage) -> None:
    """Wait until changes are laid out, scroll positions corrected, and both painted."""
    tab.page.evaluate(FRAMES)


def wait_for_rendering(tab: ChatPage) -> None:
    """Wait until all messages are rendered and laid out."""
    expect(tab.get("message").first).to_be_attached()
    expect(tab.page.locator("[data-waiting]")).to_have_count(0)
    expect(tab.page.locator("[aria-busy=true]")).to_have_count(0)
    wait_for_layout(tab)


def scroll_to_answer(tab: ChatPage, n: int) -> Locator:
    """Scroll by wheel until the last paragraph of an answer is near the top; return the paragraph."""
    place = tab.page.get_by_text(f"답변 {n}의 마지막 문단입니다.")
    thread = tab.get("thread")
    wait_for_rendering(tab)
    thread.hover()
    for _ in range(60):
        distance = place.evaluate(TOP) - thread.evaluate(TOP) - 4
        if abs(distance) < 2:
            if thread.evaluate(IS_STILL):
                break
            continue
        tab.page.mouse.wheel(0, max(-900, min(900, distance)))
        wait_for_layout(tab)
    expect(place).to_be_in_viewport()
    expect(tab.get("latest")).to_be_visible()
    return place


def offset(tab: ChatPage, place: Locator) -> float:
    """Return the distance from the thread's upper edge to an element, in pixels."""
    return place.evaluate(TOP) - tab.get("thread").evaluate(TOP)


def open_long_conversation(tab: ChatPage, turns: int = 8, **content: str) -> ChatPage:
    """Open a conversation that is longer than the window."""
    tab.page.set_viewport_size({"width": 1000, "height": 600})
    return tab.open(f"/c/{import_long_conversation(tab, turns, **content)}")
