"""A Korean input method, simulated over the DevTools protocol with the event orders of Chrome and Safari."""

from typing import Any

from playwright.sync_api import Page

COMPOSING = 229
ENTER = 13
ORDERS = ("chrome", "safari")


class Ime:
    """Composes Hangul in the focused element."""

    def __init__(self, page: Page) -> None:
        self._send: Any = page.context.new_cdp_session(page).send

    def compose(self, *steps: str) -> None:
        """Compose a syllable step by step, as ㄱ, 그, 글, and leave it open."""
        for step in steps:
            self._send(
                "Input.imeSetComposition", {"text": step, "selectionStart": len(step), "selectionEnd": len(step)}
            )

    def commit(self, syllable: str) -> None:
        """End the composition with this syllable."""
        self._send("Input.insertText", {"text": syllable})

    def word(self, *syllables: str) -> None:
        """Compose and commit one syllable after the other."""
        for syllable in syllables:
            self.compose(syllable)
            self.commit(syllable)

    def end_by_enter(self, syllable: str, order: str) -> None:
        """End the composition by an Enter that the input method consumes, as Japanese ones do."""
        if order == "chrome":
            self._key(COMPOSING)
            self.commit(syllable)
        else:
            self.commit(syllable)
            self._key(COMPOSING)

    def enter(self, syllable: str, order: str) -> None:
        """Press Enter once during a composition, as with Korean input methods: they end it and pass the key on.

        Chrome sends a second keydown; Safari inserts the line break without one.
        """
        self.end_by_enter(syllable, order)
        if order == "chrome":
            self._key(ENTER)
        self._send("Input.dispatchKeyEvent", {"type": "char", "key": "Enter", "text": "\r"})
        self._key(ENTER, "keyUp")

    def _key(self, code: int, kind: str = "rawKeyDown") -> None:
        key = {"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": code}
        self._send("Input.dispatchKeyEvent", key)
