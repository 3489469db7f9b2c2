"""The thread follows an answer only while the reader is at the end."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, script, unique
from browser.scrolling import (
    REST,
    TOP,
    offset,
    open_long_conversation,
    scroll_to_answer,
    wait_for_layout,
    wait_for_rendering,
)

pytestmark = pytest.mark.browser

DISABLE_ANCHORING = "(it) => it.style.setProperty('overflow-anchor', 'none')"
HIDE_ANCHORING_SUPPORT = "CSS.supports = () => false"
COUNT_WRITES = """() => {
  const { set, get } = Object.getOwnPropertyDescriptor(Element.prototype, "scrollTop")
  const thread = document.querySelector("[data-testid=thread]")
  let frame = 0
  const next = () => { frame += 1; requestAnimationFrame(next) }
  requestAnimationFrame(next)
  globalThis.writes = []
  Object.defineProperty(thread, "scrollTop", {
    get() { return get.call(this) },
    set(top) { globalThis.writes.push(frame); set.call(this, top) },
  })
}"""


def test_new_text_is_counted_and_does_not_move_a_reader_who_scrolled_up(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 800, "height": 500})
    tab.open_new(model=script(text="x\n\n" * 23, rate=1))
    tab.ask(unique())
    thread = tab.get("thread")
    expect(tab.body.locator("p").nth(10)).to_be_attached()
    wait_for_layout(tab)
    assert thread.evaluate(REST) < 60
    thread.hover()
    tab.page.mouse.wheel(0, -100)
    latest = tab.get("latest")
    expect(latest).to_be_visible()
    wait_for_layout(tab)
    place = thread.evaluate("(it) => it.scrollTop")
    expect(latest).not_to_have_attribute("data-count", "0")
    tab.get("stop").click()
    tab.wait_for_end("stopped")
    assert thread.evaluate("(it) => it.scrollTop") == place
    latest.click()
    expect(latest).to_have_count(0)
    expect(thread).to_be_visible()
    wait_for_layout(tab)
    assert thread.evaluate(REST) < 2


FONT_SIZE = "(it, size) => it.style.setProperty('font-size', size)"
HEIGHT = "(it, height) => it.style.setProperty('height', height)"
#: Name -> a change of the layout, and its undoing.
CHANGES: dict[str, tuple[Callable[[ChatPage], None], Callable[[ChatPage], None]]] = {
    "a fold": (lambda tab: fold(tab, "true"), lambda tab: fold(tab, "false")),
    "the window": (lambda tab: resize(tab, 560), lambda tab: resize(tab, 1000)),
    "the text size": (
        lambda tab: tab.page.locator("html").evaluate(FONT_SIZE, "125%"),
        lambda tab: tab.page.locator("html").evaluate(FONT_SIZE, ""),
    ),
    "a later picture": (
        lambda tab: tab.page.locator(".body h2").nth(4).evaluate(HEIGHT, "400px"),
        lambda tab: tab.page.locator(".body h2").nth(4).evaluate(HEIGHT, ""),
    ),
    "the composer": (lambda tab: tab.get("composer").fill("\n" * 8), lambda tab: tab.get("composer").fill("")),
}


def fold(tab: ChatPage, is_open: str) -> None:
    tab.page.locator("details.reasoning").nth(5).evaluate(f"(it) => {{ it.open = {is_open} }}")


def resize(tab: ChatPage, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 600})


@pytest.mark.parametrize("anchoring", ["the browser's", "ours"])
def test_layout_changes_do_not_move_the_visible_text(tab: ChatPage, anchoring: str) -> None:
    if anchoring == "ours":
        tab.page.add_init_script(HIDE_ANCHORING_SUPPORT)
    open_long_conversation(tab, reasoning="생각 " * 300)
    if anchoring == "ours":
        tab.get("thread").evaluate(DISABLE_ANCHORING)
    moved = {}
    for name, (change, undo) in CHANGES.items():
        place = scroll_to_answer(tab, 5)
        before = offset(tab, place)
        change(tab)
        wait_for_layout(tab)
        moved[name] = offset(tab, place) - before
        undo(tab)
        wait_for_layout(tab)
    assert moved == pytest.approx(dict.fromkeys(CHANGES, 0), abs=1.5)


@pytest.mark.parametrize("height", [400, 600])
def test_the_end_stays_in_sight_while_the_window_and_the_composer_change(tab: ChatPage, height: int) -> None:
    open_long_conversation(tab)
    wait_for_rendering(tab)
    thread = tab.get("thread")
    assert thread.evaluate(REST) < 1
    tab.page.set_viewport_size({"width": 500, "height": height})
    tab.get("composer").fill("\n" * 6)
    wait_for_layout(tab)
    assert thread.evaluate(REST) < 1
    expect(tab.get("latest")).to_have_count(0)


def test_slow_scrolling_up_leaves_the_end_while_text_streams(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    context = new_context(viewport={"width": 800, "height": 500}, reduced_motion="no-preference")
    tab = ChatPage(context.new_page(), url)
    tab.open_new(model=script(tokens=900, rate=100))
    tab.ask(unique())
    thread = tab.get("thread")
    tab.page.wait_for_function(
        "() => { const it = document.querySelector('[data-testid=thread]'); return it.scrollTop > 60 }"
    )
    thread.hover()
    latest = tab.get("latest")
    for _ in range(3):
        tab.page.mouse.wheel(0, -6)
    expect(latest).to_be_visible()
    wait_for_layout(tab)
    line = tab.body.locator("p").first
    before = line.evaluate(TOP)
    tab.wait_for_end()
    assert line.evaluate(TOP) == before
    tab.page.mouse.wheel(0, 100_000)
    expect(latest).to_have_count(0)


def test_following_writes_the_scroll_position_once_a_frame_at_most(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 800, "height": 500})
    tab.open_new(model=script(tokens=900, rate=300))
    tab.ask(unique())
    tab.wait_for_text()
    tab.page.evaluate(COUNT_WRITES)
    tab.wait_for_end()
    wait_for_layout(tab)
    assert tab.get("thread").evaluate(REST) < 1
    writes = tab.page.evaluate("() => globalThis.writes")
    assert len(writes) > 5
    assert len(writes) - len(set(writes)) <= 2  # The events that begin and end an answer render at once.


def test_a_touch_holds_the_text_while_it_streams(new_context: Callable[..., BrowserContext], url: str) -> None:
    context = new_context(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    tab = ChatPage(context.new_page(), url)
    tab.open_new(model=script(tokens=700, rate=100))
    tab.get("composer").fill(unique())
    tab.get("send").tap()
    thread = tab.get("thread")
    tab.page.wait_for_function("() => document.querySelector('[data-testid=thread]').scrollTop > 30")
    hand = context.new_cdp_session(tab.page)
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 200, "y": 400}]})
    wait_for_layout(tab)
    held = thread.evaluate("(it) => it.scrollTop")
    long = "() => document.querySelector('[data-testid=thread]').scrollHeight > {} + 900"
    tab.page.wait_for_function(long.format(int(held)))
    assert thread.evaluate("(it) => it.scrollTop") == held
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.wait_for_end()
    wait_for_layout(tab)
    assert thread.evaluate(REST) < 1


def test_the_latest_button_works_by_keyboard_and_focuses_the_thread(tab: ChatPage) -> None:
    open_long_conversation(tab)
    scroll_to_answer(tab, 2)
    tab.get("composer").focus()
    tab.page.keyboard.press("Tab")
    expect(tab.get("latest")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.get("latest")).to_have_count(0)
    thread = tab.get("thread")
    expect(thread).to_be_focused()
    wait_for_layout(tab)
    assert thread.evaluate(REST) < 1
    tab.page.keyboard.press("Home")
    expect(tab.get("latest")).to_be_visible()
    tab.page.keyboard.press("End")
    expect(tab.get("latest")).to_have_count(0)
    wait_for_layout(tab)
    assert thread.evaluate(REST) < 1
