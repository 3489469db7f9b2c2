import { pieces } from "./tree_transfer.js"
import { treeOfText } from "./parse_document.js"

addEventListener("message", ({ data: { id, text, docId } }) => {
  for (const piece of pieces(treeOfText(text, docId))) postMessage({ id, piece })
  postMessage({ id, piece: null })
})
