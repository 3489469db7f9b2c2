"""Every view in small windows: nothing is cut off, with a reader's text spacing too, and targets are large enough."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from browser import layout
from browser.chat_page import ChatPage
from browser.conftest import TIMEOUT_MS
from browser.scrolling import wait_for_layout
from browser.views import IN_LIST, VIEWS
from support.processes import Server

pytestmark = pytest.mark.browser


class Phone(ChatPage):
    """A tab on a touch screen, where Enter breaks the line and the button sends."""

    def ask(self, text: str) -> None:
        self.get("composer").fill(text)
        self.get("send").click()


@pytest.fixture(scope="module")
def phone(chromium: Browser, server: Server) -> Iterator[ChatPage]:
    """A page on a touch screen that all views are opened in, one after the other."""
    context = chromium.new_context(
        locale="ko-KR", reduced_motion="reduce", service_workers="block", has_touch=True, is_mobile=True
    )
    context.set_default_timeout(TIMEOUT_MS)
    yield Phone(context.new_page(), f"http://127.0.0.1:{server.port}").open()
    context.close()


@pytest.mark.parametrize("view", VIEWS)
def test_a_small_window_cuts_nothing_off_and_keeps_targets_large(view: str, phone: ChatPage) -> None:
    page = phone.page
    # Away from the view before: its drawer would close as the window grows, and go back in the history.
    page.goto("about:blank")
    page.set_viewport_size({"width": 1280, "height": 800})
    VIEWS[view](phone)
    found = {}
    # A window 320 pixels wide, and one of 1280 by 800 at a zoom of 200 %; each also with a reader's text spacing.
    for width, height in ((320, 640), (640, 400)):
        page.set_viewport_size({"width": width, "height": height})
        wait_for_layout(phone)
        if view in IN_LIST and page.evaluate("() => document.querySelector('[data-part=sidebar]').inert"):
            page.evaluate("() => document.querySelector('[data-part=menu]').click()")
        for spacing in ("", layout.TEXT_SPACING):
            layout.set_text_spacing(page, spacing)
            found[f"{width}{' spaced' if spacing else ''}"] = layout.cut_off(page)
        layout.set_text_spacing(page, "")
        found[f"{width} small"] = layout.too_small(page, 24)
        found[f"{width} for fingers"] = layout.too_small(page, 44, beside_others=False)
    assert {name: what for name, what in found.items() if what} == {}
