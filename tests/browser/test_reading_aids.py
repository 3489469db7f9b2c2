"""Screen readers, and the settings of a reader's system: motion, colours, language."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.chat_page import ChatPage, script, unique
from browser.conftest import Watch
from browser.views import LOOKS, show_rich_answer

pytestmark = pytest.mark.browser


def create_tab(look: str, new_context: Callable[..., BrowserContext], url: str) -> ChatPage:
    theme, locale = LOOKS[look]
    return ChatPage(new_context(locale=locale, color_scheme=theme).new_page(), url)


#: Record what live regions announce.
RECORD_ANNOUNCEMENTS = """() => {
  const LIVE = "[role=status], [role=alert], [role=log], [role=timer], [aria-live], output"
  window.heard = []
  new MutationObserver((changes) => {
    const elements = changes.map(({ target }) => (target.nodeType === Node.TEXT_NODE ? target.parentElement : target))
    for (const region of new Set(elements.map((element) => element?.closest(LIVE)).filter(Boolean))) {
      const text = region.textContent.trim()
      if (text) window.heard.push(text)
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true })
}"""


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("ko-KR", ["모델이 생각하고 있습니다.", "답변을 작성하고 있습니다.", "답변 완료"]),
        ("en-US", ["The model is thinking.", "The answer is being written.", "Answer complete."]),
    ],
)
def test_only_the_stages_of_an_answer_are_announced(
    locale: str, said: list[str], new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(locale=locale).new_page(), url)
    tab.open_new(model=script(tokens=60, rate=60, reasoning=20))
    tab.ask(unique())
    tab.wait_for_end()  # By then the tab is connected, and does not announce that any more.
    tab.page.evaluate(RECORD_ANNOUNCEMENTS)
    tab.ask(unique())
    expect(tab.page.locator("[data-testid=message][data-role=assistant]")).to_have_count(2)
    tab.wait_for_end()
    assert tab.text
    assert tab.page.evaluate("() => window.heard") == said


def test_announcements_of_answers_can_be_switched_off(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=20, rate=60))
    tab.get("settings-button").click()
    tab.get("tab-browser").click()
    tab.get("announces").uncheck()
    tab.page.keyboard.press("Escape")
    tab.page.evaluate(RECORD_ANNOUNCEMENTS)
    tab.ask(unique())
    tab.wait_for_end()
    assert tab.page.evaluate("() => window.heard") == []


def test_an_answer_is_busy_while_it_is_written(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=40, rate=40))
    tab.ask(unique())
    tab.wait_for_text()
    expect(tab.body).to_have_attribute("aria-busy", "true")
    tab.wait_for_end()
    expect(tab.body).to_have_attribute("aria-busy", "false")


def outline(tab: ChatPage) -> list[tuple[int, str]]:
    """Return the headings of the accessibility tree as (level, text)."""
    tree = tab.page.context.new_cdp_session(tab.page).send("Accessibility.getFullAXTree")
    headings = [one for one in tree["nodes"] if one.get("role", {}).get("value") == "heading"]
    levels = [{part["name"]: part["value"]["value"] for part in one["properties"]}["level"] for one in headings]
    return list(zip(levels, (one["name"]["value"] for one in headings), strict=True))


@pytest.mark.parametrize("look", LOOKS)
def test_the_headings_of_an_answer_stand_below_that_of_its_message(
    look: str, new_context: Callable[..., BrowserContext], url: str
) -> None:
    reader = create_tab(look, new_context, url)
    show_rich_answer(reader)
    korean = reader.page.locator("html").get_attribute("lang") == "ko"
    asked, answered = ("내 질문", "답변") if korean else ("You said", "The answer")
    assert outline(reader)[-5:] == [(1, "긴 대화"), (2, asked), (2, answered), (3, "제목"), (4, "목록")]


@pytest.mark.parametrize("look", LOOKS)
def test_text_in_another_language_has_a_lang_attribute(
    look: str, new_context: Callable[..., BrowserContext], url: str
) -> None:
    reader = create_tab(look, new_context, url)
    show_rich_answer(reader)
    korean = reader.page.locator("html").get_attribute("lang") == "ko"
    languages = reader.page.locator("[data-testid=message] .body").evaluate_all("(all) => all.map(({ lang }) => lang)")
    assert set(languages) == ({""} if korean else {"ko"})


def test_reduced_motion_stops_animations_and_smooth_scrolling(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    moving = """() => document.getAnimations().filter(({ playState }) => playState === "running").length"""
    for motion, expected in (("reduce", False), ("no-preference", True)):
        tab = ChatPage(new_context(reduced_motion=motion).new_page(), url)
        tab.open_new(model=script(tokens=600, rate=10, reasoning=4))
        tab.ask(unique())
        tab.wait_for_text()
        assert (tab.page.evaluate(moving) > 0) is expected
        tab.page.keyboard.press("Escape")
        tab.wait_for_end("stopped")
    tab = ChatPage(new_context(reduced_motion="reduce").new_page(), url)
    show_rich_answer(tab)
    jump = """() => {
      const thread = document.querySelector("[data-testid=thread]")
      thread.scrollTop = 0
      document.querySelector("sup.footnote a").click()
      return thread.scrollTop
    }"""
    assert tab.page.evaluate(jump) > 0


#: Whether two elements, one of them selected, differ in a border, outline or background under forced colours.
DIFFER = """([chosen, other]) => {
  const look = (element) => {
    const style = getComputedStyle(element)
    const sides = ["Top", "Right", "Bottom", "Left"]
      .flatMap((side) => ["Style", "Width", "Color"].map((what) => style[`border${side}${what}`]))
    return [...sides, style.outlineStyle, style.outlineColor, style.backgroundColor].join(" ")
  }
  return look(chosen) !== look(other)
}"""


def test_forced_colours_show_the_selection_and_the_focus(new_context: Callable[..., BrowserContext], url: str) -> None:
    tab = ChatPage(new_context(forced_colors="active").new_page(), url)
    tab.open()
    tab.create(title="another one")
    show_rich_answer(tab)

    def differ(chosen: str, other: str) -> bool:
        pair = [tab.page.locator(one).first.element_handle() for one in (chosen, other)]
        return tab.page.evaluate(DIFFER, pair)

    assert differ(".item--open", ".item:not(.item--open)")
    tab.get("code-wrap").click()
    assert differ(".code__button[aria-pressed=true]", ".code__button:not([aria-pressed=true])")
    tab.get("search").focus()
    assert differ(".search", ".composer")
    outline = "(element) => getComputedStyle(element).outlineStyle"
    assert tab.page.locator(".search").evaluate(outline) == "solid"
    tab.get("composer").focus()
    assert tab.page.locator(".composer").evaluate(outline) == "solid"
    tab.get("settings-button").click()
    assert differ("[role=tab][aria-selected=true]", "[role=tab][aria-selected=false]")
    tab.get("tab-browser").click()
    assert differ(".choice__one:has(:checked)", ".choice__one:not(:has(:checked))")


REGION_NAMES = """() => [...document.querySelectorAll("nav, main, section, aside, form, [role=region], [role=search]")]
  .filter((element) => element.checkVisibility())
  .map((element) => element.getAttribute("aria-label"))
  .filter(Boolean)"""


@pytest.mark.parametrize("look", LOOKS)
def test_regions_have_different_names_and_pages_different_titles(
    look: str, new_context: Callable[..., BrowserContext], url: str, watch: Watch
) -> None:
    reader = create_tab(look, new_context, url)
    show_rich_answer(reader)
    names = reader.page.evaluate(REGION_NAMES)
    assert len(names) == len(set(names)) >= 2
    titles = [reader.page.title()]
    reader.open()
    titles.append(reader.page.title())
    watch.expect("404")
    reader.page.goto(f"{reader.url}/nowhere")
    titles.append(reader.page.title())
    assert len(set(titles)) == 3
    assert all(titles)
