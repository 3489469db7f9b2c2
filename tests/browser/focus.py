"""The focus: where it is, whether it is visible, and where Tab leads."""

from browser.chat_page import ChatPage

MOST_STOPS = 80
#: The focused element by its test id, class or tag; "" if nothing is focused.
FOCUSED_NAME = """() => {
  let { activeElement: element } = document
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  return element === document.body ? "" : element.dataset.testid ?? (element.className || element.localName)
}"""
#: Let the next Tab lead to the first control.
FOCUS_PAGE_START = """() => {
  const { body } = document
  body.tabIndex = -1
  body.focus()
  body.removeAttribute("tabindex")
}"""
#: Record each focused element and whether it looks different without the focus.
WATCH_FOCUS = """() => {
  const LOOKS = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderTopColor", "transform"]
  const look = (element) => {
    const parts = []
    for (let at = element; at && parts.length < 4; at = at.parentElement) {
      const style = getComputedStyle(at)
      parts.push(LOOKS.map((name) => style[name]).join(" "))
    }
    return parts.join(" / ")
  }
  const name = ({ dataset, className, localName }) => dataset.testid ?? (className || localName)
  window.stops = []
  const watch = (root) => {
    root.addEventListener("focusin", ({ target }) => {
      if (target.shadowRoot?.activeElement) return
      window.stops.push({ name: name(target), look: look(target), target })
    })
    root.addEventListener("focusout", ({ target }) => requestAnimationFrame(() => {
      const stop = window.stops.findLast((one) => one.target === target)
      if (stop && root.activeElement !== target) stop.isSeen = stop.look !== look(target)
    }))
  }
  watch(document)
  for (const { shadowRoot } of document.querySelectorAll("*")) if (shadowRoot) watch(shadowRoot)
}"""
#: Elements that look the same with and without the focus.
UNSEEN = "() => window.stops.filter(({ isSeen }) => isSeen === false).map(({ name }) => name)"
STOPS_OUTSIDE = "(place) => window.stops.filter(({ target }) => !target.closest(place)).map(({ name }) => name)"
#: Whether the focused element is covered by another one or outside of the window.
IS_COVERED = """() => {
  let { activeElement: element } = document
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  const { left, top, right, bottom } = element.getBoundingClientRect()
  const [x, y] = [(left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2]
  const there = element.getRootNode().elementFromPoint(x, y)
  return !there || !(element.contains(there) || there.contains(element))
}"""


def focused(tab: ChatPage) -> str:
    return tab.page.evaluate(FOCUSED_NAME)


def press(tab: ChatPage, testid: str, key: str = "Enter") -> None:
    """Focus the last control with this test id, and press a key."""
    tab.get(testid).last.focus()
    tab.page.keyboard.press(key)


def tab_through(tab: ChatPage, most: int = MOST_STOPS) -> list[str]:
    """Press Tab until nothing is focused; return the names of the elements that were.

    Each must be uncovered and look focused.
    """
    tab.page.evaluate(WATCH_FOCUS)
    stops: list[str] = []
    covered = []
    while len(stops) < most:
        tab.page.keyboard.press("Tab")
        name = focused(tab)
        if not name:
            break
        stops.append(name)
        if tab.page.evaluate(IS_COVERED):
            covered.append(name)
    assert covered == [], covered
    assert tab.page.evaluate(UNSEEN) == []
    return stops
