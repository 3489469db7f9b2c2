"""One browser, two owners: what one typed is neither shown nor sent while the other is signed in."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import Watch
from browser.gate import Gate
from support.waiting import eventually

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def watch(watch: Watch) -> Watch:
    """A connection that breaks is reported, and a request (the page sends some after connecting) without a session."""
    watch.expect("ERR_", "WebSocket", "401")
    return watch


def become(tab: ChatPage, cookies: list[dict[str, object]] | None = None) -> list[dict[str, object]]:
    """Have the browser's session end and another one begin, without the page; return the cookies of before."""
    before = tab.page.context.cookies()
    tab.page.context.clear_cookies()
    if cookies:
        tab.page.context.add_cookies(cookies)  # type: ignore[arg-type]
    return before  # type: ignore[return-value]


def titles(tab: ChatPage) -> list[str]:
    return [one["title"] for one in tab.page.request.get(f"{tab.url}/api/conversations").json()["conversations"]]


def test_an_unsent_question_and_a_draft_stay_with_who_wrote_them(gate: Gate, page: Page) -> None:
    tab = ChatPage(page, f"http://127.0.0.1:{gate.port}").open()
    secret = unique("of the first")
    gate.cut()
    tab.ask(secret)
    expect(tab.question).to_have_attribute("data-status", "sending")
    tab.get("composer").fill("a draft of the first")
    tab.page.goto("about:blank")
    gate.mend()
    first = become(tab)
    tab.open()
    expect(tab.get("welcome")).to_be_visible()
    expect(tab.get("composer")).to_have_value("")
    tab.get("composer").fill("a draft of the second")
    assert titles(tab) == []
    become(tab, first)
    tab.open()
    tab.wait_for_end()
    expect(tab.question.get_by_test_id("body")).to_have_text(secret)
    assert len(titles(tab)) == 1


def test_a_page_whose_browser_has_become_another_owner_sends_nothing_and_begins_anew(gate: Gate, page: Page) -> None:
    """Other than by the page itself, which tells the other tabs: the socket's handshake names the owner."""
    tab = ChatPage(page, f"http://127.0.0.1:{gate.port}").open()
    owner = tab.owner
    gate.cut()
    tab.ask(unique("of the first"))
    expect(tab.question).to_have_attribute("data-status", "sending")
    become(tab)
    with tab.page.expect_navigation():
        gate.mend()
    expect(tab.get("welcome")).to_be_visible()
    assert tab.owner != owner
    expect(tab.get("model")).to_be_enabled()
    assert titles(tab) == []


def test_the_other_tabs_follow_when_one_shows_another_owners_page(tab: ChatPage, second_tab: ChatPage) -> None:
    tab.open()
    second_tab.open()
    second_tab.get("composer").fill("of the first")
    become(tab)
    with second_tab.page.expect_navigation():
        tab.open()
    expect(second_tab.get("model")).to_be_enabled()
    assert second_tab.owner == tab.owner
    expect(second_tab.get("composer")).to_have_value("")


def test_what_an_earlier_version_kept_goes_to_who_is_signed_in(tab: ChatPage) -> None:
    conversation_id = tab.open_new(model=script(tokens=3)).page.url.rpartition("/c/")[2]
    draft = json.dumps({"at": 1, "text": "typed before the update"})
    tab.page.evaluate("([key, text]) => localStorage.setItem(key, text)", [f"chatapp.draft.{conversation_id}/x", draft])
    tab.page.reload()
    expect(tab.get("composer")).to_have_value("typed before the update")
    assert tab.page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('chatapp.draft'))") == []
    become(tab)
    tab.page.reload()
    expect(tab.get("model")).to_be_enabled()
    expect(tab.get("composer")).to_have_value("")


def test_without_a_network_the_page_is_that_of_the_last_owner(
    new_context: Callable[..., BrowserContext], gate: Gate, watch: Watch
) -> None:
    watch.expect("error occurred when fetching the script")
    page = new_context(service_workers="allow").new_page()
    tab = ChatPage(page, f"http://127.0.0.1:{gate.port}").open()
    tab.wait_until_cached()
    gate.cut()
    tab.page.goto(tab.url)
    expect(tab.get("connection-state")).to_have_attribute("data-state", "offline")
    question = unique("without a network")
    tab.ask(question)
    gate.mend()
    tab.wait_for_end()
    eventually(lambda: len(titles(tab)) == 1, what="the one conversation")
