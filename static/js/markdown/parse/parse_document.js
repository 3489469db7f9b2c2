import { normalize, createParser } from "./parser.js"
import { splitIntoParts } from "./parts.js"
import { buildTree } from "./tree.js"

const whole = createParser()

/** The tree of a text that is whole, in its parts; the page and its worker make the same. */
export function parseDocument(text, docId) { return splitIntoParts(buildTree(whole.parse(normalize(text), {}), docId)) }
