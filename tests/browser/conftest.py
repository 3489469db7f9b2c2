"""Fixtures for tests in a real Chromium; an error that a test did not expect fails it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from browser.chat_page import ChatPage
from browser.cut_tab import CutTab
from browser.gate import Gate
from browser.lab import open_lab
from browser.probe import CANARY, Probe, create_probe
from browser.settings_dialog import FAST, show
from support.processes import Server, Upstream

TIMEOUT_MS = 15_000
#: Of `guarded_server`.
PASSWORD = "correct horse battery"
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
  console.error(`CSP violation: ${violatedDirective} ${blockedURI} at ${sourceFile}:${lineNumber}`))
"""


#: The browser's warning where a test blocks service workers.
SERVICE_WORKER_BLOCKED = "Service Worker registration blocked by Playwright"


#: The browser's errors for a server that is gone, or was killed while it sent a file.
SERVER_LOST = (
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_CONNECTION_CLOSED",
    "ERR_EMPTY_RESPONSE",
    "ERR_CONTENT_LENGTH_MISMATCH",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "WebSocket connection to",
)


@dataclass
class Watch:
    """Errors of the pages of one test, and the origins of their requests."""

    origins: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, *parts: str) -> None:
        """Tolerate errors that contain one of these texts."""
        self.expected.extend(parts)

    def unexpected(self) -> list[str]:
        return [one for one in self.errors if not any(part in one for part in self.expected)]

    def follow(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error.stack or error}"))
        page.on("request", lambda request: self._on_url(request.url))
        page.on("websocket", lambda socket: self._on_url(socket.url))

    def _on_console(self, message: Any) -> None:
        if message.type in {"error", "warning"} and SERVICE_WORKER_BLOCKED not in message.text:
            self.errors.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _on_url(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"}:
            self.origins.add(parts.netloc)


#: In order of preference. The first is the same engine without windows and bars, at a quarter of the CPU per page.
SHELLS = ("chromium-headless-shell", "chromium", "google-chrome")
BROWSERS = ("chromium", "google-chrome")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for all tests."""
    yield from launch(playwright, SHELLS)


@pytest.fixture
def full_chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser with windows and bars, as people use it."""
    yield from launch(playwright, BROWSERS)


def launch(playwright: Playwright, names: tuple[str, ...], *, without: tuple[str, ...] = ()) -> Iterator[Browser]:
    """Launch the first of these browsers that is installed, without some of Playwright's arguments."""
    path = next(filter(None, map(shutil.which, names)), None)
    if not path and os.environ.get("CI") == "true":
        pytest.fail("No Chromium in CI: apt-get install chromium")
    if not path:
        pytest.skip("No Chromium: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--process-per-site"]
    browser = playwright.chromium.launch(executable_path=path, args=arguments, ignore_default_args=list(without))
    yield browser
    browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Record the errors of the test's pages; fail at the end if one was not expected."""
    watch = Watch()
    yield watch
    assert watch.unexpected() == []
    assert len(watch.origins) <= 1, f"requests left the origin: {watch.origins}"


#: Service workers are blocked except where they are tested: caching the page is a third of a test's work.
USUAL = {"locale": "en-US", "reduced_motion": "reduce", "service_workers": "block"}


def prepare(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(TIMEOUT_MS)
    context.add_init_script(REPORT_VIOLATIONS)
    return context


@pytest.fixture
def new_context(chromium: Browser, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """Create browser contexts, each a browser of its own, and watch them."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = prepare(chromium.new_context(**USUAL | options))
        context.on("page", watch.follow)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture(scope="session")
def warm_context(chromium: Browser, server: Server) -> Iterator[BrowserContext]:
    """The context of most tests, with a page that stays: its process and its caches serve the next test's page.

    Opening the page takes 0.3 s of CPU instead of 0.4 s.
    """
    context = prepare(chromium.new_context(**USUAL))
    context.new_page().goto(f"http://127.0.0.1:{server.port}/healthz")
    yield context
    context.close()


@pytest.fixture
def context(warm_context: BrowserContext, watch: Watch) -> Iterator[BrowserContext]:
    """A browser without cookies and stored data. Tests that change it beyond these use `new_context`."""
    warm_context.on("page", watch.follow)
    yield warm_context
    warm_context.remove_listener("page", watch.follow)
    clear(warm_context, watch.origins)


def clear(context: BrowserContext, origins: set[str]) -> None:
    """Close all pages but the first, and remove cookies, permissions and what these origins have stored."""
    staying, *pages = context.pages
    for page in pages:
        page.close()
    context.clear_cookies()
    context.clear_permissions()
    devtools = context.new_cdp_session(staying)
    for origin in origins:
        devtools.send("Storage.clearDataForOrigin", {"origin": f"http://{origin}", "storageTypes": "all"})
    devtools.detach()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def guarded_server(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a password that tests share."""
    running = Server(tmp_path_factory.mktemp("guarded"), upstream.url, CHATAPP_PASSWORD=PASSWORD).start()
    yield running
    running.close()


@pytest.fixture
def gate(server: Server) -> Iterator[Gate]:
    gate = Gate(server.port)
    yield gate
    gate.close()


@pytest.fixture
def tab(page: Page, url: str) -> ChatPage:
    return ChatPage(page, url)


@pytest.fixture
def second_tab(context: BrowserContext, tab: ChatPage, url: str) -> ChatPage:
    """Another tab of the same browser."""
    return ChatPage(context.new_page(), url)


@pytest.fixture
def cut_tab(new_context: Callable[..., BrowserContext], gate: Gate, server: Server, watch: Watch) -> Iterator[CutTab]:
    """A tab behind the gate, in a browser that allows service workers."""
    watch.expect("WebSocket connection to", "net::ERR_", "error occurred when fetching the script")
    yield CutTab(new_context(service_workers="allow").new_page(), gate, server)
    gate.mend()


@pytest.fixture
def korean(new_context: Callable[..., BrowserContext], url: str) -> ChatPage:
    """A tab of a Korean browser."""
    return ChatPage(new_context(locale="ko-KR").new_page(), url)


@pytest.fixture
def settings(tab: ChatPage) -> Callable[..., ChatPage]:
    """Open a tab and a sheet of its settings."""

    def open_at(sheet: str = "conversation", **fields: Any) -> ChatPage:
        if fields:
            tab.open_new(model=FAST, **fields)
        else:
            tab.open()
        show(tab, sheet)
        return tab

    return open_at


@pytest.fixture
def lab(page: Page, url: str, watch: Watch) -> Page:
    """A page to test one module of the application on its own; see lab.py."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    watch.expect("404 (NOT FOUND)")
    return open_lab(page, url)


@pytest.fixture
def probe(tab: ChatPage) -> Probe:
    """The probe in an open, idle page."""
    tab.page.add_init_script(CANARY)
    tab.open()
    return create_probe(tab)
