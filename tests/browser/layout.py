"""Layout checks: content that is cut off or out of reach, and targets that are too small."""

from playwright.sync_api import Page

#: The text spacing of WCAG 1.4.12, which must not cut anything off.
TEXT_SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-block-end: 2em !important; }"""
#: The page's policy forbids style elements, not constructed style sheets.
SET_STYLE_SHEET = """(css) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  document.adoptedStyleSheets = css ? [sheet] : []
  dispatchEvent(new Event("resize")) // Menus and other anchored elements are placed again.
}"""

#: Exempt is what scrolls or is cut off on purpose: code, tables, formulas and diagrams; the line of figures, which the
#: details repeat; titles, which `title` repeats; text for screen readers only.
CUT_OFF = """() => {
  const OWN_SCROLLERS = ".code__scroller, .table, .math--display, .diagram__place, pre, .settings__tabs"
  const CUT_ON_PURPOSE = `${OWN_SCROLLERS}, .under__figures, .under__word, .code__language, svg, [title]`
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  const name = (element) => `${element.tagName.toLowerCase()}.${element.className}`
  const found = []
  const { clientWidth, scrollWidth } = document.documentElement
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide in ${clientWidth}`)
  for (const element of document.body.querySelectorAll("*")) {
    if (!shown(element) || element.closest(`${OWN_SCROLLERS}, .hidden, .skip, [inert], svg, iframe`)) continue
    const { left, right, width } = element.getBoundingClientRect()
    const isBeyond = width > 0 && (right > clientWidth + 1 || left < -1)
    if (isBeyond) found.push(`${name(element)} reaches from ${left} to ${right}`)
    if (element.closest(CUT_ON_PURPOSE) || element.matches("input, select")) continue
    const { overflowX, overflowY, webkitLineClamp } = getComputedStyle(element)
    const cuts = (overflow) => overflow === "hidden" || overflow === "clip"
    if (webkitLineClamp !== "none") continue
    const [wider, higher] = [element.scrollWidth - element.clientWidth, element.scrollHeight - element.clientHeight]
    if (cuts(overflowX) && wider > 1) found.push(`${name(element)} is cut in its width`)
    if (cuts(overflowY) && higher > 2) found.push(`${name(element)} is cut in its height`)
  }
  return found
}"""

#: Controls smaller than `least`, as {name: [width, height]}. Links within sentences are exempt.
SMALL = """([least, all]) => {
  const CONTROLS = "button, a[href], select, summary, input, textarea, [role=tab], [role^=menuitem], [role=option]"
  const found = {}
  for (const element of document.body.querySelectorAll(CONTROLS)) {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    if (element.closest("[inert], .hidden, .skip") || element.disabled) continue
    if (element.matches(".body a, p a")) continue
    if (!all && element.matches(".under__caret")) continue
    const { width, height } = (element.closest("label") ?? element).getBoundingClientRect()
    if (width > 0 && (width < least - 0.5 || height < least - 0.5)) {
      found[`${element.tagName.toLowerCase()}.${element.className}`] = [Math.round(width), Math.round(height)]
    }
  }
  return found
}"""


def set_text_spacing(page: Page, css: str = TEXT_SPACING) -> None:
    """Apply the text spacing, or another style sheet; an empty one resets it."""
    page.evaluate(SET_STYLE_SHEET, css)


def cut_off(page: Page) -> list[str]:
    """Return the elements that reach beyond the window or have content that cannot be scrolled to."""
    return page.evaluate(CUT_OFF)


def too_small(page: Page, least: int, *, beside_others: bool = True) -> dict[str, list[int]]:
    """Return the controls smaller than `least` pixels, optionally without those beside a larger one for the same."""
    return page.evaluate(SMALL, [least, beside_others])
