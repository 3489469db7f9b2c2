"""Every view: accessible (WCAG 2.2 AA, as far as axe-core can check it), and with nothing cut off in small windows."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser

from browser import axe, layout
from browser.chat_page import ChatPage
from browser.conftest import USUAL, prepare
from browser.scrolling import wait_for_layout
from browser.views import IN_LIST, VIEWS
from support.processes import Server

pytestmark = pytest.mark.browser


class Phone(ChatPage):
    """A tab on a touch screen, where Enter breaks the line and the button sends."""

    def ask(self, text: str) -> None:
        self.get("composer").fill(text)
        self.get("send").click()


#: Name -> the class of a tab, and the options of its browser.
READERS: dict[str, tuple[type[ChatPage], dict[str, object]]] = {
    "Korean, by touch": (Phone, {"locale": "ko-KR", "has_touch": True, "is_mobile": True}),
    "English, by mouse": (ChatPage, {"locale": "en-US"}),
}
BY_TOUCH = [("Korean, by touch", view) for view in VIEWS]
BY_MOUSE = [("English, by mouse", view) for view in VIEWS]


@pytest.fixture(scope="module")
def reader(chromium: Browser, server: Server) -> Iterator[Callable[[str], ChatPage]]:
    """Return the page of a reader, which all views are opened in, one after the other."""
    made = []

    @cache
    def open_page(name: str) -> ChatPage:
        kind, options = READERS[name]
        context = prepare(chromium.new_context(**USUAL | options))
        made.append(context)
        url = f"http://127.0.0.1:{server.port}"
        context.new_page().goto(f"{url}/healthz")  # It stays, as in `warm_context`.
        return kind(context.new_page(), url)

    yield open_page
    for context in made:
        context.close()


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, reader: Callable[[str], ChatPage]) -> ChatPage:
    """The page of a reader with a view in a window of 1280 by 800, opened once for all tests of this view."""
    name, view = request.param
    tab = reader(name)
    # Away from the view before: its drawer would close as the window grows, and go back in the history.
    tab.page.goto(f"{tab.url}/healthz")
    tab.page.set_viewport_size({"width": 1280, "height": 800})
    VIEWS[view](tab)
    return tab


def name_of(param: tuple[str, str]) -> str:
    return "-".join(param)


@pytest.mark.parametrize("opened", BY_TOUCH + BY_MOUSE, ids=name_of, indirect=True, scope="module")
def test_a_view_breaks_no_accessibility_rule(opened: ChatPage) -> None:
    assert axe.violations(opened.page) == []


@pytest.mark.parametrize("opened", BY_TOUCH, ids=name_of, indirect=True, scope="module")
def test_a_small_window_cuts_nothing_off_and_keeps_targets_large(
    opened: ChatPage, request: pytest.FixtureRequest
) -> None:
    page = opened.page
    _, view = request.node.callspec.params["opened"]
    found = {}
    # A window 320 pixels wide, and one of 1280 by 800 at a zoom of 200 %; each also with a reader's text spacing.
    for width, height in ((320, 640), (640, 400)):
        page.set_viewport_size({"width": width, "height": height})
        wait_for_layout(opened)
        if view in IN_LIST and page.evaluate("() => document.querySelector('[data-part=sidebar]').inert"):
            page.evaluate("() => document.querySelector('[data-part=menu]').click()")
        for spacing in ("", layout.TEXT_SPACING):
            layout.set_text_spacing(page, spacing)
            found[f"{width}{' spaced' if spacing else ''}"] = layout.cut_off(page)
        layout.set_text_spacing(page, "")
        found[f"{width} small"] = layout.too_small(page, 24)
        found[f"{width} for fingers"] = layout.too_small(page, 44, beside_others=False)
    assert {name: what for name, what in found.items() if what} == {}
