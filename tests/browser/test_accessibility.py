"""Accessibility of the views that need another server or network than those of test_views.py."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from browser import axe, layout
from browser.chat_page import ChatPage
from browser.conftest import Watch
from browser.gate import Gate
from support.processes import Server

pytestmark = pytest.mark.browser

LOCALES = ("ko-KR", "en-US")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_sign_in_pages_break_no_rule(
    locale: str, guarded_server: Server, new_context: Callable[..., BrowserContext], watch: Watch
) -> None:
    watch.expect("401")
    page = new_context(locale=locale).new_page()
    page.goto(f"http://127.0.0.1:{guarded_server.port}")
    page.get_by_test_id("password").fill("wrong")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("problem")).not_to_be_empty()
    found = axe.violations(page)
    page.get_by_test_id("other-way").click()
    expect(page.get_by_test_id("code")).to_be_focused()
    assert found + axe.violations(page) == []
    page.set_viewport_size({"width": 320, "height": 400})
    layout.set_text_spacing(page)
    assert layout.cut_off(page) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_lost_connection_is_announced_and_breaks_no_rule(
    locale: str, new_context: Callable[..., BrowserContext], gate: Gate, watch: Watch
) -> None:
    watch.expect("ERR_", "WebSocket", "error occurred when fetching the script")
    tab = ChatPage(new_context(locale=locale).new_page(), f"http://127.0.0.1:{gate.port}").open()
    gate.cut()
    expect(tab.get("connection-state")).to_be_visible()
    assert tab.page.locator("[role=status]").filter(has=tab.get("connection-state")).count() == 1
    assert axe.violations(tab.page) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_offline_page_breaks_no_rule(
    locale: str, new_context: Callable[..., BrowserContext], gate: Gate, watch: Watch
) -> None:
    watch.expect("ERR_", "WebSocket", "error occurred when fetching the script")
    context = new_context(locale=locale, service_workers="allow")
    tab = ChatPage(context.new_page(), f"http://127.0.0.1:{gate.port}").open()
    tab.wait_until_cached()
    gate.cut()
    tab.page.reload()
    expect(tab.get("connection-state")).to_have_attribute("data-state", "offline")
    assert axe.violations(tab.page) == []
    tab.page.set_viewport_size({"width": 320, "height": 400})
    layout.set_text_spacing(tab.page)
    assert layout.cut_off(tab.page) == []
