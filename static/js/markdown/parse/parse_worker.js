import { parseDocument } from "./parse_document.js"
import { splitTree } from "./tree_transfer.js"

addEventListener("message", ({ data: { id, text, docId } }) => {
  for (const piece of splitTree(parseDocument(text, docId))) postMessage({ id, piece })
  postMessage({ id, piece: null })
})
