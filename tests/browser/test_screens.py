"""Tables, code and formulas on screens of every size, and in print."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from browser.chat_page import ChatPage, script
from browser.imported_conversations import import_conversation, import_long_conversation
from browser.scrolling import offset, open_long_conversation, wait_for_layout, wait_for_rendering

pytestmark = pytest.mark.browser

#: The left and the right edge of each text, in pixels.
TEXT_EDGES = """(all) => all.map((it) => {
  const range = document.createRange()
  range.selectNodeContents(it)
  const { left, right } = range.getBoundingClientRect()
  return [left, right]
})"""


def open_table(tab: ChatPage, *columns: str, head: str = "항목") -> Locator:
    """Open an answer that is a table with three equal rows; return the table."""
    rows = [[f"{head} {n}" for n in range(len(columns))], ["---"] * len(columns), *[list(columns)] * 3]
    content = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    question = {"id": "q", "parent_id": None, "role": "user", "content": "표", "created_at": 1.0}
    answer = {"id": "a", "parent_id": "q", "role": "assistant", "content": content, "created_at": 2.0}
    tab.open(f"/c/{import_conversation(tab, [question, answer], leaf='a')}")
    wait_for_rendering(tab)
    return tab.page.locator(".body .table")


def test_many_columns_are_as_wide_in_a_wide_window_as_on_a_phone(tab: ChatPage) -> None:
    table = open_table(tab, *["서버와 브라우저가 연결을 열어 두고 서로 메시지를 보냅니다", "12 ms"] * 4)
    widths = table.locator("tr:last-child td").evaluate_all("(all) => all.map((it) => it.clientWidth)")
    tab.page.set_viewport_size({"width": 390, "height": 700})
    wait_for_layout(tab)
    assert table.locator("tr:last-child td").evaluate_all("(all) => all.map((it) => it.clientWidth)") == widths


def test_a_table_takes_the_free_room_beside_the_text_if_its_words_need_it(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 1440, "height": 800})
    widths = {}
    for name, cells in {"short": ["a", "b"], "long": [f"`{'x' * 48}`"] * 2, "many": ["대한민국의 수도"] * 7}.items():
        table = open_table(tab, *cells)
        widths[name] = table.locator("table").evaluate("(it) => it.getBoundingClientRect().width")
        assert table.evaluate("(it) => it.scrollWidth <= it.clientWidth"), name
    assert widths["short"] == 704
    assert widths["long"] > 750
    assert widths["many"] > 750
    assert not tab.scrolls_sideways()


@pytest.mark.parametrize(("head", "cells"), [("סוג", ["list", "כן", "tuple"]), ("kind", ["רשימה", "yes", "כן"])])
def test_cells_that_run_against_their_table_stay_apart(tab: ChatPage, head: str, cells: list[str]) -> None:
    table = open_table(tab, *cells, head=head)
    edges = table.locator("tr:last-child td").evaluate_all(TEXT_EDGES)
    for (_, end), (start, _) in pairwise(sorted(edges)):
        assert start - end > 10, edges


def test_a_table_is_copied_as_csv_and_as_markdown(tab: ChatPage) -> None:
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    table = open_table(tab, "**a**, b", "`x|y`", "$|v|$", "한 줄<br>둘")
    table.hover()
    tab.get("copyCsv").click()
    copied = "() => navigator.clipboard.readText()"
    expect(tab.get("copyCsv").locator("path")).to_have_attribute("d", "M5 12l5 5 9-10")
    head, *rows = tab.page.evaluate(copied).split("\r\n")
    assert head == "항목 0,항목 1,항목 2,항목 3"
    assert rows == ['"a, b",x|y,$|v|$,"한 줄\n둘"'] * 3
    tab.get("copyMarkdown").click()
    expect(tab.get("copyMarkdown").locator("path")).to_have_attribute("d", "M5 12l5 5 9-10")
    assert tab.page.evaluate(copied).split("\n") == [
        "| 항목 0 | 항목 1 | 항목 2 | 항목 3 |",
        "| --- | --- | --- | --- |",
        *[r"| **a**, b | `x\|y` | $\vert v\vert$ | 한 줄<br>둘 |"] * 3,
    ]


def test_inline_code_does_not_wrap_in_a_table_cell(tab: ChatPage) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 700})
    table = open_table(tab, "`base_url`", "`http://localhost:11434/v1`", "서버의 주소입니다")
    lines = "(all) => all.map((it) => it.getClientRects().length)"
    assert set(table.locator("code").evaluate_all(lines)) == {1}


def test_a_wide_table_scrolls_within_itself_and_keeps_its_words_whole(tab: ChatPage) -> None:
    head = "| " + " | ".join(f"아주 긴 항목 이름 {n}" for n in range(8)) + " |\n"
    row = "| " + " | ".join("대한민국의 수도는 서울입니다" for _ in range(8)) + " |\n"
    tab.page.set_viewport_size({"width": 390, "height": 700})
    tab.open()
    messages = [
        {"id": "q", "parent_id": None, "role": "user", "content": "표", "created_at": 1.0},
        {
            "id": "a",
            "parent_id": "q",
            "role": "assistant",
            "content": head + "|---" * 8 + "|\n" + row,
            "created_at": 2.0,
        },
    ]
    tab.open(f"/c/{import_conversation(tab, messages, leaf='a')}")
    table = tab.page.locator(".body .table")
    expect(table).to_be_visible()
    assert table.evaluate("(it) => it.scrollWidth > it.clientWidth")
    assert not tab.scrolls_sideways()
    height = table.locator("td").first.evaluate("(it) => it.clientHeight / parseFloat(getComputedStyle(it).lineHeight)")
    assert height < 5  # Up to four lines of one word each, not one line per letter.


@pytest.mark.parametrize("width", [390, 1280])
def test_the_caption_of_long_code_stays_at_the_upper_edge(tab: ChatPage, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 700})
    question = {"id": "q", "parent_id": None, "role": "user", "content": "코드", "created_at": 1.0}
    code = "```python\n" + "line = 1\n" * 120 + "```"
    answer = {"id": "a", "parent_id": "q", "role": "assistant", "content": code, "created_at": 2.0}
    tab.open(f"/c/{import_conversation(tab, [question, answer], leaf='a')}")
    wait_for_rendering(tab)
    tab.get("thread").evaluate("(it) => { it.scrollTop = it.scrollHeight / 2 }")
    wait_for_layout(tab)
    assert offset(tab, tab.page.locator(".code__caption")) == pytest.approx(0, abs=0.5)


def test_print_shows_the_whole_conversation_and_no_controls(tab: ChatPage) -> None:
    open_long_conversation(tab, turns=6)
    wait_for_rendering(tab)
    tab.page.emulate_media(media="print")
    expect(tab.get("composer")).not_to_be_visible()
    expect(tab.item(tab.page.url.rpartition("/")[2])).not_to_be_visible()
    thread = tab.get("thread")
    assert thread.evaluate("(it) => it.scrollHeight <= it.clientHeight + 1")
    assert len(tab.page.pdf()) > 10_000


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
def test_nothing_scrolls_sideways(new_context: Callable[..., BrowserContext], url: str, locale: str) -> None:
    tab = ChatPage(new_context(locale=locale).new_page(), url)
    tab.open_new(model=script(tokens=30, rate=0, lang="ko"), title="아주 긴 제목을 가진 대화입니다 " * 6)
    expect(tab.page.locator("html")).to_have_attribute("lang", locale[:2])
    tab.ask("https://example.com/" + "a" * 300)
    tab.wait_for_end()
    tab.answer.get_by_test_id("regenerate").click()
    expect(tab.get("branch-count")).to_have_text("2 / 2")
    tab.wait_for_end()
    conversation = tab.page.url.removeprefix(url)
    for width in (320, 390, 1280):
        tab.page.set_viewport_size({"width": width, "height": 700})
        tab.open(conversation)
        wait_for_rendering(tab)
        assert not tab.scrolls_sideways(), width
        tab.open("/")
        assert not tab.scrolls_sideways(), width


def test_on_a_phone_the_picker_takes_no_more_room_than_the_models_name(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(viewport={"width": 390, "height": 800}, is_mobile=True).new_page(), url)
    width = "(it) => it.getBoundingClientRect().width"
    tab.open_new(model=script(tokens=5, lang="ko"))
    assert tab.get("model").evaluate(width) == 144
    tab.open_new(model="demo")
    expect(tab.get("model")).to_have_text("demo")
    assert tab.get("model").evaluate(width) < 100


def test_on_a_phone_the_columns_of_a_long_table_scroll_instead_of_narrowing(
    new_context: Callable[..., BrowserContext], url: str
) -> None:
    tab = ChatPage(new_context(viewport={"width": 390, "height": 800}, is_mobile=True).new_page(), url)
    for columns in (4, 7, 12):
        rows = ["| 이름 " * columns + "|", "|--" * columns + "|", *["| 값이 여럿 " * columns + "|"] * 90]
        tab.open(f"/c/{import_long_conversation(tab, 1, answer=chr(10).join(rows))}")
        expect(tab.body.locator("table")).to_have_count(3)
        cells = tab.body.locator("td").evaluate_all("(all) => all.map((one) => one.offsetWidth)")
        assert min(cells) >= 90, columns
        assert not tab.scrolls_sideways()


def test_on_a_phone_a_scrollable_formula_has_shaded_edges(new_context: Callable[..., BrowserContext], url: str) -> None:
    tab = ChatPage(new_context(viewport={"width": 390, "height": 800}, is_mobile=True).new_page(), url)
    formula = "$$ " + " + ".join(f"x_{n}" for n in range(30)) + " $$"
    tab.open(f"/c/{import_long_conversation(tab, 1, answer=formula)}")
    display = tab.body.locator(".math--display")
    expect(display).to_have_attribute("tabindex", "0")
    box = display.bounding_box()
    assert box
    edge = {"x": box["x"] + box["width"] - 6, "y": box["y"] + 1, "width": 4, "height": 4}
    shaded = tab.page.screenshot(clip=edge)
    display.evaluate("(it) => { it.scrollLeft = it.scrollWidth }")
    assert tab.page.screenshot(clip=edge) != shaded
    assert not tab.scrolls_sideways()


def test_on_a_phone_the_list_is_a_drawer(new_context: Callable[..., BrowserContext], url: str) -> None:
    context = new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    tab = ChatPage(context.new_page(), url)
    tab.open()
    conversation_id = tab.create(title="on the phone")
    link = tab.item(conversation_id).get_by_role("link")
    expect(link).not_to_be_visible()
    tab.get("menu").tap()
    expect(link).to_be_visible()
    link.tap()
    expect(link).not_to_be_visible()
    expect(tab.page).to_have_title("on the phone")
    tab.get("menu").tap()
    tab.get("more").tap()
    expect(tab.get("menu-settings")).to_be_in_viewport(ratio=1)
    expect(tab.get("menu-shortcuts")).to_be_in_viewport(ratio=1)
