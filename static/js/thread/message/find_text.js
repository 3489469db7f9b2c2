const SHOWN_MS = 6000

/**
 * The first occurrence of words inside an element, as a Range; null if there is none. Any white space matches.
 * @param {Element} element
 * @param {string} words
 */
export function findRange(element, words) {
  if (!words.trim()) return null
  const nodes = textNodes(element)
  const whole = nodes.map(({ data }) => data).join("")
  const match = new RegExp(words.trim().split(/\s+/).map(escapeRegExp).join("\\s+")).exec(whole)
  if (!match) return null
  const range = document.createRange()
  range.setStart(...nodeAt(nodes, match.index))
  range.setEnd(...nodeAt(nodes, match.index + match[0].length))
  return range
}

/**
 * Highlight a range for a while, if the browser can do that without changing the DOM.
 * @param {Range} range
 */
export function highlightRange(range) {
  if (!globalThis.CSS?.highlights) return
  const highlighted = new Highlight(range)
  CSS.highlights.set("found", highlighted)
  setTimeout(() => {
    if (CSS.highlights.get("found") === highlighted) CSS.highlights.delete("found")
  }, SHOWN_MS)
}

function textNodes(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  /** @type {Text[]} */
  const nodes = []
  while (walker.nextNode()) nodes.push(/** @type {Text} */ (walker.currentNode))
  return nodes
}

/**
 * The text node and offset at an offset in the joined text.
 * @param {Text[]} nodes
 * @param {number} offset
 * @returns {[Text, number]}
 */
function nodeAt(nodes, offset) {
  let rest = offset
  for (const node of nodes) {
    if (rest <= node.length) return [node, rest]
    rest -= node.length
  }
  return [nodes.at(-1), nodes.at(-1).length]
}

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
}
