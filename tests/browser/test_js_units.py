"""Run the unit tests of tests/js inside a real Chromium."""

import functools
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from chatapp.web import i18n
from support.paths import ROOT, TESTS

FOLDER = TESTS / "js"
FILES = {str(file.relative_to(FOLDER)): file for file in sorted(FOLDER.rglob("*.test.js"))}
NAME = re.compile(r'^test\("(.+?)", ', re.MULTILINE)
CASES = [(path, name) for path, file in FILES.items() for name in NAME.findall(file.read_text())]
RUN = "async ([file]) => { await import(file); return (await import('/tests/js/harness.js')).run() }"

pytestmark = pytest.mark.browser


class Handler(SimpleHTTPRequestHandler):
    """The repository's files, the page's texts, and one empty page to import them into."""

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer("text/html", b"<!doctype html><link rel=icon href=data:,><title>tests</title>")
        elif self.path.startswith("/texts/"):
            texts = i18n.page_texts_of(i18n.read(Path(self.path).stem))
            self._answer("application/json", json.dumps(texts).encode())
        else:
            super().do_GET()

    def _answer(self, content_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the overridden one)
        """Say nothing: a failure shows in the test."""


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    """A server of the repository's files; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(ROOT)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


Outcomes = Callable[[str], dict[str, str | None]]


@pytest.fixture(scope="module")
def outcomes(chromium: Browser, files: str) -> Outcomes:
    """The error of each test of a module, None where all is well; a module runs when it is first asked for."""
    return functools.cache(lambda name: run(chromium, files, name))


def run(chromium: Browser, files: str, name: str) -> dict[str, str | None]:
    page: Page = chromium.new_page()
    try:
        page.goto(files)
        found = page.evaluate(RUN, [f"/tests/js/{name}"])
    finally:
        page.close()
    return {result["name"]: result["error"] for result in found}


@pytest.mark.timeout(600)  # the first test of a module runs them all
@pytest.mark.parametrize(("file", "name"), CASES)
def test_js(file: str, name: str, outcomes: Outcomes) -> None:
    error = outcomes(file)[name]
    assert error is None, error


def test_every_test_of_every_module_is_collected(outcomes: Outcomes) -> None:
    ran = {(path, name) for path in FILES for name in outcomes(path)}
    assert ran == set(CASES)
