"""Everything can be reached and used by keyboard; the focus is visible, never lost, and never taken away."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, script, unique
from browser.focus import FOCUS_PAGE_START, STOPS_OUTSIDE, focused, press, tab_through
from browser.views import show_rich_answer

pytestmark = pytest.mark.browser


def test_tab_leads_to_every_control_in_the_order_of_the_page(tab: ChatPage) -> None:
    show_rich_answer(tab)
    tab.page.evaluate(FOCUS_PAGE_START)
    stops = tab_through(tab)
    list_of_conversations = ["skip", "close-list", "new-chat", "search", "item__link", "conversation-menu"]
    header = ["archived", "more", "settings-button", "model", "thread"]
    question = ["edit", "copy"]
    answer = [
        "reasoning__title",
        "copyCsv",
        "copyMarkdown",
        "code-wrap",
        "code-copy",
        "code__scroller",
        "diagram-enlarge",
        "diagram-source",
    ]
    under = ["regenerate", "regenerate-with", "details", "copy", "composer", "send"]
    wanted = iter(stops)
    missing = [one for one in [*list_of_conversations, *header, *question, *answer, *under] if one not in wanted]
    assert missing == [], " ".join(stops)


def test_the_first_tab_stop_is_a_link_to_the_composer(tab: ChatPage) -> None:
    tab.open()
    tab.page.evaluate(FOCUS_PAGE_START)
    tab.page.keyboard.press("Tab")
    assert focused(tab) == "skip"
    expect(tab.page.locator(".skip")).to_be_in_viewport()
    tab.page.keyboard.press("Enter")
    expect(tab.get("composer")).to_be_focused()


def test_an_answer_is_asked_for_stopped_and_continued(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=400, rate=10, resume=1))
    tab.page.keyboard.type(unique())
    tab.page.keyboard.press("Enter")
    tab.wait_for_text()
    expect(tab.get("composer")).to_be_focused()
    tab.page.keyboard.press("Tab")
    assert focused(tab) == "stop"
    tab.page.keyboard.press("Enter")
    tab.wait_for_end("stopped")
    assert focused(tab) == "send"
    press(tab, "continue")
    expect(tab.answer).to_have_attribute("data-status", "running")
    assert focused(tab) != ""
    tab.page.keyboard.press("Escape")
    tab.wait_for_end("stopped")
    assert focused(tab) != ""


def test_actions_under_an_answer_keep_the_focus(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    press(tab, "details")
    assert focused(tab) == "details-close"
    tab.page.keyboard.press("Escape")
    assert focused(tab) == "details"
    press(tab, "regenerate-with")
    assert focused(tab) == "menu-model"
    tab.page.keyboard.press("Escape")
    assert focused(tab) == "regenerate-with"
    press(tab, "regenerate")
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    assert focused(tab) != ""
    tab.wait_for_end()
    assert focused(tab) != ""
    press(tab, "branch-prev")
    expect(tab.get("branch-count")).to_have_text("1 / 2")
    assert focused(tab) == "branch-next"
    tab.page.keyboard.press("Enter")
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    assert focused(tab) == "branch-prev"
    press(tab, "regenerate-with")
    tab.page.keyboard.press("Enter")
    expect(tab.get("branch-count")).to_have_text("3 / 3")
    assert focused(tab) != ""


def test_editing_a_question_gives_the_focus_back(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=3))
    tab.ask(unique())
    tab.wait_for_end()
    press(tab, "edit")
    assert focused(tab) == "editor"
    tab.page.keyboard.press("Escape")
    assert focused(tab) == "edit"
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.type(" and more")
    tab.page.keyboard.press("Enter")
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    assert focused(tab) != ""


def test_a_failed_answer_is_regenerated(tab: ChatPage) -> None:
    tab.open_new(model=script(status=500, times=1, tokens=3))
    tab.ask(unique())
    tab.wait_for_end("failed")
    tab.answer.get_by_test_id("regenerate").focus()
    tab.page.keyboard.press("Enter")
    tab.wait_for_end()
    assert focused(tab) != ""


def test_an_example_begins_a_question(tab: ChatPage) -> None:
    tab.open()
    press(tab, "example")
    assert focused(tab) == "composer"


def test_code_is_wrapped_and_copied_and_wide_blocks_are_scrolled(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(permissions=["clipboard-read", "clipboard-write"]).new_page(), url)
    tab.page.set_viewport_size({"width": 1000, "height": 720})  # a table has no room beside the text there
    show_rich_answer(tab)
    for place in (".code__scroller[tabindex]", ".table[tabindex]"):
        wide = tab.body.locator(place).first
        expect(wide).to_have_attribute("role", "group")
        expect(wide).to_have_attribute("aria-label", "Python code" if "code" in place else "Table")
        wide.focus()
        tab.page.keyboard.press("ArrowRight")
        tab.page.wait_for_function("() => document.activeElement.scrollLeft > 0")
    press(tab, "code-wrap")
    expect(tab.get("code-wrap").last).to_have_attribute("aria-pressed", "true")
    assert focused(tab) == "code-wrap"
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    expect(tab.get("code-copy").first).to_have_text("Copied")
    assert focused(tab) == "code-copy"


def test_a_footnote_is_followed_and_leads_back(tab: ChatPage) -> None:
    show_rich_answer(tab)
    tab.body.locator("sup.footnote a").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.body.locator(".footnotes li")).to_be_focused()
    tab.page.keyboard.press("Tab")
    expect(tab.body.get_by_role("link", name="Back to the text")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.body.locator("sup.footnote a")).to_be_focused()
    assert "#" not in tab.page.url


def test_the_list_and_its_menus_are_used(tab: ChatPage) -> None:
    tab.open()
    for title in ("three", "two", "one"):
        tab.create(title=title)
        expect(tab.page.get_by_role("link", name=title, exact=True)).to_be_visible()
    tab.page.get_by_role("link", name="one", exact=True).focus()
    tab.page.keyboard.press("ArrowDown")
    expect(tab.page.get_by_role("link", name="two", exact=True)).to_be_focused()
    tab.page.keyboard.press("Tab")
    assert focused(tab) == "conversation-menu"
    tab.page.keyboard.press("Enter")
    assert focused(tab) == "menu-rename"
    tab.page.keyboard.press("Enter")
    assert focused(tab) == "rename"
    tab.page.keyboard.type("second")
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_role("link", name="second", exact=True)).to_be_focused()
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("End")
    tab.page.keyboard.press("Enter")
    expect(tab.get("toast")).to_be_visible()
    expect(tab.page.get_by_role("link", name="three", exact=True)).to_be_focused()
    press(tab, "toast-deed")
    expect(tab.page.get_by_role("link", name="second", exact=True)).to_be_visible()
    assert focused(tab) != ""
    press(tab, "new-chat")
    expect(tab.get("composer")).to_be_focused()


def test_a_search_result_is_opened(tab: ChatPage) -> None:
    tab.open()
    title = unique("found")
    tab.create(title=title)
    tab.page.keyboard.press("Control+k")
    assert focused(tab) == "search"
    tab.page.keyboard.type(title)
    expect(tab.get("result")).to_have_count(1)
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_title(title)
    assert focused(tab) != ""
    tab.page.keyboard.press("Control+k")
    tab.page.keyboard.press("Escape")
    tab.page.keyboard.press("Escape")
    assert focused(tab) == "composer"


@pytest.mark.parametrize(
    ("opener", "then", "dialog", "afterwards"),
    [
        ("settings-button", None, "settings", "composer"),
        ("more", "menu-settings", "settings", "composer"),
        ("more", "menu-connect", "connect", "more"),
        ("more", "menu-join", "join", "more"),
        ("more", "menu-shortcuts", "shortcuts", "more"),
    ],
)
def test_a_dialog_keeps_the_focus_until_escape_gives_it_back(
    tab: ChatPage, opener: str, then: str | None, dialog: str, afterwards: str
) -> None:
    tab.open()
    press(tab, opener)
    if then:
        expect(tab.get(then)).to_be_visible()
        press(tab, then)
    expect(tab.get(dialog)).to_be_visible()
    place = f"[data-testid={dialog}]"
    tab.page.wait_for_function("(place) => document.activeElement.closest(place)", arg=place)
    # Twice, as Tab leads out of the page and into the dialog again.
    for _ in range(2):
        tab_through(tab, most=40)
    assert tab.page.evaluate(STOPS_OUTSIDE, place) == []
    tab.page.keyboard.press("Escape")
    expect(tab.get(dialog)).to_be_hidden()
    tab.page.wait_for_function(
        "(name) => document.activeElement.dataset.testid === name", arg=afterwards
    )  # the dialog's event comes after its end


def test_the_dialog_to_name_a_model_takes_and_returns_the_focus(tab: ChatPage) -> None:
    tab.open()
    tab.get("model").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.get("models-search")).to_be_focused()
    tab.page.keyboard.press("ArrowUp")
    while tab.page.locator("[data-active]").get_attribute("data-id") != "":
        tab.page.keyboard.press("ArrowUp")
    tab.page.keyboard.press("Enter")
    expect(tab.get("model-name")).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(tab.get("model")).to_be_focused()


def test_arrow_keys_switch_between_the_tabs_of_the_settings(tab: ChatPage) -> None:
    tab.open()
    press(tab, "settings-button")
    assert focused(tab) == "tab-conversation"
    for name in ("presets", "defaults", "browser", "conversation"):
        tab.page.keyboard.press("ArrowRight")
        assert focused(tab) == f"tab-{name}"
        expect(tab.get(f"sheet-{name}")).to_be_visible()


def test_a_phones_drawer_takes_the_focus_and_gives_it_back(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.open()
    press(tab, "menu")
    assert focused(tab) == "new-chat"
    for _ in range(12):
        tab.page.keyboard.press("Shift+Tab")
        assert tab.page.evaluate("() => !document.activeElement.closest('main')")
    tab.get("search").focus()
    tab.page.keyboard.press("Escape")
    assert focused(tab) == "menu"


def test_streaming_never_takes_the_focus(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=60, rate=60, reasoning=20))
    tab.ask(unique())
    tab.get("search").focus()
    tab.wait_for_text()
    expect(tab.get("search")).to_be_focused()
    tab.get("thread").focus()
    tab.wait_for_end()
    expect(tab.get("thread")).to_be_focused()
