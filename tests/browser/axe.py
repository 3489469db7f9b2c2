"""axe-core, a checker of accessibility rules, vendored for the tests alone (vendor/)."""

import hashlib
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

FOLDER = Path(__file__).parent / "vendor" / "axe-core-4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Best-practice rules that do not apply, each with its reason and the elements that are exempt.
EXCEPTIONS = {
    # Models choose their levels of headings: some begin with the third, some leave one out.
    "heading-order": ".body",
    # A menu is shown beside its button for a moment, and is no landmark.
    "region": ".menu",
}

#: Of these rules, those about colours. The themes differ in nothing else (tests/unit/web/test_colours.py).
ABOUT_COLOURS = ["color-contrast", "link-in-text-block"]
#: The theme, and the rules that are checked in it.
RUNS: list[tuple[Literal["light", "dark"], str, list[str]]] = [("light", "tag", TAGS), ("dark", "rule", ABOUT_COLOURS)]

RUN = """async ([runOnly, exceptions]) => {
  const { violations } = await axe.run(document, { runOnly, iframes: false, resultTypes: ["violations"] })
  const excepted = (id, [target]) => exceptions[id] && document.querySelector(target)?.closest(exceptions[id])
  return violations.flatMap(({ id, nodes }) => nodes
    .filter(({ target }) => !excepted(id, target))
    .map(({ target, failureSummary }) => `${id}: ${target.join(" ")} (${failureSummary.replace(/\\s+/g, " ")})`))
}"""


def source() -> str:
    """Return the published script; its hash is checked."""
    script = (FOLDER / "axe.min.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == SHA256
    return script.decode()


def violations(page: Page) -> list[str]:
    """Return the rules that the page breaks now: all in the light theme, those about colours in the dark one, too."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(source())
    found: list[str] = []
    for theme, kind, values in RUNS:
        page.emulate_media(color_scheme=theme)
        given = [{"type": kind, "values": values}, EXCEPTIONS]
        found += [f"{theme}: {one}" for one in page.evaluate(RUN, given)]
    return found
