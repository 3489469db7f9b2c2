"""Make the README's pictures, in real Chromium against a real server on the demo: `python scripts/pictures.py`."""

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
QUESTION = "Streamlit에서 답변이 왜 끊기나요? 표로 정리해서 길게 설명해 주세요."
START_SECONDS = 30


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Serve the demo on a free port, with an instance folder that goes away again."""
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
    """Picture two tabs of one session, in the light and in the dark, while an answer is being written."""
    session = browser.new_context(viewport={"width": 900, "height": 720}, locale="ko-KR")
    first = session.new_page()
    first.goto(url)
    first.get_by_test_id("composer").fill(QUESTION)
    first.keyboard.press("Enter")
    first.wait_for_url("**/c/*")
    second = session.new_page()
    second.emulate_media(color_scheme="dark")
    second.goto(first.url)
    expect(second.get_by_test_id("body").last).to_have_text(re.compile(r".{420}", re.DOTALL), timeout=60_000)
    shots = [base64.b64encode(page.screenshot()).decode() for page in (first, second)]
    sheet = browser.new_page(viewport={"width": 1848, "height": 768})
    sheet.set_content(
        "<style>body{margin:0;padding:24px;display:flex;gap:24px;background:#d8d4cc}"
        "img{width:888px;border-radius:12px;box-shadow:0 2px 14px rgb(0 0 0/.25)}</style>"
        + "".join(f'<img src="data:image/png;base64,{shot}">' for shot in shots)
    )
    sheet.screenshot(path=PICTURES / "two-tabs.png")


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is needed: apt-get install chromium fonts-noto-cjk")
    PICTURES.mkdir(parents=True, exist_ok=True)
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    with server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        two_tabs(browser, url)
        browser.close()


if __name__ == "__main__":
    main()
