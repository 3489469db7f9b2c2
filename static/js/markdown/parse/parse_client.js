import { trustedScriptUrl } from "../../base/trusted_types.js"
import { parseDocument } from "./parse_document.js"
import { TreeAssembler } from "./tree_transfer.js"

let worker = null
const waiting = new Map()
let serial = 0

/** Parse a long, complete text in a worker; on the page if workers are unavailable. */
export function parseInWorker(text, docId) {
  worker ??= startWorker()
  if (worker === "none") return Promise.resolve(parseDocument(text, docId))
  return new Promise((resolve) => {
    serial += 1
    waiting.set(serial, { text, docId, resolve, tree: new TreeAssembler() })
    worker.postMessage({ id: serial, text, docId })
  })
}

function startWorker() {
  try {
    const made = new Worker(trustedScriptUrl(new URL("./parse_worker.js", import.meta.url)), { type: "module" })
    made.addEventListener("message", ({ data }) => receive(data))
    made.addEventListener("error", () => {
      made.terminate() // It would go on with the other texts, which are parsed here now.
      giveUp()
    })
    return made
  } catch {
    return "none"
  }
}

/** Trees arrive in pieces, so that none blocks the page. */
function receive({ id, piece }) {
  const { resolve, tree } = waiting.get(id)
  if (piece) return tree.add(piece)
  waiting.delete(id)
  resolve(tree.nodes)
}

function giveUp() {
  worker = "none"
  for (const { text, docId, resolve } of waiting.values()) resolve(parseDocument(text, docId))
  waiting.clear()
}
