"""A Korean input method in a real Firefox."""

from browser.firefox_tab import FirefoxTab

#: Prepares the functions below, which run in the window of the browser itself.
INPUT_METHOD = """
  const tip = window.inputMethod ??= Cc["@mozilla.org/text-input-processor;1"].createInstance(Ci.nsITextInputProcessor)
  if (!tip.beginInputTransactionForTests(window)) throw new Error("another input method composes")
  const process = (code) => new KeyboardEvent("", { key: "Process", code, keyCode: 229 })
"""
COMPOSE = f"""(steps) => {{ {INPUT_METHOD}
  for (const step of steps) {{
    tip.setPendingCompositionString(step)
    tip.appendClauseToPendingComposition(step.length, tip.ATTR_RAW_CLAUSE)
    tip.setCaretInPendingComposition(step.length)
    tip.flushPendingComposition(process("KeyR"))
  }}
}}"""
COMMIT = f"(code) => {{ {INPUT_METHOD} tip.commitComposition(process(code)) }}"


#: Counts the keys that an input method consumed; its composition has changed before the key is up.
COUNT = """() => {
  window.consumed = 0
  addEventListener("keyup", ({ keyCode }) => { if (keyCode === 229) window.consumed += 1 }, { capture: true })
}"""


class FirefoxIme:
    """Composes Hangul in the focused element, by Firefox's text input processor, as real input methods do."""

    def __init__(self, tab: FirefoxTab) -> None:
        self._tab, self._consumed = tab, 0
        tab.call(COUNT)

    def compose(self, *steps: str) -> None:
        """Compose a syllable step by step, as ㄱ, 그, 글, and leave it open."""
        self._run(COMPOSE, list(steps), keys=len(steps))

    def commit(self, code: str = "KeyR") -> None:
        """End the composition by a key that the input method consumes."""
        self._run(COMMIT, code, keys=1)

    def _run(self, function: str, given: object, *, keys: int) -> None:
        """Have the browser dispatch the keys, and wait until the page has received them."""
        self._tab.firefox.in_chrome(function, given)
        self._consumed += keys
        self._tab.wait_for("(count) => window.consumed === count", self._consumed)
