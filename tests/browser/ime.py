"""A Korean input method as the page meets it: the events of both browsers' orders, through Chromium's own tools."""

from typing import Any

from playwright.sync_api import Page

COMPOSING = 229
ENTER = 13
ORDERS = ("chrome", "safari")


class Ime:
    """Composes Hangul in whatever has the focus."""

    def __init__(self, page: Page) -> None:
        self._send: Any = page.context.new_cdp_session(page).send

    def compose(self, *steps: str) -> None:
        """Let a syllable become what each step says, and leave it open: ㄱ, 그, 글."""
        for step in steps:
            self._send(
                "Input.imeSetComposition", {"text": step, "selectionStart": len(step), "selectionEnd": len(step)}
            )

    def commit(self, syllable: str) -> None:
        """Take the open syllable into the text."""
        self._send("Input.insertText", {"text": syllable})

    def word(self, *syllables: str) -> None:
        """Compose and take one syllable after the other."""
        for syllable in syllables:
            self.compose(syllable)
            self.commit(syllable)

    def end_by_enter(self, syllable: str, order: str) -> None:
        """End the open syllable by an Enter that the input method keeps, as Japanese ones do."""
        if order == "chrome":
            self._key(COMPOSING)
            self.commit(syllable)
        else:
            self.commit(syllable)
            self._key(COMPOSING)

    def enter(self, syllable: str, order: str) -> None:
        """
        Press Enter once in the middle of a syllable, as Korean input methods do it: they end it and pass the key on.
        Chrome tells of the key a second time; Safari breaks the line without another word.
        """
        self.end_by_enter(syllable, order)
        if order == "chrome":
            self._key(ENTER)
        self._send("Input.dispatchKeyEvent", {"type": "char", "key": "Enter", "text": "\r"})
        self._key(ENTER, "keyUp")

    def _key(self, code: int, kind: str = "rawKeyDown") -> None:
        key = {"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": code}
        self._send("Input.dispatchKeyEvent", key)
