/** @import { TreeElement, TreeNode } from "./tree.js" */
/** @typedef {"ltr" | "rtl"} Direction */

const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
/** Characters with a direction: letters and the marks for it. */
const STRONG = /[\p{L}\u200e\u200f]/u
const TEXTS = new Set(["p", "h1", "h2", "h3", "h4", "h5", "h6", "th", "td"])
const CONTAINERS = new Set(["ul", "ol", "blockquote", "section"])

/** @param {string} text */
export function hasRightToLeft(text) {
  return RIGHT_TO_LEFT.test(text)
}

/**
 * Set `dir` where a block runs in another direction than the one around it: each by its first letter, like `dir=auto`,
 * but code and formulas do not count. An item follows its list, which has the marks on one side. `first` is the direction
 * of the first node, if it is known.
 * @param {TreeNode[]} nodes
 * @param {Direction} around
 * @param {Direction} [first]
 */
export function setDirections(nodes, around = "ltr", first) {
  for (const [at, node] of nodes.entries()) {
    if (typeof node === "string" || !node.tag) continue
    const own = hasOwn(node) ? ((at === 0 ? first : null) ?? directionOf([node]) ?? around) : around
    if (own !== around) node.attrs = { ...node.attrs, dir: own }
    if (!TEXTS.has(node.tag)) setDirections(node.children ?? [], own)
  }
}

/** @param {TreeElement} node */
function hasOwn({ tag, attrs }) {
  return TEXTS.has(tag) || CONTAINERS.has(tag) || attrs?.class === "table"
}

/**
 * The direction of the first letter; null if there is none.
 * @param {TreeNode[]} nodes
 * @returns {Direction | null}
 */
function directionOf(nodes) {
  for (const node of nodes) {
    const strong = typeof node === "string" ? STRONG.exec(node)?.[0] : null
    if (strong) return hasRightToLeft(strong) ? "rtl" : "ltr"
    const within = typeof node === "string" || node.tag === "code" ? null : directionOf(node.children ?? [])
    if (within) return within
  }
  return null
}
