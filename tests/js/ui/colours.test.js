import { contrast } from "../contrast.js"
import { equal, ok, test } from "../harness.js"

const TEXT = 4.5
const PART = 3

/** Foreground and background pairs with the contrast they need (WCAG 2.2, 1.4.3 and 1.4.11). */
const PAIRS = [
  ...["paper", "raised", "sunken", "hover", "bubble", "accent-soft", "danger-soft", "mark", "code"].map((ground) => [
    "text",
    ground,
    TEXT,
  ]),
  ...["paper", "raised", "sunken", "hover", "bubble", "accent-soft", "danger-soft", "code"].map((ground) => [
    "quiet",
    ground,
    TEXT,
  ]),
  ...["paper", "raised", "sunken", "accent-soft"].map((ground) => ["accent", ground, TEXT]),
  ...["paper", "raised", "sunken", "danger-soft"].map((ground) => ["danger", ground, TEXT]),
  ["on-accent", "accent", TEXT],
  ["paper", "text", TEXT],
  ...["paper", "raised", "sunken"].map((ground) => ["edge", ground, PART]),
  ...["hover", "bubble", "code"].map((ground) => ["accent", ground, PART]),
]

const css = await (await fetch("/static/css/colours.css")).text()
const palettes = { light: palette(1), dark: palette(2) }

function palette(column) {
  const found = css.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\);/g)
  return Object.fromEntries([...found].map((match) => [match[1], match[column + 1]]))
}

test("the contrast of black on white is 21", () => {
  equal(contrast("#000", "#ffffff").toFixed(1), "21.0")
})

test("text has enough contrast in both themes", () => {
  const poor = Object.entries(palettes).flatMap(([name, colours]) =>
    PAIRS.filter(([one, other, least]) => !(contrast(colours[one], colours[other]) >= least)).map(
      ([one, other]) => `${name}: ${one} on ${other} ${contrast(colours[one], colours[other]).toFixed(2)}`,
    ),
  )
  equal(poor, [])
})

test("a question is seen to be none of the answer, in both themes", () => {
  for (const { bubble, "bubble-line": line, paper } of Object.values(palettes)) {
    ok(contrast(bubble, paper) >= 1.2, `the bubble ${bubble} on ${paper}`)
    ok(contrast(line, paper) >= 2, `its line ${line} on ${paper}`)
  }
})

test("theme-color equals the paper's colour", async () => {
  const base = await (await fetch("/templates/base.html")).text()
  equal(base.includes(`{"light": "${palettes.light.paper}", "dark": "${palettes.dark.paper}"}`), true)
})
