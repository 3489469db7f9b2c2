"""Create the README's pictures with Chromium and a server with the demo: `make pictures`."""

import base64
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
QUESTION = "차근차근 생각해서 근의 공식을 유도해 줘"
PHONES = (
    ("light", "태양계 행성을 표로 비교해 줘"),
    ("dark", "소수를 차례로 만드는 파이썬 제너레이터를 작성해 줘"),
)
START_SECONDS = 30


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Serve the demo on a free port, with a temporary instance folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        settings = {"HOST": "127.0.0.1", "PORT": str(port), "CHATAPP_INSTANCE": folder}
        process = subprocess.Popen([sys.executable, "-m", "chatapp"], cwd=ROOT, env={**os.environ, **settings})
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/readyz")
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(url):
            return
        if time.monotonic() > deadline:
            sys.exit("The server did not start.")
        time.sleep(0.1)


def two_tabs(browser: Browser, url: str) -> None:
    """Take a picture of two tabs of one session, in light and dark, during an answer."""
    session = browser.new_context(viewport={"width": 900, "height": 720}, locale="ko-KR")
    first = session.new_page()
    first.goto(url)
    first.get_by_test_id("composer").fill(QUESTION)
    first.keyboard.press("Enter")
    first.wait_for_url("**/c/*")
    second = session.new_page()
    second.emulate_media(color_scheme="dark")
    second.goto(first.url)
    expect(second.get_by_test_id("body").last).to_have_text(re.compile(r".{300}", re.DOTALL), timeout=60_000)
    sheet(browser, "two-tabs", [first.screenshot(), second.screenshot()], width=888)


def phones(browser: Browser, url: str) -> None:
    """Take a picture of finished answers on a phone, in light and dark."""
    shots = []
    for theme, question in PHONES:
        session = browser.new_context(
            viewport={"width": 390, "height": 780},
            device_scale_factor=2,
            locale="ko-KR",
            has_touch=True,
            is_mobile=True,
        )
        page = session.new_page()
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a word of the table above
        page.goto(url)
        page.get_by_test_id("composer").fill(question)
        page.get_by_test_id("send").click()
        expect(page.locator("[data-testid=body][aria-busy=false]")).to_have_count(1, timeout=60_000)
        page.get_by_test_id("message").last.evaluate("answer => answer.scrollIntoView()")
        shots.append(page.screenshot())
    sheet(browser, "phones", shots, width=390)


def sheet(browser: Browser, name: str, shots: list[bytes], *, width: int) -> None:
    """Combine screenshots side by side into one picture."""
    page = browser.new_page(viewport={"width": len(shots) * (width + 24) + 24, "height": 400})
    page.set_content(
        "<style>body{margin:0;padding:24px;display:flex;align-items:flex-start;gap:24px;background:#d8d4cc}"
        f"img{{width:{width}px;border-radius:12px;box-shadow:0 2px 14px rgb(0 0 0/.25)}}</style>"
        + "".join(f'<img src="data:image/png;base64,{base64.b64encode(shot).decode()}">' for shot in shots)
    )
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is needed: apt-get install chromium fonts-noto-cjk")
    PICTURES.mkdir(parents=True, exist_ok=True)
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    with server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        two_tabs(browser, url)
        phones(browser, url)
        browser.close()


if __name__ == "__main__":
    main()
