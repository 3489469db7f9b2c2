import { equal, test } from "../../harness.js"
import { built, expected } from "./normal_form.js"

async function examples() {
  const spec = await (await fetch("/tests/js/data/commonmark-0.31.2/spec.txt")).text()
  const found = [...spec.matchAll(/^`{32} example\n([\s\S]*?)^\.\n([\s\S]*?)^`{32}$/gm)]
  return found.map(([, ...sides]) => sides.map((side) => side.replaceAll("→", "\t")))
}

/** Intended differences from CommonMark: example numbers by reason. */
const DIFFERENCES = {
  "markup is text": "21 31 148-191 201 308-309 344 475-477 491 494 524 536 613-617 623 625-631 642-643",
  "links lead to sites, mail addresses or telephones; others are their text":
    "22-23 32-33 192-196 198 200 202-206 214-218 404 419 422 433 473-474 482-487 489 492 495-496 498-507 509-510 512 514-516 518-519 521-522 527-530 532-535 539-544 549-550 553-562 564-571 593 596 598-599 601",
  "images from elsewhere are links or their text": "517 520 531 572-589 591",
  "bare addresses are links, as on GitHub": "602 608 611-612",
  "\\\\[ and \\\\] enclose a formula": "12",
  "the language of a fence is unchanged": "24 34",
}
const [, LINKS, PICTURES] = Object.values(DIFFERENCES).map(numbers)

function numbers(ranges) {
  return ranges.split(" ").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number)
    return Array.from({ length: last - first + 1 }, (_, n) => first + n)
  })
}

test("CommonMark's examples are rendered as specified, with intended exceptions", async () => {
  const all = await examples()
  equal(all.length, 652)
  const found = all.flatMap(([markdown, html], at) => (built(markdown) === expected(html) ? [] : [at + 1]))
  equal(
    found,
    Object.values(DIFFERENCES)
      .flatMap(numbers)
      .toSorted((a, b) => a - b),
  )
})

test("examples that differ in links and images match the specification otherwise", async () => {
  const all = await examples()
  for (const n of [...LINKS, ...PICTURES]) {
    const [markdown, html] = all[n - 1]
    equal(built(markdown), expected(html, { ours: true }), `${n}: ${markdown}`)
  }
})
