import { normalized, parser } from "./parser.js"
import { parted } from "./parts.js"
import { treeOf } from "./tree.js"

const PART_CHARACTERS = 8000
const whole = parser()

addEventListener("message", ({ data: { id, text, docId } }) => {
  const nodes = parted(treeOf(whole.parse(normalized(text), {}), docId))
  let part = []
  let length = 0
  for (const node of nodes) {
    part.push(node)
    length += JSON.stringify(node).length
    if (length < PART_CHARACTERS) continue
    postMessage({ id, nodes: part, done: false })
    part = []
    length = 0
  }
  postMessage({ id, nodes: part, done: true })
})
