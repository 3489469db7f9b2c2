import { trustedScriptUrl } from "../../base/trusted_types.js"
import { TreeAssembler } from "./tree_transfer.js"
import { parseDocument } from "./parse_document.js"

let worker = null
const waiting = new Map()
let serial = 0

/** The tree of a long text that is whole, made beside the page. Where the browser lets no worker run, made here. */
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
    made.addEventListener("error", giveUp)
    return made
  } catch {
    return "none"
  }
}

/** A tree comes in pieces, so that none of them keeps the page from its work for long. */
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
