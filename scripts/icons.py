"""Render static/icons/ from static/icon.svg in Chromium: `python scripts/icons.py`.

If the system crops the icon itself (Android's maskable icons, the home screen of iOS), the background reaches to the
edges; otherwise it has the round corners of the drawing.
"""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "static"
ROUND_CORNERS = ' rx="9"'

#: Name, side in pixels, whether the background reaches to the edges.
ICONS = (
    ("icon-192.png", 192, False),
    ("icon-512.png", 512, False),
    ("maskable-512.png", 512, True),
    ("apple-touch-icon.png", 180, True),
)


def draw(browser: Browser, svg: str, side: int, path: Path) -> None:
    page = browser.new_page(viewport={"width": side, "height": side})
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: {side}px }}</style>{svg}")
    page.screenshot(path=path, omit_background=True)
    page.close()


def main() -> None:
    svg = (STATIC / "icon.svg").read_text(encoding="utf-8")
    if ROUND_CORNERS not in svg:
        raise SystemExit("static/icon.svg has no round corners of the kind that this script takes away.")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, side, reaches_edges in ICONS:
            shape = svg.replace(ROUND_CORNERS, "") if reaches_edges else svg
            draw(browser, shape, side, STATIC / "icons" / name)
        browser.close()


if __name__ == "__main__":
    main()
