import { normalized, parser } from "./parser.js"
import { parted } from "./parts.js"
import { treeOf } from "./tree.js"

const whole = parser()

/** The tree of a text that is whole, in its parts; the page and its worker make the same. */
export function treeOfText(text, docId) { return parted(treeOf(whole.parse(normalized(text), {}), docId)) }
