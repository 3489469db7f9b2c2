import { equal, ok, test } from "../harness.js"
import { PiecewiseRendering } from "../piecewise_rendering.js"

const context = { t: (key) => key, clipboard: null, announce: () => {} }

function rendering() {
  const element = document.createElement("div")
  return { element, one: new PiecewiseRendering({ element, context, docId: "id" }) }
}

/** The DOM after streaming a text so far. */
function growing(text) {
  const { element, one } = rendering()
  for (const character of text) {
    one.push(character)
    one.flush()
  }
  return element
}

function finished(pieces) {
  const { element, one } = rendering()
  for (const piece of pieces) {
    one.push(piece)
    if (pieces.length > 1) one.flush()
  }
  one.finish()
  return element
}

const TEXTS = [
  "CO$_2$ at 10$^\\circ$C, x $\\approx$5, $\\frac{1}{2}$ and \\$5, set $HOME to *your* home.",
  "\\(ABC\\) and \\(see below\\), \\[1\\], \\[2, 3\\] and \\[x\\].",
  "| a | b |\n|---|---|\n| one<br>two | H<sub>2</sub>O<br/> |\n| <kbd>Ctrl</kbd> | <u>**x** y</u> |\n\n<br class=a> <sub>2",
  "> | a | b |\n> |---|---|\n> | 1 | 2 |\n>\n> *stray\n>\n> words\n\nend",
  "a[^1] b[^2]\n\n[^1]: https://example.com\n[^2]: word\n\nend[^1]",
  "- a[^1]\n\n  [^1]: note\n\n> [^1]: other\n\n[^1]:\n[^]: x\n",
  '[Rust](https://example.com/Rust_(lang)) [a](https://example.com "(") (b)\n\n* * *\n***\n$$\na\n\n- b\n$$\n*c*',
]

test("formulas, bare tags, quotes and notes cut at any position end as rendered at once", () => {
  for (const text of TEXTS) {
    const whole = finished([text])
    for (const pieces of [[...text], ...Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)])]) {
      ok(finished(pieces).isEqualNode(whole), JSON.stringify(pieces))
    }
  }
})

test("footnotes are visible during streaming, even if they look like a link definition", () => {
  equal(growing("a[^1]\n\n[^1]: https://example.com").textContent, "a[1][1]: https://example.com")
  equal(growing("[^1]: First.\n[^2]: Second.\nand more\n\nend").querySelectorAll("p").length, 3)
  equal(growing("a\n[^1]: First.").querySelectorAll("p").length, 2)
})

test("bare tags become elements as soon as they have content", () => {
  equal(growing("H<sub>2").querySelector("sub").textContent, "2")
  equal(growing("| a |\n|---|\n| one<br>t").querySelectorAll("td br").length, 1)
})
