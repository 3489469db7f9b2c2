"""What the browser loads before the first paint, with an empty and with a warm cache."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.chat_page import ChatPage, script, unique

pytestmark = pytest.mark.browser

MOST_BYTES = 250_000
FIRST_PAINT = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") resolve(startTime)
  }).observe({ type: "paint", buffered: true })
})"""
LOADED = """(until) => performance.getEntriesByType("resource")
  .filter(({ startTime, name }) => startTime < until && name.includes("/static/"))
  .map(({ name, transferSize }) => [name.replace(/.*\\/static\\/\\w+\\//, ""), transferSize])"""


def bytes_over_the_wire(page: Page) -> list[float]:
    """Return a list to which the size of each response from now on is added, headers included."""
    sizes: list[float] = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    return sizes


def test_a_first_view_of_a_conversation_is_at_most_250_kb(
    tab: ChatPage, new_context: Callable[..., BrowserContext]
) -> None:
    tab.open_new(model=script(tokens=30))
    tab.ask(unique())
    tab.wait_for_end()
    another_browser = new_context(storage_state=tab.page.context.storage_state())
    first = ChatPage(another_browser.new_page(), tab.url)
    sizes = bytes_over_the_wire(first.page)
    first.open(tab.page.url.removeprefix(tab.url))
    expect(first.body).to_have_text(tab.text)
    first.page.wait_for_load_state("load")
    first.page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/markdown-it-'))"
    )
    assert 50_000 < sum(sizes) <= MOST_BYTES
    assert len(sizes) < 40


def test_a_paint_from_a_warm_cache_needs_no_network_and_only_two_libraries(tab: ChatPage) -> None:
    tab.open()
    tab.page.wait_for_load_state("load")
    tab.open()
    loaded: list[list[Any]] = tab.page.evaluate(LOADED, tab.page.evaluate(FIRST_PAINT))
    names = {name for name, _ in loaded}
    assert "joined/app.js" in names
    assert {name.split("/")[1].rpartition("-")[0] for name in names if name.startswith("vendor/")} <= {
        "lit-html",
        "socket.io-client",
    }
    assert [name for name, size in loaded if size > 0] == []
