"""Coming back to the page by the browser's Back, with and without its back/forward cache."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import BROWSERS, Watch, launch
from browser.gate import Gate
from support.client import Client

pytestmark = pytest.mark.browser

#: Records the order of events: sockets that open and close, and the page's return.
RECORD = """(() => {
  const events = window.events = []
  const Real = WebSocket
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given)
      events.push("open")
      this.addEventListener("close", () => events.push("close"))
    }
  }
  addEventListener("pageshow", ({ persisted }) => { if (persisted) events.push("return") })
})()"""
REASONS = """() => {
  const [{ notRestoredReasons }] = performance.getEntriesByType("navigation")
  return notRestoredReasons.reasons.map(({ reason }) => reason)
}"""


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium with the back/forward cache, which the engine alone lacks and Playwright turns off."""
    yield from launch(playwright, BROWSERS, without=("--disable-back-forward-cache",))


@pytest.fixture
def open_answered(new_context: Callable[..., BrowserContext], client: Client) -> Callable[[str], ChatPage]:
    """Open a conversation of the client's with one answer, at an address of the server."""

    def open_at(url: str) -> ChatPage:
        context = new_context()
        context.add_init_script(RECORD)
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in client.cookies.items()])
        tab = ChatPage(context.new_page(), url).open_new(model=script(tokens=4))
        tab.ask(unique())
        tab.wait_for_end()
        return tab

    return open_at


def leave_and_return(tab: ChatPage, client: Client) -> None:
    """Go to another page and back; a question is asked elsewhere meanwhile."""
    conversation_id = tab.page.url.rpartition("/c/")[2]
    tab.page.goto(f"{tab.url}/join")
    client.tab().ask_and_wait(script(tokens=4), conversation_id)
    tab.page.go_back(wait_until="commit")  # a page from the cache is not loaded
    expect(tab.get("message")).to_have_count(4)
    tab.wait_for_end()
    assert tab.text == tab.rendered(tab.saved()[-1]["content"]) != ""


def test_a_page_from_the_back_forward_cache_reconnects_at_once(
    open_answered: Callable[[str], ChatPage], client: Client, gate: Gate, watch: Watch
) -> None:
    """Its socket was closed when it was put there, but the page is told so after its return."""
    watch.expect("Page entered Back-Forward Cache")
    gate.lets_pages_be_kept = True
    tab = open_answered(f"http://127.0.0.1:{gate.port}")
    leave_and_return(tab, client)
    assert tab.page.evaluate("() => window.events")[:3] == ["open", "return", "open"]


def test_the_server_keeps_the_page_out_of_the_back_forward_cache(
    open_answered: Callable[[str], ChatPage], client: Client, url: str
) -> None:
    """It shows an owner's conversations, and must not come back after a sign-out."""
    tab = open_answered(url)
    leave_and_return(tab, client)
    assert "response-cache-control-no-store" in tab.page.evaluate(REASONS)
    assert tab.page.evaluate("() => window.events") == ["open"]
