import { createParser, normalize } from "./parser.js"
import { splitIntoParts } from "./parts.js"
import { buildTree } from "./tree.js"

const whole = createParser()

/**
 * Parse a complete text into a tree of parts; the same on the page and in the worker.
 * @param {string} text
 * @param {string} docId
 */
export function parseDocument(text, docId) {
  return splitIntoParts(buildTree(whole.parse(normalize(text), {}), docId))
}
