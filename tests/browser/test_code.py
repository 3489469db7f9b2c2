"""Code blocks of answers, under the application's policies."""

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Watch
from browser.lab import clipboard, open_lab, scrolls_sideways

pytestmark = pytest.mark.browser

CODE = """async ([language, code]) => {
    const block = new lab.CodeBlock(lab.context, { language })
    lab.place.append(block.element)
    block.append(code)
    block.finish()
    await block.settled
}"""


def test_a_worker_highlights_code_under_the_pages_policy(lab: Page) -> None:
    lab.evaluate(CODE, ["js", "const a = `글 ${1}`\n/* 설명 */"])
    block = lab.get_by_test_id("code-block")
    expect(block.locator(".code__keyword")).to_have_text("const")
    expect(block.locator(".code__comment")).to_have_text("/* 설명 */")
    assert len(lab.workers) == 1


def test_a_language_is_fetched_when_it_first_occurs(lab: Page) -> None:
    asked: list[str] = []
    lab.context.on("request", lambda request: asked.append(request.url))
    lab.evaluate(CODE, ["rust", "fn a() {}"])
    lab.evaluate(CODE, ["rs", "fn b() {}"])
    languages = [url.rpartition("/")[2] for url in asked if "/languages/" in url]
    assert languages == ["rust.min.js"]


def test_the_copy_button_copies_the_exact_code_and_says_so(lab: Page) -> None:
    code = '\tif a < b:  # "글" 😀\n\n        return \\\n  '
    lab.evaluate(CODE, ["python", code])
    button = lab.get_by_test_id("code-copy")
    button.click()
    expect(button).to_have_text("Copied")
    assert clipboard(lab) == code
    assert lab.evaluate("() => lab.said") == ["copied"]
    expect(button).to_have_text("Copy")


def test_selected_code_has_each_line_break_once(lab: Page) -> None:
    code = "\n".join(f"def a{n}():\n    return 1\n" for n in range(100))
    lab.evaluate(CODE, ["python", code])
    selected = lab.evaluate(
        "() => { getSelection().selectAllChildren(document.querySelector('#lab code')); return String(getSelection()) }"
    )
    assert selected.strip("\n") == code.strip("\n")


def test_long_lines_scroll_within_the_code_or_wrap(lab: Page) -> None:
    lab.set_viewport_size({"width": 320, "height": 640})
    lab.evaluate(CODE, ["", "긴 줄 " * 200])
    scroller = lab.get_by_role("group", name="Code", exact=True)
    expect(scroller).to_have_attribute("tabindex", "0")
    assert not scrolls_sideways(lab)
    lab.get_by_test_id("code-wrap").click()
    expect(lab.get_by_test_id("code-wrap")).to_have_attribute("aria-pressed", "true")
    expect(lab.locator("#lab pre")).not_to_have_attribute("tabindex", "0")
    lab.evaluate("() => lab.place.replaceChildren()")
    lab.evaluate(CODE, ["", "다음 블록"])
    expect(lab.get_by_test_id("code-wrap")).to_have_attribute("aria-pressed", "true")


def test_without_workers_code_is_shown_plainly(page: Page, url: str, watch: Watch) -> None:
    page.add_init_script("delete globalThis.Worker")
    watch.expect("404 (NOT FOUND)")
    open_lab(page, url).evaluate(CODE, ["python", "import os"])
    expect(page.get_by_test_id("code-block").locator("code")).to_have_text("import os")
