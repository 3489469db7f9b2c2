import { createParser } from "../../../../static/js/markdown/parse/parser.js"
import { growth } from "../../growth.js"
import { equal, ok, test } from "../../harness.js"

const readCases = async () => (await fetch("/tests/cases/fences.json")).json()

/** The fenced blocks of a text and the texts between them. */
function blocksOf(text, parser = createParser()) {
  const lines = text.split(/(?<=\n)/)
  const blocks = []
  let at = 0
  const takeText = (to) => {
    if (to > at) blocks.push({ fenced: false, content: lines.slice(at, to).join("") })
  }
  for (const { type, level, info, content, map } of parser.parse(text, {})) {
    if (type !== "fence" || level > 0) continue
    takeText(map[0])
    blocks.push({ fenced: true, info: info.trim(), content })
    at = map[1]
  }
  takeText(lines.length)
  return blocks
}

test("fenced blocks end where their author meant", async () => {
  for (const { name, markdown, blocks } of await readCases()) equal(blocksOf(markdown), blocks, `${name}:`)
})

test("while a text grows a block of Markdown goes on until it is closed", () => {
  const text = "```markdown\n# A\n\n```bash\nnpm start\n```\n\nmore\n"
  equal(blocksOf(text, createParser({ streaming: true })).length, 1)
})

test("blocks of Markdown that are never closed take linear time", () => {
  const parser = createParser()
  for (const piece of [
    "```md\n",
    "```md\n```a\n```\n\n",
    "```md\n```\na\n",
    "```md\na\n```\nb\n```c\n",
    "```\n```md\n",
  ]) {
    const times = growth((text) => parser.parse(text, {}), piece, 100_000)
    ok(times < 8, `${JSON.stringify(piece)} takes ${times} times as long`)
  }
})
