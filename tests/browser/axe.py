"""axe-core, which finds much of what keeps people out. It is carried for the tests alone (vendor/)."""

import hashlib
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

FOLDER = Path(__file__).parent / "vendor" / "axe-core-4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Rules of best-practice that do not fit, each with its reason.
EXCEPTIONS = {
    # What a model calls a heading is its own: some begin with the third level, some leave one out.
    "heading-order": ".body",
    # A menu stands over the page beside its button; it is no part of it that one would look for among the landmarks.
    "region": ".menu",
}

RUN = """async ([tags, exceptions]) => {
  const { violations } = await axe.run(document, { runOnly: tags, iframes: false, resultTypes: ["violations"] })
  const excepted = (id, [target]) => exceptions[id] && document.querySelector(target)?.closest(exceptions[id])
  return violations.flatMap(({ id, nodes }) => nodes
    .filter(({ target }) => !excepted(id, target))
    .map(({ target, failureSummary }) => `${id}: ${target.join(" ")} (${failureSummary.replace(/\\s+/g, " ")})`))
}"""


def source() -> str:
    """Return the script, as it was published."""
    script = (FOLDER / "axe.min.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == SHA256
    return script.decode()


def violations(page: Page) -> list[str]:
    """Return what breaks a rule on the page as it stands, by light and in the dark."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(source())
    found: list[Any] = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {one}" for one in page.evaluate(RUN, [TAGS, EXCEPTIONS])]
    return found
