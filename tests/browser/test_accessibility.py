"""Every view can be seen, heard and used by everyone: WCAG 2.2 AA, as far as machines can tell."""

from collections.abc import Callable, Iterator

import axe
import layout
import pytest
from chat_page import ChatPage, script, unique
from conftest import PATIENCE_MS, Watch
from gate import Gate
from longs import imported
from playwright.sync_api import Browser, BrowserContext, expect
from support.processes import Server
from test_languages import VIEWS as WORDED

pytestmark = pytest.mark.browser

#: Every kind of block that an answer can have.
RICH = """# 제목

굵은 **글자**와 `code`, [링크](https://example.com), ~~지운 말~~, 각주[^1]입니다.

## 목록

1. 하나
2. 둘
   - 안쪽

- [x] 끝난 일
- [ ] 남은 일

> 인용한 글 안의 **굵은 글자**

| 방식 | 첫 토큰 | 설명 |
|:--|--:|---|
| 가 | 12 ms | 아주긴낱말이이어지는칸아주긴낱말이이어지는칸아주긴낱말이이어지는칸아주긴낱말이이어지는칸 |

```python
# 주석
def answer(question: str, limit: int = 42) -> str:
    return f"{question} " + "a long line that must be scrolled " * limit  # beyond the edge of every window there is
```

$$\\int_{-\\infty}^{\\infty} e^{-x^2}\\,dx = \\sqrt{\\pi}$$

```mermaid
flowchart LR
  A[질문] --> B[답변]
```

[^1]: 각주의 글입니다.
"""


def rich_answer(tab: ChatPage) -> None:
    tab.open()
    question = {"id": "q", "parent_id": None, "role": "user", "content": "질문 https://example.com", "created_at": 1.0}
    answer = {"id": "a", "parent_id": "q", "role": "assistant", "content": RICH, "reasoning": "먼저 생각합니다."}
    tab.open(f"/c/{imported(tab, [question, {**answer, 'created_at': 2.0}], leaf='a')}")
    expect(tab.body.locator(".code__keyword").first).to_be_visible()
    expect(tab.body.get_by_test_id("diagram")).to_have_attribute("data-state", "drawn")
    expect(tab.body.locator(".katex").first).to_be_visible()


def thoughts_are_opened(tab: ChatPage) -> None:
    rich_answer(tab)
    tab.get("reasoning").locator("summary").click()
    expect(tab.get("reasoning-text")).to_be_visible()


def diagrams_source(tab: ChatPage) -> None:
    rich_answer(tab)
    tab.get("diagram-source").click()
    expect(tab.get("diagram").locator(".code__scroller")).to_be_visible()


def conversation_is_renamed(tab: ChatPage) -> None:
    tab.open()
    tab.choose(tab.create(title="before"), "rename")
    expect(tab.get("rename")).to_be_focused()


def model_by_name(tab: ChatPage) -> None:
    tab.open()
    tab.get("model").select_option(index=tab.get("model").locator("option").count() - 1)
    expect(tab.get("model-name")).to_be_visible()


def file_is_dragged(tab: ChatPage) -> None:
    tab.open()
    tab.page.evaluate("""() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(["{}"], "a.json"))
      window.dispatchEvent(new DragEvent("dragenter", { dataTransfer, cancelable: true }))
    }""")
    expect(tab.get("drop")).to_be_visible()


def presets(tab: ChatPage) -> None:
    tab.open()
    tab.get("settings-button").click()
    tab.get("tab-presets").click()
    if tab.get("preset").count() == 0:
        tab.get("preset-name").fill("번역가")
        tab.get("preset-save").click()
    expect(tab.get("preset").first).to_be_visible()


def refused_setting(tab: ChatPage) -> None:
    tab.open()
    tab.get("settings-button").click()
    tab.get("setting-temperature").fill("9")
    tab.get("setting-temperature").press("Tab")
    expect(tab.get("problem-temperature")).not_to_be_empty()


def refused_import(tab: ChatPage) -> None:
    tab.open()
    tab.get("import-file").set_input_files({"name": "α.json", "mimeType": "application/json", "buffer": b"[{]"})
    expect(tab.get("toast")).to_have_count(1)
    expect(tab.get("toast")).not_to_have_text("Importing…")


def wrong_code(tab: ChatPage) -> None:
    tab.open()
    tab.get("more").click()
    tab.get("menu-join").click()
    tab.get("join-agree").check()
    tab.get("join-code").fill("0000-0000")
    tab.get("join-use").click()
    expect(tab.get("join-problem")).not_to_be_empty()


def drawer(tab: ChatPage) -> None:
    tab.open()
    tab.create(title="in the drawer")
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.get("menu").click()
    expect(tab.get("new-chat")).to_be_focused()


#: With those that are more than their words. Those that need another server have tests of their own.
ELSEWHERE = {"signing in", "signing in by a code", "a lost connection"}
VIEWS: dict[str, Callable[[ChatPage], None]] = {
    **{name: view for name, view in WORDED.items() if name not in ELSEWHERE},
    "an answer with everything in it": rich_answer,
    "thoughts that are opened": thoughts_are_opened,
    "the source of a diagram": diagrams_source,
    "a conversation that is renamed": conversation_is_renamed,
    "a model by its name": model_by_name,
    "a file over the page": file_is_dragged,
    "presets": presets,
    "a setting that cannot be": refused_setting,
    "a file that cannot be imported": refused_import,
    "a wrong code": wrong_code,
    "the drawer of a phone": drawer,
}
#: Those that are about the list, which is a drawer on a phone.
IN_LIST = {
    "the menu of a conversation",
    "the archive",
    "a search that finds",
    "a search that finds nothing",
    "a conversation that is renamed",
    "the drawer of a phone",
}
LOOKS = {"light, Korean": ("light", "ko-KR"), "dark, English": ("dark", "en-US")}


@pytest.fixture(scope="module", params=LOOKS)
def reader(request: pytest.FixtureRequest, chromium: Browser, server: Server) -> Iterator[ChatPage]:
    """One person's page, led from view to view."""
    theme, locale = LOOKS[request.param]
    context = chromium.new_context(locale=locale, color_scheme=theme, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield ChatPage(context.new_page(), f"http://127.0.0.1:{server.port}").open()
    context.close()


@pytest.mark.parametrize("view", VIEWS)
def test_no_rule_is_broken(view: str, reader: ChatPage) -> None:
    reader.page.set_viewport_size({"width": 1280, "height": 800})
    VIEWS[view](reader)
    assert axe.violations(reader.page) == []


class Phone(ChatPage):
    """A tab whose keyboard is on the glass: there, Enter begins a new line."""

    def ask(self, text: str) -> None:
        self.get("composer").fill(text)
        self.get("send").click()


@pytest.fixture(scope="module")
def phone(chromium: Browser, server: Server) -> Iterator[ChatPage]:
    """A page that is used with fingers."""
    context = chromium.new_context(locale="ko-KR", reduced_motion="reduce", has_touch=True, is_mobile=True)
    context.set_default_timeout(PATIENCE_MS)
    yield Phone(context.new_page(), f"http://127.0.0.1:{server.port}").open()
    context.close()


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_lost_where_there_is_little_room(view: str, phone: ChatPage) -> None:
    page = phone.page
    page.set_viewport_size({"width": 1280, "height": 800})
    VIEWS[view](phone)
    found = {}
    # A window of 320 pixels, and one of 1280 by 800 enlarged twice; each with the spacing that readers may set.
    for width, height in ((320, 640), (640, 400)):
        page.set_viewport_size({"width": width, "height": height})
        if view in IN_LIST and page.evaluate("() => document.querySelector('[data-part=sidebar]').inert"):
            page.evaluate("() => document.querySelector('[data-part=menu]').click()")
        for spacing in ("", layout.SPACED):
            layout.space(page, spacing)
            found[f"{width}{' spaced' if spacing else ''}"] = layout.lost(page)
        layout.space(page, "")
        found[f"{width} small"] = layout.too_small(page, 24)
        found[f"{width} for fingers"] = layout.too_small(page, 44, beside_others=False)
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_before_one_is_in_break_no_rule(
    look: str, new_server: Callable[..., Server], new_context: Callable[..., BrowserContext], watch: Watch
) -> None:
    watch.expect("401")
    theme, locale = LOOKS[look]
    server = new_server(CHATAPP_PASSWORD="correct horse battery")
    page = new_context(locale=locale, color_scheme=theme).new_page()
    page.goto(f"http://127.0.0.1:{server.port}")
    page.get_by_test_id("password").fill("wrong")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("problem")).not_to_be_empty()
    found = axe.violations(page)
    page.get_by_test_id("other-way").click()
    expect(page.get_by_test_id("code")).to_be_focused()
    assert found + axe.violations(page) == []
    page.set_viewport_size({"width": 320, "height": 400})
    layout.space(page)
    assert layout.lost(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_lost_connection_is_told_to_everyone(
    look: str, new_context: Callable[..., BrowserContext], gate: Gate, watch: Watch
) -> None:
    watch.expect("ERR_", "WebSocket", "error occurred when fetching the script")
    theme, locale = LOOKS[look]
    tab = ChatPage(new_context(locale=locale, color_scheme=theme).new_page(), f"http://127.0.0.1:{gate.port}").open()
    gate.cut()
    expect(tab.get("connection-state")).to_be_visible()
    assert tab.page.locator("[role=status]").filter(has=tab.get("connection-state")).count() == 1
    assert axe.violations(tab.page) == []


#: What a screen reader would say without being asked.
HEAR = """() => {
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
def test_of_an_answer_little_is_said_aloud(
    locale: str, said: list[str], new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(locale=locale).new_page(), url)
    tab.open_new(model=script(tokens=60, rate=60, reasoning=20))
    tab.page.evaluate(HEAR)
    tab.ask(unique())
    tab.wait_for_end()
    assert tab.text
    assert tab.page.evaluate("() => window.heard") == said


def test_what_is_said_of_answers_can_be_switched_off(tab: ChatPage) -> None:
    tab.open_new(model=script(tokens=20, rate=60))
    tab.get("settings-button").click()
    tab.get("tab-browser").click()
    tab.get("announces").uncheck()
    tab.page.keyboard.press("Escape")
    tab.page.evaluate(HEAR)
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
    """Return the headings beside the list, as the browser tells them to others: level and text."""
    tree = tab.page.context.new_cdp_session(tab.page).send("Accessibility.getFullAXTree")
    headings = [one for one in tree["nodes"] if one.get("role", {}).get("value") == "heading"]
    levels = [{part["name"]: part["value"]["value"] for part in one["properties"]}["level"] for one in headings]
    return list(zip(levels, (one["name"]["value"] for one in headings), strict=True))


def test_the_headings_of_an_answer_stand_below_that_of_its_message(reader: ChatPage) -> None:
    rich_answer(reader)
    korean = reader.page.locator("html").get_attribute("lang") == "ko"
    asked, answered = ("내 질문", "답변") if korean else ("You said", "The answer")
    assert outline(reader)[-5:] == [(1, "긴 대화"), (2, asked), (2, answered), (3, "제목"), (4, "목록")]


def test_words_in_another_language_than_the_page_say_so(reader: ChatPage) -> None:
    rich_answer(reader)
    korean = reader.page.locator("html").get_attribute("lang") == "ko"
    languages = reader.page.locator("[data-testid=message] .body").evaluate_all("(all) => all.map(({ lang }) => lang)")
    assert set(languages) == ({""} if korean else {"ko"})


def test_who_wants_no_motion_gets_none(new_context: Callable[..., BrowserContext], url: str) -> None:
    moving = """() => document.getAnimations().filter(({ playState }) => playState === "running").length"""
    for motion, expected in (("reduce", False), ("no-preference", True)):
        tab = ChatPage(new_context(reduced_motion=motion).new_page(), url)
        tab.open_new(model=script(tokens=4000, rate=40, reasoning=4))
        tab.ask(unique())
        tab.wait_for_text()
        assert (tab.page.evaluate(moving) > 0) is expected
        tab.page.keyboard.press("Escape")
        tab.wait_for_end("stopped")
    tab = ChatPage(new_context(reduced_motion="reduce").new_page(), url)
    rich_answer(tab)
    jump = """() => {
      const thread = document.querySelector("[data-testid=thread]")
      thread.scrollTop = 0
      document.querySelector("sup.footnote a").click()
      return thread.scrollTop
    }"""
    assert tab.page.evaluate(jump) > 0


#: Whether two elements, of which one is chosen, differ by a line or a surface that forced colours leave.
DIFFER = """([chosen, other]) => {
  const look = (element) => {
    const style = getComputedStyle(element)
    const sides = ["Top", "Right", "Bottom", "Left"]
      .flatMap((side) => ["Style", "Width", "Color"].map((what) => style[`border${side}${what}`]))
    return [...sides, style.outlineStyle, style.outlineColor, style.backgroundColor].join(" ")
  }
  return look(chosen) !== look(other)
}"""


def test_forced_colours_leave_what_is_chosen_and_what_has_the_focus(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(forced_colors="active").new_page(), url)
    tab.open()
    tab.create(title="another one")
    rich_answer(tab)

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


NAMES = """() => [...document.querySelectorAll("nav, main, section, aside, form, [role=region], [role=search]")]
  .filter((element) => element.checkVisibility())
  .map((element) => element.getAttribute("aria-label"))
  .filter(Boolean)"""


def test_regions_have_names_of_their_own_and_each_page_a_title(reader: ChatPage) -> None:
    rich_answer(reader)
    names = reader.page.evaluate(NAMES)
    assert len(names) == len(set(names)) >= 2
    titles = [reader.page.title()]
    reader.open()
    titles.append(reader.page.title())
    reader.page.goto(f"{reader.url}/nowhere")
    titles.append(reader.page.title())
    assert len(set(titles)) == 3
    assert all(titles)
