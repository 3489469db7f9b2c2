"""Phones, also on their side, and windows at 200 %: drawer, Back, and room for what is read. With motion."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Route, expect

from browser.chat_page import ChatPage, script, unique
from browser.imported_conversations import import_long_conversation
from browser.scrolling import wait_for_layout, wait_for_rendering
from browser.settings_dialog import show

pytestmark = pytest.mark.browser

TOUCH = {"has_touch": True, "is_mobile": True}
PHONE = {"viewport": {"width": 390, "height": 844}, **TOUCH}
LANDSCAPE = {"viewport": {"width": 844, "height": 390}, **TOUCH}
ZOOMED = {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 720}}

Opens = Callable[..., ChatPage]


@pytest.fixture
def open_on(new_context: Callable[..., BrowserContext], url: str) -> Opens:
    """Make a tab of such a screen, with motion."""

    def make(screen: dict[str, Any], **options: Any) -> ChatPage:
        return ChatPage(new_context(reduced_motion="no-preference", **screen, **options).new_page(), url)

    return make


def ask(tab: ChatPage, text: str) -> None:
    tab.get("composer").fill(text)
    tab.get("send").click()


def box(locator: Locator) -> dict[str, float]:
    found = locator.bounding_box()
    assert found
    return {**found, "right": found["x"] + found["width"], "bottom": found["y"] + found["height"]}


def overlap(one: Locator, other: Locator) -> bool:
    a, b = box(one), box(other)
    return a["x"] < b["right"] and b["x"] < a["right"] and a["y"] < b["bottom"] and b["y"] < a["bottom"]


def test_escape_closes_the_drawer_wherever_the_focus_is_and_the_answer_goes_on(open_on: Opens) -> None:
    tab = open_on(PHONE).open_new(model=script(tokens=600, rate=10))
    ask(tab, unique())
    tab.wait_for_text()
    tab.get("menu").click()
    expect(tab.get("new-chat")).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(tab.get("menu")).to_be_focused()
    expect(tab.get("new-chat")).not_to_be_visible()
    tab.get("menu").click()
    tab.page.evaluate("() => document.activeElement.blur()")
    tab.page.keyboard.press("Escape")
    expect(tab.get("new-chat")).not_to_be_visible()
    expect(tab.answer).to_have_attribute("data-status", "running")
    tab.page.keyboard.press("Escape")
    tab.wait_for_end("stopped")


def wait_for_layers(tab: ChatPage, n: int) -> None:
    """Browsers report later that a menu or a dialog has opened, and its history entry is made then."""
    tab.page.wait_for_function("(n) => history.state?.over === n", arg=n)


def test_back_closes_what_lies_over_the_page_before_it_leaves(open_on: Opens) -> None:
    tab = open_on(PHONE)
    tab.page.goto("about:blank")
    tab.open()
    first, second = tab.create(title="one"), tab.create(title="two")
    tab.open(f"/c/{first}")
    tab.get("menu").click()
    tab.get("more").click()
    expect(tab.get("menu-settings")).to_be_visible()
    wait_for_layers(tab, 2)
    tab.page.go_back()
    expect(tab.get("menu-settings")).not_to_be_visible()
    expect(tab.get("new-chat")).to_be_visible()
    tab.page.go_back()
    expect(tab.get("new-chat")).not_to_be_visible()
    expect(tab.get("menu")).to_be_focused()
    tab.get("settings-button").locator("button").or_(tab.get("settings-button")).last.click()
    expect(tab.get("settings")).to_be_visible()
    wait_for_layers(tab, 1)
    tab.page.go_back()
    expect(tab.get("settings")).not_to_be_visible()
    # A choice in the drawer leaves no entry of the drawer behind.
    tab.get("menu").click()
    tab.item(second).get_by_role("link").click()
    expect(tab.page).to_have_url(f"{tab.url}/c/{second}")
    tab.get("menu").click()
    tab.get("close-list").click()
    expect(tab.get("new-chat")).not_to_be_visible()
    tab.page.wait_for_function("() => !history.state?.over")
    tab.page.go_back()
    expect(tab.page).to_have_url(f"{tab.url}/c/{first}")
    tab.page.go_back()
    expect(tab.page).to_have_url(f"{tab.url}/")


#: Closes the settings once another page is loading, and asks the server for something when all has come of that.
CLOSE_ONCE_LEFT = """() => {
  const later = (act) => setTimeout(() => requestAnimationFrame(() => setTimeout(act)))
  addEventListener("beforeunload", () => later(() => {
    document.querySelector("[data-part=settings]").close()
    later(() => later(() => fetch("/healthz")))
  }))
}"""


def test_a_dialog_that_closes_while_the_page_loads_does_not_end_that(open_on: Opens) -> None:
    """To take back its history entry then would leave the page as it is: in the language before."""
    tab = open_on(PHONE, service_workers="block").open()
    asked: list[Route] = []
    show(tab, "browser")
    wait_for_layers(tab, 1)
    tab.get("language-ko").check(force=True)
    tab.page.route(f"{tab.url}/", lambda route: asked.append(route))
    tab.page.evaluate(CLOSE_ONCE_LEFT)
    with tab.page.expect_request("**/healthz"):
        tab.get("language-use").click(no_wait_after=True)
    asked[0].continue_()
    expect(tab.page.locator("html")).to_have_attribute("lang", "ko")


def test_the_last_line_of_a_long_question_is_not_under_the_buttons(open_on: Opens) -> None:
    tab = open_on(PHONE).open()
    composer = tab.get("composer")
    composer.fill("\n".join(f"line {n}" for n in range(60)))
    assert composer.evaluate("(it) => it.scrollHeight > it.clientHeight")
    assert not overlap(composer, tab.get("send"))
    assert not overlap(composer, tab.get("hint"))
    composer.fill("one line")
    assert box(composer)["height"] >= 44


@pytest.mark.parametrize("width", [390, 320])
def test_a_saved_answer_has_its_badge_on_the_line_of_the_buttons_and_nothing_half(open_on: Opens, width: int) -> None:
    tab = open_on(PHONE, locale="ko-KR")
    tab.page.set_viewport_size({"width": width, "height": 844})
    question = unique()
    for _ in range(2):
        tab.open_new(model=script(tokens=4, text="짧은 답"))
        ask(tab, question)
        tab.wait_for_end()
    badge, copy = box(tab.answer.get_by_test_id("cached")), box(tab.answer.get_by_test_id("copy"))
    assert abs(badge["y"] + badge["bottom"] - copy["y"] - copy["bottom"]) < 3
    cut = tab.answer.get_by_test_id("figures").evaluate(
        """(it) => [...it.children].map((one) => one.getBoundingClientRect())
            .filter(({ top, bottom }) => top < it.getBoundingClientRect().bottom - 1
                && bottom > it.getBoundingClientRect().bottom + 1).length"""
    )
    assert cut == 0


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_the_stage_is_one_line_in_the_narrowest_window(open_on: Opens, locale: str) -> None:
    tab = open_on(PHONE, locale=locale)
    tab.page.set_viewport_size({"width": 320, "height": 640})
    tab.open_new(model=script(tokens=600, rate=10))
    ask(tab, unique())
    tab.wait_for_text()
    stage = tab.get("stage")
    line = stage.evaluate("(it) => parseFloat(getComputedStyle(it).lineHeight)")
    assert box(stage)["height"] < 1.5 * line
    assert stage.evaluate("(it) => it.scrollWidth <= it.clientWidth")
    assert not overlap(stage.locator(".stage__clock"), tab.answer.get_by_test_id("copy"))
    tab.page.keyboard.press("Escape")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE, LANDSCAPE, ZOOMED])
def test_the_way_to_the_end_covers_neither_the_text_nor_a_button(open_on: Opens, screen: dict[str, Any]) -> None:
    tab = open_on(screen)
    tab.open(f"/c/{import_long_conversation(tab, 4)}")
    wait_for_rendering(tab)
    tab.get("thread").evaluate("(it) => { it.scrollTop = 0 }")
    latest = tab.get("latest")
    expect(latest).to_be_visible()
    assert latest.get_attribute("aria-label") == "Jump to latest"
    for other in ("thread", "send", "composer"):
        assert not overlap(latest, tab.get(other)), other
    assert box(latest)["x"] > screen["viewport"]["width"] / 2


def test_new_paragraphs_are_counted_in_a_badge(open_on: Opens) -> None:
    tab = open_on(PHONE)
    conversation_id = import_long_conversation(tab, 4)
    tab.page.request.patch(
        f"{tab.url}/api/conversations/{conversation_id}",
        data={"model": script(text="x\n\n" * 23, rate=4)},
        headers={"Origin": tab.url},
    )
    tab.open(f"/c/{conversation_id}")
    wait_for_rendering(tab)
    ask(tab, unique())
    tab.wait_for_text()
    tab.get("thread").evaluate("(it) => { it.scrollTop = 0 }")
    badge = tab.get("latest").locator(".latest__count")
    expect(badge).not_to_be_empty()
    assert "new paragraph" in (tab.get("latest").get_attribute("aria-label") or "")


@pytest.mark.parametrize("screen", [LANDSCAPE, ZOOMED])
def test_a_low_window_is_for_reading(open_on: Opens, screen: dict[str, Any]) -> None:
    tab = open_on(screen)
    tab.open(f"/c/{import_long_conversation(tab, 2)}")
    wait_for_rendering(tab)
    expect(tab.get("new-chat")).not_to_be_visible()
    height = screen["viewport"]["height"]
    assert box(tab.get("thread"))["height"] > 0.68 * height
    expect(tab.page.locator(".dock__disclaimer")).not_to_be_visible()
    composer, send = box(tab.get("composer")), box(tab.get("send"))
    assert composer["y"] < send["bottom"]
    assert send["y"] < composer["bottom"]
    tab.get("composer").fill("\n" * 20)
    wait_for_layout(tab)
    assert box(tab.get("thread"))["height"] > 0.4 * height
