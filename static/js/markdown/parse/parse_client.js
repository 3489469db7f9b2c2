import { trustedScriptUrl } from "../../base/trusted_types.js"
import { parseDocument } from "./parse_document.js"
import { TreeAssembler } from "./tree_transfer.js"

/** @import { TreeElement } from "./tree.js" */
/** @import { Piece } from "./tree_transfer.js" */

/** @type {Worker | "none" | null} */
let worker = null
/**
 * @type {Map<number, { text: string, docId: string, resolve: (nodes: TreeElement[] | PromiseLike<TreeElement[]>) => void, tree: TreeAssembler }>}
 */
const waiting = new Map()
let serial = 0

/**
 * Parse a long, complete text in a worker; on the page if workers are unavailable.
 * @param {string} text
 * @param {string} docId
 * @returns {Promise<TreeElement[]>}
 */
export function parseInWorker(text, docId) {
  const present = (worker ??= startWorker())
  if (present === "none") return parseHere(text, docId)
  return new Promise((resolve) => {
    serial += 1
    waiting.set(serial, { text, docId, resolve, tree: new TreeAssembler() })
    present.postMessage({ id: serial, text, docId })
  })
}

async function parseHere(text, docId) {
  return parseDocument(text, docId)
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

/**
 * Trees arrive in pieces, so that none blocks the page.
 * @param {{ id: number, piece: Piece | null }} message
 */
function receive({ id, piece }) {
  const text = waiting.get(id)
  if (!text) return // Parsed here meanwhile.
  if (piece) return text.tree.add(piece)
  waiting.delete(id)
  text.resolve(text.tree.nodes)
}

function giveUp() {
  worker = "none"
  for (const { text, docId, resolve } of waiting.values()) resolve(parseHere(text, docId))
  waiting.clear()
}
