import { pieces } from "./pieces.js"
import { treeOfText } from "./whole_text.js"

addEventListener("message", ({ data: { id, text, docId } }) => {
  for (const piece of pieces(treeOfText(text, docId))) postMessage({ id, piece })
  postMessage({ id, piece: null })
})
