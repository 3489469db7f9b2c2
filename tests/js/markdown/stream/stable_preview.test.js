import { stablePreview } from "../../../../static/js/markdown/stream/stable_preview.js"
import { growth } from "../../growth.js"
import { equal, ok, test } from "../../harness.js"
import { CASES } from "./stable_preview_cases.js"

test("of unfinished constructs only the certain part is shown", () => {
  for (const [construct, cases] of Object.entries(CASES)) {
    for (const [text, shown] of cases) equal(stablePreview(text).text, shown, `${construct} ${JSON.stringify(text)}:`)
  }
})

test("an open formula is distinguished from a complete one", () => {
  for (const text of ["값 $x", "$$\nx", "\\(a", "값 $$a$"]) equal(stablePreview(text).open, true, text)
  for (const text of ["값 $x$", "값 $", "`a", "$5", "**a"]) equal(stablePreview(text).open, false, text)
})

test("within a table each line is a row", () => {
  equal(stablePreview("| 1 | **2", { inTable: true }).text, "| 1 | **2**")
  equal(stablePreview("| 1 |\n", { inTable: true }).text, "| 1 |\n")
  equal(stablePreview("| *1 |\n| 2 |", { inTable: true }).text, "| *1 |\n| 2 |")
})

test("in a long paragraph only open marks are closed", () => {
  const paragraph = "plain words, **an important term** and `some code` and more words, ".repeat(150).trim()
  for (let at = paragraph.length - 70; at < paragraph.length; at += 1) {
    const { text } = stablePreview(paragraph.slice(0, at))
    equal((text.match(/\*\*/g) ?? []).length % 2, 0, text.slice(-40))
    equal((text.match(/`/g) ?? []).length % 2, 0, text.slice(-40))
  }
})

test("hostile marks take linear time", () => {
  for (const mark of [
    "[",
    "![",
    "*a ",
    "_a *b ",
    "](",
    "[a](((",
    "$a ",
    "$",
    "\\(",
    "<sub>",
    "<",
    "`a ",
    "> ",
    "- ",
    "|\n",
    "$$\n",
    "\\",
    "\\\n",
  ]) {
    const times = growth((text) => stablePreview(text), mark, 192_000)
    ok(times < 8, `${JSON.stringify(mark)} takes ${times} times as long`)
  }
})
