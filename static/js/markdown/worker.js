import { treeOfText } from "./whole_text.js"

const PART_CHARACTERS = 8000

addEventListener("message", ({ data: { id, text, docId } }) => {
  const nodes = treeOfText(text, docId)
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
