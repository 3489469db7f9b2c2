/** @import { TreeElement, TreeNode } from "./tree.js" */

const PARTICLE = /^\p{Script=Hangul}/u
const TAGS = new Set(["strong", "em", "s", "code", "a"])
/** A line may break behind these, and before Hangul. */
const BREAKABLE = /[^\p{L}\p{N}\s]$/u
/** Those within a text that close a word; behind a dash or a slash it should break. */
const CLOSING = "[)\\]}’”」』》〉%℃°!?]"
const CLOSES = new RegExp(`${CLOSING}$`)
const SEAM = new RegExp(`(${CLOSING})(?=\\p{Script=Hangul})`, "u")

/**
 * Append a text to siblings. A particle stays on the line of what it follows: the `입니다` of `**굵게(bold)**입니다` and of
 * `굵게(bold)입니다`. No style does that for a text: neither `word-break: keep-all` nor any `line-break`.
 * @param {TreeNode[]} siblings
 * @param {string} text
 */
export function appendText(siblings, text) {
  if (PARTICLE.test(text)) joinParticle(siblings)
  for (const [at, part] of text.split(SEAM).entries()) {
    const last = siblings.at(-1)
    if (at % 2 === 1) siblings.push(joined(part))
    else if (typeof last === "string") siblings[siblings.length - 1] = last + part
    else if (part) siblings.push(part)
  }
}

/**
 * Join what a particle follows to it, where a line could break.
 * @param {TreeNode[]} siblings
 */
function joinParticle(siblings) {
  const last = siblings.at(-1)
  if (typeof last === "string") {
    if (CLOSES.test(last)) siblings.splice(-1, 1, ...[last.slice(0, -1)].filter(Boolean), joined(last.slice(-1)))
  } else if (TAGS.has(last?.tag) && !last.attrs?.class && BREAKABLE.test(lastTextOf(last)))
    last.attrs = { ...last.attrs, class: "joined" }
}

/**
 * @param {string} mark
 * @returns {TreeElement}
 */
function joined(mark) {
  return { tag: "span", attrs: { class: "joined" }, children: [mark] }
}

/**
 * @param {TreeNode | undefined} node
 * @returns {string}
 */
function lastTextOf(node) {
  return typeof node === "object" ? lastTextOf(node.children?.at(-1)) : (node ?? "")
}
