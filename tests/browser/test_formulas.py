"""Formulas of answers, under the application's policies."""

import pytest
from playwright.sync_api import Page, expect

from browser.lab import clipboard, scrolls_sideways, size

pytestmark = pytest.mark.browser

FORMULA = """async ([tex, display]) => {
    const element = document.createElement(display ? "div" : "span")
    element.className = display ? "math math--display" : "math"
    element.textContent = tex
    lab.place.append("앞 ", element, " 뒤")
    await lab.renderMath(element, { tex, display, name: lab.context.t("formula") })
}"""


def test_a_formula_is_typeset_and_read_out_as_mathml(lab: Page) -> None:
    lab.evaluate(FORMULA, [r"\text{속도} = \frac{d}{t} \quad \boxed{x} \fcolorbox{red}{blue}{y} \pmb{z}", True])
    expect(lab.locator("#lab math mfrac")).to_have_count(1)
    expect(lab.locator("#lab .katex-html")).to_have_attribute("aria-hidden", "true")
    expect(lab.locator("#lab .katex-mathml")).to_have_css("position", "absolute")
    lab.evaluate(FORMULA, [r"\ce{2H2 + O2 -> 2H2O}", False])
    expect(lab.locator("#lab math")).to_have_count(2)


def test_an_invalid_or_hostile_formula_is_shown_as_its_source(lab: Page) -> None:
    hostile = [
        r"\frac{1",
        r"\def\a{\a\a}\a",
        r"\href{javascript:alert(1)}{x} \includegraphics{https://example.com/x.png}",
        "x" * 6000,
    ]
    for tex in hostile:
        lab.evaluate(FORMULA, [tex, False])
        last = lab.locator("#lab .math").last
        assert last.locator("a, img").count() == 0
    for at in (0, 1, 3):
        expect(lab.locator("#lab .math").nth(at)).to_have_text(hostile[at])
        assert lab.locator("#lab .math").nth(at).get_attribute("title")


def test_a_formula_larger_than_the_page_is_clipped(lab: Page) -> None:
    lab.evaluate(FORMULA, [r"\rule{9999em}{9999em}", True])
    assert size(lab.locator("#lab .math"))["height"] < 600
    assert not scrolls_sideways(lab)


def test_a_long_formula_scrolls_within_itself(lab: Page) -> None:
    lab.set_viewport_size({"width": 320, "height": 640})
    lab.evaluate(FORMULA, [" + ".join(f"x_{{{n}}}" for n in range(60)), True])
    expect(lab.get_by_role("group", name="Formula")).to_have_attribute("tabindex", "0")
    assert not scrolls_sideways(lab)


def test_a_formula_is_copied_as_tex(lab: Page) -> None:
    lab.evaluate(FORMULA, [r"E = mc^2", False])
    lab.evaluate("() => getSelection().selectAllChildren(lab.place)")
    lab.keyboard.press("Control+C")
    assert clipboard(lab) == "앞 $E = mc^2$ 뒤"
