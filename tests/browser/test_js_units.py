"""The page's modules, tested by the modules of tests/js inside a real Chromium."""

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
TESTS = sorted((ROOT / "tests" / "js").glob("*.test.js"))
NAME = re.compile(r'^test\("(.+?)", ', re.MULTILINE)
CASES = [(file.name, name) for file in TESTS for name in NAME.findall(file.read_text())]
RUN = "async ([file]) => { await import(file); return (await import('/tests/js/harness.js')).run() }"

pytestmark = pytest.mark.browser


class Handler(SimpleHTTPRequestHandler):
    """The repository's files, and one empty page to import them into."""

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        body = b"<!doctype html><link rel=icon href=data:,><title>tests</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
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


@pytest.fixture(scope="module")
def results(chromium: Browser, files: str) -> dict[tuple[str, str], str | None]:
    """The error of each test of each module, None where all is well."""
    return {key: error for file in TESTS for key, error in run(chromium, files, file.name)}


def run(chromium: Browser, files: str, name: str) -> list[tuple[tuple[str, str], str | None]]:
    page: Page = chromium.new_page()
    try:
        page.goto(files)
        found = page.evaluate(RUN, [f"/tests/js/{name}"])
    finally:
        page.close()
    return [((name, result["name"]), result["error"]) for result in found]


@pytest.mark.parametrize(("file", "name"), CASES)
def test_js(file: str, name: str, results: dict[tuple[str, str], str | None]) -> None:
    assert results[file, name] is None, results[file, name]


def test_every_test_of_every_module_was_counted(results: dict[tuple[str, str], str | None]) -> None:
    assert set(results) == set(CASES)
