"""The page's own renderer, as tests feed it hostile texts and look at what becomes of them."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ElementHandle, JSHandle, Page, Request

from browser.chat_page import ChatPage
from browser.hostile import FOLDER

#: Whatever would tell that something ran, but for requests.
CANARY = """
for (const name of ["alert", "confirm", "prompt", "print", "open", "msgbox"])
  globalThis[name] = () => { console.error(`a text called ${name}`) }
"""
TIMEOUT_MS = 60_000
FILE = r"(?:[\w+-][\w.+-]*/)*[\w+-][\w.+-]*"
#: What rendering may fetch, the page's own files and those of the page for diagrams, and what the page asks anew after
#: it was held up for a while.
FETCHED = re.compile(
    rf"/static/[0-9a-f]+/(?:js|joined|css|vendor)/{FILE}\.(?:m?js|css|woff2)|/diagram(?:/{FILE})?"
    r"|/api/(?:conversations|models|presets|settings)"
)


class Probe:
    """The page's own renderer, in the page as it is served, and all that the page asks for meanwhile."""

    def __init__(self, page: Page, handle: JSHandle) -> None:
        self.page, self._handle = page, handle
        self._requests: list[Request] = []
        self._opened: list[str] = []
        page.on("request", lambda request: self._requests.append(request))
        page.on("popup", lambda popup: self._opened.append(f"a window: {popup.url}"))
        page.on("download", lambda download: self._opened.append(f"a download: {download.url}"))

    @property
    def leaks(self) -> list[str]:
        """What left the page, or was to open beside it, and should not; what its policy refused has not left."""
        return [*self._opened, *(f"{one.method} {one.url}" for one in self._requests if self._is_leak(one))]

    @staticmethod
    def _is_leak(request: Request) -> bool:
        parts = urlsplit(request.url)
        expected = request.method == "GET" and FETCHED.fullmatch(parts.path) and not parts.query
        return not expected and parts.scheme != "data" and request.failure != "csp"

    def run(self, jobs: list[list[str]], together: int = 128) -> tuple[float, int]:
        """Render texts, each given as the pieces in which it comes; return the slowest's time in ms, and its number."""
        found = self._handle.evaluate(with_timeout("probe.run(...given)"), [[jobs, together], TIMEOUT_MS])
        assert [(what, jobs[n]) for n, what in found["problems"]] == []
        assert self.leaks == []
        took, n = found["slowest"]
        return took, n

    def stream(self, texts: list[str]) -> list[tuple[int, str]]:
        """Let texts stream in together for a few frames, then end; return what must not be there, and in which."""
        return [
            (n, what) for n, what in self._handle.evaluate(with_timeout("probe.stream(given)"), [texts, TIMEOUT_MS])
        ]

    def render(self, text: str) -> dict[str, Any]:
        """Render a text; return its words, and the addresses of its pictures."""
        return dict(self._handle.evaluate("(probe, text) => probe.shown(text)", text))

    def problems_in(self, element: ElementHandle | None) -> list[str]:
        """Return what must not be in an element of the page."""
        return list(self._handle.evaluate("(probe, element) => probe.look(element)", element))

    def languages(self, words: list[str]) -> list[str]:
        """Return the words behind a fence that would choose something else than a grammar."""
        return list(self._handle.evaluate("(probe, words) => probe.languages(words)", words))


def with_timeout(call: str) -> str:
    """Return a function of the probe and what it is `given`, which fails where that takes too long."""
    return f"""(probe, [given, patience]) => Promise.race([
      {call}, new Promise((_, reject) => {{ setTimeout(() => reject(new Error("it takes too long")), patience) }}),
    ])"""


def create_probe(tab: ChatPage) -> Probe:
    app = tab.page.locator("script[type=module]").get_attribute("src")
    return Probe(tab.page, tab.page.evaluate_handle((FOLDER / "probe.js").read_text(), tab.url + str(app)))
