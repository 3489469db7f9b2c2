import { parseDocument } from "../../../../static/js/markdown/parse/parse_document.js"
import { splitTree, TreeAssembler } from "../../../../static/js/markdown/parse/tree_transfer.js"
import { equal, ok, test } from "../../harness.js"

const rows = (count) => Array.from({ length: count }, (_, n) => `| ${n} | **${n}** |\n`).join("")
const TEXTS = [
  "",
  "one",
  "word ".repeat(10_000),
  "para\n\n".repeat(3000),
  `| a | b |\n|--|--|\n${rows(2000)}\nafter`,
  `- x\n  - ${"deep ".repeat(4000)}\n${"- item **n**\n".repeat(3000)}`,
  `\`\`\`js\n${"let a\n".repeat(5000)}\`\`\``,
]

test("a tree is split into short pieces and reassembled unchanged", () => {
  for (const text of TEXTS) {
    const nodes = parseDocument(text, "id")
    const found = [...splitTree(nodes)].map((piece) => structuredClone(piece))
    const texts = (node) =>
      typeof node === "string" ? [node.length] : [node.text?.length ?? 0, ...(node.children ?? []).flatMap(texts)]
    const longest = Math.max(0, ...nodes.flatMap(texts))
    for (const piece of found)
      ok(JSON.stringify(piece).length < 8200 + 2 * longest, `${text.slice(0, 20)}: ${JSON.stringify(piece).length}`)
    const tree = new TreeAssembler()
    for (const piece of found) tree.add(piece)
    equal(tree.nodes, nodes)
  }
})
