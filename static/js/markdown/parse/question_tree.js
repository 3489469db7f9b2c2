import { createParser, normalize } from "./parser.js"
import { buildTree, linkNode } from "./tree.js"

/** @import { TreeElement, TreeNode } from "./tree.js" */

/** Layout cost grows with the length of a block, so long texts are split into blocks. */
const BLOCK_CHARACTERS = 1000
/** What a text without it is shown as it is: a fence, an address, an e-mail address. */
const MARKED = /```|~~~|:\/\/|mailto:|www\.|@/i

const parser = createParser()

/**
 * Whether a question is shown in another way than as plain text.
 * @param {string} text
 */
export function isMarked(text) {
  return MARKED.test(text)
}

/**
 * The nodes of a question: fences as in answers, addresses as links by the rules of answers, everything else as it was
 * typed.
 * @param {string} text
 * @returns {TreeElement[]}
 */
export function questionTree(text) {
  const lines = normalize(text).split(/(?<=\n)/)
  const nodes = []
  let at = 0
  for (const fence of fencesOf(lines)) {
    const [from, to] = fence.map
    nodes.push(...typedNodes(lines.slice(at, withoutBlank(lines, from, at))), ...buildTree([fence]))
    at = to
    while (isBlank(lines[at])) at += 1
  }
  return [...nodes, ...typedNodes(lines.slice(at))]
}

/** The end of what is before a fence: blank lines beside it are space already. */
function withoutBlank(lines, end, start) {
  let at = end
  while (at > start && isBlank(lines[at - 1])) at -= 1
  return at
}

const isBlank = (line) => line !== undefined && line.trim() === ""

/**
 * The fences that are in no list or quotation.
 * @param {string[]} lines
 */
function fencesOf(lines) {
  /** @type {Markdown.Token[]} */
  const tokens = []
  const text = lines.join("")
  if (/```|~~~/.test(text)) parser.block.parse(text, parser, {}, tokens)
  return tokens.filter(({ type, level }) => type === "fence" && level === 0)
}

/**
 * Blocks of lines.
 * @param {string[]} lines
 * @returns {TreeElement[]}
 */
function typedNodes(lines) {
  const blocks = [""]
  for (const line of lines) {
    if (blocks.at(-1) && blocks.at(-1).length + line.length > BLOCK_CHARACTERS) blocks.push("")
    blocks[blocks.length - 1] += line
  }
  return blocks.filter(Boolean).map((text) => ({ tag: "div", attrs: { class: "body__block" }, children: linked(text) }))
}

/**
 * A text with its addresses as links.
 * @param {string} text
 * @returns {TreeNode[]}
 */
function linked(text) {
  const nodes = []
  let at = 0
  for (const { index, lastIndex, url } of parser.linkify.match(text) ?? []) {
    const href = parser.normalizeLink(url)
    const link = parser.validateLink(href) && linkNode(href, text.slice(index, lastIndex))
    if (!link) continue
    nodes.push(text.slice(at, index), link)
    at = lastIndex
  }
  return [...nodes, text.slice(at)].filter((node) => node !== "")
}
