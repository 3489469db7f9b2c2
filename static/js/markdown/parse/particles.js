/** @import { TreeNode } from "./tree.js" */

const PARTICLE = /^\p{Script=Hangul}/u
const TAGS = new Set(["strong", "em", "s", "code", "a"])
/** A line may break behind these, and before Hangul. */
const BREAKABLE = /[^\p{L}\p{N}\s]$/u

/**
 * Keep a particle on the line of what it follows: the `입니다` of `**굵게(bold)**입니다`.
 * @param {TreeNode | undefined} before
 * @param {string} text
 */
export function joinParticle(before, text) {
  if (typeof before !== "object" || !TAGS.has(before.tag) || before.attrs?.class || !PARTICLE.test(text)) return
  if (BREAKABLE.test(lastTextOf(before))) before.attrs = { ...before.attrs, class: "joined" }
}

/**
 * @param {TreeNode | undefined} node
 * @returns {string}
 */
function lastTextOf(node) {
  return typeof node === "object" ? lastTextOf(node.children?.at(-1)) : (node ?? "")
}
