import { equal, ok, test } from "../harness.js"
import { PiecewiseRendering } from "../piecewise_rendering.js"

const context = { t: (key) => key, clipboard: null, announce: () => {} }
const NAMES = ["broken_blocks", "formulas", "nested_fences", "pipes_in_tables", "right_to_left", "unnamed_inner_blocks"]
const read = async (name) => (await fetch(`/tests/cases/markdown/${name}.md`)).text()

function rendering() {
  const element = document.createElement("div")
  return { element, one: new PiecewiseRendering({ element, context, docId: "id" }) }
}

/** The final DOM of a text that came in these pieces; a single piece is rendered at once. */
async function shown(pieces) {
  const { element, one } = rendering()
  for (const piece of pieces) {
    one.push(piece)
    if (pieces.length > 1) one.flush()
  }
  one.finish()
  await one.painted
  return element
}

/** The DOM of a text that is still growing. */
function growing(text) {
  const { element, one } = rendering()
  for (const character of text) {
    one.push(character)
    one.flush()
  }
  return element
}

const all = (element, selector) => [...element.querySelectorAll(selector)]
const textsOf = (element, selector) => all(element, selector).map(({ textContent }) => textContent)

test("what models write ends as rendered at once, cut at any position and character by character", async () => {
  for (const name of NAMES) {
    const text = await read(name)
    const whole = await shown([text])
    const cuts = Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)])
    for (const pieces of [...cuts, [...text]]) {
      const cut = await shown(pieces)
      ok(cut.isEqualNode(whole), `${name} ${JSON.stringify(pieces[0])}: ${whole.innerHTML}\ngot ${cut.innerHTML}`)
    }
  }
})

test("a README with blocks of code is one block while it comes and afterwards", async () => {
  const text = await read("nested_fences")
  const readme = text.slice(text.indexOf("# Project"), text.lastIndexOf("\n```"))
  const whole = await shown([text])
  equal(textsOf(whole, ".code__text"), [readme])
  equal(textsOf(whole, "p").at(-1), "Let me know if you want more.")
  for (let at = text.indexOf("# Project") + 1; at < text.length; at += 1) {
    const element = growing(text.slice(0, at))
    equal(all(element, ".code").length, 1, text.slice(0, at))
    ok(readme.startsWith(textsOf(element, ".code__text")[0]), text.slice(0, at))
  }
})

test("cells keep pipes in code and formulas while a row comes and afterwards", async () => {
  const text = await read("pipes_in_tables")
  const whole = await shown([text])
  for (const formula of all(whole, ".katex")) formula.replaceWith(formula.querySelector("annotation").textContent)
  const rows = all(whole, "tr").map((row) => textsOf(row, "th, td"))
  equal(rows.slice(1, 3), [
    ["\\frac{1}{x}", "\\ln|x| + C", "absolute"],
    ["P(A|B)", "\\frac{P(A \\cap B)}{P(B)}", "Bayes"],
  ])
  equal(rows.slice(3), [
    ["|\\psi\\rangle", "\\langle\\phi|\\psi\\rangle", "ket"],
    ["|x|", "\\{x | x > 0\\}", "set"],
    ["a || b", "x | y", "code"],
    ["a || b", "\\|v\\|", "escaped"],
  ])
  for (let at = text.indexOf("\n| $\\frac") + 2; at < text.length; at += 1) {
    const element = growing(text.slice(0, at))
    for (const one of all(element, ".math, code")) one.remove()
    for (const cell of textsOf(element, "td")) equal(/[$`|]|\\[()]/.test(cell), false, `${text.slice(0, at)}: ${cell}`)
  }
})
