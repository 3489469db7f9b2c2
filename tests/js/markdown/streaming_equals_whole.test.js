import { equal, ok, seeded, test } from "../harness.js"
import { PiecewiseRendering } from "../piecewise_rendering.js"

const context = { t: (key) => key, clipboard: null, announce: () => {} }

/** The final DOM of a text that came in these pieces; a single piece is rendered at once. */
async function shown(pieces) {
  const element = document.createElement("div")
  const rendering = new PiecewiseRendering({ element, context, docId: "id" })
  for (const piece of pieces) {
    rendering.push(piece)
    if (pieces.length > 1) rendering.flush()
  }
  rendering.finish()
  await rendering.painted
  return element
}

/** Expect the same final DOM however the text is cut. */
async function sameHoweverCut(text, cuts) {
  const whole = await shown([text])
  for (const pieces of cuts) {
    const cut = await shown(pieces)
    ok(cut.isEqualNode(whole), `${JSON.stringify(pieces)}: expected ${whole.innerHTML}, got ${cut.innerHTML}`)
  }
}

const everywhere = (text) => Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)])

function atRandom(text, random, most = 7) {
  const pieces = []
  for (let at = 0; at < text.length; ) {
    const length = 1 + random(most)
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}

async function examples() {
  const spec = await (await fetch("/tests/js/data/commonmark-0.31.2/spec.txt")).text()
  const found = [...spec.matchAll(/^`{32} example\n([\s\S]*?)^\.\n([\s\S]*?)^`{32}$/gm)]
  return found.map(([, markdown]) => markdown.replaceAll("→", "\t"))
}

test("every CommonMark example streamed by character ends as rendered at once", async () => {
  const all = await examples()
  equal(all.length, 652)
  for (const text of all) await sameHoweverCut(text, [[...text]])
})

test("every CommonMark example cut at any position ends as rendered at once", async () => {
  for (const text of await examples()) await sameHoweverCut(text, everywhere(text))
})

/** GitHub's extensions, footnotes and mathematics, alone and in each other. */
const EXTENSIONS = [
  "| a | b |\n|---|:-:|\n| 1 | **2** |\n| 3 | `4` |\n\nafter",
  "before\n\n| a |\n|---|\n| 1\n| 2 |\n> quote",
  "| not | a table |\n| at all |\n",
  "| a | b |\n| - | - |\n| \\| | `|` |\n",
  "~~gone~~ and ~not~, 10~20대와 30~40대",
  "- [ ] open\n- [x] done\n  - [X] deeper\n- [ ]none\n\n1. [x] numbered",
  "text[^1] and more[^note].\n\n[^1]: First.\n[^note]: Second,\n    with another line.\n\nend",
  "twice[^a] twice[^a]\n\n[^a]: Once.",
  "[^1]: defined before\n\nused[^1] after, unknown[^2]",
  "see https://example.com입니다, www.example.com/a_b_c), main.py and a@example.com.",
  "**굵게(bold)**입니다. **‘인용’**은 *기울임*도.",
  "$x^2$는 제곱, \\(y\\)도, 값은 $5와 $6입니다.",
  "$$\n\\int_0^1 x\\,dx\n$$\n\n\\[\na = b\n\\]\n\nand $$c$$ within",
  "- item with $$\n  x = y\n  $$\n- next",
  "> | a |\n> |---|\n> | 1 |\n> \n> - x\n> - y",
  "![alt](https://example.com/a.png) ![ref][pic]\n\n[pic]: https://example.com/b.png",
  "[text][ref] and [ref]\n\n[ref]: https://example.com 'title'\n",
  "1. **One**\n\n   text\n\n   ```python\n   print(1)\n   ```\n\n2. **Two**\n   - a\n   - b\n\n3. three",
  "```mermaid\ngraph TD\n  A --> B\n```\n",
  "````md\n```\ninner\n```\n````\nafter",
  "~~~\nopen to the end\n\n  indented\n",
  "   ```\n   three spaces\n  two\n   ```\ntext\r\nnext\rlast\n",
  "a\n\n- 1\n- 2\n\n\n- 3\n\npara\n- x\n1. y\n2) z\n",
  "Header\n===\n\nother\n---\n\n***\n\n# a #\n#b\n",
  "emoji 👩‍👩‍👧 and 한글 자모 ㄱㅏㅎ, \u0000 nul",
]

test("extensions, footnotes and formulas cut at any position end as rendered at once", async () => {
  for (const text of EXTENSIONS) await sameHoweverCut(text, [...everywhere(text), [...text]])
})

const FRAGMENTS = [
  ...EXTENSIONS.filter((text) => !text.includes("mermaid")),
  "# 제목\n",
  "문단입니다. ",
  "word ",
  "**bold** ",
  "*it",
  "*",
  "**",
  "`",
  "``",
  "```\n",
  "```js\n",
  "    code\n",
  "\n",
  "\n\n",
  "\n\n\n",
  "- ",
  "- item\n",
  "  - nested\n",
  "   ",
  "\t",
  "1. one\n",
  "10) ten\n",
  "> ",
  "> quote\n",
  "| a | b |\n",
  "|---|---|\n",
  "| 1 | 2 |\n",
  "---\n",
  "===\n",
  "[link](https://example.com) ",
  "[ref]",
  "[ref]: /url\n",
  "[ref]: https://e.com\n",
  "[^1]",
  "[^1]: note\n",
  "$",
  "$x$",
  "$$",
  "\\(",
  "\\)",
  "\\",
  "<b>html</b>",
  "<div>\n",
  "&amp;",
  "~~",
  "![",
  "](",
  ")",
  "https://a.b/c",
  "입니다",
  "😀",
  "\r\n",
  "- [ ] ",
  "***",
]

function documentOf(random) {
  let text = ""
  for (let n = 1 + random(14); n > 0; n -= 1) text += FRAGMENTS[random(FRAGMENTS.length)]
  return text
}

test("random documents cut at random end as rendered at once", async () => {
  const random = seeded(20261122)
  for (let n = 0; n < 2500; n += 1) {
    const text = documentOf(random)
    await sameHoweverCut(text, [atRandom(text, random)])
  }
})

test("long lists and tables in parts end as rendered at once", async () => {
  const random = seeded(5)
  const list = Array.from({ length: 130 }, (_, n) => `${n + 3}. item **${n}**\n`).join("")
  const table = `| a | b |\n|---|--:|\n${Array.from({ length: 130 }, (_, n) => `| ${n} | \`${n}\` |\n`).join("")}`
  const wide = (columns) =>
    [`${"| x ".repeat(columns)}|\n`, `${"|--".repeat(columns)}|\n`, `${"| 1 ".repeat(columns)}|\n`.repeat(90)].join("")
  const blocks = Array.from({ length: 50 }, (_, n) => `Paragraph ${n}.\n\n`).join("")
  for (const text of [
    list,
    `${list}\nafter`,
    table,
    `${table}\nafter\n\n${table}`,
    blocks + list + blocks,
    wide(5),
    wide(9),
    list.replaceAll("\n", "\n\n"),
  ]) {
    await sameHoweverCut(text, [atRandom(text, random, 90), atRandom(text, random, 2000)])
  }
})

test("finished blocks keep their elements and selection until the end", () => {
  const text =
    "First **block**.\n\n- one\n- two\n- three\n\n| a |\n|---|\n| 1 |\n| 2 |\n| 3 |\n\n```js\nlet a = 1\nlet b = 2\n```\n\nLast."
  const element = document.body.appendChild(document.createElement("div"))
  const rendering = new PiecewiseRendering({ element, context, docId: "id" })
  const places = new Map()
  for (const character of text) {
    rendering.push(character)
    rendering.flush()
    const nodes = element.querySelectorAll("strong, li:not(:last-child), tr:not(:last-child), figure")
    for (const node of nodes) if (!places.has(node)) places.set(node, node.textContent)
    if (character === "|" && places.size > 0 && getSelection().isCollapsed)
      getSelection().selectAllChildren(element.querySelector("strong"))
  }
  const selected = element.querySelector("strong").firstChild
  rendering.finish()
  for (const [node] of places) equal(node.isConnected, true, `${node.outerHTML}:`)
  equal(String(getSelection()), "block")
  equal(getSelection().anchorNode.contains(selected) || getSelection().anchorNode === selected, true)
  element.remove()
})
