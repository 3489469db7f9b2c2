"""A pseudo-language that reveals untranslated text: each text of the catalogues and of Intl is put in ⟦ ⟧."""

import io
import shutil
from pathlib import Path

from babel.messages.pofile import write_po
from playwright.sync_api import Page

from chatapp.web import i18n
from support.paths import ROOT

#: Parts of the product that the copy links to.
SHARED = ("static", "templates", "migrations", "wsgi.py", "gunicorn.conf.py")

MARK_INTL = """() => {
  const marked = (text) => `⟦${text}⟧`
  for (const Kind of [Intl.DateTimeFormat, Intl.NumberFormat]) {
    const { get } = Object.getOwnPropertyDescriptor(Kind.prototype, "format")
    Object.defineProperty(Kind.prototype, "format", {
      get() { const format = get.call(this); return (...values) => marked(format(...values)) },
    })
  }
  for (const Kind of [Intl.RelativeTimeFormat, Intl.ListFormat]) {
    const { format } = Kind.prototype
    Kind.prototype.format = function (...values) { return marked(format.apply(this, values)) }
  }
}"""

#: Visible or accessible text that is neither marked nor written by a person, a model or a machine. In these tests
#: people and models write Greek, so Latin and Korean letters are the product's.
UNMARKED = r"""() => {
  const INNERMOST = /⟦[^⟦⟧]*⟧/gu
  const OURS = /[\p{Script=Latin}\p{Script=Hangul}]/u
  const NAMES = ["aria-label", "aria-description", "aria-valuetext", "title", "placeholder", "alt"]
  // Keys, code and commands; answers; values of fields; text that is marked as another language.
  const NOT_OURS = "kbd, code, output, textarea, .body, [lang]:not(html), script, style, noscript"
  const MODELS = /script\?[^\s⟧]+|\bdemo(-\w+)?\b/gu
  const MACHINES = /\bchatapp\b|python -m .*|https?:\/\/\S+|\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/gu
  const KEYS = /\((Ctrl|Shift|Alt|Esc|Enter|\S| )+\)/gu
  const left = (text) => {
    let rest = text.replace(MODELS, "").replace(MACHINES, "").replace(KEYS, "")
    for (let before = ""; before !== rest;) [before, rest] = [rest, rest.replace(INNERMOST, "")]
    return OURS.test(rest)
  }
  const visible = (element) => element.checkVisibility({ visibilityProperty: true })
  const found = left(document.title) ? [`title: ${document.title}`] : []
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const { parentElement: parent } = node
    if (left(node.data) && !parent.closest(NOT_OURS) && (visible(parent) || parent.closest("option"))) {
      found.push(`${parent.tagName.toLowerCase()}.${parent.className}: ${node.data.trim()}`)
    }
  }
  for (const element of document.body.querySelectorAll(NAMES.map((name) => `[${name}]`).join())) {
    for (const name of NAMES) {
      const text = element.getAttribute(name) ?? ""
      if (left(text) && visible(element)) found.push(`${element.tagName.toLowerCase()}[${name}]: ${text}`)
    }
  }
  return [...new Set(found)]
}"""


def copy_product(folder: Path) -> Path:
    """Copy the product with a marked English catalogue; return the copy's folder."""
    root = folder / "product"
    root.mkdir()
    shutil.copytree(ROOT / "chatapp", root / "chatapp")
    for name in SHARED:
        (root / name).symlink_to(ROOT / name)
    (root / "chatapp" / "translations" / "en" / "LC_MESSAGES" / "messages.po").write_bytes(_marked())
    return root


def _marked() -> bytes:
    catalogue = i18n.read("en")
    for message in list(catalogue)[1:]:
        if isinstance(message.string, str):
            message.string = f"⟦{message.string or message.id}⟧"
        else:
            message.string = tuple(f"⟦{form}⟧" for form in message.string)
    file = io.BytesIO()
    write_po(file, catalogue)
    return file.getvalue()


def unmarked(page: Page) -> list[str]:
    """Return the texts of the page that come from no catalogue."""
    return page.evaluate(UNMARKED)
