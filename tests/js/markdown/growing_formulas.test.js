import { closeTex } from "../../../static/js/math/close_tex.js"
import { typesetterFor } from "../../../static/js/math/katex.js"
import { equal, ok, test } from "../harness.js"
import { PiecewiseRendering } from "../piecewise_rendering.js"

const context = { t: (key) => key, clipboard: null, announce: () => {} }
const TEXT = `값 $x = \\frac{-b \\pm \\sqrt{b^2}}{2a}$는

$$
\\begin{aligned}
a &= \\left( b_{12} \\right) \\\\
c &= \\text{속도}
\\end{aligned}
$$

\\begin{align}
d^{10} &= e \\label{eq:1}
\\end{align}

끝`

/** The formulas after each character of a text: their TeX as far as it is typeset, and their elements. */
function* growing(text) {
  const element = document.createElement("div")
  const rendering = new PiecewiseRendering({ element, context, docId: "id" })
  for (const character of text) {
    rendering.push(character)
    rendering.flush()
    yield [...element.querySelectorAll(".math")]
  }
}

test("a formula shows a placeholder until KaTeX is loaded", () => {
  const formulas = [...growing("$x^2 + ")].at(-1)
  equal(
    formulas.map(({ className, textContent }) => [className, textContent]),
    [["math math--growing", ""]],
  )
})

test("a growing formula is typeset as far as it goes, and never stands there as TeX", async () => {
  await typesetterFor(TEXT)
  const seen = new Map()
  for (const formulas of growing(TEXT)) {
    for (const [at, formula] of formulas.entries()) {
      const shown = formula.querySelector("annotation")?.textContent ?? ""
      ok(formula.childElementCount === 1 || formula.textContent === "", `${at}: ${formula.innerHTML}`)
      if (shown) seen.set(at, (seen.get(at) ?? new Set()).add(shown))
    }
  }
  equal(
    [...seen.values()].map((forms) => forms.size > 3),
    [true, true, true],
  )
  equal([...seen.get(0)].slice(0, 2), ["x", "x ="])
  ok([...seen.get(0)].includes("x = \\frac{-b \\pm \\sqrt{b^2}}{2a}"))
})

test("a formula that shrinks or fails keeps what was shown last", async () => {
  await typesetterFor("x")
  const shown = [...growing("$a^{2} \\unknown{")].at(-1)
  equal(shown[0].querySelector("annotation").textContent.trim(), "a^{2}")
})

test("what is open in a formula is closed", () => {
  for (const [tex, closed] of [
    ["x", "x"],
    ["\\frac{1", "\\frac{1}"],
    ["\\sqrt{a_{b", "\\sqrt{a_{b}}"],
    ["\\left( a", "\\left( a\\right."],
    ["\\leftarrow a \\{ b", "\\leftarrow a \\{ b"],
    ["\\begin{aligned} a \\text{b", "\\begin{aligned} a \\text{b}\\end{aligned}"],
    ["\\begin{align}\\frac{a\\end{align}", "\\begin{align}\\frac{a}\\end{align}"],
    ["\\begin{matrix}1\\end{matrix}", "\\begin{matrix}1\\end{matrix}"],
  ])
    equal(closeTex(tex), closed, tex)
})
