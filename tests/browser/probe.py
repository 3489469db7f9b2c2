"""The page's own renderer in the served page, which renders hostile texts and checks the result."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ElementHandle, JSHandle, Page, Request

from browser.chat_page import ChatPage
from browser.hostile import FOLDER

#: Functions that a script in a text would call report an error, which fails the test.
CANARY = """
for (const name of ["alert", "confirm", "prompt", "print", "open", "msgbox"])
  globalThis[name] = () => { console.error(`a text called ${name}`) }
"""
TIMEOUT_MS = 60_000
FILE = r"(?:[\w+-][\w.+-]*/)*[\w+-][\w.+-]*"
#: What the page may fetch meanwhile: its own files, those of the diagram page, and what it loads again after it was
#: blocked for a while.
FETCHED = re.compile(
    rf"/static/[0-9a-f]+/(?:js|joined|css|vendor)/{FILE}\.(?:m?js|css|woff2)|/diagram(?:/{FILE})?"
    r"|/api/(?:conversations|models|presets|settings)"
)


class Probe:
    """Renders texts by tests/data/hostile/probe.js, and records all requests of the page meanwhile."""

    def __init__(self, page: Page, handle: JSHandle) -> None:
        self.page, self._handle = page, handle
        self._requests: list[Request] = []
        self._opened: list[str] = []
        page.on("request", lambda request: self._requests.append(request))
        page.on("popup", lambda popup: self._opened.append(f"a window: {popup.url}"))
        page.on("download", lambda download: self._opened.append(f"a download: {download.url}"))

    @property
    def leaks(self) -> list[str]:
        """Unexpected requests, windows and downloads. A request that the page's policy refused was not sent."""
        return [*self._opened, *(f"{one.method} {one.url}" for one in self._requests if self._is_leak(one))]

    @staticmethod
    def _is_leak(request: Request) -> bool:
        parts = urlsplit(request.url)
        expected = request.method == "GET" and FETCHED.fullmatch(parts.path) and not parts.query
        return not expected and parts.scheme != "data" and request.failure != "csp"

    def run(self, jobs: list[list[str]], together: int = 128) -> None:
        """Render texts, each given as a list of pieces."""
        found = self._handle.evaluate(with_timeout("probe.run(...given)"), [[jobs, together], TIMEOUT_MS])
        problems = [(what, jobs[n]) for n, what in found]
        assert problems == [], problems[:10]
        assert self.leaks == []

    def stream(self, texts: list[str]) -> list[tuple[int, str]]:
        """Stream texts together for a few frames, then end them; return the problems as (index, problem)."""
        found = self._handle.evaluate(with_timeout("probe.stream(given)"), [texts, TIMEOUT_MS])
        assert self.leaks == []
        return [(n, what) for n, what in found]

    def render(self, text: str) -> dict[str, Any]:
        """Render a text; return its `text` and the addresses of its `images`."""
        return dict(self._handle.evaluate("(probe, text) => probe.shown(text)", text))

    def problems_in(self, element: ElementHandle | None) -> list[str]:
        """Return what a text may not have created in an element of the page."""
        return list(self._handle.evaluate("(probe, element) => probe.look(element)", element))

    def languages(self, words: list[str]) -> list[str]:
        """Return the info strings of code fences that would select something else than a known grammar."""
        return list(self._handle.evaluate("(probe, words) => probe.languages(words)", words))


def with_timeout(call: str) -> str:
    """Return a JavaScript function that makes this call with `given`, and fails after a time-out."""
    return f"""(probe, [given, patience]) => Promise.race([
      {call}, new Promise((_, reject) => {{ setTimeout(() => reject(new Error("it takes too long")), patience) }}),
    ])"""


def create_probe(tab: ChatPage) -> Probe:
    app = tab.page.locator("script[type=module]").get_attribute("src")
    return Probe(tab.page, tab.page.evaluate_handle((FOLDER / "probe.js").read_text(), tab.url + str(app)))
