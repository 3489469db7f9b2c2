import { createParser, normalize } from "../../../../static/js/markdown/parse/parser.js"
import { buildTree } from "../../../../static/js/markdown/parse/tree.js"
import { equal, test } from "../../harness.js"

/** The blocks of a text that have a direction, as "tag direction". */
function directionsOf(text) {
  const found = []
  const visit = ({ tag, attrs, children = [] }) => {
    if (attrs?.dir) found.push(`${tag} ${attrs.dir}`)
    for (const child of children) if (typeof child === "object") visit(child)
  }
  for (const node of buildTree(createParser().parse(normalize(text), {}))) visit(node)
  return found
}

test("each block runs as its first letter says", () => {
  for (const [text, directions] of [
    ["Only Latin.\n\n- a\n\n> b", []],
    ["שלום", ["p rtl"]],
    ["مرحبا\n\nEnglish\n\n한국어", ["p rtl"]],
    ["## כותרת", ["h2 rtl"]],
    ["English, then עברית", []],
    ["1, 2: עברית", ["p rtl"]],
    ["**‘עברית’** a", ["p rtl"]],
    ["`code` עברית", ["p rtl"]],
    ["$x$ עברית", ["p rtl"]],
    ["123.", []],
    ["\u200fEnglish", ["p rtl"]],
  ])
    equal(directionsOf(text), directions, text)
})

test("items follow their list, and their texts run as they are", () => {
  equal(directionsOf("- שלום\n- english\n- עברית"), ["ul rtl", "p ltr"])
  equal(directionsOf("- english\n- עברית"), ["p rtl"])
  equal(directionsOf("1. א\n   - a\n     - ב"), ["ol rtl", "ul ltr", "ul rtl"])
})

test("quotes and tables have a direction, and so has each cell", () => {
  equal(directionsOf("> עברית\n>\n> English"), ["blockquote rtl", "p ltr"])
  equal(directionsOf("| א | b |\n|---|---|\n| ג | 1 |"), ["div rtl", "th ltr"])
  equal(directionsOf("| a | ב |\n|---|---|\n| ג | 1 |"), ["th rtl", "td rtl"])
})

test("code does not run from right to left", () => equal(directionsOf("```\nעברית\n```"), []))
